-- Documents: the file, its pages and its zones. Rows are written by verbs only.

-- What may be told of a document: up to 50 names with plain values; publication_date is an ISO date, or its year, or
-- its month.
create function private.metadata_is_valid(p_metadata jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select jsonb_typeof(p_metadata) = 'object' and octet_length(p_metadata::text) <= 16384 and (
    select count(*) <= 50 and coalesce(bool_and(
      char_length(m.key) between 1 and 64
      and jsonb_typeof(m.value) in ('string', 'number', 'boolean', 'null')
      and (char_length(m.value #>> '{}') <= 2000) is not false
      and (m.key <> 'publication_date' or private.is_iso_date(m.value #>> '{}') is not false)
    ), true)
    from jsonb_each(case when jsonb_typeof(p_metadata) = 'object' then p_metadata else '{}' end) as m (key, value)
  );
$$;
revoke all on function private.metadata_is_valid from public, anon, authenticated, service_role;
grant execute on function private.metadata_is_valid to authenticated, service_role;

create table public.documents (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  name text not null,
  object_path text not null unique,
  media_type text not null,
  bytes bigint not null,
  sha256 text not null,
  state text not null default 'uploaded',
  failure_code text,
  failure_detail text,
  page_count int,
  unread_pages int,
  word_count int,
  text_hash text,
  flags text[] not null default '{}',
  metadata jsonb not null default '{}',
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  parsed_at timestamptz,
  deleted_at timestamptz,
  -- A generated column, because a trigger could be forgotten.
  notice text generated always as (
    case
      when state <> 'ready' or unread_pages = 0 then null
      when unread_pages = page_count then 'It has no text layer: none of its pages could be read. A scan needs text recognition first.'
      else unread_pages::text || ' of ' || page_count::text || ' pages have no text layer and were not read.'
    end
  ) stored,
  import_id uuid,
  source_row int,
  text_bytes bigint,
  told_at timestamptz,
  constraint documents_name_length check (char_length(name) between 1 and 1024),
  constraint documents_bytes_positive check (bytes > 0),
  constraint documents_sha256_form check (sha256 ~ '^[0-9a-f]{64}$'),
  constraint documents_state_known check (state in ('uploaded', 'parsing', 'ready', 'failed')),
  constraint documents_failure_code_iff_failed check ((state = 'failed') = (failure_code is not null)),
  constraint documents_pages_if_ready check (state <> 'ready' or (page_count is not null and unread_pages is not null and parsed_at is not null)),
  constraint documents_metadata_object check (jsonb_typeof(metadata) = 'object' and octet_length(metadata::text) <= 16384),
  constraint documents_metadata_valid check (private.metadata_is_valid(metadata))
);
comment on table public.documents is 'One uploaded file. uploaded -> parsing -> ready | failed.';
comment on column public.documents.name is 'The name the person gave, for display only; never part of a path.';
comment on column public.documents.unread_pages is 'Pages that gave no text: a scan before OCR is ready with all pages unread.';
comment on column public.documents.text_hash is 'Hash of the parsed text; part of the input hash of every answer.';
comment on column public.documents.notice is 'What a person should know before trusting the table: pages that were not read.';
comment on column public.documents.metadata is 'Told by people, not by the file: publication_date, author, source and names of their own. Part of what is asked.';
comment on column public.documents.source_row is 'The row of the import that this document was made of, from 1 below the header.';
comment on column public.documents.text_bytes is 'UTF-8 bytes of the document as a prompt shows it: pages, zone numbers and text.';
comment on column public.documents.told_at is 'When people last changed the metadata: cells asked before are stale.';
create unique index documents_one_per_content on public.documents (project_id, sha256) where deleted_at is null;
create index documents_listed on public.documents (project_id, created_at, id); -- serves lists and exports
create index documents_counted on public.documents (project_id, state) where deleted_at is null; -- serves the counts of the overview
create unique index documents_one_per_row on public.documents (import_id, source_row); -- a repeated batch makes nothing twice
create trigger documents_touch before update on public.documents for each row execute function private.touch();
create trigger documents_events after insert or update on public.documents for each row execute function private.record_state();
create trigger documents_broadcast_insert after insert on public.documents for each row execute function private.broadcast_row();
create trigger documents_broadcast_update after update on public.documents for each row
when (old.state is distinct from new.state or old.deleted_at is distinct from new.deleted_at or old.name is distinct from new.name)
execute function private.broadcast_row();

alter table public.documents enable row level security;
create policy documents_select_member on public.documents for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]) and deleted_at is null);
create policy documents_update_editor on public.documents for update to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]) and deleted_at is null)
with check (project_id = any((select private.my_projects('editor'))::uuid[]));
revoke all on table public.documents from public, anon, authenticated, service_role;
grant select on table public.documents to authenticated, service_role;
grant update (name, metadata) on table public.documents to authenticated;

create table public.pages (
  document_id uuid not null references public.documents (id) on delete cascade,
  number int not null,
  project_id uuid not null,
  width float8 not null,
  height float8 not null,
  rotation int not null,
  text text not null,
  source text not null,
  primary key (document_id, number),
  constraint pages_number_positive check (number > 0),
  constraint pages_source_known check (source in ('text', 'ocr', 'none'))
);
comment on table public.pages is 'A page as displayed: size in points, rotation in degrees, text in reading order.';
create index pages_project on public.pages (project_id); -- serves the policy

alter table public.pages enable row level security;
create policy pages_select_member on public.pages for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.pages from public, anon, authenticated, service_role;
grant select on table public.pages to authenticated, service_role;

create table private.page_words (
  document_id uuid not null,
  number int not null,
  words jsonb not null,
  primary key (document_id, number),
  foreign key (document_id, number) references public.pages (document_id, number) on delete cascade
);
comment on table private.page_words is 'Words of a page as [x0, y0, x1, y1, text, zone, line]: what evidence is located in. No policy: the worker reads it through verbs.';

alter table private.page_words enable row level security;
revoke all on table private.page_words from public, anon, authenticated, service_role;

create table public.zones (
  id uuid primary key default gen_random_uuid(),
  document_id uuid not null references public.documents (id) on delete cascade,
  project_id uuid not null,
  position int not null,
  page int not null,
  kind text not null,
  x0 float8 not null,
  y0 float8 not null,
  x1 float8 not null,
  y1 float8 not null,
  text text not null,
  confidence float8 not null default 1,
  source text not null default 'parser',
  version int not null default 1,
  created_at timestamptz not null default now(),
  constraint zones_one_per_position unique (document_id, position),
  constraint zones_kind_known check (kind in ('title', 'text', 'table', 'list', 'figure', 'header', 'footer', 'key_value')),
  constraint zones_source_known check (source in ('parser', 'ocr', 'user')),
  constraint zones_box_ordered check (x0 <= x1 and y0 <= y1),
  constraint zones_confidence_bounded check (confidence between 0 and 1)
);
comment on table public.zones is 'A block of a page in reading order. Boxes are points from the top left of the page as displayed.';
create index zones_page on public.zones (document_id, page, position); -- serves the page view
create index zones_project on public.zones (project_id); -- serves the policy

alter table public.zones enable row level security;
create policy zones_select_member on public.zones for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.zones from public, anon, authenticated, service_role;
grant select on table public.zones to authenticated, service_role;
