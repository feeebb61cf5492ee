-- Entity rows: which entity a row of a document is. An index is given once and never to another. Replaces finish_extract.
set local lock_timeout = '5s';

create table public.entity_rows (
  project_id uuid not null references public.projects (id) on delete cascade,
  document_id uuid not null references public.documents (id) on delete cascade,
  row_index int not null,
  entity text not null,
  entity_key text not null,
  nth int not null,
  gone_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (document_id, row_index),
  constraint entity_rows_one_per_entity unique (document_id, entity_key, nth),
  constraint entity_rows_index_positive check (row_index >= 0 and nth > 0)
);
comment on table public.entity_rows is 'The entity that a row of a document is about, where rows are entities.';
comment on column public.entity_rows.entity_key is 'Its name without case, accents and spare blanks: by it and nth, of several of one name, a run finds its row again.';
comment on column public.entity_rows.gone_at is 'The newest run did not find it: its row is gone, but for what people judged. It comes back to its index.';
create index entity_rows_project on public.entity_rows (project_id); -- serves the policy
alter table public.entity_rows enable row level security;
create policy entity_rows_select_member on public.entity_rows for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.entity_rows from public, anon, authenticated, service_role;
grant select on table public.entity_rows to authenticated, service_role;

-- The cells of a run with the indexes of their entities: those they had before, new ones after all that were ever given.
-- Marks rows that were not found again, and documents without any; of unread pages nobody knows what they hold.
create function private.place_rows(p_task private.tasks, p_cells jsonb)
returns jsonb
language plpgsql volatile set search_path = ''
as $$
declare
  v_next int;
  v_placed jsonb;
begin
  select greatest(max(k.row_index), -1) + 1 into v_next from (
    select r.row_index from public.entity_rows as r where r.document_id = p_task.document_id
    union all
    select e.row_index from public.extractions as e
    where e.document_id = p_task.document_id and (e.judged_by is not null or 'flagged' = any(e.flags))
  ) as k;
  with given as (
    select distinct on (c.row_index) c.row_index as place, c.entity, c.entity_key
    from jsonb_to_recordset(p_cells) as c (row_index int, entity text, entity_key text)
    order by c.row_index
  ),
  named as (
    select g.*, row_number() over (partition by g.entity_key order by g.place)::int as nth from given as g
  ),
  known as (
    select n.*, r.row_index, row_number() over (partition by r.row_index is null order by n.place)::int as turn
    from named as n
    left join public.entity_rows as r on r.document_id = p_task.document_id and r.entity_key = n.entity_key and r.nth = n.nth
  ),
  gone as (
    update public.entity_rows as r set gone_at = now()
    where r.document_id = p_task.document_id and r.gone_at is null
      and not exists (select 1 from known as k where k.row_index = r.row_index)
  ),
  kept as (
    insert into public.entity_rows as r (project_id, document_id, row_index, entity, entity_key, nth)
    select p_task.project_id, p_task.document_id, coalesce(k.row_index, v_next + k.turn - 1), k.entity, k.entity_key, k.nth
    from known as k
    on conflict (document_id, row_index) do update set entity = excluded.entity, gone_at = null
    returning r.row_index, r.entity_key, r.nth
  )
  select coalesce(jsonb_agg(c.cell || jsonb_build_object('row_index', k.row_index)), '[]') into v_placed
  from jsonb_array_elements(p_cells) as c (cell)
  inner join named as n on n.place = (c.cell ->> 'row_index')::int
  inner join kept as k on k.entity_key = n.entity_key and k.nth = n.nth;
  return v_placed;
end;
$$;

-- Cells of rows that the newest run did not find go; what people judged or flagged stays and says row_gone, until the row is back.
create function private.leave_rows(p_document uuid)
returns void
language sql volatile set search_path = ''
as $$
  delete from public.extractions as e
  where e.document_id = p_document and e.judged_by is null and not 'flagged' = any(e.flags) and not exists (
    select 1 from public.entity_rows as r
    where r.document_id = e.document_id and r.row_index = e.row_index and r.gone_at is null
  );
  update public.extractions as e
  set flags = array_remove(e.flags, 'row_gone') || case when r.gone_at is not null then array['row_gone'] else '{}'::text[] end
  from public.entity_rows as r
  where r.document_id = e.document_id and r.row_index = e.row_index and e.document_id = p_document
    and ('row_gone' = any(e.flags)) <> (r.gone_at is not null);
$$;

-- Where rows are entities: the cells with the indexes of their rows, and a document without any is marked. Null: nobody was
-- asked, and all stays as it is. Where the document is the row, what entities it had goes.
create function private.entity_cells(p_task private.tasks, p_cells jsonb)
returns jsonb
language plpgsql volatile set search_path = ''
as $$
declare
  v_entities boolean;
begin
  select s.snapshot #>> '{context,row_unit}' = 'entity' into v_entities
  from public.jobs as j
  inner join public.schema_versions as s on s.id = j.schema_version_id
  where j.id = p_task.job_id;
  v_entities := coalesce(v_entities, false);
  if p_cells is null then
    return '[]';
  end if;
  update public.documents as d
  set flags = array_remove(d.flags, 'no_entities') || case when n.is_so then array['no_entities'] else '{}'::text[] end
  from (
    select v_entities and p_cells = '[]' and coalesce(r.unread_pages, 0) = 0 as is_so
    from public.documents as r
    where r.id = p_task.document_id
  ) as n
  where d.id = p_task.document_id and ('no_entities' = any(d.flags)) <> n.is_so;
  if v_entities then
    p_cells := private.place_rows(p_task, p_cells);
    perform private.leave_rows(p_task.document_id);
  elsif exists (select 1 from public.entity_rows as r where r.document_id = p_task.document_id and r.gone_at is null) then
    perform private.place_rows(p_task, '[]');
    perform private.leave_rows(p_task.document_id);
  end if;
  return p_cells;
end;
$$;

-- Stores the cells of a document, all or nothing, and counts it into its job. Cells that a person judged stay as they are,
-- with the newer answer beside them; a failure does not take away the answer to the same question; a person's flag stays;
-- cells of variables that were deleted meanwhile are dropped; cells of foreign variables are refused. Rows that are entities keep
-- their indexes; null cells: nobody was asked.
-- enable_seqscan: a plan is kept as long as its connection, and one made while the tables were small would read them whole.
-- definer: the worker may call verbs and may not touch the queue.
create or replace function public.finish_extract(p_task bigint, p_lease_token uuid, p_extractor text, p_extractions jsonb)
returns int
language plpgsql volatile security definer set search_path = '' set enable_seqscan = 'off'
as $$
declare
  v_task private.tasks := private.see_task(p_task, p_lease_token, 'extract');
  v_cells jsonb;
  v_stored int;
begin
  if exists (
    select 1 from jsonb_to_recordset(p_extractions) as r (variable_id uuid)
    inner join public.variables as v on v.id = r.variable_id and v.project_id <> v_task.project_id
  ) then
    perform private.refuse(422, 'variable_foreign', 'A cell names a variable of another project');
  end if;
  -- In the order of ids, as the verbs of review lock them.
  perform 1 from public.extractions as e where e.document_id = v_task.document_id order by e.id for update;
  v_cells := private.entity_cells(v_task, p_extractions);
  perform private.suggest_answers(v_task, v_cells);
  with was as (
    select e.id, private.cell_snapshot(e) as snapshot from public.extractions as e
    where e.document_id = v_task.document_id and e.judged_by is null
  ),
  stored as (
    insert into public.extractions as e (
      project_id, document_id, variable_id, row_index, job_id, schema_version_id, state, value, raw, quote, page, box, boxes, zone,
      evidence, verified, confidence, signals, flags, absent_reason, origin, input_hash
    )
    select v_task.project_id, v_task.document_id, r.variable_id, r.row_index, v_task.job_id, j.schema_version_id, r.state,
      nullif(r.value, 'null'::jsonb), r.raw, r.quote, r.page, r.box, coalesce(r.boxes, '[]'), r.zone,
      r.evidence, r.verified, r.confidence, coalesce(r.signals, '{}'), coalesce(r.flags, '{}'), r.absent_reason, r.origin, r.input_hash
    from jsonb_to_recordset(v_cells) as r (
      variable_id uuid, row_index int, state text, value jsonb, raw text, quote text, page int, box float8[], boxes jsonb, zone int,
      evidence text, verified boolean, confidence float8, signals jsonb, flags text[], absent_reason text, origin text, input_hash text
    )
    inner join public.variables as v on v.id = r.variable_id and v.project_id = v_task.project_id
    inner join public.jobs as j on j.id = v_task.job_id
    on conflict (document_id, variable_id, row_index) do update
    set job_id = excluded.job_id, schema_version_id = excluded.schema_version_id, state = excluded.state, value = excluded.value,
      raw = excluded.raw, quote = excluded.quote, page = excluded.page, box = excluded.box, boxes = excluded.boxes, zone = excluded.zone,
      evidence = excluded.evidence, verified = excluded.verified, confidence = excluded.confidence, signals = excluded.signals,
      flags = excluded.flags || case when 'flagged' = any(e.flags) then array['flagged'] else '{}'::text[] end,
      absent_reason = excluded.absent_reason, origin = excluded.origin, input_hash = excluded.input_hash, suggestion = null,
      updated_at = now()
    where e.judged_by is null
      and not (excluded.state = 'failed' and e.state <> 'failed' and e.input_hash = excluded.input_hash)
    returning e.*
  ),
  told as (
    insert into public.extraction_events (project_id, extraction_id, action, job_id, value, state, evidence, before)
    select s.project_id, s.id, 'model_run', s.job_id, s.value, s.state, s.evidence, w.snapshot
    from stored as s
    left join was as w on w.id = s.id
  )
  select count(*) into v_stored from stored;
  -- The fence, and last: all that was written goes with a lease that was lost, and the job is locked for a moment only.
  perform private.hold_task(p_task, p_lease_token, 'extract');
  update public.jobs as j set extractor = p_extractor where j.id = v_task.job_id and j.extractor is distinct from p_extractor;
  perform private.close_task(p_task, 'done');
  perform private.count_extract(v_task, 'done');
  return v_stored;
end;
$$;

revoke all on function private.place_rows(private.tasks, jsonb), private.leave_rows(uuid), private.entity_cells(private.tasks, jsonb),
public.finish_extract(bigint, uuid, text, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.finish_extract(bigint, uuid, text, jsonb) to service_role;
