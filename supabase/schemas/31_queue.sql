-- Queue: the tasks, and how a lease is held, ended and recovered.

create table private.tasks (
  id bigint generated always as identity primary key,
  project_id uuid not null references public.projects (id) on delete cascade,
  kind text not null,
  state text not null default 'queued',
  held boolean not null default false,
  priority int not null default 0,
  document_id uuid references public.documents (id) on delete cascade,
  job_id uuid,
  export_id uuid,
  payload jsonb not null default '{}',
  attempts int not null default 0,
  run_after timestamptz not null default now(),
  worker text,
  lease_token uuid,
  lease_expires_at timestamptz,
  failure_code text,
  failure_detail text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  constraint tasks_kind_known check (kind in ('parse', 'extract', 'export', 'suggest', 'refine', 'chat', 'import', 'sweep')),
  constraint tasks_state_known check (state in ('queued', 'running', 'done', 'dead', 'cancelled')),
  constraint tasks_lease_iff_running check ((state = 'running') = (lease_token is not null and lease_expires_at is not null and worker is not null)),
  constraint tasks_finished_iff_terminal check ((state in ('done', 'dead', 'cancelled')) = (finished_at is not null)),
  constraint tasks_failure_if_dead check (state <> 'dead' or failure_code is not null),
  constraint tasks_attempts_bounded check (attempts between 0 and 10)
);
comment on table private.tasks is 'One unit of work. queued -> running -> done | dead | cancelled; a lost lease goes back to queued, the tenth is dead.';
comment on column private.tasks.held is 'Its job is paused: not claimable until the job resumes.';
comment on column private.tasks.attempts is 'Leases that were lost. A wait for a rate limit is not one.';
create index tasks_claimable on private.tasks (project_id, priority desc, attempts, run_after, id) where state = 'queued' and not held; -- serves claim_tasks
create index tasks_leased on private.tasks (lease_expires_at) where state = 'running'; -- serves recovery
create index tasks_running on private.tasks (project_id) where state = 'running'; -- serves fairness
create index tasks_job on private.tasks (job_id, state); -- serves job verbs
create index tasks_document on private.tasks (document_id); -- serves the foreign key
create unique index tasks_one_live_parse on private.tasks (document_id) where kind = 'parse' and state in ('queued', 'running');
create unique index tasks_one_live_extract on private.tasks (document_id, job_id) where kind = 'extract' and state in ('queued', 'running');
create index tasks_export on private.tasks (export_id); -- serves the foreign key

alter table private.tasks enable row level security; -- no policy: nobody reads the queue through the Data API
revoke all on table private.tasks from public, anon, authenticated, service_role;
revoke all on sequence private.tasks_id_seq from public, anon, authenticated, service_role;

-- Locks the queue. Whatever moves many tasks at once takes it: claim, heartbeat, and the verbs that pause, resume,
-- cancel or retry a job. Every verb takes its locks in one order, so that no two wait for each other: queue, job, task.
create function private.lock_queue()
returns void
language sql volatile set search_path = ''
as $$
  select pg_advisory_xact_lock(728400201);
$$;
revoke all on function private.lock_queue from public, anon, authenticated, service_role;

-- The task of the caller's lease, of one kind or of any; 409 when the lease was lost. It locks nothing: a verb that
-- only reads begins here, and so does one that calls hold_task before it ends.
-- definer: the worker may call verbs and may not touch the queue.
create function private.see_task(p_task bigint, p_lease_token uuid, p_kind text)
returns private.tasks
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_task private.tasks;
begin
  select t.* into v_task
  from private.tasks as t
  where t.id = p_task and t.state = 'running' and t.lease_token = p_lease_token
    and (p_kind is null or t.kind = p_kind);
  if v_task.id is null then
    perform private.refuse(409, 'lease_lost', 'The task is not held by this lease', 'It expired, was cancelled or was taken over; drop the result.');
  end if;
  return v_task;
end;
$$;
revoke all on function private.see_task from public, anon, authenticated, service_role;

-- The task of the caller's lease, locked; 409 when the lease was lost. Every verb that ends a task begins here, so that
-- a worker which lost its lease can store nothing. The job is locked first, and not against foreign keys: cells and
-- calls of the same job are still written meanwhile. The task is read after it is locked, because it may have changed
-- hands while this waited.
-- definer: the worker may call verbs and may not touch the queue.
create function private.hold_task(p_task bigint, p_lease_token uuid, p_kind text default null)
returns private.tasks
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform 1 from public.jobs as j where j.id = (select t.job_id from private.tasks as t where t.id = p_task) for no key update;
  perform 1 from private.tasks as t where t.id = p_task for update;
  return private.see_task(p_task, p_lease_token, p_kind);
end;
$$;
revoke all on function private.hold_task from public, anon, authenticated, service_role;

-- Puts a running task back into the queue, due at p_due; held where its job is paused.
create function private.requeue_task(p_task bigint, p_due timestamptz)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.tasks as t
  set state = 'queued', worker = null, lease_token = null, lease_expires_at = null, run_after = p_due,
    held = exists (select 1 from public.jobs as j where j.id = t.job_id and j.state = 'paused')
  where t.id = p_task;
end;
$$;
revoke all on function private.requeue_task from public, anon, authenticated, service_role;

-- Ends a task. p_code says why, where p_state is dead.
create function private.close_task(p_task bigint, p_state text, p_code text default null, p_detail text default null)
returns void
language sql volatile security definer set search_path = ''
as $$
  update private.tasks as t
  set state = p_state, finished_at = clock_timestamp(), worker = null, lease_token = null, lease_expires_at = null,
    failure_code = p_code, failure_detail = left(p_detail, 500)
  where t.id = p_task;
$$;
revoke all on function private.close_task from public, anon, authenticated, service_role;

-- Ends a task as dead, and tells its document, job or export. Imports and suggestions follow their tasks by triggers of
-- their own.
create function private.bury_task(p_task bigint, p_code text, p_detail text)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks;
begin
  perform private.close_task(p_task, 'dead', p_code, p_detail);
  select t.* into v_task from private.tasks as t where t.id = p_task;
  case v_task.kind
    when 'parse' then perform private.after_parse_failed(v_task);
    when 'extract' then perform private.count_extract(v_task, 'dead');
    when 'export' then perform private.after_export_failed(v_task);
    else null;
  end case;
end;
$$;
revoke all on function private.bury_task from public, anon, authenticated, service_role;

-- Puts tasks whose lease has expired back into the queue; one that lost its tenth lease is dead. Ten, because a worker
-- that dies takes up to 256 tasks along, and nobody can tell which of them killed it.
create function private.recover_tasks()
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id bigint;
  v_attempts int;
  v_job uuid;
begin
  for v_id, v_attempts, v_job in
    select t.id, t.attempts + 1, t.job_id
    from private.tasks as t
    where t.state = 'running' and t.lease_expires_at < clock_timestamp()
    order by t.lease_expires_at
    limit 500
    for update skip locked
  loop
    if v_attempts >= 10 and v_job is not null then
      -- The job comes before the task in the order of locks. Where it is busy, the next claim recovers this task.
      perform 1 from public.jobs as j where j.id = v_job for update skip locked;
      continue when not found;
    end if;
    update private.tasks as t set attempts = v_attempts where t.id = v_id;
    if v_attempts >= 10 then
      perform private.bury_task(v_id, 'worker_lost', 'Ten workers died while they held this task');
    else
      perform private.requeue_task(v_id, clock_timestamp());
    end if;
  end loop;
end;
$$;
revoke all on function private.recover_tasks from public, anon, authenticated, service_role;
