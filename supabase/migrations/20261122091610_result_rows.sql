-- Result rows: the table as people see it. Rows are units of observation, cells come in schema order.
set local lock_timeout = '5s';

-- The cells of one row by variable key, in schema order; null for a variable that was never asked.
create function private.row_cells(p_project uuid, p_document uuid, p_run_at timestamptz, p_row_index int)
returns json
language sql stable security definer set search_path = ''
as $$
  select json_object_agg(v.key, case when e.id is not null then json_build_object(
    'extraction_id', e.id, 'revision', e.revision, 'value', e.value, 'state', e.state, 'evidence', e.evidence, 'verified', e.verified,
    'confidence', e.confidence, 'quote', e.quote, 'page', e.page, 'box', e.box, 'boxes', e.boxes, 'flags', e.flags, 'origin', e.origin,
    'absent_reason', e.absent_reason, 'version', s.number, 'job_id', e.job_id, 'judged_by', e.judged_by,
    'original', e.original, 'suggestion', e.suggestion
  ) end order by v.position, v.key)
  from public.variables as v
  left join (
    select a.* from private.answers as a
    where a.document_id = p_document and a.row_index = p_row_index and a.since <= p_run_at and (a.until is null or p_run_at < a.until)
  ) as e on e.variable_id = v.id
  left join public.schema_versions as s on s.id = e.schema_version_id
  where v.project_id = p_project;
$$;

-- What a variable's cell is sorted by: number, amount, yes after no; else its text.
create function private.sort_number(p_value jsonb)
returns float8
language sql immutable set search_path = ''
as $$
  select case jsonb_typeof(p_value)
    when 'number' then p_value::float8
    when 'boolean' then (p_value = 'true'::jsonb)::int
    when 'object' then private.sort_number(p_value -> 'amount')
    when 'array' then private.sort_number(p_value -> 0)
  end;
$$;

-- One page of units: those that pass the filters, in the order asked for, after the cursor of the last row before.
-- Without sort and filter the documents themselves are paged, so a page costs a page.
create function private.result_units(
  p_project uuid, p_job uuid, p_min_confidence float8, p_flagged boolean, p_document uuid, p_variable text, p_state text,
  p_sort text, p_limit int, p_after jsonb
)
returns table (document_id uuid, run_at timestamptz, row_index int, average_confidence float8, cursor jsonb)
language sql stable security definer set search_path = ''
as $$
  with asked as (
    select ltrim(p_sort, '-') as sort, left(p_sort, 1) = '-' as down, num_nonnulls(p_min_confidence, p_flagged, p_state) as filters,
      p_sort = 'document' and num_nonnulls(p_min_confidence, p_flagged, p_state, p_variable) = 0 as plain,
      (p_after ->> 'created_at')::timestamptz as created_at, (p_after ->> 'document_id')::uuid as id
  ),
  docs as (
    select d.id, d.name, d.created_at, r.run_at
    from private.result_documents(p_project, p_job) as r
    inner join public.documents as d on d.id = r.document_id cross join asked as a
    where (p_document is null or d.id = p_document)
      and (p_sort <> 'document' or p_after is null or (d.created_at, d.id) >= (a.created_at, a.id))
    order by d.created_at, d.id
    limit (select case when a.plain then p_limit + 1 end from asked as a)
  ),
  -- Few documents are looked up one by one, many are read in one go: the planner cannot know which it will be.
  cells as (
    select n.document_id, n.row_index, n.variable_id, n.value, n.state, n.confidence, n.flags
    from docs as d
    cross join lateral (select m.* from private.answers as m where m.document_id = d.id offset 0) as n
    where (select a.plain from asked as a) and n.since <= d.run_at and (n.until is null or d.run_at < n.until)
    union all
    select n.document_id, n.row_index, n.variable_id, n.value, n.state, n.confidence, n.flags
    from docs as d
    inner join private.answers as n on n.document_id = d.id and n.since <= d.run_at and (n.until is null or d.run_at < n.until)
    where not (select a.plain from asked as a)
  ),
  units as (
    select d.id, d.name, d.created_at, d.run_at, coalesce(c.row_index, -1) as row_index,
      avg(c.confidence) filter (where c.value is not null) as average,
      bool_or(cardinality(c.flags) > 0) filter (where v.id is not null) as flagged,
      avg(c.confidence) filter (where v.id is not null and c.value is not null) as confidence,
      bool_or(c.value is not null) filter (where v.id is not null) as found,
      bool_or(c.state = p_state) filter (where v.id is not null) as stated,
      max(private.sort_number(c.value)) filter (where o.key = a.sort) as number,
      max(c.value #>> '{}') filter (where o.key = a.sort and o.type not in ('number', 'money', 'boolean')) as text
    from docs as d cross join asked as a
    left join cells as c on c.document_id = d.id
    left join public.variables as o on o.id = c.variable_id
    left join public.variables as v on v.id = c.variable_id and (p_variable is null or v.key = p_variable)
    group by d.id, d.name, d.created_at, d.run_at, c.row_index
  ),
  keyed as (
    select u.*, a.down,
      case a.sort when 'name' then u.name when 'document' then '' when 'confidence' then '' else coalesce(u.text, '') end as k2,
      coalesce(
        case a.sort
          when 'document' then case when a.down then extract(epoch from u.created_at)::float8 else 0 end
          when 'name' then 0
          when 'confidence' then u.average
          else coalesce(u.number, case when u.text is not null then 0 end)
        end * case when a.down then -1 else 1 end,
        'infinity'
      ) as k1
    from units as u cross join asked as a
    where (p_min_confidence is null or u.confidence >= p_min_confidence) and (p_flagged is null or u.flagged = p_flagged)
      and (p_state is null or u.stated) and (p_variable is null or a.filters > 0 or u.found)
  )
  select k.id, k.run_at, nullif(k.row_index, -1), k.average, jsonb_build_object(
    'k1', case when k.k1 = 'infinity' then null else k.k1 end, 'k2', k.k2,
    'created_at', k.created_at, 'document_id', k.id, 'row_index', k.row_index
  )
  from keyed as k
  cross join (
    select coalesce((p_after ->> 'k1')::float8, 'infinity') as k1, p_after ->> 'k2' as k2,
      a.created_at, a.id, (p_after ->> 'row_index')::int as row_index from asked as a
  ) as c
  where p_after is null or k.k1 > c.k1 or (k.k1 = c.k1 and (
    case when k.down then k.k2 < c.k2 else k.k2 > c.k2 end
    or (k.k2 = c.k2 and (k.created_at, k.id, k.row_index) > (c.created_at, c.id, c.row_index))
  ))
  order by k.k1, case when not k.down then k.k2 end, case when k.down then k.k2 end desc, k.created_at, k.id, k.row_index
  limit p_limit;
$$;

-- The table, a page at a time. Filters look at the cell of p_variable, or at all cells of a row: p_min_confidence at their average,
-- p_flagged and p_state at any of them; p_variable alone keeps rows that have a value there. p_sort: document, name, confidence or a
-- variable's key, with - before it downwards. p_after: the cursor of the last row. A document that gave no row has row_index null.
-- definer: membership is checked once and the cells are read without a policy a row.
create function public.result_rows(
  p_project uuid, p_job uuid default null, p_min_confidence float8 default null, p_flagged boolean default null,
  p_document uuid default null, p_variable text default null, p_state text default null, p_sort text default 'document',
  p_limit int default 100, p_after jsonb default null
)
returns table (
  document_id uuid, document text, document_state text, unread_pages int, row_index int, average_confidence float8, cells json,
  cursor jsonb
)
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_role(p_project, 'viewer');
  if p_job is not null and not exists (select 1 from public.jobs as j where j.id = p_job and j.project_id = p_project) then
    perform private.refuse(404, 'job_not_found', 'No such job', 'It is not a job of this project.');
  elsif p_variable is not null and not exists (select 1 from public.variables as v where v.project_id = p_project and v.key = p_variable) then
    perform private.refuse(404, 'variable_not_found', 'No such variable', 'Give the key of a variable of this project.');
  elsif p_state is not null and p_state not in ('proposed', 'accepted', 'corrected', 'rejected', 'absent', 'failed') then
    perform private.refuse(422, 'state_unknown', 'The state is not known', 'proposed, accepted, corrected, rejected, absent or failed.');
  elsif ltrim(p_sort, '-') not in ('document', 'name', 'confidence')
    and not exists (select 1 from public.variables as v where v.project_id = p_project and v.key = ltrim(p_sort, '-'))
  then
    perform private.refuse(422, 'sort_unknown', 'The table cannot be sorted by that', 'document, name, confidence or the key of a variable.');
  elsif p_after is not null and not coalesce(p_after ?& array['k1', 'k2', 'created_at', 'document_id', 'row_index'], false) then
    perform private.refuse(422, 'cursor_unknown', 'The cursor is not one of this table', 'Hand back the cursor of the last row as it came.');
  end if;
  return query
    select d.id, d.name, d.state, d.unread_pages, u.row_index, u.average_confidence,
      private.row_cells(p_project, d.id, u.run_at, u.row_index), u.cursor
    from private.result_units(
      p_project, p_job, p_min_confidence, p_flagged, p_document, p_variable, p_state, coalesce(p_sort, 'document'),
      least(greatest(coalesce(p_limit, 100), 1), 1000), p_after
    ) with ordinality as u (document_id, run_at, row_index, average_confidence, cursor, place)
    inner join public.documents as d on d.id = u.document_id
    order by u.place;
end;
$$;

revoke all on function
private.row_cells(uuid, uuid, timestamptz, int), private.sort_number(jsonb),
private.result_units(uuid, uuid, float8, boolean, uuid, text, text, text, int, jsonb),
public.result_rows(uuid, uuid, float8, boolean, uuid, text, text, text, int, jsonb)
from public, anon, authenticated, service_role;
grant execute on function public.result_rows(uuid, uuid, float8, boolean, uuid, text, text, text, int, jsonb) to authenticated;
