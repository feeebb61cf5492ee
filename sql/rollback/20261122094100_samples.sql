-- Takes back 20261122094100_samples: start_job and job_documents as 20261121090710_job_verbs made them.
drop function public.active_job(uuid);
drop function public.start_job(uuid, text, uuid[], bigint, int, int, bigint, float8);
drop function public.job_documents(uuid, text);
drop function private.choose_documents(uuid, uuid[], int, int, bigint);
alter table public.jobs drop column selection;
create function public.start_job(p_project uuid, p_kind text default 'full', p_documents uuid[] default null, p_cap_micros bigint default null)
returns public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_version public.schema_versions;
  v_documents uuid[];
  v_job public.jobs;
begin
  perform private.require_role(p_project, 'editor');
  v_version := private.current_version(p_project);
  if jsonb_array_length(v_version.snapshot -> 'variables') = 0 then
    perform private.refuse(422, 'no_variables', 'The project has no variables', 'Define at least one variable first.');
  end if;
  if exists (
    select 1 from unnest(p_documents) as w (id)
    where not exists (select 1 from public.documents as d where d.id = w.id and d.project_id = p_project and d.deleted_at is null)
  ) then
    perform private.refuse(404, 'document_not_found', 'No such document', 'A listed document is not part of this project.');
  end if;
  select coalesce(array_agg(d.id order by d.created_at, d.id), '{}') into v_documents
  from public.documents as d
  where d.project_id = p_project and d.deleted_at is null and d.state = 'ready'
    and (p_documents is null or d.id = any(p_documents));
  if cardinality(v_documents) = 0 then
    perform private.refuse(422, 'no_documents', 'There is no document to read', 'Upload documents and wait until they are ready.');
  end if;
  insert into public.jobs as j (project_id, kind, schema_version_id, documents_total, cap_micros, request_id, created_by)
  values (p_project, p_kind, v_version.id, cardinality(v_documents), p_cap_micros, private.request_id(), (select auth.uid()))
  on conflict (project_id) where state in ('queued', 'running', 'paused') do nothing
  returning j.* into v_job;
  if v_job.id is null then
    perform private.refuse(409, 'job_active', 'A job of this project is active', 'Wait for it, or cancel it first.');
  end if;
  insert into private.tasks (project_id, kind, document_id, job_id)
  select p_project, 'extract', w.id, v_job.id from unnest(v_documents) with ordinality as w (id, place) order by w.place;
  return v_job;
end;
$$;
create function public.job_documents(p_job uuid, p_state text default null)
returns table (document_id uuid, state text, attempts int, failure_code text, failure_detail text, finished_at timestamptz)
language sql stable security definer set search_path = ''
as $$
  select t.document_id, t.state, t.attempts, t.failure_code, t.failure_detail, t.finished_at
  from private.tasks as t
  where t.job_id = p_job and t.project_id = any(private.my_projects('viewer')) and (p_state is null or t.state = p_state)
  order by t.finished_at desc nulls last, t.id;
$$;
revoke all on function public.start_job(uuid, text, uuid[], bigint), public.job_documents(uuid, text)
from public, anon, authenticated, service_role;
grant execute on function public.start_job(uuid, text, uuid[], bigint), public.job_documents(uuid, text) to authenticated;
