-- Queue verbs: what any worker says of any task. For service_role alone.

-- Which tasks are to be claimed, locked, in the order of their turn. A project's first free place comes before the
-- second of any other. The projects that have tasks are found by leaps from one to the next, so that a long queue of
-- one costs no more than a short one.
create function private.due_tasks(p_kinds text[], p_limit int)
returns bigint[]
language plpgsql volatile security definer set search_path = ''
as $$
begin
  return (
    with recursive waiting (project_id) as (
      (select t.project_id from private.tasks as t where t.state = 'queued' and not t.held order by t.project_id limit 1)
      union all
      select (
        select t.project_id from private.tasks as t
        where t.state = 'queued' and not t.held and t.project_id > w.project_id
        order by t.project_id limit 1
      )
      from waiting as w
      where w.project_id is not null
    ),
    busy as (
      select
        w.project_id,
        (select count(*) from private.tasks as t where t.project_id = w.project_id and t.state = 'running') as running
      from waiting as w
      where w.project_id is not null
    ),
    due as (
      select
        c.id,
        b.running + row_number() over (
          partition by b.project_id order by c.priority desc, c.attempts, c.run_after, c.id
        ) as turn
      from busy as b
      inner join public.projects as p on p.id = b.project_id
      inner join public.project_limits as l on l.project_id = p.id
      cross join lateral (
        select t.id, t.priority, t.attempts, t.run_after
        from private.tasks as t
        where t.project_id = b.project_id and t.state = 'queued' and not t.held
          and t.run_after <= clock_timestamp() and t.kind = any(p_kinds)
        order by t.priority desc, t.attempts, t.run_after, t.id
        limit greatest(
          least(p_limit, least(p.max_concurrency, l.concurrency) - b.running, private.calls_left(b.project_id, p_kinds)), 0
        )
        for update skip locked
      ) as c
    ),
    first as (select d.id, d.turn from due as d order by d.turn, d.id limit p_limit)
    select coalesce(array_agg(f.id order by f.turn, f.id), '{}') from first as f
  );
end;
$$;
revoke all on function private.due_tasks from public, anon, authenticated, service_role;

-- Gives each task a lease of its own.
create function private.lease_tasks(p_tasks bigint[], p_worker text, p_lease_seconds int)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.tasks as t
  set state = 'running', worker = p_worker, lease_token = gen_random_uuid(),
    lease_expires_at = clock_timestamp() + make_interval(secs => p_lease_seconds),
    started_at = coalesce(t.started_at, clock_timestamp())
  where t.id = any(p_tasks);
end;
$$;
revoke all on function private.lease_tasks from public, anon, authenticated, service_role;

-- Tells the jobs, exports and documents of tasks that work on them has begun.
create function private.start_owners(p_tasks bigint[])
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.jobs as j set state = 'running', started_at = coalesce(j.started_at, clock_timestamp())
  where j.state = 'queued' and j.id in (select t.job_id from private.tasks as t where t.id = any(p_tasks));
  update public.exports as e set state = 'running'
  where e.state = 'queued' and e.id in (select t.export_id from private.tasks as t where t.id = any(p_tasks));
  update public.documents as d set state = 'parsing', failure_code = null, failure_detail = null
  where d.state <> 'parsing'
    and d.id in (select t.document_id from private.tasks as t where t.id = any(p_tasks) and t.kind = 'parse');
end;
$$;
revoke all on function private.start_owners from public, anon, authenticated, service_role;

-- One claimer at a time, for milliseconds: two at once would each see free places that the other is about to take.
-- definer: the worker may call verbs and may not touch the queue.
create function public.claim_tasks(p_worker text, p_kinds text[], p_limit int default 1, p_lease_seconds int default 60)
returns table (
  task_id bigint, kind text, project_id uuid, document_id uuid, job_id uuid, export_id uuid,
  payload jsonb, attempts int, lease_token uuid, lease_expires_at timestamptz
)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_due bigint[];
begin
  if coalesce(p_worker, '') = '' or p_limit not between 1 and 256 or p_lease_seconds not between 1 and 600 then
    perform private.refuse(422, 'claim_invalid', 'The claim is not valid', 'Name the worker; limit 1-256, lease 1-600 s.');
  end if;
  perform private.lock_queue();
  perform private.recover_tasks();
  v_due := private.due_tasks(p_kinds, p_limit);
  if cardinality(v_due) = 0 then
    return;
  end if;
  perform private.lease_tasks(v_due, p_worker, p_lease_seconds);
  perform private.start_owners(v_due);
  return query
    select
      t.id, t.kind, t.project_id, t.document_id, t.job_id, t.export_id, t.payload, t.attempts, t.lease_token, t.lease_expires_at
    from unnest(v_due) with ordinality as d (id, place)
    inner join private.tasks as t on t.id = d.id
    order by d.place;
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

-- definer: the worker may call verbs and may not touch the queue.
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

-- definer: the worker may call verbs and may not touch the queue.
create function public.defer_task(p_task bigint, p_lease_token uuid, p_until timestamptz default now())
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token);
begin
  perform private.requeue_task(v_task.id, least(greatest(p_until, clock_timestamp()), clock_timestamp() + interval '1 day'));
end;
$$;
comment on function public.defer_task is
'Puts a running task back into the queue, due at p_until: a rate limit, a worker that drains. It uses up no attempt.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.defer_task from public, anon, authenticated, service_role;
grant execute on function public.defer_task to service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.release_tasks(p_worker text, p_lease_tokens uuid[])
returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held bigint[];
begin
  perform private.lock_queue();
  v_held := array(
    select t.id from private.tasks as t
    where t.state = 'running' and t.worker = p_worker and t.lease_token = any(p_lease_tokens)
    for update
  );
  perform private.requeue_task(h.id, clock_timestamp()) from unnest(v_held) as h (id);
  return cardinality(v_held);
end;
$$;
comment on function public.release_tasks is
'Puts back what a draining worker did not finish: due at once, no attempt used up. Returns how many tasks it was.
For workers (service_role).';
revoke all on function public.release_tasks from public, anon, authenticated, service_role;
grant execute on function public.release_tasks to service_role;

-- definer: the worker may call verbs and may not touch the queue.
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

-- definer: the worker may call verbs and may not touch the queue.
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
