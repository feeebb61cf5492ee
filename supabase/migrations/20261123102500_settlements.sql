-- Settlements: a worker that did not hear that its word came through says it again, and is not refused. Replaces settle_call.
set local lock_timeout = '5s';

-- reserved -> settled | failed. Not fenced by the lease: the call was made and is paid, whoever holds the task now.
-- A call that was given up as abandoned meanwhile is settled all the same, at its true price. How it ended moves how
-- many calls of the project may be made at once. The same said twice counts once.
-- definer: the worker may call verbs and may not touch the ledger.
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

revoke all on function public.settle_call(uuid, text, int, int, bigint, int, text, text, text)
from public, anon, authenticated, service_role;
grant execute on function public.settle_call(uuid, text, int, int, bigint, int, text, text, text) to service_role;
