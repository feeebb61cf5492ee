-- Takes back 20261122092000_office_documents: add_document as 20261121090600_document_verbs made it, and the bucket for PDFs and images alone.
set local lock_timeout = '5s';
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
  if p_object_path is null or p_object_path !~ ('^' || p_project || '/[0-9a-f-]{36}$') or not exists (
    select 1 from storage.objects as o
    where o.bucket_id = 'documents' and o.name = p_object_path and o.owner_id = (select auth.uid())::text
      and (o.metadata ->> 'size')::bigint = p_bytes
  ) then
    perform private.refuse(422, 'object_not_uploaded', 'The object was not uploaded by you', 'Upload to <project>/<uuid> in bucket documents first.');
  end if;
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
drop function private.require_metadata(jsonb), private.require_upload(uuid, text, bigint);
alter table public.documents drop constraint documents_metadata_valid;
alter table public.documents drop column notice;
comment on column public.documents.metadata is null;
drop function private.metadata_is_valid(jsonb);
update storage.buckets
set allowed_mime_types = array['application/pdf', 'image/png', 'image/jpeg', 'image/tiff']
where id = 'documents';
