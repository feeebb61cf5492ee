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
comment on column public.entity_rows.entity_key is
'Its name without case, accents and spare blanks: by it and nth, of several of one name, a run finds its row again.';
comment on column public.entity_rows.gone_at is
'The newest run did not find it: its row is gone, but for what people judged. It comes back to its index.';
create index entity_rows_project on public.entity_rows (project_id); -- serves the policy

alter table public.entity_rows enable row level security;
create policy entity_rows_select_member on public.entity_rows for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.entity_rows from public, anon, authenticated, service_role;
grant select on table public.entity_rows to authenticated, service_role;

-- The index of the next new row: after all that were ever given to an entity, and after all rows
-- that hold what a person judged or flagged.
create function private.next_row_index(p_document uuid)
returns int
language sql stable set search_path = ''
as $$
  select coalesce(max(u.row_index), -1) + 1
  from (
    select r.row_index from public.entity_rows as r where r.document_id = p_document
    union all
    select e.row_index from public.extractions as e
    where e.document_id = p_document and (e.judged_by is not null or 'flagged' = any(e.flags))
  ) as u;
$$;
revoke all on function private.next_row_index from public, anon, authenticated, service_role;

-- Gives each entity of a run its row, the one it had before or a new one, and marks the rows that
-- the run did not find again as gone. Returns the answers with the indexes of those rows in place
-- of the places in the list. Entities of one name are told apart by their order: the second of a
-- name is again the second.
create function private.place_rows(p_task private.tasks, p_answers jsonb)
returns jsonb
language plpgsql volatile set search_path = ''
as $$
declare
  v_next int := private.next_row_index(p_task.document_id);
  v_placed jsonb;
begin
  with listed as (
    select distinct on (a.row_index) a.row_index as place, a.entity, a.entity_key
    from jsonb_to_recordset(p_answers) as a (row_index int, entity text, entity_key text)
    order by a.row_index
  ),
  numbered as (
    select l.*, row_number() over (partition by l.entity_key order by l.place)::int as nth from listed as l
  ),
  recognised as (
    select
      n.*, r.row_index,
      row_number() over (partition by r.row_index is null order by n.place)::int as nth_new
    from numbered as n
    left join public.entity_rows as r
      on r.document_id = p_task.document_id and r.entity_key = n.entity_key and r.nth = n.nth
  ),
  gone as (
    update public.entity_rows as r set gone_at = now()
    where r.document_id = p_task.document_id and r.gone_at is null
      and not exists (select 1 from recognised as k where k.row_index = r.row_index)
  ),
  kept as (
    insert into public.entity_rows as r (project_id, document_id, row_index, entity, entity_key, nth)
    select
      p_task.project_id, p_task.document_id, coalesce(k.row_index, v_next + k.nth_new - 1),
      k.entity, k.entity_key, k.nth
    from recognised as k
    on conflict (document_id, row_index) do update set entity = excluded.entity, gone_at = null
    returning r.row_index, r.entity_key, r.nth
  )
  select coalesce(jsonb_agg(a.answer || jsonb_build_object('row_index', k.row_index)), '[]') into v_placed
  from jsonb_array_elements(p_answers) as a (answer)
  inner join numbered as n on n.place = (a.answer ->> 'row_index')::int
  inner join kept as k on k.entity_key = n.entity_key and k.nth = n.nth;
  return v_placed;
end;
$$;
revoke all on function private.place_rows from public, anon, authenticated, service_role;

-- Removes the cells of rows that are gone, and of rows that never were an entity's. What people
-- judged or flagged stays, and its flag row_gone says so until the row is back.
create function private.clear_gone_rows(p_document uuid)
returns void
language sql volatile set search_path = ''
as $$
  delete from public.extractions as e
  where e.document_id = p_document and e.judged_by is null and not 'flagged' = any(e.flags)
    and not exists (
      select 1 from public.entity_rows as r
      where r.document_id = e.document_id and r.row_index = e.row_index and r.gone_at is null
    );
  update public.extractions as e
  set
    flags = array_remove(e.flags, 'row_gone')
      || case when r.gone_at is not null then array['row_gone'] else '{}'::text[] end
  from public.entity_rows as r
  where r.document_id = e.document_id and r.row_index = e.row_index and e.document_id = p_document
    and ('row_gone' = any(e.flags)) <> (r.gone_at is not null);
$$;
revoke all on function private.clear_gone_rows from public, anon, authenticated, service_role;

-- Marks a document that was read and lists no entity. Where pages could not be read, nobody knows
-- whether it lists any, so it is not marked.
create function private.mark_no_entities(p_document uuid, p_found_none boolean)
returns void
language sql volatile set search_path = ''
as $$
  update public.documents as d
  set
    flags = array_remove(d.flags, 'no_entities')
      || case when m.lists_none then array['no_entities'] else '{}'::text[] end
  from (
    select p_found_none and coalesce(r.unread_pages, 0) = 0 as lists_none
    from public.documents as r
    where r.id = p_document
  ) as m
  where d.id = p_document and ('no_entities' = any(d.flags)) <> m.lists_none;
$$;
revoke all on function private.mark_no_entities from public, anon, authenticated, service_role;

-- The answers of a run with the row that each belongs to: as they are where a document is a row,
-- with the rows of their entities where it holds many. Answers are null where nobody was asked:
-- then every row stays as it is.
create function private.entity_cells(p_task private.tasks, p_answers jsonb)
returns jsonb
language plpgsql volatile set search_path = ''
as $$
declare
  v_by_entity boolean := exists (
    select 1
    from public.jobs as j
    inner join public.schema_versions as s on s.id = j.schema_version_id
    where j.id = p_task.job_id and s.snapshot #>> '{context,row_unit}' = 'entity'
  );
  v_placed jsonb;
begin
  if p_answers is null then
    return '[]';
  end if;
  perform private.mark_no_entities(p_task.document_id, v_by_entity and p_answers = '[]');
  if v_by_entity then
    v_placed := private.place_rows(p_task, p_answers);
    perform private.clear_gone_rows(p_task.document_id);
    return v_placed;
  end if;
  if exists (
    select 1 from public.entity_rows as r where r.document_id = p_task.document_id and r.gone_at is null
  ) then
    -- The rows were entities when the document was read before: now none of them is found.
    perform private.place_rows(p_task, '[]');
    perform private.clear_gone_rows(p_task.document_id);
  end if;
  return p_answers;
end;
$$;
revoke all on function private.entity_cells from public, anon, authenticated, service_role;
