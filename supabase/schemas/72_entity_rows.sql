-- Entity rows: which entity a row of a document is. An index is given once and never to another.

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
revoke all on function private.place_rows from public, anon, authenticated, service_role;

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
revoke all on function private.leave_rows from public, anon, authenticated, service_role;

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
revoke all on function private.entity_cells from public, anon, authenticated, service_role;
