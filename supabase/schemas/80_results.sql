-- Results: the table of a project, by rows and by values.

-- The documents of a result set, and the run it stands at. A named job: its documents, as they stood after it. Else the newest
-- full run or rerun, with the documents of those before it. Until there is one, whatever the samples read. So a sample is never mixed into
-- a full table: what it asked after the newest full run waits for the next one.
-- definer: reads the queue; members only.
create function private.result_documents(p_project uuid, p_job uuid)
returns table (document_id uuid, run_at timestamptz)
language sql stable security definer set search_path = ''
as $$
  with base as (
    select j.id, coalesce(j.started_at, j.created_at) as run_at
    from public.jobs as j
    where j.project_id = p_project and case when p_job is null then j.kind <> 'sample' and j.documents_done > 0 else j.id = p_job end
    order by run_at desc
    limit 1
  ),
  read as (
    select t.document_id
    from private.tasks as t
    inner join public.jobs as j on j.id = t.job_id
    left join base as b on true
    where j.project_id = p_project and t.kind = 'extract' and t.state in ('done', 'dead')
      and (b.id is null or j.id = b.id or (p_job is null and j.kind <> 'sample' and coalesce(j.started_at, j.created_at) <= b.run_at))
    union
    select e.document_id
    from public.extractions as e
    where p_job is null and e.project_id = p_project and e.judged_by is not null and e.origin = 'person'
  )
  select d.id, coalesce(b.run_at, 'infinity')
  from read as r
  inner join public.documents as d on d.id = r.document_id and d.deleted_at is null
  left join base as b on true
  where p_project = any(private.my_projects('viewer'));
$$;
revoke all on function private.result_documents from public, anon, authenticated, service_role;
grant execute on function private.result_documents to authenticated;

-- Every answer that a cell has had, with the run it stands since and the run that put another in its place (null: none has).
-- What a person judged has always stood. A result set at run_at takes those with since <= run_at and run_at before until.
create view private.answers with (security_invoker = true) as
select
  e.id,
  e.revision,
  e.project_id,
  e.document_id,
  e.variable_id,
  e.row_index,
  e.job_id,
  e.schema_version_id,
  e.state,
  e.value,
  e.quote,
  e.page,
  e.box,
  e.boxes,
  e.evidence,
  e.verified,
  e.confidence,
  e.flags,
  e.absent_reason,
  e.origin,
  e.judged_by,
  e.original,
  e.suggestion,
  e.updated_at,
  case when e.judged_by is null then coalesce(j.started_at, j.created_at, '-infinity') else '-infinity' end as since,
  null::timestamptz as until
from public.extractions as e
left join public.jobs as j on e.job_id = j.id
union all
select
  e.id,
  e.revision,
  e.project_id,
  e.document_id,
  e.variable_id,
  e.row_index,
  b.job_id,
  b.schema_version_id,
  b.state,
  b.value,
  b.quote,
  b.page,
  b.box,
  b.boxes,
  b.evidence,
  b.verified,
  b.confidence,
  b.flags,
  b.absent_reason,
  b.origin,
  b.judged_by,
  b.original,
  b.suggestion,
  h.created_at as updated_at,
  coalesce(w.started_at, w.created_at, '-infinity') as since,
  coalesce(n.started_at, n.created_at) as until
from public.extraction_events as h
inner join public.extractions as e on h.extraction_id = e.id and e.judged_by is null
inner join public.jobs as n on h.job_id = n.id
cross join lateral jsonb_populate_record(null::public.extractions, h.before) as b
left join public.jobs as w on b.job_id = w.id
where h.action = 'model_run' and h.before is not null;
revoke all on table private.answers from public, anon, authenticated, service_role;
grant select on table private.answers to authenticated, service_role; -- it runs as who reads results_long

-- One row a value, for clients that filter and page through the Data API: several values of a cell are several rows, a cell without
-- a value is one row that says why.
create view public.results_long with (security_invoker = true) as
select
  p.id as project_id,
  d.id as document_id,
  d.name as document,
  e.row_index,
  v.id as variable_id,
  v.key,
  v.label,
  v.type,
  v.position,
  i.item::int as item,
  i.value,
  i.value #>> '{}' as text,
  e.id as extraction_id,
  e.revision,
  e.state,
  e.absent_reason,
  e.original -> 'value' as original_value,
  e.evidence,
  e.verified,
  e.confidence,
  e.quote,
  e.page,
  e.box,
  e.flags,
  e.origin,
  e.job_id,
  s.number as version,
  e.updated_at
from public.projects as p
cross join lateral private.result_documents(p.id, null) as r
inner join public.documents as d on r.document_id = d.id
inner join private.answers as e on d.id = e.document_id and r.run_at >= e.since and (e.until is null or r.run_at < e.until)
inner join public.variables as v on e.variable_id = v.id
left join public.schema_versions as s on e.schema_version_id = s.id
cross join lateral jsonb_array_elements(
  case when jsonb_typeof(e.value) = 'array' then e.value else jsonb_build_array(e.value) end
) with ordinality as i (value, item);
comment on view public.results_long is 'One row a value of the newest result set. Filter by project_id and page by key.';
revoke all on table public.results_long from public, anon, authenticated, service_role;
grant select on table public.results_long to authenticated, service_role;

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
revoke all on function private.row_cells from public, anon, authenticated, service_role;

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
revoke all on function private.sort_number from public, anon, authenticated, service_role;

-- One page of units: those that pass the filters, in the order asked for, after the cursor of the last row before.
-- Without sort and filter the documents themselves are paged, so a page costs a page. The average of a row is taken of the rows of the page alone.
create function private.result_units(
  p_project uuid, p_job uuid, p_min_confidence float8, p_flagged boolean, p_document uuid, p_variable text, p_state text,
  p_sort text, p_limit int, p_after jsonb
)
returns table (document_id uuid, run_at timestamptz, row_index int, average_confidence float8, cursor jsonb)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_key text := ltrim(p_sort, '-');
  v_current boolean := p_job is null and private.results_are_current(p_project);
  v_filters int := num_nonnulls(p_min_confidence, p_flagged, p_state);
  v_filter uuid := (select v.id from public.variables as v where v.project_id = p_project and v.key = p_variable);
  v_sorted public.variables;
  v_cells uuid[];
  v_way text;
  v_rows int;
begin
  select v.* into v_sorted from public.variables as v where v.project_id = p_project and v.key = v_key;
  v_way := case
    when not v_current or v_filters > 0 or p_variable is not null or v_key = 'confidence' then 'filtered'
    when v_key in ('document', 'name') then 'document'
    when p_after is null or p_after ->> 'k1' is not null then 'valued'
    else 'valueless'
  end;
  -- Who asks for cells of one variable gets only units that have one, so no other cell has to be read.
  v_cells := case when v_filter is not null and v_key <> 'confidence' then array_remove(array[v_filter, v_sorted.id], null) end;
  return query
    select u.document_id, u.run_at, nullif(u.row_index, -1), (
        select avg(a.confidence) from private.answers as a
        where a.document_id = u.document_id and a.row_index = u.row_index and a.value is not null
          and a.since <= u.run_at and (a.until is null or u.run_at < a.until)
      ), jsonb_build_object(
        'k1', nullif(u.k1, 'infinity'), 'k2', u.k2, 'created_at', u.created_at, 'document_id', u.document_id, 'row_index', u.row_index
      )
    from (
      select * from private.filtered_units(
        p_project, p_job, p_min_confidence, p_flagged, p_document, v_filter, p_state, p_sort, v_sorted, v_current, v_cells, p_limit, p_after
      ) with ordinality where v_way = 'filtered'
      union all
      select * from private.document_units(p_project, p_document, p_sort, p_limit, p_after) with ordinality where v_way = 'document'
      union all
      select * from private.valued_units(p_project, p_document, v_sorted, p_sort like '-%', p_limit, p_after) with ordinality
      where v_way = 'valued'
      union all
      select * from private.valueless_units(p_project, p_document, v_sorted, p_limit, p_after) with ordinality where v_way = 'valueless'
    ) as u (document_id, run_at, row_index, k1, k2, created_at, place)
    order by u.place;
  get diagnostics v_rows = row_count;
  if v_way = 'valued' and v_rows < p_limit then
    return query select * from private.result_units(
      p_project, p_job, p_min_confidence, p_flagged, p_document, p_variable, p_state, p_sort, p_limit - v_rows,
      '{"k1": null, "k2": "", "created_at": "-infinity", "document_id": "00000000-0000-0000-0000-000000000000", "row_index": -1}'
    );
  end if;
end;
$$;
revoke all on function private.result_units from public, anon, authenticated, service_role;

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
comment on function public.result_rows is
'Returns the table, a page at a time. Filters look at the cell of p_variable, or at all cells of a row:
p_min_confidence at their average, p_flagged and p_state at any of them; p_variable alone keeps rows that have a value
there. p_sort: document, name, confidence or a variable''s key, with - before it downwards. p_after: the cursor of the
last row. A document that gave no row has row_index null.
For members. Refuses project_not_found, job_not_found, variable_not_found, state_unknown, sort_unknown,
cursor_unknown.';
revoke all on function public.result_rows from public, anon, authenticated, service_role;
grant execute on function public.result_rows to authenticated;
