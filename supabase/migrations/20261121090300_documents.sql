-- Documents: the file, its pages and its zones. Rows are written by verbs only.
set local lock_timeout = '5s';

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
  constraint documents_name_length check (char_length(name) between 1 and 1024),
  constraint documents_bytes_positive check (bytes > 0),
  constraint documents_sha256_form check (sha256 ~ '^[0-9a-f]{64}$'),
  constraint documents_state_known check (state in ('uploaded', 'parsing', 'ready', 'failed')),
  constraint documents_failure_code_iff_failed check ((state = 'failed') = (failure_code is not null)),
  constraint documents_pages_if_ready check (state <> 'ready' or (page_count is not null and unread_pages is not null and parsed_at is not null)),
  constraint documents_metadata_object check (jsonb_typeof(metadata) = 'object' and octet_length(metadata::text) <= 16384)
);
comment on table public.documents is 'One uploaded file. uploaded -> parsing -> ready | failed.';
comment on column public.documents.name is 'The name the person gave, for display only; never part of a path.';
comment on column public.documents.unread_pages is 'Pages that gave no text: a scan before OCR is ready with all pages unread.';
comment on column public.documents.text_hash is 'Hash of the parsed text; part of the input hash of every answer.';
create unique index documents_one_per_content on public.documents (project_id, sha256) where deleted_at is null;
create index documents_listed on public.documents (project_id, created_at, id); -- serves lists and exports
create trigger documents_touch before update on public.documents for each row execute function private.touch();

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

create table private.page_words (
  document_id uuid not null,
  number int not null,
  words jsonb not null,
  primary key (document_id, number),
  foreign key (document_id, number) references public.pages (document_id, number) on delete cascade
);
comment on table private.page_words is 'Words of a page as [x0, y0, x1, y1, text, zone, line]: what evidence is located in. No policy: the worker reads it through verbs.';
alter table private.page_words enable row level security;

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

alter table public.documents enable row level security;
alter table public.pages enable row level security;
alter table public.zones enable row level security;
create policy documents_select_member on public.documents for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]) and deleted_at is null);
create policy documents_update_editor on public.documents for update to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]) and deleted_at is null)
with check (project_id = any((select private.my_projects('editor'))::uuid[]));
create policy pages_select_member on public.pages for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
create policy zones_select_member on public.zones for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));

revoke all on table public.documents, public.pages, public.zones, private.page_words from public, anon, authenticated, service_role;
grant select on table public.documents, public.pages, public.zones to authenticated, service_role;
grant update (name, metadata) on table public.documents to authenticated;
