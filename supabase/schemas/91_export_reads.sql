-- What an export reads: pages of the table, the codebook, the quality sheet.

-- The keys of the variables that an export was asked for; null for all.
create function private.export_variables(p_task private.tasks)
returns jsonb
language sql immutable set search_path = ''
as $$
  select nullif(p_task.payload #> '{options,variables}', 'null');
$$;
revoke all on function private.export_variables from public, anon, authenticated, service_role;

-- definer: the worker reads through the task it holds, so it reads one project.
create function public.read_export(
  p_task bigint, p_lease_token uuid, p_after uuid default null, p_limit int default 100
)
returns setof json
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'export');
  v_variables jsonb := private.export_variables(v_task);
  v_after_id uuid := coalesce(p_after, '00000000-0000-0000-0000-000000000000');
  v_after_created timestamptz := '-infinity';
begin
  if p_after is not null then
    select d.created_at into v_after_created
    from public.documents as d
    where d.id = p_after and d.project_id = v_task.project_id;
    if not found then
      perform private.refuse(
        409, 'document_gone', 'The document to go on from is gone', 'Start the export again.'
      );
    end if;
  end if;
  return query
    with page as (
      select d.*
      from public.documents as d
      where d.project_id = v_task.project_id
        and d.deleted_at is null
        and (d.created_at, d.id) > (v_after_created, v_after_id)
      order by d.created_at, d.id
      limit least(greatest(p_limit, 1), 1000)
    )
    select json_build_object(
      'id', p.id,
      'name', p.name,
      'state', p.state,
      'page_count', p.page_count,
      'failure_code', p.failure_code,
      'flags', p.flags,
      'unread', case
        when p.unread_pages > 0 then array(
          select g.number
          from public.pages as g
          where g.document_id = p.id and g.source = 'none'
          order by g.number
        )
        else '{}'
      end,
      'units', coalesce(u.units, '[{"row": 0, "cells": {}}]')
    )
    from page as p
    -- Not a function of its own: to start one for each document would take a third of the time of
    -- the read.
    cross join lateral (
      with cells as (
        select e.*, v.key
        from public.extractions as e
        inner join public.variables as v on v.id = e.variable_id
        where e.document_id = p.id and (v_variables is null or v_variables ? v.key)
        order by e.row_index, v.position, v.key
      ),
      units as (
        select
          c.row_index,
          json_build_object(
            'key', array_agg(c.key),
            'state', array_agg(c.state),
            'value', array_agg(c.value),
            'verified', array_agg(c.verified),
            'quote', array_agg(c.quote),
            'page', array_agg(c.page),
            'box', array_agg(to_json(c.box)),
            'evidence', array_agg(c.evidence),
            'flags', array_agg(to_json(c.flags)),
            'confidence', array_agg(c.confidence),
            'absent_reason', array_agg(c.absent_reason),
            'origin', array_agg(c.origin),
            'job', array_agg(c.job_id),
            'version', array_agg(c.schema_version_id)
          ) as cells
        from cells as c
        group by c.row_index
      )
      select json_agg(json_build_object('row', u.row_index, 'cells', u.cells) order by u.row_index) as units
      from units as u
    ) as u
    order by p.created_at, p.id;
end;
$$;
comment on function public.read_export is
'Gives one page of an export: documents in the order they were added, behind the document p_after.
Each has its units (rows of the table); the cells of a unit are parallel lists, one a column, the
keys of their variables first; a document without cells has one empty unit.
For workers (service_role). Refuses lease_lost, document_gone.';
revoke all on function public.read_export from public, anon, authenticated, service_role;
grant execute on function public.read_export to service_role;

-- Variables in schema order with what became of their cells in all documents, whatever the export
-- filters.
create function private.codebook(p_project uuid)
returns jsonb
language sql stable security definer set search_path = ''
as $$
  with counted as (
    select
      e.variable_id,
      count(*) as cells,
      count(*) filter (where e.value is not null and e.state <> 'rejected') as "values",
      max(case when jsonb_typeof(e.value) = 'array' then jsonb_array_length(e.value) end) as most_values,
      count(*) filter (
        where e.state in ('absent', 'rejected') or (e.value is null and e.state <> 'failed')
      ) as nulls,
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
  ),
  entries as (
    select
      v.key,
      v.label,
      v.type,
      v.instructions,
      v.aliases,
      v.categories,
      v.multiple,
      v.required,
      v.rules,
      v."default",
      v.revision,
      v.position,
      coalesce(n.cells, 0) as cells,
      coalesce(n."values", 0) as "values",
      greatest(n.most_values, 1) as most_values,
      coalesce(n.nulls, 0) as nulls,
      coalesce(n.failed, 0) as failed,
      coalesce(n.flagged, 0) as flagged,
      coalesce(n.verified, 0) as verified,
      coalesce(n.accepted, 0) as accepted,
      coalesce(n.corrected, 0) as corrected,
      coalesce(n.rejected, 0) as rejected,
      n.average_confidence
    from public.variables as v
    left join counted as n on n.variable_id = v.id
    where v.project_id = p_project
  )
  select coalesce(jsonb_agg(to_jsonb(e) - 'position' order by e.position, e.key), '[]')
  from entries as e;
$$;
revoke all on function private.codebook from public, anon, authenticated, service_role;

-- The quality sheet, as [[what, which, how many]]: documents by state, pages, evidence, failures by
-- code, what runs cost.
create function private.quality(p_project uuid)
returns jsonb
language sql stable security definer set search_path = ''
as $$
  with live_documents as materialized (
    select d.id, d.state, d.page_count, d.unread_pages, d.failure_code
    from public.documents as d
    where d.project_id = p_project and d.deleted_at is null
  ),
  -- Materialized, so that the cells are read once for three counts.
  cell_counts as materialized (
    select e.state, e.evidence, case when e.state = 'failed' then e.flags end as failure_flags, count(*) as cells
    from public.extractions as e
    inner join live_documents as d on d.id = e.document_id
    where e.project_id = p_project
    group by 1, 2, 3
  ),
  failed_values as (
    select f.flag, c.cells
    from cell_counts as c
    cross join unnest(
      case when cardinality(c.failure_flags) > 0 then c.failure_flags else array['unknown'] end
    ) as f (flag)
    where c.state = 'failed'
  ),
  costs as (
    select
      sum(j.model_calls) as calls,
      sum(j.input_tokens) as input_tokens,
      sum(j.output_tokens) as output_tokens,
      sum(j.cost_micros) as cost_micros
    from public.jobs as j
    where j.project_id = p_project
  ),
  lines (place, what, which, amount) as (
    select 1, 'documents', d.state, count(*) from live_documents as d group by d.state
    union all
    select 2, 'pages', 'all', coalesce(sum(d.page_count), 0) from live_documents as d
    union all
    select 2, 'pages', 'unread', coalesce(sum(d.unread_pages), 0) from live_documents as d
    union all
    select 3, 'cells', c.state, sum(c.cells) from cell_counts as c group by c.state
    union all
    select 4, 'evidence', c.evidence, sum(c.cells) from cell_counts as c group by c.evidence
    union all
    select 5, 'failed documents', d.failure_code, count(*)
    from live_documents as d
    where d.failure_code is not null
    group by d.failure_code
    union all
    select 6, 'failed values', f.flag, sum(f.cells) from failed_values as f group by f.flag
    union all
    select 7, 'runs', w.which, w.amount
    from costs as c
    cross join lateral (
      values
      ('model calls', c.calls),
      ('input tokens', c.input_tokens),
      ('output tokens', c.output_tokens),
      ('cost in millionths', c.cost_micros)
    ) as w (which, amount)
  )
  select coalesce(
    jsonb_agg(jsonb_build_array(l.what, l.which, coalesce(l.amount, 0)) order by l.place, l.which), '[]'
  )
  from lines as l;
$$;
revoke all on function private.quality from public, anon, authenticated, service_role;

-- What the reader of a file should know that it does not show: failed_documents, unread_pages,
-- failed_values. Failed values of variables that are not exported are no warning.
create function private.export_warnings(p_project uuid, p_codebook jsonb, p_variables jsonb)
returns jsonb
language sql stable set search_path = ''
as $$
  with failed_variables as (
    select 1
    from jsonb_array_elements(p_codebook) as e (entry)
    where (e.entry -> 'failed')::int > 0
      and (p_variables is null or p_variables ? (e.entry ->> 'key'))
  )
  select to_jsonb(array_remove(
    array[
      case when bool_or(d.failure_code is not null) then 'failed_documents' end,
      case when bool_or(d.unread_pages > 0) then 'unread_pages' end,
      case when exists (select 1 from failed_variables) then 'failed_values' end
    ],
    null
  ))
  from public.documents as d
  where d.project_id = p_project and d.deleted_at is null;
$$;
revoke all on function private.export_warnings from public, anon, authenticated, service_role;

-- The models that answered each job, as {job: "name, name"}.
create function private.job_models(p_project uuid)
returns jsonb
language sql stable set search_path = ''
as $$
  with models as (
    select c.job_id, string_agg(distinct c.model, ', ' order by c.model) as names
    from public.llm_calls as c
    where c.project_id = p_project and c.job_id is not null
    group by c.job_id
  )
  select coalesce(jsonb_object_agg(m.job_id, m.names), '{}') from models as m;
$$;
revoke all on function private.job_models from public, anon, authenticated, service_role;

-- The numbers of schema versions, as {id: number}.
create function private.version_numbers(p_project uuid)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_object_agg(s.id, s.number), '{}')
  from public.schema_versions as s
  where s.project_id = p_project;
$$;
revoke all on function private.version_numbers from public, anon, authenticated, service_role;

-- definer: the worker reads through the task it holds, so it reads one project.
create function public.describe_export(p_task bigint, p_lease_token uuid)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'export');
  v_codebook jsonb := private.codebook(v_task.project_id);
begin
  return jsonb_build_object(
    'codebook', v_codebook,
    'quality', private.quality(v_task.project_id),
    'warnings', private.export_warnings(v_task.project_id, v_codebook, private.export_variables(v_task)),
    'models', private.job_models(v_task.project_id),
    'versions', private.version_numbers(v_task.project_id)
  );
end;
$$;
comment on function public.describe_export is
'Gives what stands beside the table of an export: the codebook, the quality sheet, the warnings, the
models by job and the numbers of schema versions by id.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.describe_export from public, anon, authenticated, service_role;
grant execute on function public.describe_export to service_role;
