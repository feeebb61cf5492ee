-- Estimates: what a run would ask and cost, counted before it starts.
set local lock_timeout = '5s';

-- Bytes of a variable as a prompt describes it: what is empty is not told, nor is what no model needs.
create function private.variable_bytes(p_variable jsonb)
returns int
language sql immutable security definer set search_path = ''
as $$
  select coalesce(sum(octet_length(h.key) + octet_length(h.value::text) + 4), 0)::int + 2
  from jsonb_each(p_variable - array['id', 'revision', 'position', 'required', 'default']) as h (key, value)
  where h.value not in ('""'::jsonb, '[]', '{}', 'false', 'null');
$$;

-- For each document that has any: its stale cells, and the bytes that describe their variables. A cell is current where
-- variable and context are those it was asked with, by the model that would be asked now, of the text that is there now.
-- A document that was parsed again to the same text counts as stale here, and the run then finds it is not.
create function private.stale_cells(p_project uuid, p_documents uuid[], p_snapshot jsonb, p_model text)
returns table (document_id uuid, cells int, bytes int)
language sql stable security definer set search_path = ''
as $$
  with wanted as (
    select (w.variable ->> 'id')::uuid as id, (w.variable ->> 'revision')::int as revision, private.variable_bytes(w.variable) as bytes
    from jsonb_array_elements(p_snapshot -> 'variables') as w (variable)
  ),
  elsewhere as (
    select distinct c.job_id from public.llm_calls as c where c.project_id = p_project and c.model <> p_model and c.job_id is not null
  ),
  current_versions as (
    select s.id, (v.variable ->> 'id')::uuid as variable_id
    from public.schema_versions as s
    cross join lateral jsonb_array_elements(s.snapshot -> 'variables') as v (variable)
    inner join wanted as w on w.id = (v.variable ->> 'id')::uuid and w.revision = (v.variable ->> 'revision')::int
    where s.project_id = p_project and (s.snapshot -> 'context') - 'name' = (p_snapshot -> 'context') - 'name'
  ),
  answered as (
    select distinct e.document_id, e.variable_id
    from public.extractions as e
    inner join public.documents as d on d.id = e.document_id
    inner join current_versions as k on k.variable_id = e.variable_id and k.id = case
      when e.judged_by is null then e.schema_version_id
      else coalesce((to_jsonb(e) -> 'suggestion' ->> 'schema_version_id')::uuid, e.schema_version_id)
    end
    where e.project_id = p_project and e.document_id = any(p_documents) and e.state <> 'failed' and e.updated_at >= d.parsed_at
      and (p_model is null or (e.origin = 'offline') = (p_model = 'offline'))
      and not exists (select 1 from elsewhere as o where o.job_id = e.job_id)
  )
  select u.id, count(*)::int, sum(w.bytes)::int
  from unnest(p_documents) as u (id)
  cross join wanted as w
  left join answered as a on a.document_id = u.id and a.variable_id = w.id
  where a.document_id is null
  group by u.id;
$$;

-- What a run over the chosen documents would ask and cost. Tokens a byte, tokens a cell and seconds a call are those that
-- the ledger measured in this project with this model; measured is false where it has none yet, and these are assumed:
-- 0.25 tokens a byte (providers' rule of thumb for English: a token is about four characters), 40 tokens an answered cell
-- (value, quote, zone and reason as JSON: some 160 characters), 10 s a call.
-- definer: reads the ledger and the plan of the workers for whoever may start the run.
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

revoke all on function private.variable_bytes(jsonb), private.stale_cells(uuid, uuid[], jsonb, text),
public.estimate_job(uuid, uuid[], int, int, bigint) from public, anon, authenticated, service_role;
grant execute on function public.estimate_job(uuid, uuid[], int, int, bigint) to authenticated;
