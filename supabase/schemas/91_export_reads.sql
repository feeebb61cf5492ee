-- What an export reads: pages of the table, the codebook, the quality sheet.

-- definer: the worker reads through the task it holds, so it reads one project.
create function public.read_export(p_task bigint, p_lease_token uuid, p_after uuid default null, p_limit int default 100)
returns setof json
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'export');
  v_variables jsonb := nullif(v_task.payload #> '{options,variables}', 'null');
  v_after timestamptz := '-infinity';
begin
  if p_after is not null then
    select d.created_at into v_after from public.documents as d where d.id = p_after and d.project_id = v_task.project_id;
    if not found then
      perform private.refuse(409, 'document_gone', 'The document to go on from is gone', 'Start the export again.');
    end if;
  end if;
  return query
    select json_build_object(
      'id', d.id, 'name', d.name, 'state', d.state, 'page_count', d.page_count, 'failure_code', d.failure_code, 'flags', d.flags,
      'unread', case when d.unread_pages > 0 then array(
        select g.number from public.pages as g where g.document_id = d.id and g.source = 'none' order by g.number
      ) else '{}' end,
      'units', coalesce((
        select json_agg(json_build_object('row', u.row_index, 'cells', u.cells) order by u.row_index)
        from (
          select c.row_index, json_build_object(
            'key', array_agg(c.key), 'state', array_agg(c.state), 'value', array_agg(c.value), 'verified', array_agg(c.verified),
            'quote', array_agg(c.quote), 'page', array_agg(c.page), 'box', array_agg(to_json(c.box)), 'evidence', array_agg(c.evidence),
            'flags', array_agg(to_json(c.flags)), 'confidence', array_agg(c.confidence), 'absent_reason', array_agg(c.absent_reason),
            'origin', array_agg(c.origin), 'job', array_agg(c.job_id), 'version', array_agg(c.schema_version_id)
          ) as cells
          from (
            select e.*, v.key
            from public.extractions as e
            inner join public.variables as v on v.id = e.variable_id and (v_variables is null or v_variables ? v.key)
            where e.document_id = d.id
            order by e.row_index, v.position, v.key
          ) as c
          group by c.row_index
        ) as u
      ), '[{"row": 0, "cells": {}}]')
    )
    from public.documents as d
    where d.project_id = v_task.project_id and d.deleted_at is null
      and (d.created_at, d.id) > (v_after, coalesce(p_after, '00000000-0000-0000-0000-000000000000'))
    order by d.created_at, d.id
    limit least(greatest(p_limit, 1), 1000);
end;
$$;
comment on function public.read_export is
'Returns one page of an export: documents in the order they were added, after p_after. A document has its units (rows
of the table); the cells of a unit are parallel lists, one a column, the first of them the keys of their variables. A
document without cells has one empty unit.
For workers (service_role). Refuses lease_lost, document_gone.';
revoke all on function public.read_export from public, anon, authenticated, service_role;
grant execute on function public.read_export to service_role;

-- Variables in schema order with what became of them in every document: the codebook. Nothing is filtered here.
create function private.codebook(p_project uuid)
returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(to_jsonb(c) - 'position' order by c.position, c.key), '[]')
  from (
    select v.key, v.label, v.type, v.instructions, v.aliases, v.categories, v.multiple, v.required, v.rules, v."default", v.revision, v.position,
      coalesce(n.cells, 0) as cells, coalesce(n."values", 0) as "values", greatest(n.most_values, 1) as most_values,
      coalesce(n.nulls, 0) as nulls, coalesce(n.failed, 0) as failed, coalesce(n.flagged, 0) as flagged, coalesce(n.verified, 0) as verified,
      coalesce(n.accepted, 0) as accepted, coalesce(n.corrected, 0) as corrected, coalesce(n.rejected, 0) as rejected, n.average_confidence
    from public.variables as v
    left join (
      select e.variable_id,
        count(*) as cells,
        count(*) filter (where e.value is not null and e.state <> 'rejected') as "values",
        max(case when jsonb_typeof(e.value) = 'array' then jsonb_array_length(e.value) end) as most_values,
        count(*) filter (where e.state in ('absent', 'rejected') or (e.value is null and e.state <> 'failed')) as nulls,
        count(*) filter (where e.state = 'failed') as failed,
        count(*) filter (where cardinality(e.flags) > 0) as flagged,
        count(*) filter (where e.verified) as verified,
        count(*) filter (where e.state = 'accepted') as accepted,
        count(*) filter (where e.state = 'corrected') as corrected,
        count(*) filter (where e.state = 'rejected') as rejected,
        avg(e.confidence) filter (where e.value is not null and e.state <> 'rejected') as average_confidence
      from public.extractions as e
      inner join public.documents as d on d.id = e.document_id and d.deleted_at is null
      where e.project_id = p_project
      group by e.variable_id
    ) as n on n.variable_id = v.id
    where v.project_id = p_project
  ) as c;
$$;
revoke all on function private.codebook from public, anon, authenticated, service_role;

-- [what, which, how many]: documents by state, pages, evidence, failures by code, what runs cost. Cells are read once.
create function private.quality(p_project uuid)
returns jsonb
language sql stable security definer set search_path = ''
as $$
  with live as materialized (
    select d.id, d.state, d.page_count, d.unread_pages, d.failure_code
    from public.documents as d where d.project_id = p_project and d.deleted_at is null
  ),
  cells as materialized (
    select e.state, e.evidence, case when e.state = 'failed' then e.flags end as flags, count(*) as amount
    from public.extractions as e inner join live as l on l.id = e.document_id
    where e.project_id = p_project
    group by 1, 2, 3
  ),
  told (place, what, which, amount) as (
    select 1, 'documents', l.state, count(*) from live as l group by l.state
    union all
    select 2, 'pages', 'all', coalesce(sum(l.page_count), 0) from live as l
    union all
    select 2, 'pages', 'unread', coalesce(sum(l.unread_pages), 0) from live as l
    union all
    select 3, 'cells', c.state, sum(c.amount) from cells as c group by c.state
    union all
    select 4, 'evidence', c.evidence, sum(c.amount) from cells as c group by c.evidence
    union all
    select 5, 'failed documents', l.failure_code, count(*) from live as l where l.failure_code is not null group by l.failure_code
    union all
    select 6, 'failed values', f.flag, sum(c.amount)
    from cells as c
    cross join unnest(case when cardinality(c.flags) > 0 then c.flags else array['unknown'] end) as f (flag)
    where c.state = 'failed'
    group by f.flag
    union all
    select 7, 'runs', w.which, w.amount
    from (
      select sum(j.model_calls) as calls, sum(j.input_tokens) as read, sum(j.output_tokens) as written, sum(j.cost_micros) as cost
      from public.jobs as j
      where j.project_id = p_project
    ) as s
    cross join lateral (
      values ('model calls', s.calls), ('input tokens', s.read), ('output tokens', s.written), ('cost in millionths', s.cost)
    ) as w (which, amount)
  )
  select coalesce(jsonb_agg(jsonb_build_array(t.what, t.which, coalesce(t.amount, 0)) order by t.place, t.which), '[]') from told as t;
$$;
revoke all on function private.quality from public, anon, authenticated, service_role;

-- definer: as read_export.
create function public.describe_export(p_task bigint, p_lease_token uuid)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'export');
  v_variables jsonb := nullif(v_task.payload #> '{options,variables}', 'null');
  v_codebook jsonb := private.codebook(v_task.project_id);
begin
  return jsonb_build_object(
    'codebook', v_codebook,
    'quality', private.quality(v_task.project_id),
    'warnings', (
      select to_jsonb(array_remove(array[
        case when bool_or(d.failure_code is not null) then 'failed_documents' end,
        case when bool_or(d.unread_pages > 0) then 'unread_pages' end,
        case when exists (
          select 1 from jsonb_array_elements(v_codebook) as v (variable)
          where (v.variable -> 'failed')::int > 0 and (v_variables is null or v_variables ? (v.variable ->> 'key'))
        ) then 'failed_values' end
      ], null))
      from public.documents as d
      where d.project_id = v_task.project_id and d.deleted_at is null
    ),
    'models', (
      select coalesce(jsonb_object_agg(m.job_id, m.names), '{}')
      from (
        select c.job_id, string_agg(distinct c.model, ', ' order by c.model) as names
        from public.llm_calls as c
        where c.project_id = v_task.project_id and c.job_id is not null
        group by c.job_id
      ) as m
    ),
    'versions', (select coalesce(jsonb_object_agg(s.id, s.number), '{}') from public.schema_versions as s where s.project_id = v_task.project_id)
  );
end;
$$;
comment on function public.describe_export is
'Returns {"codebook": […], "quality": […], "warnings": […], "models": {job: name}, "versions": {id: number}}. Failed
values of variables that are not asked for are no warning.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.describe_export from public, anon, authenticated, service_role;
grant execute on function public.describe_export to service_role;
