-- Takes back 20261123103000_result_pages: pages as 20261122091610_result_rows read them.
create or replace function private.result_units(
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
drop function private.filtered_units(
  uuid, uuid, float8, boolean, uuid, uuid, text, text, public.variables, boolean, uuid[], int, jsonb
);
drop function private.document_units(uuid, uuid, text, int, jsonb);
drop function private.valued_units(uuid, uuid, public.variables, boolean, int, jsonb);
drop function private.valueless_units(uuid, uuid, public.variables, int, jsonb);
drop function private.results_are_current(uuid);
drop index public.extractions_rows;
