-- Takes back 20261122094400_ledger_limits: reserve_call and settle_call as 20261121090810_extraction_verbs made them.
drop function public.reserve_call(bigint, uuid, text, text, text, bigint, int, int);
create function public.reserve_call(
  p_task bigint, p_lease_token uuid, p_request_hash text, p_request_id text, p_model text, p_reserved_micros bigint default 0
)
returns table (call_id uuid, answer text, finish_reason text)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token);
  v_job public.jobs;
  v_abandoned bigint;
begin
  with abandoned as (
    update public.llm_calls as c
    set state = 'abandoned', settled_at = clock_timestamp(), cost_micros = c.reserved_micros, error_code = 'worker_lost'
    where c.task_id = p_task and c.state = 'reserved'
    returning c.reserved_micros
  )
  select coalesce(sum(a.reserved_micros), 0) into v_abandoned from abandoned as a;
  update public.jobs as j
  set reserved_micros = j.reserved_micros - v_abandoned, cost_micros = j.cost_micros + v_abandoned
  where j.id = v_task.job_id and v_abandoned > 0;

  return query
    select c.id, c.answer, c.finish_reason
    from public.llm_calls as c
    where c.document_id = v_task.document_id and c.request_hash = p_request_hash
      and c.state = 'settled' and c.answer is not null and c.project_id = v_task.project_id
    order by c.created_at desc, c.id
    limit 1;
  if found then
    return;
  end if;

  select j.* into v_job from public.jobs as j where j.id = v_task.job_id;
  if v_job.cap_micros is not null and v_job.cost_micros + v_job.reserved_micros + p_reserved_micros > v_job.cap_micros then
    perform private.refuse(402, 'cap_reached', 'The money cap of the job does not allow this call', 'Raise the cap and resume.');
  end if;
  update public.jobs as j set reserved_micros = j.reserved_micros + p_reserved_micros, model_calls = j.model_calls + 1
  where j.id = v_task.job_id;
  return query
    insert into public.llm_calls as c (project_id, job_id, document_id, task_id, purpose, model, request_id, request_hash, reserved_micros)
    values (v_task.project_id, v_task.job_id, v_task.document_id, p_task, v_task.kind, p_model, p_request_id, p_request_hash, p_reserved_micros)
    returning c.id, c.answer, c.finish_reason;
end;
$$;
create or replace function public.settle_call(
  p_call uuid, p_state text, p_input_tokens int default null, p_output_tokens int default null, p_cost_micros bigint default 0,
  p_latency_ms int default null, p_finish_reason text default null, p_error_code text default null, p_answer text default null
)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_call public.llm_calls;
begin
  if p_state is null or p_state not in ('settled', 'failed') then
    perform private.refuse(422, 'call_state_unknown', 'A call is settled or failed');
  end if;
  perform 1 from public.jobs as j where j.id = (select c.job_id from public.llm_calls as c where c.id = p_call) for update;
  select c.* into v_call from public.llm_calls as c where c.id = p_call and c.state in ('reserved', 'abandoned') for update;
  if v_call.id is null then
    perform private.refuse(409, 'call_settled', 'The call is already settled');
  end if;
  update public.llm_calls as c
  set state = p_state, settled_at = clock_timestamp(), input_tokens = p_input_tokens, output_tokens = p_output_tokens,
    cost_micros = p_cost_micros, latency_ms = p_latency_ms, finish_reason = p_finish_reason, error_code = p_error_code,
    answer = case when p_state = 'settled' then p_answer end
  where c.id = p_call;
  update public.jobs as j
  set reserved_micros = j.reserved_micros - case when v_call.state = 'reserved' then v_call.reserved_micros else 0 end,
    cost_micros = j.cost_micros + p_cost_micros - case when v_call.state = 'abandoned' then v_call.reserved_micros else 0 end,
    input_tokens = j.input_tokens + coalesce(p_input_tokens, 0),
    output_tokens = j.output_tokens + coalesce(p_output_tokens, 0)
  where j.id = v_call.job_id;
end;
$$;
drop function private.book(uuid, uuid, bigint, bigint, int, int, int), private.abandon_calls(private.tasks),
private.require_money(uuid, uuid, bigint);
revoke all on function public.reserve_call(bigint, uuid, text, text, text, bigint) from public, anon, authenticated, service_role;
grant execute on function public.reserve_call(bigint, uuid, text, text, text, bigint) to service_role;
