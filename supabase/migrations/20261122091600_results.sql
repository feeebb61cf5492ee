-- Results: which documents and which answers make up the table. One set of rules for rows, statistics and the long view.
set local lock_timeout = '5s';

create index extractions_added on public.extractions (project_id, document_id) where origin = 'person'; -- serves result_documents

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
create index extraction_events_replaced on public.extraction_events (extraction_id)
where action = 'model_run' and before is not null; -- serves private.answers

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

revoke all on function private.result_documents(uuid, uuid)
from public, anon, authenticated, service_role;
grant execute on function private.result_documents(uuid, uuid) to authenticated;
