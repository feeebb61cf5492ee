-- The log of a job: its states and the end of each of its documents, one trail, paged by key.
set local lock_timeout = '5s';

-- The end of a document in a job goes into the trail, under the job. The verbs hold the job meanwhile, so the ids of
-- one job's events rise as its transactions commit: whoever pages by id misses nothing.
-- definer: fires for callers who may not write the trail.
create function private.record_document_end()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.add_event(
    new.project_id, 'jobs', new.job_id,
    case new.state when 'done' then 'document_done' else 'document_failed' end,
    jsonb_strip_nulls(jsonb_build_object('document_id', new.document_id, 'failure_code', new.failure_code, 'attempts', new.attempts))
  );
  return null;
end;
$$;
create trigger tasks_events after update on private.tasks for each row
when (new.kind = 'extract' and old.state is distinct from new.state and new.state in ('done', 'dead'))
execute function private.record_document_end();

-- Oldest first, after p_after. What members read in the trail, told as a story: running after paused is resumed,
-- queued after an end is retried.
-- definer: tells strangers that there is no such job.
create function public.job_log(p_job uuid, p_after bigint default 0, p_limit int default 200)
returns table (
  id bigint, at timestamptz, action text, document_id uuid, document text, code text, attempts int, actor uuid, detail jsonb
)
language plpgsql stable security definer set search_path = ''
as $$
begin
  if not exists (select 1 from public.jobs as j where j.id = p_job and j.project_id = any(private.my_projects('viewer'))) then
    perform private.refuse(404, 'job_not_found', 'No such job', 'It does not exist or you are not a member.');
  end if;
  return query
    with states as (
      select v.id, v.action, lag(v.action) over (order by v.id) as previous
      from public.events as v
      where v.subject_id = p_job and v.action not in ('document_done', 'document_failed')
    )
    select v.id, v.created_at,
      case
        when s.action in ('running', 'queued') and s.previous = 'paused' then 'resumed'
        when s.action = 'queued' and s.previous is not null then 'retried'
        when s.action = 'running' then 'started'
        else v.action
      end,
      d.id, d.name, coalesce(v.detail ->> 'failure_code', v.detail ->> 'pause_reason'), (v.detail ->> 'attempts')::int, v.actor, v.detail
    from public.events as v
    left join states as s on s.id = v.id
    left join public.documents as d on d.id = (v.detail ->> 'document_id')::uuid and d.deleted_at is null
    where v.subject_id = p_job and v.id > coalesce(p_after, 0)
    order by v.id
    limit least(greatest(coalesce(p_limit, 200), 1), 1000);
end;
$$;

revoke all on function private.record_document_end(), public.job_log(uuid, bigint, int) from public, anon, authenticated, service_role;
grant execute on function public.job_log(uuid, bigint, int) to authenticated;
