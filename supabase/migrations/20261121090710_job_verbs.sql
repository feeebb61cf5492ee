-- Job verbs: start, pause, resume, cancel, retry, and what became of each document.
set local lock_timeout = '5s';

-- Starts a job over p_documents, or over every ready document. Documents that failed to parse are no part of it.
-- definer: jobs and tasks are written by verbs only.
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

-- The caller's job with queue and job locked, or 404; 403 when the role is too low; 409 when its state is not one of p_states.
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

-- definer: this and the verbs below, as start_job.
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

-- Stops at once and keeps what is finished; a worker that is in the middle loses its lease.
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

-- Asks again what failed or was cancelled, and only that.
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

-- What became of each document of a job, newest trouble first; the queue itself stays private.
create function public.job_documents(p_job uuid, p_state text default null)
returns table (document_id uuid, state text, attempts int, failure_code text, failure_detail text, finished_at timestamptz)
language sql stable security definer set search_path = ''
as $$
  select t.document_id, t.state, t.attempts, t.failure_code, t.failure_detail, t.finished_at
  from private.tasks as t
  where t.job_id = p_job and t.project_id = any(private.my_projects('viewer')) and (p_state is null or t.state = p_state)
  order by t.finished_at desc nulls last, t.id;
$$;

revoke all on function
private.require_job(uuid, text, text[]),
public.start_job(uuid, text, uuid[], bigint), public.pause_job(uuid), public.resume_job(uuid),
public.cancel_job(uuid), public.retry_job(uuid), public.job_documents(uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
public.start_job(uuid, text, uuid[], bigint), public.pause_job(uuid), public.resume_job(uuid),
public.cancel_job(uuid), public.retry_job(uuid), public.job_documents(uuid, text)
to authenticated;
