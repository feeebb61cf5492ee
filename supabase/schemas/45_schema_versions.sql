-- Schema versions: the immutable snapshots that jobs run on, and which one is active.

create table public.schema_versions (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  number int not null,
  snapshot jsonb not null,
  snapshot_hash text not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  active boolean not null default false,
  approved_by uuid,
  approved_at timestamptz,
  constraint schema_versions_number_unique unique (project_id, number),
  constraint schema_versions_approved_whole check ((approved_by is null) = (approved_at is null))
);
comment on table public.schema_versions is
'{"context": …, "variables": […]} as jobs are started with it. The snapshot is immutable; the newest is active.';
comment on column public.schema_versions.created_by is 'Null: a change that no person made.';
create unique index schema_versions_one_active on public.schema_versions (project_id) where active; -- holds "one is active"

alter table public.schema_versions enable row level security;
create policy schema_versions_select_member on public.schema_versions for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.schema_versions from public, anon, authenticated, service_role;
grant select on table public.schema_versions to authenticated, service_role;

-- What a schema asks, as one document: the project's context, and its variables with their examples, in schema order.
-- The name of the project is left out, so that a new name makes nothing stale.
create function private.snapshot(p_project uuid)
returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'context', jsonb_build_object(
      'domain', p.domain, 'language', p.language, 'time_zone', p.time_zone, 'row_unit', p.row_unit,
      'entity_pattern', case p.row_unit when 'entity' then p.entity_pattern end, 'document_kind', p.document_kind
    ),
    'variables', coalesce((
      select jsonb_agg(
        to_jsonb(v) - array['project_id', 'created_at', 'updated_at', 'last_revision'] || jsonb_build_object('examples', private.examples(v.id))
        order by v.position, v.key
      )
      from public.variables as v
      where v.project_id = p.id
    ), '[]'::jsonb)
  )
  from public.projects as p
  where p.id = p_project;
$$;
revoke all on function private.snapshot from public, anon, authenticated, service_role;

-- The active version; a new one where the schema is no longer what the active one says. A caller who locks rows of
-- variables does so before this locks the project. A version may equal an older one: that is what restore_version
-- makes.
create function private.current_version(p_project uuid)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_snapshot jsonb;
  v_hash text;
  v_version public.schema_versions;
begin
  -- The second of two saves waits here, then sees what the first stored, and gets the next number.
  perform 1 from public.projects as p where p.id = p_project for no key update;
  v_snapshot := private.snapshot(p_project);
  v_hash := encode(sha256(convert_to(v_snapshot::text, 'UTF8')), 'hex');
  select s.* into v_version from public.schema_versions as s where s.project_id = p_project and s.active;
  if v_version.snapshot_hash is distinct from v_hash then
    update public.schema_versions as s set active = false where s.id = v_version.id;
    insert into public.schema_versions (project_id, number, snapshot, snapshot_hash, created_by, active)
    values (p_project, coalesce(v_version.number, 0) + 1, v_snapshot, v_hash, (select auth.uid()), true)
    returning * into v_version;
  end if;
  return v_version;
end;
$$;
revoke all on function private.current_version from public, anon, authenticated, service_role;

-- Fires at the end of a transaction: refuses a schema that does not hold together, else makes one new version, however
-- many rows the transaction changed.
-- definer: people may not write versions.
create function private.after_schema_change()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_project uuid := (case tg_op when 'DELETE' then to_jsonb(old) else to_jsonb(new) end ->> tg_argv[0])::uuid;
begin
  -- It fires once for every row that was changed, and the schema is final by then: once is enough.
  if current_setting('dossier.schema_settled', true) = v_project::text
    or not exists (select 1 from public.projects as p where p.id = v_project and p.deleted_at is null)
  then
    return null;
  end if;
  perform set_config('dossier.schema_settled', v_project::text, true);
  perform private.refuse_fault(private.dependency_fault(v_project));
  if exists (select 1 from public.variables as v where v.project_id = v_project)
    or exists (select 1 from public.schema_versions as s where s.project_id = v_project)
  then
    perform private.current_version(v_project);
  end if;
  return null;
end;
$$;
revoke all on function private.after_schema_change from public, anon, authenticated, service_role;
create constraint trigger variables_versioned_rows after insert or delete on public.variables
deferrable initially deferred for each row execute function private.after_schema_change('project_id');
create constraint trigger variables_versioned after update on public.variables
deferrable initially deferred for each row
when (old.revision is distinct from new.revision or old.position is distinct from new.position)
execute function private.after_schema_change('project_id');
create constraint trigger projects_versioned after update on public.projects
deferrable initially deferred for each row
when (old.revision is distinct from new.revision)
execute function private.after_schema_change('id');

-- The version, for a caller who has at least p_role; else 404 or 403.
create function private.require_version(p_version uuid, p_role text)
returns public.schema_versions
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_version public.schema_versions;
begin
  select s.* into v_version from public.schema_versions as s
  where s.id = p_version and s.project_id = any(private.my_projects('viewer'));
  if v_version.id is null then
    perform private.refuse(404, 'version_not_found', 'No such schema version', 'It does not exist or you are not a member.');
  end if;
  perform private.require_role(v_version.project_id, p_role);
  return v_version;
end;
$$;
revoke all on function private.require_version from public, anon, authenticated, service_role;

-- definer: tells strangers that there is no such version, where the policies would only show nothing.
create function public.schema_diff(p_from uuid, p_to uuid)
returns table (change text, variable_id uuid, key text, fields jsonb)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_from public.schema_versions := private.require_version(p_from, 'viewer');
  v_to public.schema_versions := private.require_version(p_to, 'viewer');
begin
  if v_from.project_id <> v_to.project_id then
    perform private.refuse(422, 'versions_unrelated', 'The versions are of two projects', 'p_to: Compare two of one project.');
  end if;
  return query
    with olds (id, held) as (
      select 'context', v_from.snapshot -> 'context'
      union all
      select a.held ->> 'id', a.held from jsonb_array_elements(v_from.snapshot -> 'variables') as a (held)
    ),
    news (id, held) as (
      select 'context', v_to.snapshot -> 'context'
      union all
      select a.held ->> 'id', a.held from jsonb_array_elements(v_to.snapshot -> 'variables') as a (held)
    )
    select
      case when o.id is null then 'added' when n.id is null then 'removed' when o.id = 'context' then 'context' else 'changed' end,
      case when coalesce(n.id, o.id) <> 'context' then coalesce(n.id, o.id)::uuid end,
      coalesce(n.held, o.held) ->> 'key',
      jsonb_object_agg(f.name, jsonb_build_object('before', o.held -> f.name, 'after', n.held -> f.name))
    from olds as o
    full join news as n on n.id = o.id
    cross join lateral jsonb_object_keys(coalesce(o.held, '{}') || coalesce(n.held, '{}')) as f (name)
    where f.name not in ('id', 'revision') and o.held -> f.name is distinct from n.held -> f.name
    group by o.id, n.id, o.held, n.held
    order by (coalesce(n.held, o.held) ->> 'position')::int nulls first, 3;
end;
$$;
comment on function public.schema_diff is
'Tells by what two versions of a project differ: the context, and each variable that was added, removed or changed,
field by field.
For members. Refuses version_not_found, versions_unrelated.';
revoke all on function public.schema_diff from public, anon, authenticated, service_role;
grant execute on function public.schema_diff to authenticated;

-- definer: versions are written by verbs only.
create function public.approve_schema(p_project uuid)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_version public.schema_versions;
begin
  perform private.require_role(p_project, 'editor');
  if not exists (select 1 from public.variables as v where v.project_id = p_project) then
    perform private.refuse(422, 'no_variables', 'The project has no variables', 'Define at least one variable first.');
  end if;
  v_version := private.current_version(p_project);
  if v_version.approved_at is null then
    update public.schema_versions as s set approved_by = (select auth.uid()), approved_at = now()
    where s.id = v_version.id
    returning s.* into v_version;
    perform private.add_event(p_project, 'schema_versions', v_version.id, 'approved', jsonb_build_object('number', v_version.number));
  end if;
  return v_version;
end;
$$;
comment on function public.approve_schema is
'Says that the active version may be run on: which, by whom and when. Saying it again changes nothing.
For editors. Refuses project_not_found, role_too_low, no_variables.';
revoke all on function public.approve_schema from public, anon, authenticated, service_role;
grant execute on function public.approve_schema to authenticated;
