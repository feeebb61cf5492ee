-- Office documents: text, HTML, DOCX and tables in the bucket; bounded metadata; a sentence about pages that were not read.
set local lock_timeout = '5s';

update storage.buckets
set
  allowed_mime_types = array[
    'application/pdf', 'image/png', 'image/jpeg', 'image/tiff', 'text/plain', 'text/html', 'text/csv',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
  ]
where id = 'documents';

-- What may be told of a document: up to 50 names with plain values; publication_date is an ISO date, or its year, or its month.
create function private.metadata_is_valid(p_metadata jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select jsonb_typeof(p_metadata) = 'object' and octet_length(p_metadata::text) <= 16384 and (
    select count(*) <= 50 and coalesce(bool_and(
      char_length(m.key) between 1 and 64
      and jsonb_typeof(m.value) in ('string', 'number', 'boolean', 'null')
      and (char_length(m.value #>> '{}') <= 2000) is not false
      and (m.key <> 'publication_date' or (m.value #>> '{}' ~ '^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$') is not false)
    ), true)
    from jsonb_each(case when jsonb_typeof(p_metadata) = 'object' then p_metadata else '{}' end) as m (key, value)
  );
$$;
revoke all on function private.metadata_is_valid(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.metadata_is_valid(jsonb) to authenticated, service_role; -- the check below runs as who writes

alter table public.documents add constraint documents_metadata_valid check (private.metadata_is_valid(metadata));
-- One rewrite of a table of files, and no trigger that could be forgotten.
-- squawk-ignore adding-field-with-default
alter table public.documents add column notice text generated always as (
  case
    when state <> 'ready' or unread_pages = 0 then null
    when unread_pages = page_count then 'It has no text layer: none of its pages could be read. A scan needs text recognition first.'
    else unread_pages::text || ' of ' || page_count::text || ' pages have no text layer and were not read.'
  end
) stored;
comment on column public.documents.notice is 'What a person should know before trusting the table: pages that were not read.';
comment on column public.documents.metadata is 'Told by people, not by the file: publication_date, author, source and names of their own. Part of what is asked.';

-- Refuses metadata that the table would refuse, with a code of its own.
create function private.require_metadata(p_metadata jsonb)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  if not coalesce(private.metadata_is_valid(p_metadata), false) then
    perform private.refuse(
      422, 'metadata_invalid', 'The metadata is not valid',
      'At most 50 plain values and 16 KB; publication_date as YYYY, YYYY-MM or YYYY-MM-DD.'
    );
  end if;
end;
$$;

-- 422 unless the caller uploaded these bytes to a path of this project.
-- definer: looks into Storage beyond row-level security.
create function private.require_upload(p_project uuid, p_object_path text, p_bytes bigint)
returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
  if p_object_path is null or p_object_path !~ ('^' || p_project || '/[0-9a-f-]{36}$') or not exists (
    select 1 from storage.objects as o
    where o.bucket_id = 'documents' and o.name = p_object_path and o.owner_id = (select auth.uid())::text
      and (o.metadata ->> 'size')::bigint = p_bytes
  ) then
    perform private.refuse(422, 'object_not_uploaded', 'The object was not uploaded by you', 'Upload to <project>/<uuid> in bucket documents first.');
  end if;
end;
$$;

-- As before, and refuses metadata that is not valid.
-- definer: documents and tasks are written by verbs only.
create or replace function public.add_document(
  p_project uuid, p_object_path text, p_name text, p_media_type text, p_bytes bigint, p_sha256 text, p_metadata jsonb default '{}'
)
returns table (document_id uuid, state text, duplicate boolean)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_document public.documents;
begin
  perform private.require_role(p_project, 'editor');
  perform private.require_metadata(p_metadata);
  perform private.require_upload(p_project, p_object_path, p_bytes);
  insert into public.documents as d (project_id, name, object_path, media_type, bytes, sha256, metadata, created_by)
  values (p_project, left(p_name, 1024), p_object_path, p_media_type, p_bytes, p_sha256, p_metadata, (select auth.uid()))
  on conflict (project_id, sha256) where deleted_at is null do nothing
  returning d.* into v_document;
  if v_document.id is null then
    return query
      select d.id, d.state, true from public.documents as d
      where d.project_id = p_project and d.sha256 = p_sha256 and d.deleted_at is null;
    return;
  end if;
  perform private.enqueue_parse(v_document);
  return query select v_document.id, v_document.state, false;
end;
$$;

revoke all on function private.require_metadata(jsonb), private.require_upload(uuid, text, bigint) from public, anon, authenticated, service_role;
