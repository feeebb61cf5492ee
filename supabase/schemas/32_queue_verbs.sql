-- Queue verbs: what any worker says of any task. For service_role alone.

-- definer: the worker may call verbs and may not touch the queue.
create function public.claim_tasks(p_worker text, p_kinds text[], p_limit int default 1, p_lease_seconds int default 60)
returns table (
  task_id bigint, kind text, project_id uuid, document_id uuid, job_id uuid, export_id uuid,
  payload jsonb, attempts int, lease_token uuid, lease_expires_at timestamptz
)
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if coalesce(p_worker, '') = '' or p_limit not between 1 and 256 or p_lease_seconds not between 1 and 600 then
    perform private.refuse(422, 'claim_invalid', 'The claim is not valid', 'Name the worker; limit 1-256, lease 1-600 s.');
  end if;
  perform private.lock_queue();
  perform private.recover_tasks();
  return query
    with recursive waiting (id) as (
      (select t.project_id from private.tasks as t where t.state = 'queued' and not t.held order by t.project_id limit 1)
      union all
      select (
        select t.project_id from private.tasks as t
        where t.state = 'queued' and not t.held and t.project_id > w.id
        order by t.project_id limit 1
      )
      from waiting as w
      where w.id is not null
    ),
    room as (
      select w.id, (select count(*) from private.tasks as t where t.project_id = w.id and t.state = 'running') as running
      from waiting as w
      where w.id is not null
    ),
    due as (
      select c.id, r.running + row_number() over (partition by r.id order by c.priority desc, c.attempts, c.run_after, c.id) as turn
      from room as r
      inner join public.projects as p on p.id = r.id
      inner join public.project_limits as l on l.project_id = p.id
      cross join lateral (
        select t.id, t.priority, t.attempts, t.run_after
        from private.tasks as t
        where t.project_id = r.id and t.state = 'queued' and not t.held
          and t.run_after <= clock_timestamp() and t.kind = any(p_kinds)
        order by t.priority desc, t.attempts, t.run_after, t.id
        limit greatest(least(p_limit, least(p.max_concurrency, l.concurrency) - r.running, private.calls_left(r.id, p_kinds)), 0)
        for update skip locked
      ) as c
    ),
    chosen as (
      select d.id, row_number() over (order by d.turn, d.id) as place from due as d order by d.turn, d.id limit p_limit
    ),
    claimed as (
      update private.tasks as t
      set state = 'running', worker = p_worker, lease_token = gen_random_uuid(),
        lease_expires_at = clock_timestamp() + make_interval(secs => p_lease_seconds),
        started_at = coalesce(t.started_at, clock_timestamp())
      from chosen as c
      where t.id = c.id
      returning t.*, c.place
    ),
    jobs_started as (
      update public.jobs as j set state = 'running', started_at = coalesce(j.started_at, clock_timestamp())
      where j.state = 'queued' and j.id in (select c.job_id from claimed as c)
    ),
    exports_started as (
      update public.exports as e set state = 'running' where e.state = 'queued' and e.id in (select c.export_id from claimed as c)
    ),
    documents_started as (
      update public.documents as d set state = 'parsing', failure_code = null, failure_detail = null
      where d.id in (select c.document_id from claimed as c where c.kind = 'parse') and d.state <> 'parsing'
    )
    select c.id, c.kind, c.project_id, c.document_id, c.job_id, c.export_id, c.payload, c.attempts, c.lease_token, c.lease_expires_at
    from claimed as c
    order by c.place;
end;
$$;
comment on function public.claim_tasks is
'Leases up to p_limit due tasks to a worker, the project with the fewest running tasks first. Within a project and a
priority, tasks that never lost a lease come before those that did, so that a task that kills its workers does not
take the same others along each time. A project runs at most max_concurrency tasks, fewer while its provider asks for
patience, and no more tasks that ask a model than it may begin calls now.
For workers (service_role). Refuses claim_invalid.';
revoke all on function public.claim_tasks from public, anon, authenticated, service_role;
grant execute on function public.claim_tasks to service_role;

-- definer: as claim_tasks.
create function public.heartbeat_tasks(p_worker text, p_lease_tokens uuid[], p_lease_seconds int default 60)
returns setof uuid
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.lock_queue();
  return query
    update private.tasks as t
    set lease_expires_at = clock_timestamp() + make_interval(secs => least(greatest(p_lease_seconds, 1), 600))
    where t.state = 'running' and t.worker = p_worker and t.lease_token = any(p_lease_tokens)
    returning t.lease_token;
end;
$$;
comment on function public.heartbeat_tasks is
'Extends the leases that a worker still holds and returns their tokens. A token that is missing in the answer was lost.
For workers (service_role).';
revoke all on function public.heartbeat_tasks from public, anon, authenticated, service_role;
grant execute on function public.heartbeat_tasks to service_role;

-- definer: as claim_tasks.
create function public.defer_task(p_task bigint, p_lease_token uuid, p_until timestamptz default now())
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token);
begin
  update private.tasks as t
  set state = 'queued', worker = null, lease_token = null, lease_expires_at = null,
    run_after = least(greatest(p_until, clock_timestamp()), clock_timestamp() + interval '1 day'),
    held = exists (select 1 from public.jobs as j where j.id = v_task.job_id and j.state = 'paused')
  where t.id = v_task.id;
end;
$$;
comment on function public.defer_task is
'Puts a running task back into the queue, due at p_until: a rate limit, a worker that drains. It uses up no attempt.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.defer_task from public, anon, authenticated, service_role;
grant execute on function public.defer_task to service_role;

-- definer: as claim_tasks.
create function public.release_tasks(p_worker text, p_lease_tokens uuid[])
returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_released int;
begin
  perform private.lock_queue();
  update private.tasks as t
  set state = 'queued', worker = null, lease_token = null, lease_expires_at = null, run_after = clock_timestamp(),
    held = exists (select 1 from public.jobs as j where j.id = t.job_id and j.state = 'paused')
  where t.state = 'running' and t.worker = p_worker and t.lease_token = any(p_lease_tokens);
  get diagnostics v_released = row_count;
  return v_released;
end;
$$;
comment on function public.release_tasks is
'Puts back what a draining worker did not finish: due at once, no attempt used up. Returns how many tasks it was.
For workers (service_role).';
revoke all on function public.release_tasks from public, anon, authenticated, service_role;
grant execute on function public.release_tasks to service_role;

-- definer: as claim_tasks.
create function public.fail_task(p_task bigint, p_lease_token uuid, p_code text, p_detail text default '')
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.hold_task(p_task, p_lease_token);
  perform private.bury_task(p_task, coalesce(nullif(p_code, ''), 'unknown'), p_detail);
end;
$$;
comment on function public.fail_task is
'Ends a running task as dead, with what that means to its document, job, import, suggestion or export.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.fail_task from public, anon, authenticated, service_role;
grant execute on function public.fail_task to service_role;

-- definer: as claim_tasks.
create function public.queue_depth()
returns table (kind text, state text, tasks bigint, oldest_seconds float8)
language sql stable security definer set search_path = ''
as $$
  select t.kind, t.state, count(*), extract(epoch from clock_timestamp() - min(t.run_after))::float8
  from private.tasks as t
  where t.state in ('queued', 'running')
  group by t.kind, t.state
  order by t.kind, t.state;
$$;
comment on function public.queue_depth is
'Tells how many tasks of each kind wait and run, and for how long the oldest has waited: for metrics and readiness.
For workers (service_role).';
revoke all on function public.queue_depth from public, anon, authenticated, service_role;
grant execute on function public.queue_depth to service_role;
