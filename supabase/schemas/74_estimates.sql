-- Estimates: what a run would ask and cost, and which cells are stale.

create table private.model_plans (
  model text primary key,
  input_price float8 not null,
  output_price float8 not null,
  concurrency int not null,
  prompt_bytes int not null,
  told_at timestamptz not null default clock_timestamp(),
  context_tokens int,
  output_tokens int,
  constraint model_plans_prices_positive check (input_price >= 0 and output_price >= 0),
  constraint model_plans_concurrency_positive check (concurrency > 0),
  constraint model_plans_prompt_positive check (prompt_bytes >= 0)
);
comment on table private.model_plans is 'What workers said they ask with; the newest counts. Prices are per million tokens; prompt_bytes is what every prompt holds.';
comment on column private.model_plans.context_tokens is 'All that the model reads and writes in a call; null: nobody said.';

alter table private.model_plans enable row level security; -- no policy: told by estimates
revoke all on table private.model_plans from public, anon, authenticated, service_role;

-- Counted as prompts are written: a mark a page, a number a zone, four blanks a line that is not the first.
create function private.text_bytes(p_document uuid)
returns bigint
language sql stable security definer set search_path = ''
as $$
  with shown as (
    select g.number, g.source, g.text, (select count(*) from public.zones as z where z.document_id = g.document_id and z.page = g.number) as zones
    from public.pages as g
    where g.document_id = p_document
  )
  select coalesce(sum(
    octet_length(s.number::text) + 14 + 1
    + case
      when s.source = 'none' then 18
      when s.zones = 0 then 4 + octet_length(s.text) + 4 * (length(s.text) - length(replace(s.text, e'\n', '')))
      else 0
    end
  ), 0)::bigint + coalesce((
    select sum(octet_length(z.position::text) + 4 + octet_length(z.text) + 4 * (length(z.text) - length(replace(z.text, e'\n', ''))))
    from public.zones as z
    inner join shown as t on t.number = z.page and t.source <> 'none'
    where z.document_id = p_document
  ), 0)::bigint
  from shown as s;
$$;
revoke all on function private.text_bytes from public, anon, authenticated, service_role;

create function private.before_document_ready()
returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  new.text_bytes := private.text_bytes(new.id);
  return new;
end;
$$;
revoke all on function private.before_document_ready from public, anon, authenticated, service_role;
create trigger documents_text_bytes before update on public.documents for each row
when (new.state = 'ready' and new.parsed_at is distinct from old.parsed_at) execute function private.before_document_ready();

-- definer: the worker may call verbs and may not touch private tables.
create function public.announce_model(
  p_model text, p_input_price float8, p_output_price float8, p_concurrency int, p_prompt_bytes int,
  p_context_tokens int default null, p_output_tokens int default null
)
returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.model_plans as m (model, input_price, output_price, concurrency, prompt_bytes, context_tokens, output_tokens)
  values (p_model, p_input_price, p_output_price, p_concurrency, p_prompt_bytes, p_context_tokens, p_output_tokens)
  on conflict (model) do update
  set input_price = excluded.input_price, output_price = excluded.output_price, concurrency = excluded.concurrency,
    prompt_bytes = excluded.prompt_bytes, context_tokens = excluded.context_tokens, output_tokens = excluded.output_tokens,
    told_at = clock_timestamp();
$$;
comment on function public.announce_model is
'Says what a worker asks with and how much fits a call. The newest announcement counts, whatever others said before.
For workers (service_role).';
revoke all on function public.announce_model from public, anon, authenticated, service_role;
grant execute on function public.announce_model to service_role;

-- Bytes of a variable as a prompt describes it: what is empty is not told, nor is what no model needs.
create function private.variable_bytes(p_variable jsonb)
returns int
language sql immutable security definer set search_path = ''
as $$
  select coalesce(sum(octet_length(h.key) + octet_length(h.value::text) + 4), 0)::int + 2
  from jsonb_each(p_variable || jsonb_build_object('examples', coalesce(private.told(p_variable -> 'examples'), '[]'))) as h (key, value)
  where h.key in ('key', 'label', 'type', 'instructions', 'aliases', 'categories', 'multiple', 'rules', 'examples')
    and h.value not in ('""'::jsonb, '[]', '{}', 'false');
$$;
revoke all on function private.variable_bytes from public, anon, authenticated, service_role;

-- For each document that has any: its stale cells, and the bytes that describe their variables and what people told of it. A
-- cell is current where variable and context are those it was asked with, by the model that would be asked now, of the text
-- and metadata that are there now, and the cell that its condition looks at did not change since.
-- A document that was parsed again to the same text counts as stale here, and the run then finds it is not.
create function private.stale_cells(p_project uuid, p_documents uuid[], p_snapshot jsonb, p_model text)
returns table (document_id uuid, cells int, bytes int)
language sql stable security definer set search_path = ''
as $$
  with wanted as (
    select (w.variable ->> 'id')::uuid as id, (w.variable ->> 'revision')::int as revision, private.variable_bytes(w.variable) as bytes,
      (select (o.variable ->> 'id')::uuid from jsonb_array_elements(p_snapshot -> 'variables') as o (variable)
        where o.variable ->> 'key' = w.variable #>> '{depends_on,key}') as leader_id
    from jsonb_array_elements(p_snapshot -> 'variables') as w (variable)
  ),
  elsewhere as (
    select distinct c.job_id from public.llm_calls as c where c.project_id = p_project and c.model <> p_model and c.job_id is not null
  ),
  current_versions as (
    select s.id, w.id as variable_id, w.leader_id
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
      else coalesce((e.suggestion ->> 'schema_version_id')::uuid, e.schema_version_id)
    end
    left join public.extractions as l
      on k.leader_id is not null and l.document_id = e.document_id and l.variable_id = k.leader_id and l.row_index = e.row_index
    where e.project_id = p_project and e.document_id = any(p_documents) and e.state <> 'failed'
      and e.updated_at >= greatest(d.parsed_at, d.told_at) and (l.updated_at <= e.updated_at) is not false
      and (p_model is null or (e.origin = 'offline') = (p_model = 'offline'))
      and not exists (select 1 from elsewhere as o where o.job_id = e.job_id)
  )
  select u.id, count(*)::int, sum(w.bytes)::int + case when d.metadata <> '{}' then octet_length(d.metadata::text) + 28 else 0 end
  from unnest(p_documents) as u (id)
  inner join public.documents as d on d.id = u.id
  cross join wanted as w
  left join answered as a on a.document_id = u.id and a.variable_id = w.id
  where a.document_id is null
  group by u.id, d.metadata;
$$;
revoke all on function private.stale_cells from public, anon, authenticated, service_role;

-- definer: reads the ledger and the plan of the workers for whoever may start the run.
create function public.estimate_job(
  p_project uuid, p_documents uuid[] default null, p_first int default null, p_random int default null, p_seed bigint default null
)
returns table (
  documents int, stale_documents int, stale_cells int, calls int, input_tokens bigint, output_tokens bigint,
  cost_micros bigint, minutes float8, model text, measured boolean, most_calls int
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
    with asked as (
      select
        count(*)::int as documents,
        coalesce(sum(s.cells), 0)::int as cells,
        coalesce(sum(w.windows) filter (where r.calls), 0)::int as calls,
        coalesce(sum(greatest(3, w.most + 1)) filter (where r.calls), 0)::int as most_calls,
        coalesce(sum(s.cells * w.windows) filter (where r.calls), 0) as answers,
        coalesce(sum(coalesce(d.text_bytes, 0) * case when w.windows > 1 then 7 / 6.0 else 1 end) filter (where r.calls), 0)::float8 as texts,
        coalesce(sum(
          w.windows * (s.bytes + coalesce(v_plan.prompt_bytes, 2500) + octet_length(v_snapshot -> 'context' ->> 'domain'))
        ) filter (where r.calls), 0)::float8 as questions
      from private.stale_cells(p_project, v_documents, v_snapshot, v_plan.model) as s
      inner join public.documents as d on d.id = s.document_id
      cross join lateral (
        select v_plan.model is distinct from 'offline' and d.page_count > coalesce(d.unread_pages, 0) as calls
      ) as r
      cross join lateral (
        select private.window_count(d.text_bytes * 17 / 16, v_plan.context_tokens - v_plan.output_tokens - k.bytes) as windows,
          private.window_count(d.text_bytes * 3 / 2, v_plan.context_tokens - v_plan.output_tokens - k.bytes) as most
        from (
          -- Beside the text goes what is asked, and the form of an answer: some 330 bytes a variable.
          select (coalesce(v_plan.prompt_bytes, 2500) * 1.05 + s.bytes * 1.1)::int + 700 + 330 * s.cells as bytes
        ) as k
      ) as w
    ),
    tokens as (
      select a.*,
        ceil(a.questions * coalesce(l.by_question, 0.25) + a.texts * coalesce(l.by_text, 0.25))::bigint as sent,
        ceil(a.answers * coalesce(l.by_cell, 40))::bigint as given,
        coalesce(l.seconds, 10) as seconds, l.by_text is not null as measured
      from asked as a cross join private.token_rates(p_project, v_plan) as l
    )
    select cardinality(v_documents), t.documents, t.cells, t.calls, t.sent, t.given,
      case when v_plan.input_price + v_plan.output_price > 0 or t.calls = 0
        then ceil(t.sent * coalesce(v_plan.input_price, 0) + t.given * coalesce(v_plan.output_price, 0))::bigint
      end,
      ceil(t.calls::float8 / least(p.max_concurrency, l.concurrency, v_plan.concurrency)) * t.seconds / 60,
      v_plan.model, t.measured, t.most_calls
    from tokens as t
    inner join public.projects as p on p.id = p_project
    inner join public.project_limits as l on l.project_id = p.id;
end;
$$;
comment on function public.estimate_job is
'Tells what a run over the chosen documents would ask and cost. Tokens a byte, tokens a cell and seconds a call are
those that the ledger measured in this project with this model. measured is false where it has none yet; then these
are assumed: 0.25 tokens a byte (providers'' rule of thumb for English: a token is about four characters), 40 tokens
an answered cell (value, quote, zone and reason as JSON: some 160 characters), 10 s a call. calls: one a window.
most_calls: with second tries and lists that are cut off, three where the text fits two windows, else one more than
there are windows.
For editors. Refuses project_not_found, role_too_low, no_documents, document_not_found, selection_ambiguous,
selection_empty.';
revoke all on function public.estimate_job from public, anon, authenticated, service_role;
grant execute on function public.estimate_job to authenticated;

create function private.before_metadata_change()
returns trigger
language plpgsql set search_path = ''
as $$
begin
  if new.metadata is distinct from old.metadata then
    new.told_at := now();
  end if;
  return new;
end;
$$;
revoke all on function private.before_metadata_change from public, anon, authenticated, service_role;
create trigger documents_before_metadata_change before update of metadata on public.documents
for each row execute function private.before_metadata_change();

-- Windows of a text where so much of it fits: one, or as many as three quarters of the room make, the rest being overlap.
create function private.window_count(p_bytes bigint, p_room bigint)
returns int
language sql immutable parallel safe set search_path = ''
as $$
  select case when coalesce(p_bytes, 0) <= greatest(p_room, 1024) or p_room is null then 1
    else ceil(p_bytes / (greatest(p_room, 1024) * 0.75))::int end;
$$;
revoke all on function private.window_count from public, anon, authenticated, service_role;

-- Tokens a byte of question and of text, tokens an answered cell and seconds a call, as this project's calls of this model
-- were told; null where there are none. Question and text have rates of their own: one is mostly English and JSON, the other
-- may have three bytes a letter. They are the least squares over the calls, held to the one ratio of all bytes by a hundredth
-- of the squared means: calls that are few and alike cannot tell the two apart, and give both that ratio.
-- Of a text in windows a call is taken to hold all that is not the fixed part of the prompt.
create function private.token_rates(p_project uuid, p_plan private.model_plans)
returns table (by_question float8, by_text float8, by_cell float8, seconds float8)
language sql stable security definer set search_path = ''
as $$
  with calls as (
    select c.input_tokens::float8 as tokens, c.output_tokens, c.variables, c.latency_ms, t.bytes as text, c.input_bytes - t.bytes as question
    from public.llm_calls as c
    left join public.documents as d on d.id = c.document_id
    cross join lateral (select least(coalesce(d.text_bytes, 0), greatest(c.input_bytes - p_plan.prompt_bytes, 0))::float8 as bytes) as t
    where c.project_id = p_project and c.state = 'settled' and c.model = p_plan.model
      and c.input_tokens > 0 and c.input_bytes > 0 and c.variables > 0
    order by c.created_at desc
    limit 1000
  ),
  sums as (
    select
      max(m.ratio) as ratio,
      sum(c.output_tokens)::float8 / sum(c.variables) as by_cell,
      avg(c.latency_ms)::float8 / 1000 as seconds,
      sum(c.question * c.question) + 0.01 * avg(c.question) ^ 2 as qq,
      sum(c.text * c.text) + 0.01 * avg(c.text) ^ 2 as tt,
      sum(c.question * c.text) as qt,
      sum(c.question * (c.tokens - m.ratio * (c.question + c.text))) as q_off,
      sum(c.text * (c.tokens - m.ratio * (c.question + c.text))) as t_off
    from calls as c
    cross join (select sum(a.tokens) / sum(a.question + a.text) as ratio from calls as a) as m
  )
  select
    greatest(s.ratio / 5, s.ratio + coalesce((s.q_off * s.tt - s.t_off * s.qt) / d.nonzero, 0)),
    greatest(s.ratio / 5, s.ratio + coalesce((s.t_off * s.qq - s.q_off * s.qt) / d.nonzero, 0)),
    s.by_cell, s.seconds
  from sums as s
  cross join lateral (select nullif(s.qq * s.tt - s.qt * s.qt, 0) as nonzero) as d;
$$;
revoke all on function private.token_rates from public, anon, authenticated, service_role;
