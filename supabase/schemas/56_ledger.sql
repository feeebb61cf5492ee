-- Ledger: every call to a model, reserved before it is made and settled after.

create table public.llm_calls (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  job_id uuid references public.jobs (id) on delete set null,
  document_id uuid references public.documents (id) on delete set null,
  task_id bigint not null,
  purpose text not null,
  model text not null,
  request_id text not null,
  request_hash text not null,
  state text not null default 'reserved',
  reserved_micros bigint not null default 0,
  cost_micros bigint not null default 0,
  input_tokens int,
  output_tokens int,
  latency_ms int,
  finish_reason text,
  error_code text,
  answer text,
  created_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  input_bytes int,
  variables int,
  constraint llm_calls_state_known check (state in ('reserved', 'settled', 'failed', 'abandoned')),
  constraint llm_calls_settled_iff_not_reserved check ((state = 'reserved') = (settled_at is null)),
  constraint llm_calls_answer_iff_settled check (answer is null or state = 'settled'),
  constraint llm_calls_money_positive check (reserved_micros >= 0 and cost_micros >= 0)
);
comment on table public.llm_calls is 'The ledger: every call to a model, paid or not, with its raw answer. reserved -> settled | failed | abandoned.';
comment on column public.llm_calls.state is 'abandoned: the worker died during the call; its whole reservation is counted as spent.';
comment on column public.llm_calls.input_bytes is 'UTF-8 bytes of the messages: with the tokens counted, what a byte costs here.';
comment on column public.llm_calls.variables is 'How many variables it asked for.';
create index llm_calls_reuse on public.llm_calls (document_id, request_hash) where state = 'settled'; -- serves reuse by a retried task
create index llm_calls_task on public.llm_calls (task_id) where state = 'reserved'; -- serves settling abandoned calls
create index llm_calls_project on public.llm_calls (project_id, created_at); -- serves the policy and reports
create index llm_calls_job on public.llm_calls (job_id); -- serves the foreign key
create index llm_calls_document on public.llm_calls (document_id); -- serves the foreign key when documents go

alter table public.llm_calls enable row level security;
create policy llm_calls_select_editor on public.llm_calls for select to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]));
revoke all on table public.llm_calls from public, anon, authenticated, service_role;
grant select on table public.llm_calls to authenticated, service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.reserve_call(
  p_task bigint, p_lease_token uuid, p_request_hash text, p_request_id text, p_model text, p_reserved_micros bigint default 0,
  p_input_bytes int default null, p_variables int default null
)
returns table (call_id uuid, answer text, finish_reason text)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token);
begin
  perform private.abandon_calls(v_task);
  return query
    select c.id, c.answer, c.finish_reason
    from public.llm_calls as c
    where c.document_id = v_task.document_id and c.request_hash = p_request_hash
      and c.state = 'settled' and c.answer is not null and c.project_id = v_task.project_id
      and (c.job_id is not distinct from v_task.job_id or not exists (
        select 1 from public.extractions as e
        where e.document_id = c.document_id and e.job_id = c.job_id and e.state = 'failed'
      ))
    order by c.created_at desc, c.id
    limit 1;
  if found then
    return;
  end if;
  perform private.require_money(v_task.project_id, v_task.job_id, p_reserved_micros);
  perform private.book(v_task.project_id, v_task.job_id, p_reserved_micros, 0, 1);
  return query
    insert into public.llm_calls as c (
      project_id, job_id, document_id, task_id, purpose, model, request_id, request_hash, reserved_micros, input_bytes, variables
    )
    values (
      v_task.project_id, v_task.job_id, v_task.document_id, p_task, v_task.kind, p_model, p_request_id, p_request_hash,
      p_reserved_micros, p_input_bytes, p_variables
    )
    returning c.id, c.answer, c.finish_reason;
end;
$$;
comment on function public.reserve_call is
'Books the worst case of a model call before it is made. Where the ledger holds an answer to the same request already,
that answer comes back instead, so that a retried task never pays twice. Only another job asks anew where that answer
left a cell failed.
For workers (service_role). Refuses lease_lost, cap_reached, project_cap_reached, call_limit_reached.';
revoke all on function public.reserve_call from public, anon, authenticated, service_role;
grant execute on function public.reserve_call to service_role;

-- definer: the worker may call verbs and may not touch the ledger.
create function public.settle_call(
  p_call uuid, p_state text, p_input_tokens int default null, p_output_tokens int default null, p_cost_micros bigint default 0,
  p_latency_ms int default null, p_finish_reason text default null, p_error_code text default null, p_answer text default null
)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_call public.llm_calls;
  v_open boolean;
begin
  if p_state is null or p_state not in ('settled', 'failed') then
    perform private.refuse(422, 'call_state_unknown', 'A call is settled or failed');
  end if;
  perform 1 from public.jobs as j where j.id = (select c.job_id from public.llm_calls as c where c.id = p_call) for no key update;
  select c.* into v_call from public.llm_calls as c where c.id = p_call for update;
  if v_call.state = p_state and (v_call.cost_micros, v_call.input_tokens, v_call.output_tokens, v_call.latency_ms, v_call.error_code, v_call.answer)
    is not distinct from (p_cost_micros, p_input_tokens, p_output_tokens, p_latency_ms, p_error_code, p_answer) then
    return;
  elsif v_call.id is null or v_call.state not in ('reserved', 'abandoned') then
    perform private.refuse(409, 'call_settled', 'The call is already settled');
  end if;
  v_open := v_call.state = 'reserved';
  update public.llm_calls as c
  set state = p_state, settled_at = clock_timestamp(), input_tokens = p_input_tokens, output_tokens = p_output_tokens,
    cost_micros = p_cost_micros, latency_ms = p_latency_ms, finish_reason = p_finish_reason, error_code = p_error_code,
    answer = case when p_state = 'settled' then p_answer end
  where c.id = p_call;
  perform private.book(
    v_call.project_id, v_call.job_id, case when v_open then - v_call.reserved_micros else 0 end,
    p_cost_micros - case when v_open then 0 else v_call.reserved_micros end,
    0, coalesce(p_input_tokens, 0), coalesce(p_output_tokens, 0)
  );
  perform private.adapt_concurrency(v_call, p_state, p_error_code);
end;
$$;
comment on function public.settle_call is
'Tells how a call ended and what it cost. It needs no lease: the call was made and is paid, whoever holds the task now.
A call that was given up as abandoned meanwhile is settled at its true price. How a call ended moves how many calls of
the project may be made at once. Saying the same twice counts once.
For workers (service_role). Refuses call_state_unknown, call_settled.';
revoke all on function public.settle_call from public, anon, authenticated, service_role;
grant execute on function public.settle_call to service_role;

-- Moves how many tasks of a project may run at once. A call that the provider refused for its rate takes away a
-- quarter, once for all calls that were under way, down to an eighth of the most; halving left a fifth of a provider's
-- limit unused. Ten calls that succeed allow one more, until the most is reached again.
create function private.adapt_concurrency(p_call public.llm_calls, p_state text, p_error_code text)
returns void
language sql volatile security definer set search_path = ''
as $$
  update public.project_limits as l
  set concurrency = greatest(least(coalesce(l.concurrency, p.max_concurrency), p.max_concurrency) * 3 / 4, p.max_concurrency / 8, 1),
    successes = 0, narrowed_at = clock_timestamp()
  from public.projects as p
  where p.id = l.project_id and l.project_id = p_call.project_id and p_error_code = 'model_rate_limited'
    and (l.narrowed_at is null or p_call.created_at > l.narrowed_at);
  update public.project_limits as l
  set concurrency = case
      when l.successes < 9 then l.concurrency
      when l.concurrency + 1 < p.max_concurrency then l.concurrency + 1
    end,
    successes = (l.successes + 1) % 10
  from public.projects as p
  where p.id = l.project_id and l.project_id = p_call.project_id and p_state = 'settled' and l.concurrency is not null;
$$;
revoke all on function private.adapt_concurrency from public, anon, authenticated, service_role;

-- Adds what a call reserves, costs and counts to its job and its project. Locks the job, then the limits.
create function private.book(
  p_project uuid, p_job uuid, p_reserved bigint, p_spent bigint, p_calls int default 0, p_input_tokens int default 0, p_output_tokens int default 0
)
returns void
language sql volatile security definer set search_path = ''
as $$
  update public.jobs as j
  set reserved_micros = j.reserved_micros + p_reserved, cost_micros = j.cost_micros + p_spent, model_calls = j.model_calls + p_calls,
    input_tokens = j.input_tokens + p_input_tokens, output_tokens = j.output_tokens + p_output_tokens
  where j.id = p_job;
  update public.project_limits as l
  set reserved_micros = l.reserved_micros + p_reserved, spent_micros = l.spent_micros + p_spent
  where l.project_id = p_project;
$$;
revoke all on function private.book from public, anon, authenticated, service_role;

-- Gives up the calls of a task that nobody settled. The worker died during them, so each counts as spent in full.
create function private.abandon_calls(p_task private.tasks)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_abandoned bigint;
begin
  with abandoned as (
    update public.llm_calls as c
    set state = 'abandoned', settled_at = clock_timestamp(), cost_micros = c.reserved_micros, error_code = 'worker_lost'
    where c.task_id = p_task.id and c.state = 'reserved'
    returning c.reserved_micros
  )
  select sum(a.reserved_micros) into v_abandoned from abandoned as a;
  if v_abandoned is not null then
    perform private.book(p_task.project_id, p_task.job_id, - v_abandoned, v_abandoned);
  end if;
end;
$$;
revoke all on function private.abandon_calls from public, anon, authenticated, service_role;

-- Refuses a call whose worst case does not fit under the cap of its job or its project, and one beyond the calls a
-- minute. Locks the limits of the project.
create function private.require_money(p_project uuid, p_job uuid, p_micros bigint)
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
  elsif v_limits.calls_per_minute <= private.calls_begun(p_project) then
    perform private.refuse(429, 'call_limit_reached', 'The project has made its calls of this minute', 'Give the task back; it is claimed again when there is room.');
  end if;
end;
$$;
revoke all on function private.require_money from public, anon, authenticated, service_role;

-- How many calls a project began within the last minute.
create function private.calls_begun(p_project uuid)
returns int
language sql volatile set search_path = ''
as $$
  select count(*)::int from public.llm_calls as c
  where c.project_id = p_project and c.created_at > clock_timestamp() - interval '1 minute';
$$;
revoke all on function private.calls_begun from public, anon, authenticated, service_role;

-- How many calls a project may begin now: of its limit, what the last minute left, less one for each task that was
-- claimed and has not begun its own. Null where it has no limit, or where tasks of these kinds ask no model.
create function private.calls_left(p_project uuid, p_kinds text[] default '{extract}')
returns int
language sql volatile set search_path = ''
as $$
  select l.calls_per_minute
    - private.calls_begun(p_project)
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
revoke all on function private.calls_left from public, anon, authenticated, service_role;
