-- Pages of results: which units a page holds.

-- Whether the newest result set is what the cells say now: no run started after the one that it stands at, so no older answer is asked for.
create function private.results_are_current(p_project uuid)
returns boolean
language sql stable security definer set search_path = ''
as $$
  select not exists (
    select 1 from public.jobs as j
    where j.project_id = p_project and j.documents_done > 0 and coalesce(j.started_at, j.created_at) > (
      select max(coalesce(b.started_at, b.created_at)) from public.jobs as b
      where b.project_id = p_project and b.kind <> 'sample' and b.documents_done > 0
    )
  );
$$;
revoke all on function private.results_are_current from public, anon, authenticated, service_role;

-- One page of all units of the newest result set, current cells only, by document or by name: the documents are paged, then looked into.
create function private.document_units(p_project uuid, p_document uuid, p_sort text, p_limit int, p_after jsonb)
returns table (document_id uuid, run_at timestamptz, row_index int, k1 float8, k2 text, created_at timestamptz)
language sql stable security definer set search_path = ''
as $$
  with docs as (
    select * from (
      select d.id, d.created_at,
        case p_sort when '-document' then -extract(epoch from d.created_at)::float8 else 0 end as k1,
        case when ltrim(p_sort, '-') = 'name' then d.name else '' end as k2
      from private.result_documents(p_project, null) as r
      inner join public.documents as d on d.id = r.document_id
      where p_document is null or d.id = p_document
    ) as k
    where p_after is null
      or case when p_sort = '-name' then k.k2 < p_after ->> 'k2' else (k.k1, k.k2) > ((p_after ->> 'k1')::float8, p_after ->> 'k2') end
      or ((k.k1, k.k2) = ((p_after ->> 'k1')::float8, p_after ->> 'k2')
        and (k.created_at, k.id) >= ((p_after ->> 'created_at')::timestamptz, (p_after ->> 'document_id')::uuid))
    order by k.k1, case when p_sort = '-name' then k.k2 end desc, case when p_sort <> '-name' then k.k2 end, k.created_at, k.id
    limit p_limit + 1
  )
  select d.id, 'infinity'::timestamptz, coalesce(u.row_index, -1), d.k1, d.k2, d.created_at
  from docs as d
  left join lateral (select distinct e.row_index from public.extractions as e where e.document_id = d.id) as u on true
  where p_after is null or d.id <> (p_after ->> 'document_id')::uuid or coalesce(u.row_index, -1) > (p_after ->> 'row_index')::int
  order by d.k1, case when p_sort = '-name' then d.k2 end desc, case when p_sort <> '-name' then d.k2 end, d.created_at, d.id, 3
  limit p_limit;
$$;
revoke all on function private.document_units from public, anon, authenticated, service_role;

-- One page of the units that have a value of a variable, by that value: one cell a unit is read.
create function private.valued_units(p_project uuid, p_document uuid, p_sorted public.variables, p_down boolean, p_limit int, p_after jsonb)
returns table (document_id uuid, run_at timestamptz, row_index int, k1 float8, k2 text, created_at timestamptz)
language sql stable security definer set search_path = ''
as $$
  select k.document_id, 'infinity'::timestamptz, k.row_index, k.k1, k.k2, k.created_at
  from (
    select d.id as document_id, d.created_at, e.row_index, coalesce(t.text, '') as k2,
      coalesce(private.sort_number(e.value), case when t.text is not null then 0 end) * case when p_down then -1 else 1 end as k1
    from public.extractions as e
    inner join private.result_documents(p_project, null) as r on r.document_id = e.document_id
    inner join public.documents as d on d.id = e.document_id
    cross join lateral (select case when p_sorted.type not in ('number', 'money', 'boolean') then e.value #>> '{}' end) as t (text)
    where e.variable_id = p_sorted.id and e.value is not null and (p_document is null or d.id = p_document)
  ) as k
  where k.k1 is not null and (p_after is null or k.k1 > (p_after ->> 'k1')::float8 or (k.k1 = (p_after ->> 'k1')::float8 and (
    case when p_down then k.k2 < p_after ->> 'k2' else k.k2 > p_after ->> 'k2' end
    or (k.k2 = p_after ->> 'k2' and (k.created_at, k.document_id, k.row_index)
      > ((p_after ->> 'created_at')::timestamptz, (p_after ->> 'document_id')::uuid, (p_after ->> 'row_index')::int))
  )))
  order by k.k1, case when not p_down then k.k2 end, case when p_down then k.k2 end desc, k.created_at, k.document_id, k.row_index
  limit p_limit;
$$;
revoke all on function private.valued_units from public, anon, authenticated, service_role;

-- One page of the units that have none, in the order of documents: they come after all others.
create function private.valueless_units(p_project uuid, p_document uuid, p_sorted public.variables, p_limit int, p_after jsonb)
returns table (document_id uuid, run_at timestamptz, row_index int, k1 float8, k2 text, created_at timestamptz)
language sql stable security definer set search_path = ''
as $$
  select d.id, 'infinity'::timestamptz, coalesce(u.row_index, -1), 'infinity'::float8, '', d.created_at
  from private.result_documents(p_project, null) as r
  inner join public.documents as d on d.id = r.document_id
  left join lateral (select distinct e.row_index from public.extractions as e where e.document_id = d.id) as u on true
  where (p_document is null or d.id = p_document)
    and (p_after is null or (d.created_at, d.id, coalesce(u.row_index, -1))
      > ((p_after ->> 'created_at')::timestamptz, (p_after ->> 'document_id')::uuid, (p_after ->> 'row_index')::int))
    and not exists (
      select 1 from public.extractions as e
      where e.document_id = d.id and e.row_index = u.row_index and e.variable_id = p_sorted.id
        and (private.sort_number(e.value) is not null or (p_sorted.type not in ('number', 'money', 'boolean') and e.value #>> '{}' is not null))
    )
  order by d.created_at, d.id, 3
  limit p_limit;
$$;
revoke all on function private.valueless_units from public, anon, authenticated, service_role;

-- One page of the units that pass the filters, whatever run they are asked at: a unit is judged by its cells of p_cells (variables; null: all).
-- p_current: the cells as they are; else each document is read as it stood at the run.
create function private.filtered_units(
  p_project uuid, p_job uuid, p_min_confidence float8, p_flagged boolean, p_document uuid, p_filter uuid, p_state text, p_sort text,
  p_sorted public.variables, p_current boolean, p_cells uuid[], p_limit int, p_after jsonb
)
returns table (document_id uuid, run_at timestamptz, row_index int, k1 float8, k2 text, created_at timestamptz)
language sql stable security definer set search_path = ''
as $$
  with units as (
    select d.id, d.name, d.created_at, r.run_at, left(p_sort, 1) = '-' as down, coalesce(u.row_index, -1) as row_index,
      u.average, u.flagged, u.confidence, u.found, u.stated, u.number, u.text
    from private.result_documents(p_project, p_job) as r
    inner join public.documents as d on d.id = r.document_id
    left join lateral (
      select c.row_index,
        avg(c.confidence) filter (where c.value is not null) as average,
        bool_or(cardinality(c.flags) > 0) filter (where p_filter is null or c.variable_id = p_filter) as flagged,
        avg(c.confidence) filter (where c.value is not null and (p_filter is null or c.variable_id = p_filter)) as confidence,
        bool_or(c.value is not null) filter (where c.variable_id = p_filter) as found,
        bool_or(c.state = p_state) filter (where p_filter is null or c.variable_id = p_filter) as stated,
        max(case when c.variable_id = p_sorted.id then private.sort_number(c.value) end) as number,
        max(case when c.variable_id = p_sorted.id and p_sorted.type not in ('number', 'money', 'boolean') then c.value #>> '{}' end) as text
      from (
        select e.row_index, e.variable_id, e.value, e.state, e.confidence, e.flags
        from public.extractions as e
        where p_current and p_cells is not null and e.document_id = d.id and e.variable_id = any(p_cells)
        union all
        select e.row_index, e.variable_id, e.value, e.state, e.confidence, e.flags
        from public.extractions as e
        where p_current and p_cells is null and e.document_id = d.id
        union all
        select a.row_index, a.variable_id, a.value, a.state, a.confidence, a.flags
        from private.answers as a
        where not p_current and a.document_id = d.id and (p_cells is null or a.variable_id = any(p_cells))
          and a.since <= r.run_at and (a.until is null or r.run_at < a.until)
      ) as c
      group by c.row_index
    ) as u on true
    where p_document is null or d.id = p_document
  ),
  keyed as (
    select u.*,
      case ltrim(p_sort, '-') when 'name' then u.name when 'document' then '' when 'confidence' then '' else coalesce(u.text, '') end as k2,
      coalesce(
        case ltrim(p_sort, '-')
          when 'document' then case when u.down then extract(epoch from u.created_at)::float8 else 0 end
          when 'name' then 0
          when 'confidence' then u.average
          else coalesce(u.number, case when u.text is not null then 0 end)
        end * case when u.down then -1 else 1 end,
        'infinity'
      ) as k1
    from units as u
    where (p_min_confidence is null or u.confidence >= p_min_confidence) and (p_flagged is null or u.flagged = p_flagged)
      and (p_state is null or u.stated)
      and (p_filter is null or num_nonnulls(p_min_confidence, p_flagged, p_state) > 0 or u.found)
  )
  select k.id, k.run_at, k.row_index, k.k1, k.k2, k.created_at
  from keyed as k
  cross join (
    select coalesce((p_after ->> 'k1')::float8, 'infinity') as k1, p_after ->> 'k2' as k2, (p_after ->> 'created_at')::timestamptz as created_at,
      (p_after ->> 'document_id')::uuid as id, (p_after ->> 'row_index')::int as row_index
  ) as c
  where p_after is null or k.k1 > c.k1 or (k.k1 = c.k1 and (
    case when k.down then k.k2 < c.k2 else k.k2 > c.k2 end
    or (k.k2 = c.k2 and (k.created_at, k.id, k.row_index) > (c.created_at, c.id, c.row_index))
  ))
  order by k.k1, case when not k.down then k.k2 end, case when k.down then k.k2 end desc, k.created_at, k.id, k.row_index
  limit p_limit;
$$;
revoke all on function private.filtered_units from public, anon, authenticated, service_role;
