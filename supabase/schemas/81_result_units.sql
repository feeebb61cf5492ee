-- Result units: which rows a page of the table holds, filtered and sorted.
-- A unit is one row of the table: a document, or one of the entities that it lists.

-- A unit and its place in the order that was asked for: by k1, then k2, then the age of the
-- document. The cursor of a row is its unit as JSON. row_index: -1 for a document that gave no row.
-- run_at: the run that the unit is read at.
create type private.result_unit as (
  k1 float8,
  k2 text,
  created_at timestamptz,
  document_id uuid,
  row_index int,
  run_at timestamptz
);
revoke all on type private.result_unit from public, anon, authenticated, service_role;

-- Which page of units is asked for.
--   job_id             the run to read; null: the newest result set
--   is_current         the newest result set is asked for, and it is what the cells say now
--   document_id        units of this document alone
--   variable_id        the filters look at the cell of this variable, else at all cells of a unit
--   sort               document, name, confidence or variable
--   sort_variable_id   the variable to sort by; sorts_texts: its values are compared as texts
--   variables_read     the variables whose cells decide
--   after              the last unit of the page before
create type private.unit_query as (
  project_id uuid,
  job_id uuid,
  is_current boolean,
  document_id uuid,
  variable_id uuid,
  min_confidence float8,
  flagged boolean,
  state text,
  sort text,
  sort_variable_id uuid,
  sorts_texts boolean,
  descending boolean,
  variables_read uuid array,
  page_size int,
  after private.result_unit
);
revoke all on type private.unit_query from public, anon, authenticated, service_role;

-- Whether the newest result set is what the cells say now: no run was started after the one that it
-- stands at, so that no replaced answer has to be looked for.
create function private.results_are_current(p_project uuid)
returns boolean
language sql stable security definer set search_path = ''
as $$
  select not exists (
    select 1
    from public.jobs as j
    cross join private.result_run(p_project, null) as r
    where j.project_id = p_project
      and j.documents_done > 0
      and coalesce(j.started_at, j.created_at) > r.run_at
  );
$$;
revoke all on function private.results_are_current from public, anon, authenticated, service_role;

-- What values are sorted by as numbers: a number, an amount of money, yes after no; of several
-- values the first. Null for what has no number in it.
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
revoke all on function private.sort_number from public, anon, authenticated, service_role;

-- A place before every unit: what the first page goes on from.
create function private.place_before_all()
returns private.result_unit
language sql immutable parallel safe set search_path = ''
as $$
  select (
    '-infinity', '', '-infinity', '00000000-0000-0000-0000-000000000000', -2, null
  )::private.result_unit;
$$;
revoke all on function private.place_before_all from public, anon, authenticated, service_role;

-- A unit as the cursor that clients hand back. JSON knows no infinity: k1 is null for units that
-- have nothing to be sorted by and come last.
create function private.write_cursor(p_unit private.result_unit)
returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'k1', nullif(p_unit.k1, 'infinity'),
    'k2', p_unit.k2,
    'created_at', p_unit.created_at,
    'document_id', p_unit.document_id,
    'row_index', p_unit.row_index
  );
$$;
revoke all on function private.write_cursor from public, anon, authenticated, service_role;

-- The unit that a cursor means; without a cursor the place before all.
create function private.read_cursor(p_cursor jsonb)
returns private.result_unit
language plpgsql stable set search_path = ''
as $$
declare
  v_unit private.result_unit;
begin
  if p_cursor is null then
    return private.place_before_all();
  end if;
  v_unit := jsonb_populate_record(null::private.result_unit, p_cursor);
  v_unit.k1 := coalesce(v_unit.k1, 'infinity');
  return v_unit;
end;
$$;
revoke all on function private.read_cursor from public, anon, authenticated, service_role;

-- A page of all units of the newest result set, by document or by name, where it is what the cells
-- say now. The documents are paged first and only those of the page are looked into, so that a page
-- costs a page.
create function private.document_units(p_query private.unit_query)
returns setof private.result_unit
language sql stable security definer set search_path = ''
as $$
  with keyed_documents as (
    select
      d.id,
      d.created_at,
      case
        when p_query.sort = 'document' and p_query.descending then -extract(epoch from d.created_at)::float8
        else 0
      end as k1,
      case when p_query.sort = 'name' then d.name else '' end as k2
    from private.result_documents(p_query.project_id, null) as r
    inner join public.documents as d on d.id = r.document_id
    where p_query.document_id is null or d.id = p_query.document_id
  ),
  -- The last document of the page before is among them again, because it may have more rows: so one
  -- more than asked.
  paged_documents as (
    select k.*
    from keyed_documents as k
    where k.k1 > (p_query.after).k1
      or (
        k.k1 = (p_query.after).k1
        and (
          case when p_query.descending then k.k2 < (p_query.after).k2 else k.k2 > (p_query.after).k2 end
          or (
            k.k2 = (p_query.after).k2
            and (k.created_at, k.id) >= ((p_query.after).created_at, (p_query.after).document_id)
          )
        )
      )
    order by
      k.k1,
      case when not p_query.descending then k.k2 end,
      case when p_query.descending then k.k2 end desc,
      k.created_at,
      k.id
    limit p_query.page_size + 1
  ),
  units as (
    select d.*, coalesce(u.row_index, -1) as row_index
    from paged_documents as d
    left join lateral (
      select distinct e.row_index from public.extractions as e where e.document_id = d.id
    ) as u on true
  )
  select u.k1, u.k2, u.created_at, u.id, u.row_index, 'infinity'::timestamptz
  from units as u
  where u.id <> (p_query.after).document_id or u.row_index > (p_query.after).row_index
  order by
    u.k1,
    case when not p_query.descending then u.k2 end,
    case when p_query.descending then u.k2 end desc,
    u.created_at,
    u.id,
    u.row_index
  limit p_query.page_size;
$$;
revoke all on function private.document_units from public, anon, authenticated, service_role;

-- The units that have a value of the variable to sort by, where cells are current: one cell a unit
-- is read.
create function private.valued_units(p_query private.unit_query)
returns setof private.result_unit
language sql stable security definer set search_path = ''
as $$
  with sorted_cells as (
    select
      e.document_id,
      e.row_index,
      private.sort_number(e.value) as number,
      case when p_query.sorts_texts then e.value #>> '{}' end as text
    from public.extractions as e
    where e.variable_id = p_query.sort_variable_id and e.value is not null
  )
  select
    coalesce(c.number, 0) * case when p_query.descending then -1 else 1 end,
    coalesce(c.text, ''),
    d.created_at,
    c.document_id,
    c.row_index,
    'infinity'::timestamptz
  from sorted_cells as c
  inner join private.result_documents(p_query.project_id, null) as r on r.document_id = c.document_id
  inner join public.documents as d on d.id = c.document_id
  where (p_query.document_id is null or d.id = p_query.document_id)
    and num_nonnulls(c.number, c.text) > 0;
$$;
revoke all on function private.valued_units from public, anon, authenticated, service_role;

-- The units that valued_units leaves out: they come after all others, in the order of documents.
create function private.valueless_units(p_query private.unit_query)
returns setof private.result_unit
language sql stable security definer set search_path = ''
as $$
  select 'infinity'::float8, '', d.created_at, d.id, coalesce(u.row_index, -1), 'infinity'::timestamptz
  from private.result_documents(p_query.project_id, null) as r
  inner join public.documents as d on d.id = r.document_id
  left join lateral (
    select distinct e.row_index from public.extractions as e where e.document_id = d.id
  ) as u on true
  where (p_query.document_id is null or d.id = p_query.document_id)
    and not exists (
      select 1
      from public.extractions as e
      where e.document_id = d.id
        and e.row_index = u.row_index
        and e.variable_id = p_query.sort_variable_id
        and (
          private.sort_number(e.value) is not null
          or (p_query.sorts_texts and e.value #>> '{}' is not null)
        )
    );
$$;
revoke all on function private.valueless_units from public, anon, authenticated, service_role;

-- The units that pass the filters, at whatever run: every document of the result set is looked
-- into.
create function private.filtered_units(p_query private.unit_query)
returns setof private.result_unit
language sql stable security definer set search_path = ''
as $$
  with units as (
    select d.id, d.name, d.created_at, r.run_at, u.*
    from private.result_documents(p_query.project_id, p_query.job_id) as r
    inner join public.documents as d on d.id = r.document_id
    left join lateral (
      with read_cells as (
        select e.row_index, e.variable_id, e.value, e.state, e.confidence, e.flags
        from public.extractions as e
        where p_query.is_current
          and e.document_id = d.id
          and e.variable_id = any(p_query.variables_read)
        union all
        select a.row_index, a.variable_id, a.value, a.state, a.confidence, a.flags
        from private.answers as a
        where not p_query.is_current
          and a.document_id = d.id
          and a.variable_id = any(p_query.variables_read)
          and a.since <= r.run_at
          and (a.until is null or r.run_at < a.until)
      ),
      cells as (
        select
          c.*,
          p_query.variable_id is null or c.variable_id = p_query.variable_id as is_filtered,
          c.variable_id = p_query.sort_variable_id as is_sorted
        from read_cells as c
      )
      select
        c.row_index,
        avg(c.confidence) filter (where c.value is not null) as average_confidence,
        avg(c.confidence) filter (where c.value is not null and c.is_filtered) as confidence,
        bool_or(cardinality(c.flags) > 0) filter (where c.is_filtered) as is_flagged,
        bool_or(c.state = p_query.state) filter (where c.is_filtered) as has_state,
        bool_or(c.value is not null) filter (where c.is_filtered) as has_value,
        max(private.sort_number(c.value)) filter (where c.is_sorted) as sort_number,
        max(c.value #>> '{}') filter (where c.is_sorted and p_query.sorts_texts) as sort_text
      from cells as c
      group by c.row_index
    ) as u on true
    where p_query.document_id is null or d.id = p_query.document_id
  ),
  matching_units as (
    select u.*
    from units as u
    where (p_query.min_confidence is null or u.confidence >= p_query.min_confidence)
      and (p_query.flagged is null or u.is_flagged = p_query.flagged)
      and (p_query.state is null or u.has_state)
      -- A variable without another filter asks for the units that have a value of it.
      and (
        p_query.variable_id is null
        or num_nonnulls(p_query.min_confidence, p_query.flagged, p_query.state) > 0
        or u.has_value
      )
  )
  select
    coalesce(
      case p_query.sort
        when 'document' then case when p_query.descending then extract(epoch from m.created_at)::float8 else 0 end
        when 'name' then 0
        when 'confidence' then m.average_confidence
        when 'variable' then coalesce(m.sort_number, case when m.sort_text is not null then 0 end)
      end * case when p_query.descending then -1 else 1 end,
      'infinity'
    ),
    case p_query.sort
      when 'name' then m.name
      when 'variable' then coalesce(m.sort_text, '')
      else ''
    end,
    m.created_at,
    m.id,
    coalesce(m.row_index, -1),
    m.run_at
  from matching_units as m;
$$;
revoke all on function private.filtered_units from public, anon, authenticated, service_role;

-- A page of the units that p_source gives: the first ones behind the last unit of the page before.
create function private.next_units(p_query private.unit_query, p_source text)
returns setof private.result_unit
language sql stable set search_path = ''
as $$
  with units as (
    select f.* from private.filtered_units(p_query) as f where p_source = 'filtered'
    union all
    select v.* from private.valued_units(p_query) as v where p_source = 'valued'
    union all
    select v.* from private.valueless_units(p_query) as v where p_source = 'valueless'
  )
  select u.*
  from units as u
  where u.k1 > (p_query.after).k1
    or (
      u.k1 = (p_query.after).k1
      and (
        case when p_query.descending then u.k2 < (p_query.after).k2 else u.k2 > (p_query.after).k2 end
        or (
          u.k2 = (p_query.after).k2
          and (u.created_at, u.document_id, u.row_index)
          > ((p_query.after).created_at, (p_query.after).document_id, (p_query.after).row_index)
        )
      )
    )
  order by
    u.k1,
    case when not p_query.descending then u.k2 end,
    case when p_query.descending then u.k2 end desc,
    u.created_at,
    u.document_id,
    u.row_index
  limit p_query.page_size;
$$;
revoke all on function private.next_units from public, anon, authenticated, service_role;

-- A page of units, in the cheapest way that the question allows. Unfiltered units that are sorted
-- by a variable come in two parts: only when those with a value do not fill the page are the others
-- looked for.
create function private.page_units(p_query private.unit_query)
returns setof private.result_unit
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_is_filtered boolean := p_query.variable_id is not null
    or num_nonnulls(p_query.min_confidence, p_query.flagged, p_query.state) > 0;
  v_rest private.unit_query := p_query;
  v_found int := 0;
begin
  if not p_query.is_current or v_is_filtered or p_query.sort = 'confidence' then
    return query select u.* from private.next_units(p_query, 'filtered') as u;
    return;
  elsif p_query.sort in ('document', 'name') then
    return query select u.* from private.document_units(p_query) as u;
    return;
  end if;
  if (p_query.after).k1 < 'infinity' then
    return query select u.* from private.next_units(p_query, 'valued') as u;
    get diagnostics v_found = row_count;
  end if;
  if v_found < p_query.page_size then
    v_rest.page_size := p_query.page_size - v_found;
    return query select u.* from private.next_units(v_rest, 'valueless') as u;
  end if;
end;
$$;
revoke all on function private.page_units from public, anon, authenticated, service_role;
