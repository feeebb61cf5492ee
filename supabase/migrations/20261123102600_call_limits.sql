-- Call limits: how many model calls a project may make in any minute. Replaces require_money and claim_tasks.
set local lock_timeout = '5s';

alter table public.project_limits add column calls_per_minute int;
alter table public.project_limits add constraint project_limits_calls_positive check (calls_per_minute > 0) not valid;
alter table public.project_limits validate constraint project_limits_calls_positive;
comment on column public.project_limits.calls_per_minute is 'The most model calls that begin within any 60 s; null for no bound.';

-- How many calls the project may begin now: of its limit, what the last minute left, less a call for each task that was
-- claimed and has not begun its own. Null where it has no limit, or where tasks of these kinds ask no model.
create function private.calls_left(p_project uuid, p_kinds text[] default '{extract}')
returns int
language sql volatile set search_path = ''
as $$
  select l.calls_per_minute
    - (
      select count(*) from public.llm_calls as c
      where c.project_id = p_project and c.created_at > clock_timestamp() - interval '1 minute'
    )::int
    - (
      select count(*) from private.tasks as t
      where t.project_id = p_project and t.state = 'running' and t.kind in ('extract', 'suggest', 'refine', 'chat')
        and not exists (
          select 1 from public.llm_calls as c
          where c.project_id = p_project and c.task_id = t.id and c.created_at > clock_timestamp() - interval '1 minute'
        )
    )::int
  from public.project_limits as l
  where l.project_id = p_project and l.calls_per_minute is not null and p_kinds && array['extract', 'suggest', 'refine', 'chat'];
$$;

-- Ends with 402 where the worst case of a call does not fit under the cap of its job or project, and with 429 where the
-- project began as many calls in the last minute as it may. Locks the limits.
create or replace function private.require_money(p_project uuid, p_job uuid, p_micros bigint)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_limits public.project_limits;
begin
  select l.* into v_limits from public.project_limits as l where l.project_id = p_project for update;
  if exists (
    select 1 from public.jobs as j where j.id = p_job and j.cost_micros + j.reserved_micros + p_micros > j.cap_micros
  ) then
    perform private.refuse(402, 'cap_reached', 'The money cap of the job does not allow this call', 'Raise the cap and resume.');
  elsif v_limits.spent_micros + v_limits.reserved_micros + p_micros > v_limits.cap_micros then
    perform private.refuse(402, 'project_cap_reached', 'The money cap of the project does not allow this call', 'Raise the cap and resume.');
  elsif v_limits.calls_per_minute <= (
    select count(*) from public.llm_calls as c
    where c.project_id = p_project and c.created_at > clock_timestamp() - interval '1 minute'
  ) then
    perform private.refuse(429, 'call_limit_reached', 'The project has made its calls of this minute', 'Give the task back; it is claimed again when there is room.');
  end if;
end;
$$;

-- The most model calls that may begin within any 60 s, or null for no bound. What runs is not stopped.
-- definer: limits are written by verbs only.
create function public.set_call_limit(p_project uuid, p_calls_per_minute int default null)
returns public.project_limits
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_limits public.project_limits;
begin
  perform private.require_role(p_project, 'owner');
  if p_calls_per_minute < 1 then
    perform private.refuse(422, 'limit_invalid', 'A limit is at least one call a minute', 'Give calls a minute, or none for no bound.');
  end if;
  update public.project_limits as l set calls_per_minute = p_calls_per_minute where l.project_id = p_project returning l.* into v_limits;
  return v_limits;
end;
$$;

-- As before, but for the bound: a project's max_concurrency, while its provider asks for patience less, and no more tasks
-- that ask a model than the project may begin calls now.
-- definer: the worker may call verbs and may not touch the queue.
create or replace function public.claim_tasks(p_worker text, p_kinds text[], p_limit int default 1, p_lease_seconds int default 60)
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

revoke all on function
private.calls_left(uuid, text[]), private.require_money(uuid, uuid, bigint), public.set_call_limit(uuid, int),
public.claim_tasks(text, text[], int, int)
from public, anon, authenticated, service_role;
grant execute on function public.set_call_limit(uuid, int) to authenticated;
grant execute on function public.claim_tasks(text, text[], int, int) to service_role;
