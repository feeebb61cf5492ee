-- Storage: bucket documents (what people upload) and bucket exports (what the worker writes). Paths begin with the project.
set local lock_timeout = '5s';

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values
('documents', 'documents', false, 524288000, array['application/pdf', 'image/png', 'image/jpeg', 'image/tiff']),
('exports', 'exports', false, 524288000, array['text/csv', 'application/json'])
on conflict (id) do nothing;

-- The project of an object path, or null where the path does not begin with one: a policy must not raise.
create function private.path_project(p_name text)
returns uuid
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_name ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/[^/]+$' then split_part(p_name, '/', 1)::uuid
  end;
$$;

-- True while a document, hidden or not, claims the object.
-- definer: sees documents that the caller may not.
create function private.is_claimed(p_name text)
returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (select 1 from public.documents as d where d.object_path = p_name);
$$;

create policy dossier_objects_select_member on storage.objects for select to authenticated
using (bucket_id in ('documents', 'exports') and private.path_project(name) = any((select private.my_projects('viewer'))::uuid[]));
create policy dossier_objects_insert_editor on storage.objects for insert to authenticated
with check (
  bucket_id = 'documents'
  and private.path_project(name) = any((select private.my_projects('editor'))::uuid[])
  and owner_id = (select auth.uid())::text
);
-- Only the uploader, only what was never registered: the way back of an upload that turned out to be a duplicate.
create policy dossier_objects_delete_uploader on storage.objects for delete to authenticated
using (
  bucket_id = 'documents'
  and owner_id = (select auth.uid())::text
  and private.path_project(name) = any((select private.my_projects('editor'))::uuid[])
  and not private.is_claimed(name)
);

revoke all on function private.path_project(text), private.is_claimed(text) from public, anon, authenticated, service_role;
grant execute on function private.path_project(text), private.is_claimed(text) to authenticated;
