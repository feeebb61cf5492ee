-- Takes back 20261122090400_schema_versions: versions and snapshots as 20261121090400_variables made them.
-- Where a rollback made a version equal to an older one, both stay, told apart by a mark in the hash.
drop function public.approve_schema(uuid);
drop function public.schema_diff(uuid, uuid);
drop function private.require_version(uuid, text);
drop trigger variables_versioned_rows on public.variables;
drop trigger variables_versioned on public.variables;
drop trigger projects_versioned on public.projects;
drop function private.after_schema_change();
create or replace function private.snapshot(p_project uuid)
returns jsonb
language sql stable security definer set search_path = ''
as $$
  select jsonb_build_object(
    'context', jsonb_build_object('name', p.name, 'domain', p.domain, 'language', p.language, 'time_zone', p.time_zone),
    'variables', coalesce((
      select jsonb_agg(to_jsonb(v) - array['project_id', 'created_at', 'updated_at'] order by v.position, v.key)
      from public.variables as v
      where v.project_id = p.id
    ), '[]'::jsonb)
  )
  from public.projects as p
  where p.id = p_project;
$$;
create or replace function private.current_version(p_project uuid)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_snapshot jsonb := private.snapshot(p_project);
  v_hash text := encode(sha256(convert_to(v_snapshot::text, 'UTF8')), 'hex');
  v_version public.schema_versions;
begin
  perform 1 from public.projects as p where p.id = p_project for update;
  insert into public.schema_versions (project_id, number, snapshot, snapshot_hash, created_by)
  select p_project, coalesce(max(s.number), 0) + 1, v_snapshot, v_hash, (select auth.uid())
  from public.schema_versions as s
  where s.project_id = p_project
  on conflict (project_id, snapshot_hash) do nothing;
  select s.* into v_version from public.schema_versions as s where s.project_id = p_project and s.snapshot_hash = v_hash;
  return v_version;
end;
$$;
update public.schema_versions as s set snapshot_hash = s.snapshot_hash || ':' || s.number
where exists (
  select 1 from public.schema_versions as o
  where o.project_id = s.project_id and o.snapshot_hash = s.snapshot_hash and o.number > s.number
);
update public.schema_versions as s set created_by = p.created_by
from public.projects as p
where p.id = s.project_id and s.created_by is null;
alter table public.schema_versions
drop constraint schema_versions_approved_whole,
drop column active,
drop column approved_by,
drop column approved_at,
alter column created_by set not null,
add constraint schema_versions_once unique (project_id, snapshot_hash);
comment on table public.schema_versions is 'Immutable: {"context": …, "variables": […]} as a job was started with it.';
comment on column public.schema_versions.created_by is null;
