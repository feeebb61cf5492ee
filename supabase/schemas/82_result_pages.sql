-- Result pages: the rows of the table with their cells, a page at a time.

-- What a unit holds: its cells by variable key, in schema order, null for a variable that was never
-- asked; and the average confidence of its values.
create function private.read_unit(
  p_project uuid, p_unit private.result_unit, out cells json, out average_confidence float8
)
language sql stable security definer set search_path = ''
as $$
  with answers as (
    select a.*
    from private.answers as a
    where a.document_id = p_unit.document_id
      and a.row_index = p_unit.row_index
      and a.since <= p_unit.run_at
      and (a.until is null or p_unit.run_at < a.until)
  )
  select
    json_object_agg(
      v.key,
      case
        when a.id is not null then json_build_object(
          'extraction_id', a.id,
          'revision', a.revision,
          'value', a.value,
          'state', a.state,
          'evidence', a.evidence,
          'verified', a.verified,
          'confidence', a.confidence,
          'quote', a.quote,
          'page', a.page,
          'box', a.box,
          'boxes', a.boxes,
          'flags', a.flags,
          'origin', a.origin,
          'absent_reason', a.absent_reason,
          'version', s.number,
          'job_id', a.job_id,
          'judged_by', a.judged_by,
          'original', a.original,
          'suggestion', a.suggestion
        )
      end
      order by v.position, v.key
    ),
    avg(a.confidence) filter (where a.value is not null)
  from public.variables as v
  left join answers as a on a.variable_id = v.id
  left join public.schema_versions as s on s.id = a.schema_version_id
  where v.project_id = p_project;
$$;
revoke all on function private.read_unit from public, anon, authenticated, service_role;

-- Refuses arguments of result_rows that mean nothing in this project.
create function private.check_page(
  p_project uuid, p_job uuid, p_variable text, p_state text, p_sort text, p_after jsonb
)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  perform private.require_job_of_project(p_project, p_job);
  if p_variable is not null and not exists (
    select 1 from public.variables as v where v.project_id = p_project and v.key = p_variable
  ) then
    perform private.refuse(
      404, 'variable_not_found', 'No such variable', 'Give the key of a variable of this project.'
    );
  elsif p_state is not null
    and p_state not in ('proposed', 'accepted', 'corrected', 'rejected', 'absent', 'failed')
  then
    perform private.refuse(
      422, 'state_unknown', 'The state is not known',
      'proposed, accepted, corrected, rejected, absent or failed.'
    );
  elsif ltrim(p_sort, '-') not in ('document', 'name', 'confidence') and not exists (
    select 1 from public.variables as v where v.project_id = p_project and v.key = ltrim(p_sort, '-')
  ) then
    perform private.refuse(
      422, 'sort_unknown', 'The table cannot be sorted by that',
      'document, name, confidence or the key of a variable.'
    );
  elsif p_after is not null
    and not coalesce(p_after ?& array['k1', 'k2', 'created_at', 'document_id', 'row_index'], false)
  then
    perform private.refuse(
      422, 'cursor_unknown', 'The cursor is not one of this table',
      'Hand back the cursor of the last row as it came.'
    );
  end if;
end;
$$;
revoke all on function private.check_page from public, anon, authenticated, service_role;

-- The question with the order put in: p_sort is document, name, confidence or the key of a
-- variable, with - before it for the other direction.
create function private.sort_units(p_query private.unit_query, p_sort text)
returns private.unit_query
language plpgsql stable set search_path = ''
as $$
declare
  v_query private.unit_query := p_query;
  v_key text := ltrim(p_sort, '-');
begin
  v_query.descending := p_sort like '-%';
  if v_key in ('document', 'name', 'confidence') then
    v_query.sort := v_key;
  else
    v_query.sort := 'variable';
    select v.id, v.type not in ('number', 'money', 'boolean') into v_query.sort_variable_id, v_query.sorts_texts
    from public.variables as v
    where v.project_id = p_query.project_id and v.key = v_key;
  end if;
  return v_query;
end;
$$;
revoke all on function private.sort_units from public, anon, authenticated, service_role;

-- The variables whose cells decide which units there are and in which order. Who filters by one
-- variable gets only units that have a cell of it, so that no other cell has to be read; an average
-- needs them all.
create function private.variables_to_read(p_query private.unit_query)
returns uuid[]
language sql stable set search_path = ''
as $$
  select case
    when p_query.variable_id is not null and p_query.sort <> 'confidence'
      then array_remove(array[p_query.variable_id, p_query.sort_variable_id], null)
    else array(select v.id from public.variables as v where v.project_id = p_query.project_id)
  end;
$$;
revoke all on function private.variables_to_read from public, anon, authenticated, service_role;

-- definer: membership is checked once and the cells are read without a policy a row.
create function public.result_rows(
  p_project uuid,
  p_job uuid default null,
  p_min_confidence float8 default null,
  p_flagged boolean default null,
  p_document uuid default null,
  p_variable text default null,
  p_state text default null,
  p_sort text default 'document',
  p_limit int default 100,
  p_after jsonb default null
)
returns table (
  document_id uuid,
  document text,
  document_state text,
  unread_pages int,
  row_index int,
  average_confidence float8,
  cells json,
  cursor jsonb
)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_query private.unit_query;
begin
  perform private.require_role(p_project, 'viewer');
  perform private.check_page(p_project, p_job, p_variable, p_state, p_sort, p_after);
  v_query.project_id := p_project;
  v_query.job_id := p_job;
  v_query.is_current := p_job is null and private.results_are_current(p_project);
  v_query.document_id := p_document;
  v_query.variable_id := (
    select v.id from public.variables as v where v.project_id = p_project and v.key = p_variable
  );
  v_query.min_confidence := p_min_confidence;
  v_query.flagged := p_flagged;
  v_query.state := p_state;
  v_query := private.sort_units(v_query, coalesce(p_sort, 'document'));
  v_query.variables_read := private.variables_to_read(v_query);
  v_query.page_size := least(greatest(coalesce(p_limit, 100), 1), 1000);
  v_query.after := private.read_cursor(p_after);
  return query
    with page as (
      select u as unit, row_number() over () as place from private.page_units(v_query) as u
    )
    select
      d.id,
      d.name,
      d.state,
      d.unread_pages,
      nullif((p.unit).row_index, -1),
      u.average_confidence,
      u.cells,
      private.write_cursor(p.unit)
    from page as p
    inner join public.documents as d on d.id = (p.unit).document_id
    cross join lateral private.read_unit(p_project, p.unit) as u
    order by p.place;
end;
$$;
comment on function public.result_rows is
'Gives one page of the table: a row for each document, or for each entity that a document lists. A
document that gave no row has row_index null.
p_job: the result set of that job; without it the newest one. p_document: rows of that document
alone.
p_min_confidence looks at the average confidence, p_flagged and p_state at any cell: of the variable
p_variable, else of the whole row. p_variable alone keeps rows that have a value of it.
p_sort: document, name, confidence or the key of a variable, with - before it for the other
direction. p_after: the cursor of the last row of the page before.
For members. Refuses project_not_found, job_not_found, variable_not_found, state_unknown,
sort_unknown, cursor_unknown.';
revoke all on function public.result_rows from public, anon, authenticated, service_role;
grant execute on function public.result_rows to authenticated;
