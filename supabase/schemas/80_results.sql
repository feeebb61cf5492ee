-- Results: which documents and which answers make up the table, and the table as one row a value.

-- The run that a result set stands at, or no row where there is none yet: the job that is named,
-- else the newest full run or rerun that has read a document.
create function private.result_run(p_project uuid, p_job uuid)
returns table (job_id uuid, run_at timestamptz)
language sql stable rows 1 set search_path = ''
as $$
  select j.id, coalesce(j.started_at, j.created_at) as run_at
  from public.jobs as j
  where j.project_id = p_project
    and case
      when p_job is null then j.kind <> 'sample' and j.documents_done > 0
      else j.id = p_job
    end
  order by run_at desc
  limit 1;
$$;
revoke all on function private.result_run from public, anon, authenticated, service_role;

-- The documents of a result set, and the run it stands at: 'infinity' where there is no such run.
-- Of a named job these are the documents that it read. Without a job they are those of the newest
-- full run and of all full runs before it; until there is a full run, whatever the samples read. A
-- sample that is newer than the full run stays out, or a handful of documents would show answers to
-- another schema than the rest of the table.
-- definer: reads the queue; members only.
create function private.result_documents(p_project uuid, p_job uuid)
returns table (document_id uuid, run_at timestamptz)
language sql stable security definer set search_path = ''
as $$
  with result_run as (
    select r.job_id, r.run_at from private.result_run(p_project, p_job) as r
  ),
  read_documents as (
    select t.document_id
    from private.tasks as t
    inner join public.jobs as j on j.id = t.job_id
    left join result_run as r on true
    where j.project_id = p_project
      and t.kind = 'extract'
      and t.state in ('done', 'dead')
      and (
        r.job_id is null
        or j.id = r.job_id
        or (p_job is null and j.kind <> 'sample' and coalesce(j.started_at, j.created_at) <= r.run_at)
      )
  ),
  -- A person may add a value to a document that no run has read.
  documents_with_added_values as (
    select e.document_id
    from public.extractions as e
    where p_job is null and e.project_id = p_project and e.judged_by is not null and e.origin = 'person'
  ),
  all_documents as (
    select r.document_id from read_documents as r
    union
    select a.document_id from documents_with_added_values as a
  )
  select d.id, coalesce(r.run_at, 'infinity')
  from all_documents as a
  inner join public.documents as d on d.id = a.document_id and d.deleted_at is null
  left join result_run as r on true
  where p_project = any(private.my_projects('viewer'));
$$;
revoke all on function private.result_documents from public, anon, authenticated, service_role;
grant execute on function private.result_documents to authenticated;

-- Every answer that a cell has had: first the one that stands now, then those that a later run
-- replaced. since: the run that gave the answer; what a person judged has always stood. until: the
-- run that replaced it, null for the one that stands. A result set at run_at takes the answers with
-- since <= run_at and run_at before until.
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
  replaced.job_id,
  replaced.schema_version_id,
  replaced.state,
  replaced.value,
  replaced.quote,
  replaced.page,
  replaced.box,
  replaced.boxes,
  replaced.evidence,
  replaced.verified,
  replaced.confidence,
  replaced.flags,
  replaced.absent_reason,
  replaced.origin,
  replaced.judged_by,
  replaced.original,
  replaced.suggestion,
  h.created_at as updated_at,
  coalesce(giver.started_at, giver.created_at, '-infinity') as since,
  coalesce(replacer.started_at, replacer.created_at) as until
from public.extraction_events as h
inner join public.extractions as e on h.extraction_id = e.id and e.judged_by is null
inner join public.jobs as replacer on h.job_id = replacer.id
cross join lateral jsonb_populate_record(null::public.extractions, h.before) as replaced
left join public.jobs as giver on replaced.job_id = giver.id
where h.action = 'model_run' and h.before is not null;
revoke all on table private.answers from public, anon, authenticated, service_role;
grant select on table private.answers to authenticated, service_role; -- it runs as who reads results_long

-- For clients that filter and page through the Data API: several values of a cell are several rows;
-- a cell without a value is one row that says why.
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
inner join private.answers as e
  on
    d.id = e.document_id
    and r.run_at >= e.since
    and (e.until is null or r.run_at < e.until)
inner join public.variables as v on e.variable_id = v.id
left join public.schema_versions as s on e.schema_version_id = s.id
cross join lateral jsonb_array_elements(
  case when jsonb_typeof(e.value) = 'array' then e.value else jsonb_build_array(e.value) end
) with ordinality as i (value, item);
comment on view public.results_long is
'One row a value of the newest result set. Filter by project_id and page by key.';
revoke all on table public.results_long from public, anon, authenticated, service_role;
grant select on table public.results_long to authenticated, service_role;

-- Refuses a job that is not one of the project; null is none and passes.
create function private.require_job_of_project(p_project uuid, p_job uuid)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  if p_job is not null and not exists (
    select 1 from public.jobs as j where j.id = p_job and j.project_id = p_project
  ) then
    perform private.refuse(404, 'job_not_found', 'No such job', 'It is not a job of this project.');
  end if;
end;
$$;
revoke all on function private.require_job_of_project from public, anon, authenticated, service_role;
