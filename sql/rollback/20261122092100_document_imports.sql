-- Takes back 20261122092100_document_imports: is_claimed and orphan_objects as they were.
set local lock_timeout = '5s';
create or replace function private.is_claimed(p_name text)
returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (select 1 from public.documents as d where d.object_path = p_name);
$$;
create or replace function public.orphan_objects(p_limit int default 100)
returns setof text
language sql stable security definer set search_path = ''
as $$
  select o.name
  from storage.objects as o
  where o.bucket_id = 'documents'
    and o.created_at < now() - interval '1 hour'
    and not exists (select 1 from public.documents as d where d.object_path = o.name)
  order by o.created_at, o.name
  limit least(p_limit, 1000);
$$;
drop index public.documents_one_per_row;
alter table public.documents drop column import_id;
alter table public.documents drop column source_row;
drop table public.document_imports;
