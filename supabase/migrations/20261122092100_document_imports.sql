-- Imports: a CSV or XLSX of which every row becomes a text document.
set local lock_timeout = '5s';

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

alter table public.documents add column import_id uuid references public.document_imports (id) on delete set null;
alter table public.documents add column source_row int;
comment on column public.documents.source_row is 'The row of the import that this document was made of, from 1 below the header.';
create unique index documents_one_per_row on public.documents (import_id, source_row); -- a repeated batch makes nothing twice

alter table public.document_imports enable row level security;
create policy document_imports_select_member on public.document_imports for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.document_imports from public, anon, authenticated, service_role;
grant select on table public.document_imports to authenticated, service_role;

create trigger document_imports_events after insert or update on public.document_imports for each row execute function private.record_state();
create trigger document_imports_broadcast_insert after insert on public.document_imports for each row execute function private.broadcast_row();
create trigger document_imports_broadcast_update after update on public.document_imports for each row
when (old.state is distinct from new.state or old.rows_done is distinct from new.rows_done)
execute function private.broadcast_row();

-- The file of an import is claimed too: its uploader may not remove it, and no sweep takes it.
-- definer: sees documents that the caller may not.
create or replace function private.is_claimed(p_name text)
returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (select 1 from public.documents as d where d.object_path = p_name)
    or exists (select 1 from public.document_imports as i where i.object_path = p_name);
$$;

-- definer: compares Storage with documents of every project.
create or replace function public.orphan_objects(p_limit int default 100)
returns setof text
language sql stable security definer set search_path = ''
as $$
  select o.name
  from storage.objects as o
  where o.bucket_id = 'documents'
    and o.created_at < now() - interval '1 hour'
    and not exists (select 1 from public.documents as d where d.object_path = o.name)
    and not exists (select 1 from public.document_imports as i where i.object_path = o.name)
  order by o.created_at, o.name
  limit least(p_limit, 1000);
$$;
