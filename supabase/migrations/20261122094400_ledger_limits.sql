-- The ledger under two caps: no call of a job passes the cap of the job or of its project. Replaces reserve_call and settle_call.
set local lock_timeout = '5s';

-- Moves money of a call, and what it counts, into its job and its project. Locks job, then limits.
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

-- Calls of a task that nobody settled: the worker died during them, so they count in full.
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

-- Ends with 402 where the worst case of a call does not fit under the cap of its job or project. Locks the limits.
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
  end if;
end;
$$;

-- Books the worst case of a call before it is made. An answer that is already in the ledger for the same request comes
-- back instead: a retried task never pays twice. Only another job asks anew where that answer left a cell failed.
-- definer: the worker may call verbs and may not touch the queue.
-- squawk-ignore ban-drop-function
drop function public.reserve_call(bigint, uuid, text, text, text, bigint);
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

-- reserved -> settled | failed. Not fenced by the lease: the call was made and is paid, whoever holds the task now.
-- A call that was given up as abandoned meanwhile is settled all the same, at its true price. How it ended moves how
-- many calls of the project may be made at once.
-- definer: as reserve_call.
create or replace function public.settle_call(
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
  perform 1 from public.jobs as j where j.id = (select c.job_id from public.llm_calls as c where c.id = p_call) for update;
  select c.* into v_call from public.llm_calls as c where c.id = p_call and c.state in ('reserved', 'abandoned') for update;
  if v_call.id is null then
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

revoke all on function
private.book(uuid, uuid, bigint, bigint, int, int, int), private.abandon_calls(private.tasks), private.require_money(uuid, uuid, bigint),
public.reserve_call(bigint, uuid, text, text, text, bigint, int, int),
public.settle_call(uuid, text, int, int, bigint, int, text, text, text)
from public, anon, authenticated, service_role;
grant execute on function
public.reserve_call(bigint, uuid, text, text, text, bigint, int, int),
public.settle_call(uuid, text, int, int, bigint, int, text, text, text)
to service_role;
