-- Storage: who may read and write objects of the buckets documents and exports. Paths begin with the project.

-- definer: compares Storage with documents of every project.
create function public.orphan_objects(p_limit int default 100)
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
comment on function public.orphan_objects is
'Names objects older than an hour that neither a document nor an import claims: uploads that were never registered.
For workers (service_role).';
revoke all on function public.orphan_objects from public, anon, authenticated, service_role;
grant execute on function public.orphan_objects to service_role;

-- The project of an object path, or null where the path does not begin with one: a policy must not raise.
create function private.path_project(p_name text)
returns uuid
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_name ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/[^/]+$' then split_part(p_name, '/', 1)::uuid
  end;
$$;
revoke all on function private.path_project from public, anon, authenticated, service_role;
grant execute on function private.path_project to authenticated;

-- True while a document, hidden or not, or an import claims the object: its uploader may not remove it, and no sweep
-- takes it.
-- definer: sees documents that the caller may not.
create function private.is_claimed(p_name text)
returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (select 1 from public.documents as d where d.object_path = p_name)
    or exists (select 1 from public.document_imports as i where i.object_path = p_name);
$$;
revoke all on function private.is_claimed from public, anon, authenticated, service_role;
grant execute on function private.is_claimed to authenticated;

create policy dossier_objects_select_member on storage.objects for select to authenticated
using (bucket_id in ('documents', 'exports') and private.path_project(name) = any((select private.my_projects('viewer'))::uuid[]));

create policy dossier_objects_insert_editor on storage.objects for insert to authenticated
with check (
  bucket_id = 'documents'
  and private.path_project(name) = any((select private.my_projects('editor'))::uuid[])
  and owner_id = (select auth.uid())::text
);

-- An uploader may remove an object that was never registered: one that turned out to be a duplicate.
create policy dossier_objects_delete_uploader on storage.objects for delete to authenticated
using (
  bucket_id = 'documents'
  and owner_id = (select auth.uid())::text
  and private.path_project(name) = any((select private.my_projects('editor'))::uuid[])
  and not private.is_claimed(name)
);
