-- Takes back 20261123100600_window_estimates: estimate_job as 20261122094600_estimates made it, announce_model as 20261122094300_model_plans.
drop function public.estimate_job(uuid, uuid[], int, int, bigint);
drop function public.announce_model(text, float8, float8, int, int, int, int), private.window_count(bigint, bigint),
private.token_rates(uuid, private.model_plans);
alter table private.model_plans drop column context_tokens, drop column output_tokens;
create function public.announce_model(p_model text, p_input_price float8, p_output_price float8, p_concurrency int, p_prompt_bytes int)
returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.model_plans as m (model, input_price, output_price, concurrency, prompt_bytes)
  values (p_model, p_input_price, p_output_price, p_concurrency, p_prompt_bytes)
  on conflict (model) do update
  set input_price = excluded.input_price, output_price = excluded.output_price, concurrency = excluded.concurrency,
    prompt_bytes = excluded.prompt_bytes, told_at = clock_timestamp();
$$;

create function public.estimate_job(
  p_project uuid, p_documents uuid[] default null, p_first int default null, p_random int default null, p_seed bigint default null
)
returns table (
  documents int, stale_documents int, stale_cells int, calls int, input_tokens bigint, output_tokens bigint,
  cost_micros bigint, minutes float8, model text, measured boolean
)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_documents uuid[];
  v_snapshot jsonb;
  v_plan private.model_plans;
begin
  perform private.require_role(p_project, 'editor');
  v_documents := private.choose_documents(p_project, p_documents, p_first, p_random, coalesce(p_seed, 0));
  v_snapshot := private.snapshot(p_project);
  select m.* into v_plan from private.model_plans as m order by m.told_at desc limit 1;
  return query
    with ledger as (
      select
        sum(c.input_tokens)::float8 / nullif(sum(c.input_bytes), 0) as by_byte,
        sum(c.output_tokens)::float8 / nullif(sum(c.variables), 0) as by_cell,
        avg(c.latency_ms)::float8 / 1000 as seconds
      from (
        select l.* from public.llm_calls as l
        where l.project_id = p_project and l.state = 'settled' and l.model = v_plan.model
          and l.input_tokens > 0 and l.input_bytes > 0 and l.variables > 0
        order by l.created_at desc
        limit 1000
      ) as c
    ),
    asked as (
      select
        count(*)::int as documents,
        coalesce(sum(s.cells), 0)::int as cells,
        count(*) filter (where r.calls)::int as calls,
        coalesce(sum(s.cells) filter (where r.calls), 0) as answers,
        coalesce(sum(
          coalesce(d.text_bytes, 0) + s.bytes + coalesce(v_plan.prompt_bytes, 2500) + octet_length(v_snapshot -> 'context' ->> 'domain')
        ) filter (where r.calls), 0)::float8 as bytes
      from private.stale_cells(p_project, v_documents, v_snapshot, v_plan.model) as s
      inner join public.documents as d on d.id = s.document_id
      cross join lateral (
        select v_plan.model is distinct from 'offline' and d.page_count > coalesce(d.unread_pages, 0) as calls
      ) as r
    ),
    tokens as (
      select a.*, ceil(a.bytes * coalesce(l.by_byte, 0.25))::bigint as sent, ceil(a.answers * coalesce(l.by_cell, 40))::bigint as given,
        coalesce(l.seconds, 10) as seconds, l.by_byte is not null as measured
      from asked as a cross join ledger as l
    )
    select cardinality(v_documents), t.documents, t.cells, t.calls, t.sent, t.given,
      case when v_plan.input_price + v_plan.output_price > 0 or t.calls = 0
        then ceil(t.sent * coalesce(v_plan.input_price, 0) + t.given * coalesce(v_plan.output_price, 0))::bigint
      end,
      ceil(t.calls::float8 / least(p.max_concurrency, l.concurrency, v_plan.concurrency)) * t.seconds / 60,
      v_plan.model, t.measured
    from tokens as t
    inner join public.projects as p on p.id = p_project
    inner join public.project_limits as l on l.project_id = p.id;
end;
$$;

revoke all on function public.announce_model(text, float8, float8, int, int), public.estimate_job(uuid, uuid[], int, int, bigint)
from public, anon, authenticated, service_role;
grant execute on function public.announce_model(text, float8, float8, int, int) to service_role;
grant execute on function public.estimate_job(uuid, uuid[], int, int, bigint) to authenticated;
