-- Imports: one file of rows becomes one document a row.

create table public.document_imports (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  name text not null,
  object_path text not null unique,
  media_type text not null,
  bytes bigint not null,
  text_column text not null,
  name_column text,
  metadata_columns text[] not null default '{}',
  state text not null default 'queued',
  rows_done int not null default 0,
  documents_created int not null default 0,
  rows_duplicate int not null default 0,
  rows_failed int not null default 0,
  remarks jsonb not null default '[]',
  failure_code text,
  failure_detail text,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint document_imports_name_length check (char_length(name) between 1 and 1024),
  constraint document_imports_bytes_positive check (bytes > 0),
  constraint document_imports_media_type_known check (
    media_type in ('text/csv', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
  ),
  constraint document_imports_columns_bounded check (
    char_length(text_column) between 1 and 256 and char_length(name_column) between 1 and 256
    and cardinality(metadata_columns) <= 50
  ),
  constraint document_imports_state_known check (state in ('queued', 'running', 'completed', 'failed')),
  constraint document_imports_finished_iff_terminal check ((state in ('completed', 'failed')) = (finished_at is not null)),
  constraint document_imports_failure_iff_failed check ((state = 'failed') = (failure_code is not null)),
  constraint document_imports_counts_add_up check (rows_done = documents_created + rows_duplicate + rows_failed)
);
comment on table public.document_imports is 'queued -> running -> completed | failed. Every row of the file is one document, a duplicate, or failed.';
comment on column public.document_imports.remarks is 'The first 1,000 rows that gave no document: {row, code, document_id}. Rows count from 1 below the header.';
create index document_imports_listed on public.document_imports (project_id, created_at desc, id); -- serves the list
create trigger document_imports_events after insert or update on public.document_imports
for each row execute function private.record_state();
create trigger document_imports_broadcast_insert after insert on public.document_imports
for each row execute function private.broadcast_row();
create trigger document_imports_broadcast_update after update on public.document_imports for each row
when (old.state is distinct from new.state or old.rows_done is distinct from new.rows_done)
execute function private.broadcast_row();

alter table public.document_imports enable row level security;
create policy document_imports_select_member on public.document_imports for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.document_imports from public, anon, authenticated, service_role;
grant select on table public.document_imports to authenticated, service_role;

-- definer: imports and tasks are written by verbs only.
create function public.start_import(
  p_project uuid, p_object_path text, p_name text, p_media_type text, p_bytes bigint, p_text_column text,
  p_name_column text default null, p_metadata_columns text[] default '{}'
)
returns public.document_imports
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import public.document_imports;
begin
  perform private.require_role(p_project, 'editor');
  perform private.require_upload(p_project, p_object_path, p_bytes);
  insert into public.document_imports (
    project_id, name, object_path, media_type, bytes, text_column, name_column, metadata_columns, created_by
  )
  values (
    p_project, left(p_name, 1024), p_object_path, p_media_type, p_bytes, p_text_column, p_name_column,
    coalesce(p_metadata_columns, '{}'), (select auth.uid())
  )
  returning * into v_import;
  insert into private.tasks (project_id, kind, priority, payload)
  values (p_project, 'import', 5, to_jsonb(v_import) - array['remarks', 'created_by', 'created_at']);
  return v_import;
end;
$$;
comment on function public.start_import is
'Registers an uploaded table and queues its import: one document a row. p_text_column names the column that holds the
text of each document.
For editors. Refuses project_not_found, role_too_low, object_not_uploaded.';
revoke all on function public.start_import from public, anon, authenticated, service_role;
grant execute on function public.start_import to authenticated;

-- Makes a document of every row that has one and was not stored before, and queues its parsing.
create function private.store_import_rows(p_import public.document_imports, p_rows jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  with made as (
    insert into public.documents as d (
      project_id, name, object_path, media_type, bytes, sha256, metadata, created_by, import_id, source_row
    )
    select
      p_import.project_id, r.name, r.object_path, 'text/plain', r.bytes, r.sha256, r.metadata, p_import.created_by, p_import.id, r.row
    from jsonb_to_recordset(p_rows)
      as r (row int, code text, object_path text, name text, bytes bigint, sha256 text, metadata jsonb)
    where r.code is null and r.row > p_import.rows_done and private.metadata_is_valid(r.metadata)
    order by r.row
    on conflict do nothing
    returning d.*
  )
  insert into private.tasks (project_id, kind, document_id, priority, payload)
  select
    m.project_id, 'parse', m.id, 5,
    jsonb_build_object('object_path', m.object_path, 'media_type', m.media_type, 'bytes', m.bytes)
  from made as m
  order by m.source_row;
end;
$$;
revoke all on function private.store_import_rows from public, anon, authenticated, service_role;

-- Why rows gave no document of their own: {row, code, the document that has the same bytes}, once their documents are
-- stored.
create function private.import_remarks(p_import public.document_imports, p_rows jsonb)
returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
      'row', r.row,
      'code', coalesce(r.code, case when private.metadata_is_valid(r.metadata) then 'duplicate' else 'metadata_invalid' end),
      'document_id', d.id
    )) order by r.row), '[]')
    from jsonb_to_recordset(p_rows) as r (row int, code text, sha256 text, metadata jsonb)
    left join public.documents as d on d.project_id = p_import.project_id and d.sha256 = r.sha256 and d.deleted_at is null
    where r.row > p_import.rows_done and (d.import_id, d.source_row) is distinct from (p_import.id, r.row)
  );
end;
$$;
revoke all on function private.import_remarks from public, anon, authenticated, service_role;

-- Counts rows into their import: each gave a document, or a remark that says why not. Of the remarks about 1,000 are
-- kept.
create function private.count_import_rows(p_import public.document_imports, p_rows jsonb, p_remarks jsonb)
returns public.document_imports
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_remarks int := jsonb_array_length(p_remarks);
  v_rows int;
  v_duplicates int;
  v_import public.document_imports;
begin
  select count(*) into v_rows from jsonb_to_recordset(p_rows) as r (row int) where r.row > p_import.rows_done;
  select count(*) into v_duplicates from jsonb_to_recordset(p_remarks) as m (code text) where m.code = 'duplicate';
  update public.document_imports as i
  set rows_done = i.rows_done + v_rows,
    documents_created = i.documents_created + v_rows - v_remarks,
    rows_duplicate = i.rows_duplicate + v_duplicates,
    rows_failed = i.rows_failed + v_remarks - v_duplicates,
    remarks = case when jsonb_array_length(i.remarks) < 1000 then i.remarks || p_remarks else i.remarks end
  where i.id = p_import.id
  returning i.* into v_import;
  return v_import;
end;
$$;
revoke all on function private.count_import_rows from public, anon, authenticated, service_role;

-- definer: the worker writes documents and imports through verbs.
create function public.add_import_rows(p_task bigint, p_lease_token uuid, p_rows jsonb)
returns setof text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'import');
  v_import public.document_imports;
begin
  if jsonb_array_length(p_rows) > 1000 then
    perform private.refuse(422, 'too_many_rows', 'Too many rows at once', 'At most 1,000 a call.');
  end if;
  select i.* into strict v_import from public.document_imports as i where i.id = (v_task.payload ->> 'id')::uuid for update;
  perform private.store_import_rows(v_import, p_rows);
  v_import := private.count_import_rows(v_import, p_rows, private.import_remarks(v_import, p_rows));
  update private.tasks as t set payload = t.payload || jsonb_build_object('rows_done', v_import.rows_done) where t.id = p_task;
  return query
    select r.object_path from jsonb_to_recordset(p_rows) as r (object_path text)
    where r.object_path is not null and not private.is_claimed(r.object_path);
end;
$$;
comment on function public.add_import_rows is
'Stores the next rows of an import, at most 1,000, and how far it is, in one transaction. p_rows: {row, code} for a row
that gave no document, else {row, object_path, name, bytes, sha256, metadata}. Returns the objects that no document
claims, because their rows were duplicates.
For workers (service_role). Refuses lease_lost, too_many_rows.';
revoke all on function public.add_import_rows from public, anon, authenticated, service_role;
grant execute on function public.add_import_rows to service_role;

-- definer: the worker writes imports through verbs.
create function public.finish_import(p_task bigint, p_lease_token uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.hold_task(p_task, p_lease_token, 'import');
  perform private.close_task(p_task, 'done');
end;
$$;
comment on function public.finish_import is
'Ends an import whose rows are all stored.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.finish_import from public, anon, authenticated, service_role;
grant execute on function public.finish_import to service_role;

-- Gives an import the state of its task: running, completed, or failed with its code.
-- definer: fires for the verbs of the queue, which know nothing of imports.
create function private.follow_import()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.document_imports as i
  set state = case new.state when 'running' then 'running' when 'done' then 'completed' else 'failed' end,
    finished_at = new.finished_at,
    failure_code = case when new.state in ('dead', 'cancelled') then coalesce(new.failure_code, 'cancelled') end,
    failure_detail = new.failure_detail
  where i.id = (new.payload ->> 'id')::uuid;
  return null;
end;
$$;
revoke all on function private.follow_import from public, anon, authenticated, service_role;
create trigger tasks_imports after update of state on private.tasks for each row
when (new.kind = 'import' and new.state <> 'queued' and old.state is distinct from new.state)
execute function private.follow_import();

alter table public.documents add constraint documents_import_id_fkey
foreign key (import_id) references public.document_imports (id) on delete set null;
