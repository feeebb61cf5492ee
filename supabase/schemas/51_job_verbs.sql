-- Job verbs: start, pause, resume, cancel, retry, and what became of each document.

-- definer: jobs and tasks are written by verbs only.
create function public.start_job(
  p_project uuid, p_kind text default 'full', p_documents uuid[] default null, p_cap_micros bigint default null,
  p_first int default null, p_random int default null, p_seed bigint default null, p_holdout float8 default 0
)
returns public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_seed bigint := coalesce(p_seed, floor(random() * 2147483647)::bigint);
  v_version public.schema_versions;
  v_documents uuid[];
  v_held_out int;
  v_job public.jobs;
begin
  perform private.require_role(p_project, 'editor');
  if p_holdout is null or p_holdout < 0 or p_holdout >= 1 or (p_holdout > 0 and p_kind is distinct from 'sample') then
    perform private.refuse(422, 'holdout_invalid', 'The part held out is not valid', 'A share from 0 to below 1, of a sample only.');
  end if;
  v_version := private.current_version(p_project);
  if jsonb_array_length(v_version.snapshot -> 'variables') = 0 then
    perform private.refuse(422, 'no_variables', 'The project has no variables', 'Define at least one variable first.');
  end if;
  v_documents := private.choose_documents(p_project, p_documents, p_first, p_random, v_seed);
  if p_holdout > 0 then
    v_held_out := least(greatest(round(cardinality(v_documents) * p_holdout), 1), cardinality(v_documents) - 1);
  end if;
  insert into public.jobs as j (project_id, kind, schema_version_id, documents_total, cap_micros, request_id, created_by, selection)
  values (
    p_project, p_kind, v_version.id, cardinality(v_documents), p_cap_micros, private.request_id(), (select auth.uid()),
    jsonb_strip_nulls(jsonb_build_object(
      'by', case
        when p_first is not null then 'first'
        when p_random is not null then 'random'
        when p_documents is not null then 'chosen'
        else 'all'
      end,
      'count', cardinality(v_documents),
      'holdout', nullif(p_holdout, 0),
      'seed', case when p_random is not null or p_holdout > 0 then v_seed end
    ))
  )
  on conflict (project_id) where state in ('queued', 'running', 'paused') do nothing
  returning j.* into v_job;
  if v_job.id is null then
    perform private.refuse(409, 'job_active', 'A job of this project is active', 'Wait for it, or cancel it first.');
  end if;
  -- Another seed than the one that drew the sample: else the first that were drawn would always be held out.
  insert into private.tasks (project_id, kind, document_id, job_id, payload)
  select p_project, 'extract', w.id, v_job.id, case when w.turn <= v_held_out then '{"held_out": true}'::jsonb else '{}' end
  from (
    select u.id, u.place, row_number() over (order by hashtextextended(u.id::text, v_seed + 1), u.id) as turn
    from unnest(v_documents) with ordinality as u (id, place)
  ) as w
  order by w.place;
  return v_job;
end;
$$;
comment on function public.start_job is
'Starts a job over the chosen documents, or over every document that is ready: those of p_documents, the first p_first,
or p_random of them drawn by p_seed. Of a sample, p_holdout is the share that no prompt may be tuned on: at least one
document, never all. At most one job of a project is active.
For editors. Refuses project_not_found, role_too_low, no_variables, no_documents, document_not_found,
selection_ambiguous, selection_empty, holdout_invalid, job_active.';
revoke all on function public.start_job from public, anon, authenticated, service_role;
grant execute on function public.start_job to authenticated;

-- The job, for a caller who has at least p_role, in one of p_states; else 404, 403 or 409. Locks the queue, then the
-- job.
create function private.require_job(p_job uuid, p_role text, p_states text[])
returns public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job public.jobs;
begin
  perform private.lock_queue();
  select j.* into v_job from public.jobs as j
  where j.id = p_job and j.project_id = any(private.my_projects('viewer'))
  for update;
  if v_job.id is null then
    perform private.refuse(404, 'job_not_found', 'No such job', 'It does not exist or you are not a member.');
  end if;
  perform private.require_role(v_job.project_id, p_role);
  if not v_job.state = any(p_states) then
    perform private.refuse(409, 'job_state_wrong', 'The job is not in a state that allows this', 'It is ' || v_job.state || '.');
  end if;
  return v_job;
end;
$$;
revoke all on function private.require_job from public, anon, authenticated, service_role;

-- definer: jobs and tasks are written by verbs only.
create function public.pause_job(p_job uuid)
returns setof public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_job(p_job, 'editor', array['queued', 'running']);
  perform private.pause(p_job, 'asked');
  return query select j.* from public.jobs as j where j.id = p_job;
end;
$$;
comment on function public.pause_job is
'Pauses a job: what runs may finish, what waits is held.
For editors. Refuses job_not_found, role_too_low, job_state_wrong.';
revoke all on function public.pause_job from public, anon, authenticated, service_role;
grant execute on function public.pause_job to authenticated;

-- definer: jobs and tasks are written by verbs only.
create function public.resume_job(p_job uuid)
returns setof public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_job(p_job, 'editor', array['paused']);
  update private.tasks as t set held = false where t.job_id = p_job and t.held;
  return query
    update public.jobs as j
    set state = case when j.started_at is null then 'queued' else 'running' end, pause_reason = null, failure_streak = 0
    where j.id = p_job
    returning j.*;
end;
$$;
comment on function public.resume_job is
'Lets a paused job go on.
For editors. Refuses job_not_found, role_too_low, job_state_wrong.';
revoke all on function public.resume_job from public, anon, authenticated, service_role;
grant execute on function public.resume_job to authenticated;

-- definer: jobs and tasks are written by verbs only.
create function public.cancel_job(p_job uuid)
returns setof public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_job(p_job, 'editor', array['queued', 'running', 'paused']);
  update private.tasks as t
  set state = 'cancelled', finished_at = clock_timestamp(), worker = null, lease_token = null, lease_expires_at = null, held = false
  where t.job_id = p_job and t.state in ('queued', 'running');
  return query
    update public.jobs as j set state = 'cancelled', finished_at = clock_timestamp(), pause_reason = null
    where j.id = p_job
    returning j.*;
end;
$$;
comment on function public.cancel_job is
'Stops a job at once and keeps what is finished. A worker that is in the middle of a document loses its lease.
For editors. Refuses job_not_found, role_too_low, job_state_wrong.';
revoke all on function public.cancel_job from public, anon, authenticated, service_role;
grant execute on function public.cancel_job to authenticated;

-- definer: jobs and tasks are written by verbs only.
create function public.retry_job(p_job uuid)
returns setof public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job public.jobs := private.require_job(p_job, 'editor', array['completed', 'failed', 'cancelled', 'paused']);
  v_retried int;
begin
  if exists (
    select 1 from public.jobs as j
    where j.project_id = v_job.project_id and j.id <> p_job and j.state in ('queued', 'running', 'paused')
  ) then
    perform private.refuse(409, 'job_active', 'A job of this project is active', 'Wait for it, or cancel it first.');
  end if;
  update private.tasks as t
  set state = 'queued', held = false, attempts = 0, run_after = clock_timestamp(), finished_at = null, failure_code = null, failure_detail = null
  from public.documents as d
  where t.job_id = p_job and t.state in ('dead', 'cancelled') and d.id = t.document_id and d.deleted_at is null;
  get diagnostics v_retried = row_count;
  if v_retried = 0 and v_job.state <> 'paused' then
    perform private.refuse(409, 'nothing_to_retry', 'No document of this job failed', 'Start a new job instead.');
  end if;
  update private.tasks as t set held = false where t.job_id = p_job and t.held;
  return query
    update public.jobs as j
    set state = 'queued', finished_at = null, pause_reason = null, failure_streak = 0, started_at = null, documents_failed = 0,
      request_id = private.request_id(),
      documents_skipped = j.documents_total - j.documents_done
        - (select count(*) from private.tasks as t where t.job_id = p_job and t.state in ('queued', 'running'))
    where j.id = p_job
    returning j.*;
end;
$$;
comment on function public.retry_job is
'Asks again for the documents of a job that failed or were cancelled, and only for those.
For editors. Refuses job_not_found, role_too_low, job_state_wrong, job_active, nothing_to_retry.';
revoke all on function public.retry_job from public, anon, authenticated, service_role;
grant execute on function public.retry_job to authenticated;

-- definer: people may not read the queue.
create function public.job_documents(p_job uuid, p_state text default null)
returns table (
  document_id uuid, state text, attempts int, failure_code text, failure_detail text, finished_at timestamptz, held_out boolean
)
language sql stable security definer set search_path = ''
as $$
  select t.document_id, t.state, t.attempts, t.failure_code, t.failure_detail, t.finished_at, t.payload ? 'held_out'
  from private.tasks as t
  where t.job_id = p_job and t.project_id = any(private.my_projects('viewer')) and (p_state is null or t.state = p_state)
  order by t.finished_at desc nulls last, t.id;
$$;
comment on function public.job_documents is
'Tells what became of each document of a job, the newest trouble first, and whether it is held out. The queue itself
stays private.
For members; strangers see no row.';
revoke all on function public.job_documents from public, anon, authenticated, service_role;
grant execute on function public.job_documents to authenticated;

-- Records the end of a document in the trail, under its job. The verbs lock the job meanwhile, so that the ids of one
-- job's events rise as its transactions commit, and whoever pages by id misses nothing.
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
revoke all on function private.record_document_end from public, anon, authenticated, service_role;
create trigger tasks_events after update on private.tasks for each row
when (new.kind = 'extract' and old.state is distinct from new.state and new.state in ('done', 'dead'))
execute function private.record_document_end();

-- definer: tells strangers that there is no such job, where the policies would only show nothing.
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
comment on function public.job_log is
'Tells the story of a job, oldest first, after the entry p_after: running after paused reads as resumed, queued after
an end as retried.
For members. Refuses job_not_found.';
revoke all on function public.job_log from public, anon, authenticated, service_role;
grant execute on function public.job_log to authenticated;
