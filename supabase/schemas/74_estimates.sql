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
comment on table private.model_plans is
'What workers said they ask with; the newest counts. Prices are per million tokens; prompt_bytes is what every prompt holds.';
comment on column private.model_plans.context_tokens is
'All that the model reads and writes in a call; null: nobody said.';

alter table private.model_plans enable row level security; -- no policy: told by estimates
revoke all on table private.model_plans from public, anon, authenticated, service_role;

-- Bytes of a document as a prompt shows it, see service/parsing/reading_text.py: a mark for each
-- page, a number before each zone, and every line but the first of a text behind four blanks.
create function private.text_bytes(p_document uuid)
returns bigint
language sql stable security definer set search_path = ''
as $$
  with pages as (
    select
      g.number, g.source, g.text,
      exists (
        select 1 from public.zones as z where z.document_id = g.document_id and z.page = g.number
      ) as has_zones
    from public.pages as g
    where g.document_id = p_document
  ),
  marks as (
    -- "--- page 1 ---" with two line breaks, and "(no readable text)".
    select sum(octet_length(p.number::text) + 15 + case when p.source = 'none' then 18 else 0 end) as bytes
    from pages as p
  ),
  texts (text, before) as (
    -- A zone stands behind "[1] " and ends with a line break; the text of a page without zones is
    -- indented.
    select z.text, octet_length(z.position::text) + 4
    from public.zones as z
    inner join pages as p on p.number = z.page and p.source <> 'none'
    where z.document_id = p_document
    union all
    select p.text, 4 from pages as p where p.source <> 'none' and not p.has_zones
  ),
  shown as (
    select sum(
      t.before + octet_length(t.text) + 4 * (length(t.text) - length(replace(t.text, e'\n', '')))
    ) as bytes
    from texts as t
  )
  select coalesce(m.bytes, 0) + coalesce(s.bytes, 0)
  from marks as m
  cross join shown as s;
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
when (new.state = 'ready' and new.parsed_at is distinct from old.parsed_at)
execute function private.before_document_ready();

-- What people tell of a document is part of every question about it: answers given before are
-- stale.
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

-- definer: the worker may call verbs and may not touch private tables.
create function public.announce_model(
  p_model text, p_input_price float8, p_output_price float8, p_concurrency int, p_prompt_bytes int,
  p_context_tokens int default null, p_output_tokens int default null
)
returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.model_plans as m (
    model, input_price, output_price, concurrency, prompt_bytes, context_tokens, output_tokens
  )
  values (
    p_model, p_input_price, p_output_price, p_concurrency, p_prompt_bytes, p_context_tokens, p_output_tokens
  )
  on conflict (model) do update
  set
    input_price = excluded.input_price, output_price = excluded.output_price,
    concurrency = excluded.concurrency, prompt_bytes = excluded.prompt_bytes,
    context_tokens = excluded.context_tokens, output_tokens = excluded.output_tokens,
    told_at = clock_timestamp();
$$;
comment on function public.announce_model is
'Says what a worker asks with and how much fits a call. The newest announcement counts, whatever others said before.
For workers (service_role).';
revoke all on function public.announce_model from public, anon, authenticated, service_role;
grant execute on function public.announce_model to service_role;

-- Bytes of a variable as a prompt describes it: without what is empty, and without what no model
-- needs.
create function private.variable_bytes(p_variable jsonb)
returns int
language sql immutable security definer set search_path = ''
as $$
  select coalesce(sum(octet_length(f.key) + octet_length(f.value::text) + 4), 0)::int + 2
  from jsonb_each(
    p_variable || jsonb_build_object('examples', coalesce(private.told(p_variable -> 'examples'), '[]'))
  ) as f (key, value)
  where f.key in (
      'key', 'label', 'type', 'instructions', 'aliases', 'categories', 'multiple', 'rules', 'examples'
    )
    and f.value not in ('""'::jsonb, '[]', '{}', 'false');
$$;
revoke all on function private.variable_bytes from public, anon, authenticated, service_role;

-- The documents that have stale cells: how many, and the bytes that describe their variables and
-- what people told of the document. A cell is current where it answers to the variable and the
-- context as they are now, was given by the model that would be asked now, is not older than the
-- document's text and metadata, and the cell that its condition looks at has not changed since. A
-- document that was parsed again to the same text counts as stale here; the run then finds that it
-- is not.
create function private.stale_cells(p_project uuid, p_documents uuid[], p_snapshot jsonb, p_model text)
returns table (document_id uuid, cells int, bytes int)
language sql stable security definer set search_path = ''
as $$
  with asked as (
    select
      (a.variable ->> 'id')::uuid as id,
      (a.variable ->> 'revision')::int as revision,
      private.variable_bytes(a.variable) as bytes,
      (
        -- The variable that the condition of this one looks at.
        select (o.variable ->> 'id')::uuid
        from jsonb_array_elements(p_snapshot -> 'variables') as o (variable)
        where o.variable ->> 'key' = a.variable #>> '{depends_on,key}'
      ) as leader_id
    from jsonb_array_elements(p_snapshot -> 'variables') as a (variable)
  ),
  current_versions as (
    -- The versions in which a variable was asked for as it would be now.
    select s.id, a.id as variable_id, a.leader_id
    from public.schema_versions as s
    cross join lateral jsonb_array_elements(s.snapshot -> 'variables') as v (variable)
    inner join asked as a
      on a.id = (v.variable ->> 'id')::uuid and a.revision = (v.variable ->> 'revision')::int
    where s.project_id = p_project
      and (s.snapshot -> 'context') - 'name' = (p_snapshot -> 'context') - 'name'
  ),
  jobs_of_other_models as (
    select distinct c.job_id
    from public.llm_calls as c
    where c.project_id = p_project and c.model <> p_model and c.job_id is not null
  ),
  answered as (
    select distinct e.document_id, e.variable_id
    from public.extractions as e
    inner join public.documents as d on d.id = e.document_id
    inner join current_versions as k
      on k.variable_id = e.variable_id
      and k.id = case
        -- Beside a judged cell the newest answer is its suggestion.
        when e.judged_by is null then e.schema_version_id
        else coalesce((e.suggestion ->> 'schema_version_id')::uuid, e.schema_version_id)
      end
    left join public.extractions as l
      on k.leader_id is not null
      and l.document_id = e.document_id and l.variable_id = k.leader_id and l.row_index = e.row_index
    where e.project_id = p_project and e.document_id = any(p_documents) and e.state <> 'failed'
      and e.updated_at >= greatest(d.parsed_at, d.told_at)
      and (l.updated_at <= e.updated_at) is not false
      and (p_model is null or (e.origin = 'offline') = (p_model = 'offline'))
      and not exists (select 1 from jobs_of_other_models as o where o.job_id = e.job_id)
  )
  select
    u.id,
    count(*)::int,
    sum(a.bytes)::int + case when d.metadata <> '{}' then octet_length(d.metadata::text) + 28 else 0 end
  from unnest(p_documents) as u (id)
  inner join public.documents as d on d.id = u.id
  cross join asked as a
  left join answered as w on w.document_id = u.id and w.variable_id = a.id
  where w.document_id is null
  group by u.id, d.metadata;
$$;
revoke all on function private.stale_cells from public, anon, authenticated, service_role;

-- How many windows a text makes in a room of so many bytes: one where it fits, else as many as
-- three quarters of the room make, for the rest of each repeats the end of the one before. No room
-- is less than 1024 bytes; null is a room without bounds.
create function private.window_count(p_bytes bigint, p_room bigint)
returns int
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when coalesce(p_bytes, 0) <= greatest(p_room, 1024) or p_room is null then 1
    else ceil(p_bytes / (greatest(p_room, 1024) * 0.75))::int
  end;
$$;
revoke all on function private.window_count from public, anon, authenticated, service_role;

-- What a run would send of each document that has stale cells. calls: one for each window.
-- most_calls: with second tries, and with lists that were cut off and are asked for again in
-- halves. answers: the cells of all windows together. A document that has no readable page, or is
-- answered offline, takes no call.
create function private.planned_calls(
  p_project uuid, p_documents uuid[], p_snapshot jsonb, p_plan private.model_plans
)
returns table (cells int, calls int, most_calls int, answers int, text_bytes numeric, question_bytes int)
language sql stable security definer set search_path = ''
as $$
  with stale as (
    select
      s.cells, s.bytes, coalesce(d.text_bytes, 0) as text_bytes,
      p_plan.model is distinct from 'offline' and d.page_count > coalesce(d.unread_pages, 0) as is_sent,
      -- Beside the text a call holds the question and the form of an answer, some 330 bytes a
      -- variable.
      p_plan.context_tokens - p_plan.output_tokens
      - ((coalesce(p_plan.prompt_bytes, 2500) * 1.05 + s.bytes * 1.1)::int + 700 + 330 * s.cells) as room
    from private.stale_cells(p_project, p_documents, p_snapshot, p_plan.model) as s
    inner join public.documents as d on d.id = s.document_id
  ),
  in_windows as (
    -- Windows are filled by a measure that counts a little more than the bytes: a sixteenth more is
    -- likely, and half as much again the most.
    select
      s.*,
      private.window_count(s.text_bytes * 17 / 16, s.room) as windows,
      private.window_count(s.text_bytes * 3 / 2, s.room) as most_windows
    from stale as s
  )
  select
    w.cells,
    w.windows,
    greatest(3, w.most_windows + 1),
    w.cells * w.windows,
    -- Each window but the first repeats a sixth of its new text.
    w.text_bytes * case when w.windows > 1 then 7 / 6.0 else 1 end,
    w.windows * (
      w.bytes + coalesce(p_plan.prompt_bytes, 2500) + octet_length(p_snapshot -> 'context' ->> 'domain')
    )
  from in_windows as w
  where w.is_sent
  union all
  select w.cells, 0, 0, 0, 0, 0 from in_windows as w where w.is_sent is not true;
$$;
revoke all on function private.planned_calls from public, anon, authenticated, service_role;

-- Tokens for a byte of question and for a byte of text, tokens for an answered cell, and seconds
-- for a call, as the newest calls of this project to this model were told; null where there are
-- none. Question and text have rates of their own: one is mostly English and JSON, the other may
-- take three bytes a letter. The rates are the least squares over the calls, drawn to the one ratio
-- of all bytes by a hundredth of the mean squared: calls that are few and alike cannot tell the two
-- apart, and then both get that ratio. No rate is less than a fifth of it.
create function private.token_rates(p_project uuid, p_plan private.model_plans)
returns table (by_question float8, by_text float8, by_cell float8, seconds float8)
language sql stable security definer set search_path = ''
as $$
  with calls as (
    select
      c.input_tokens::float8 as tokens, c.output_tokens, c.variables, c.latency_ms,
      t.bytes as text, c.input_bytes - t.bytes as question
    from public.llm_calls as c
    left join public.documents as d on d.id = c.document_id
    cross join lateral (
      -- Of a text in windows, a call is taken to hold all that is not the fixed part of the prompt.
      select least(
        coalesce(d.text_bytes, 0), greatest(c.input_bytes - p_plan.prompt_bytes, 0)
      )::float8 as bytes
    ) as t
    where c.project_id = p_project and c.state = 'settled' and c.model = p_plan.model
      and c.input_tokens > 0 and c.input_bytes > 0 and c.variables > 0
    order by c.created_at desc
    limit 1000
  ),
  overall as (
    select
      sum(c.tokens) / sum(c.question + c.text) as ratio,
      sum(c.output_tokens)::float8 / sum(c.variables) as by_cell,
      avg(c.latency_ms)::float8 / 1000 as seconds
    from calls as c
  ),
  squares as (
    -- What the ratio leaves unexplained, and the sums by which the two rates share it.
    select
      sum(c.question * c.question) + 0.01 * avg(c.question) ^ 2 as question_square,
      sum(c.text * c.text) + 0.01 * avg(c.text) ^ 2 as text_square,
      sum(c.question * c.text) as product,
      sum(c.question * (c.tokens - o.ratio * (c.question + c.text))) as question_error,
      sum(c.text * (c.tokens - o.ratio * (c.question + c.text))) as text_error
    from calls as c
    cross join overall as o
  )
  select
    greatest(o.ratio / 5, o.ratio + coalesce(
      (s.question_error * s.text_square - s.text_error * s.product) / d.determinant, 0
    )),
    greatest(o.ratio / 5, o.ratio + coalesce(
      (s.text_error * s.question_square - s.question_error * s.product) / d.determinant, 0
    )),
    o.by_cell,
    o.seconds
  from overall as o
  cross join squares as s
  cross join lateral (
    select nullif(s.question_square * s.text_square - s.product * s.product, 0) as determinant
  ) as d;
$$;
revoke all on function private.token_rates from public, anon, authenticated, service_role;

-- definer: reads the ledger and the plan of the workers for whoever may start the run.
create function public.estimate_job(
  p_project uuid, p_documents uuid[] default null,
  p_first int default null, p_random int default null, p_seed bigint default null
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
    with planned as (
      select
        count(*)::int as documents,
        coalesce(sum(c.cells), 0)::int as cells,
        coalesce(sum(c.calls), 0)::int as calls,
        coalesce(sum(c.most_calls), 0)::int as most_calls,
        coalesce(sum(c.answers), 0) as answers,
        coalesce(sum(c.text_bytes), 0)::float8 as text_bytes,
        coalesce(sum(c.question_bytes), 0)::float8 as question_bytes
      from private.planned_calls(p_project, v_documents, v_snapshot, v_plan) as c
    ),
    rates as (
      select
        coalesce(r.by_question, 0.25) as by_question, coalesce(r.by_text, 0.25) as by_text,
        coalesce(r.by_cell, 40) as by_cell, coalesce(r.seconds, 10) as seconds,
        r.by_text is not null as measured
      from private.token_rates(p_project, v_plan) as r
    ),
    tokens as (
      select
        ceil(n.question_bytes * r.by_question + n.text_bytes * r.by_text)::bigint as sent,
        ceil(n.answers * r.by_cell)::bigint as received
      from planned as n
      cross join rates as r
    )
    select
      cardinality(v_documents), n.documents, n.cells, n.calls, t.sent, t.received,
      case
        when v_plan.input_price + v_plan.output_price > 0 or n.calls = 0 then ceil(
          t.sent * coalesce(v_plan.input_price, 0) + t.received * coalesce(v_plan.output_price, 0)
        )::bigint
      end,
      ceil(n.calls::float8 / least(p.max_concurrency, l.concurrency, v_plan.concurrency)) * r.seconds / 60,
      v_plan.model, r.measured, n.most_calls
    from planned as n
    cross join rates as r
    cross join tokens as t
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
