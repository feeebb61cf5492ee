-- Takes back 20261123102900_export_columns: the reads of an export as 20261122093100_export_reads made them.
create or replace function public.read_export(p_task bigint, p_lease_token uuid, p_after uuid default null, p_limit int default 100)
returns setof json
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'export');
  v_variables jsonb := nullif(v_task.payload #> '{options,variables}', 'null');
begin
  return query
    select json_build_object(
      'id', d.id, 'name', d.name, 'state', d.state, 'page_count', d.page_count, 'failure_code', d.failure_code, 'flags', d.flags,
      'unread', case when d.unread_pages > 0 then array(
        select g.number from public.pages as g where g.document_id = d.id and g.source = 'none' order by g.number
      ) else '{}' end,
      'units', coalesce((
        select json_agg(json_build_object('row', u.row_index, 'cells', u.cells) order by u.row_index)
        from (
          select e.row_index, json_object_agg(v.key, json_build_object(
            'state', e.state, 'value', e.value, 'verified', e.verified, 'quote', e.quote, 'page', e.page, 'box', e.box, 'evidence', e.evidence,
            'flags', e.flags, 'confidence', e.confidence, 'absent_reason', e.absent_reason, 'origin', e.origin, 'job', e.job_id,
            'version', e.schema_version_id
          ) order by v.position, v.key) as cells
          from public.extractions as e
          inner join public.variables as v on v.id = e.variable_id and (v_variables is null or v_variables ? v.key)
          where e.document_id = d.id
          group by e.row_index
        ) as u
      ), '[{"row": 0, "cells": {}}]')
    )
    from public.documents as d
    where d.project_id = v_task.project_id and d.deleted_at is null
      and (p_after is null or (d.created_at, d.id) > (select a.created_at, a.id from public.documents as a where a.id = p_after))
    order by d.created_at, d.id
    limit least(greatest(p_limit, 1), 1000);
end;
$$;
create or replace function private.codebook(p_project uuid)
returns jsonb
language sql stable security definer set search_path = ''
as $$
  select coalesce(jsonb_agg(to_jsonb(c) - 'position' order by c.position, c.key), '[]')
  from (
    select v.key, v.label, v.type, v.instructions, v.aliases, v.categories, v.multiple, v.required, v.rules, v."default", v.revision, v.position,
      count(e.id) as cells,
      count(e.id) filter (where e.value is not null and e.state <> 'rejected') as "values",
      greatest(max(case when jsonb_typeof(e.value) = 'array' then jsonb_array_length(e.value) end), 1) as most_values,
      count(e.id) filter (where e.state in ('absent', 'rejected') or (e.value is null and e.state <> 'failed')) as nulls,
      count(e.id) filter (where e.state = 'failed') as failed,
      count(e.id) filter (where cardinality(e.flags) > 0) as flagged,
      count(e.id) filter (where e.verified) as verified,
      count(e.id) filter (where e.state = 'accepted') as accepted,
      count(e.id) filter (where e.state = 'corrected') as corrected,
      count(e.id) filter (where e.state = 'rejected') as rejected,
      avg(e.confidence) filter (where e.value is not null and e.state <> 'rejected') as average_confidence
    from public.variables as v
    left join (
      select x.* from public.extractions as x
      inner join public.documents as d on d.id = x.document_id and d.deleted_at is null
    ) as e on e.variable_id = v.id
    where v.project_id = p_project
    group by v.id
  ) as c;
$$;
create or replace function private.quality(p_project uuid)
returns jsonb
language sql stable security definer set search_path = ''
as $$
  with live as (
    select d.* from public.documents as d where d.project_id = p_project and d.deleted_at is null
  ),
  told (place, what, which, amount) as (
    select 1, 'documents', l.state, count(*) from live as l group by l.state
    union all
    select 2, 'pages', 'all', coalesce(sum(l.page_count), 0) from live as l
    union all
    select 2, 'pages', 'unread', coalesce(sum(l.unread_pages), 0) from live as l
    union all
    select 3, 'cells', e.state, count(*) from public.extractions as e inner join live as l on l.id = e.document_id group by e.state
    union all
    select 4, 'evidence', e.evidence, count(*) from public.extractions as e inner join live as l on l.id = e.document_id group by e.evidence
    union all
    select 5, 'failed documents', l.failure_code, count(*) from live as l where l.failure_code is not null group by l.failure_code
    union all
    select 6, 'failed values', f.flag, count(*)
    from public.extractions as e
    inner join live as l on l.id = e.document_id
    cross join unnest(case when cardinality(e.flags) > 0 then e.flags else array['unknown'] end) as f (flag)
    where e.state = 'failed'
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
create or replace function public.describe_export(p_task bigint, p_lease_token uuid)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'export');
begin
  return jsonb_build_object(
    'codebook', private.codebook(v_task.project_id),
    'quality', private.quality(v_task.project_id),
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
