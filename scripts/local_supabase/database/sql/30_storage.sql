-- Storage: buckets, objects, the helpers that policies call, and the rights of a hosted project.
-- Runs as supabase_admin when a cluster is made; 50_platform.sql gives the tables to their owner.

create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');

create table storage.buckets (
  id text primary key,
  name text not null unique,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  public boolean default false,
  avif_autodetection boolean default false,
  file_size_limit bigint,
  allowed_mime_types text[],
  owner_id text,
  type storage.buckettype not null default 'STANDARD',
  versioning_status text not null default 'DISABLED',
  constraint buckets_name_length check (length(name) <= 100),
  constraint buckets_versioning_status_check check (versioning_status = 'DISABLED')
);
comment on column storage.buckets.owner is 'Deprecated; owner_id holds the sub of the token.';

create table storage.objects (
  id uuid primary key default gen_random_uuid(),
  bucket_id text references storage.buckets (id),
  name text,
  owner uuid,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_accessed_at timestamptz default now(),
  metadata jsonb,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored,
  version text,
  owner_id text,
  user_metadata jsonb,
  archived_at timestamptz,
  is_delete_marker boolean not null default false,
  is_versioned boolean not null default false
);
comment on column storage.objects.owner is 'Deprecated; owner_id holds the sub of the token.';
comment on column storage.objects.version is 'Names the file that holds the bytes.';

create unique index bucketid_objname on storage.objects (bucket_id, name);
create index idx_objects_bucket_id_name on storage.objects (bucket_id, name collate "C");

alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;

create function storage.foldername(name text) returns text[]
language sql immutable
as $$ select trim_array(string_to_array(name, '/'), least(1, cardinality(string_to_array(name, '/')))) $$;

create function storage.filename(name text) returns text
language sql immutable
as $$ select (string_to_array(name, '/'))[cardinality(string_to_array(name, '/'))] $$;

create function storage.extension(name text) returns text
language sql immutable
as $$ select substring(storage.filename(name) from '[^.]*$') $$;

create function storage.operation() returns text
language sql stable
as $$ select current_setting('storage.operation', true) $$;

-- The prefix "storage." may be left out on either side.
create function storage.allow_any_operation(expected_operations text[]) returns boolean
language sql stable
as $$
  select exists (
    select from unnest(expected_operations) as expected (name)
    where expected.name <> ''
      and regexp_replace(expected.name, '^storage\.', '')
        = regexp_replace(storage.operation(), '^storage\.', '')
  )
$$;

create function storage.allow_only_operation(expected_operation text) returns boolean
language sql stable
as $$ select storage.allow_any_operation(array[expected_operation]) $$;

create function storage.update_updated_at_column() returns trigger
language plpgsql
as $$
begin
  new.updated_at = now();
  return new;
end;
$$;

create trigger update_objects_updated_at before update on storage.objects
for each row execute function storage.update_updated_at_column();

-- A row deleted behind the API's back leaves its bytes behind for ever.
create function storage.protect_delete() returns trigger
language plpgsql
as $$
begin
  if coalesce(current_setting('storage.allow_delete_query', true), 'false') <> 'true' then
    raise exception 'Storage rows cannot be deleted with SQL; use the Storage API.'
      using errcode = '42501', hint = 'Rows deleted here would leave their files behind.';
  end if;
  return null;
end;
$$;

create trigger protect_buckets_delete before delete on storage.buckets
for each statement execute function storage.protect_delete();

create trigger protect_objects_delete before delete on storage.objects
for each statement execute function storage.protect_delete();

-- The deprecated owner columns hold a sub only when it is a uuid.
create function storage.local_uuid(p_text text) returns uuid
language sql immutable
as $$ select p_text::uuid where pg_input_is_valid(p_text, 'uuid') $$;

-- Serves list and list-v2 of the local Storage: what lies below a prefix, objects and folders
-- (without an id). `place` orders and pages: folders first, unless sorted by name.
create function storage.local_page(
  p_bucket text, p_under text, p_flat boolean, p_fold boolean, p_column text, p_up boolean
)
returns table (
  name text, id uuid, updated_at timestamptz, created_at timestamptz,
  last_accessed_at timestamptz, metadata jsonb, place jsonb
)
language sql stable
as $$
  with found as (
    select o.*, strpos(substr(o.name, length(p_under) + 1), '/') as cut
    from storage.objects as o
    where o.bucket_id = p_bucket
      and starts_with(case when p_fold then lower(o.name) else o.name end, p_under)
  ), entries as (
    select f.name, f.id, f.updated_at, f.created_at, f.last_accessed_at, f.metadata
    from found as f where p_flat or f.cut = 0
    union all
    select distinct left(f.name, length(p_under) + f.cut - 1), null::uuid, null::timestamptz,
      null::timestamptz, null::timestamptz, null::jsonb
    from found as f where f.cut > 0 and not p_flat
  )
  select e.*, jsonb_build_array(
    p_column <> 'name' and (e.id is null) <> p_up,
    extract(epoch from case p_column
      when 'updated_at' then e.updated_at
      when 'created_at' then e.created_at
      when 'last_accessed_at' then e.last_accessed_at end),
    encode(convert_to(case when p_fold then lower(e.name) else e.name end, 'UTF8'), 'hex'))
  from entries as e
$$;

-- A row's rights are the policies' business, as on hosted.
grant all on storage.buckets, storage.objects to postgres with grant option;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;
