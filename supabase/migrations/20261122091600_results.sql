-- Results: which documents and which answers make up the table. One set of rules for rows, statistics and the long view.
set local lock_timeout = '5s';

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
  select d.id, b.run_at
  from read as r
  inner join public.documents as d on d.id = r.document_id and d.deleted_at is null
  left join base as b on true
  where p_project = any(private.my_projects('viewer'));
$$;

-- The cells of a document as they stood after the run of p_run_at (null: as they are): an answer that a later run put in their
-- place is left out, and the one before it brought back from the trail. What a person judged stands in every result.
create function private.result_cells(p_document uuid, p_run_at timestamptz)
returns setof public.extractions
language sql stable set search_path = ''
as $$
  select e.*
  from public.extractions as e
  left join public.jobs as j on j.id = e.job_id
  where e.document_id = p_document
    and (p_run_at is null or e.judged_by is not null or j.id is null or coalesce(j.started_at, j.created_at) <= p_run_at)
  union all
  select b.*
  from public.extractions as e
  inner join public.jobs as j on j.id = e.job_id
  cross join lateral (
    select h.before
    from public.extraction_events as h
    inner join public.jobs as k on k.id = (h.before ->> 'job_id')::uuid
    where h.extraction_id = e.id and h.action = 'model_run' and coalesce(k.started_at, k.created_at) <= p_run_at
    order by h.id desc
    limit 1
  ) as h
  cross join lateral jsonb_populate_record(e, h.before) as b
  where e.document_id = p_document and e.judged_by is null and coalesce(j.started_at, j.created_at) > p_run_at;
$$;

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
cross join lateral private.result_cells(d.id, r.run_at) as e
inner join public.variables as v on e.variable_id = v.id
left join public.schema_versions as s on e.schema_version_id = s.id
cross join lateral jsonb_array_elements(
  case when jsonb_typeof(e.value) = 'array' then e.value else jsonb_build_array(e.value) end
) with ordinality as i (value, item);
comment on view public.results_long is 'One row a value of the newest result set. Filter by project_id and page by key.';
revoke all on table public.results_long from public, anon, authenticated, service_role;
grant select on table public.results_long to authenticated, service_role;

revoke all on function private.result_documents(uuid, uuid), private.result_cells(uuid, timestamptz)
from public, anon, authenticated, service_role;
grant execute on function private.result_documents(uuid, uuid), private.result_cells(uuid, timestamptz) to authenticated;
