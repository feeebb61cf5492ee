-- Schema versions: the immutable snapshots that jobs run on, and which one is active.

create table public.schema_versions (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  number int not null,
  snapshot jsonb not null,
  snapshot_hash text not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  -- The hash is not unique: a rollback makes a version that equals an older one.
  constraint schema_versions_number_unique unique (project_id, number),
  active boolean not null default false,
  approved_by uuid,
  approved_at timestamptz,
  constraint schema_versions_approved_whole check ((approved_by is null) = (approved_at is null))
);
comment on table public.schema_versions is
'{"context": …, "variables": […]} as jobs are started with it. The snapshot is immutable; the newest is active.';
comment on column public.schema_versions.created_by is 'Null: a change that no person made.';
create unique index schema_versions_one_active
on public.schema_versions (project_id) where active; -- holds "one is active"

alter table public.schema_versions enable row level security;
create policy schema_versions_select_member on public.schema_versions for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.schema_versions from public, anon, authenticated, service_role;
grant select on table public.schema_versions to authenticated, service_role;

-- What a schema asks: the project's context and its variables with their examples, as one document,
-- in schema order. The project's name is left out, so that a new name makes nothing stale.
create function private.snapshot(p_project uuid)
returns jsonb
language sql stable set search_path = ''
as $$
  with entries as (
    select
      v.position,
      v.key,
      to_jsonb(v) - array['project_id', 'created_at', 'updated_at', 'last_revision']
      || jsonb_build_object('examples', private.examples(v.id)) as entry
    from public.variables as v
    where v.project_id = p_project
  )
  select jsonb_build_object(
    'context', jsonb_build_object(
      'domain', p.domain,
      'language', p.language,
      'time_zone', p.time_zone,
      'row_unit', p.row_unit,
      'entity_pattern', case p.row_unit when 'entity' then p.entity_pattern end,
      'document_kind', p.document_kind
    ),
    'variables', coalesce(
      (select jsonb_agg(e.entry order by e.position, e.key) from entries as e), '[]'::jsonb
    )
  )
  from public.projects as p
  where p.id = p_project;
$$;
revoke all on function private.snapshot from public, anon, authenticated, service_role;

-- The active version, made anew where the schema is no longer what it says. Callers that change
-- variables have locked their rows before: the project comes last.
create function private.current_version(p_project uuid)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_snapshot jsonb;
  v_hash text;
  v_version public.schema_versions;
begin
  -- The project row is the lock: the second of two saves waits here, then sees the first, and gets
  -- the next number.
  perform 1 from public.projects as p where p.id = p_project for no key update;
  v_snapshot := private.snapshot(p_project);
  v_hash := encode(sha256(convert_to(v_snapshot::text, 'UTF8')), 'hex');
  select s.* into v_version from public.schema_versions as s where s.project_id = p_project and s.active;
  if v_version.snapshot_hash is distinct from v_hash then
    update public.schema_versions as s set active = false where s.id = v_version.id;
    insert into public.schema_versions (project_id, number, snapshot, snapshot_hash, created_by, active)
    values (
      p_project, coalesce(v_version.number, 0) + 1, v_snapshot, v_hash, (select auth.uid()), true
    )
    returning * into v_version;
  end if;
  return v_version;
end;
$$;
revoke all on function private.current_version from public, anon, authenticated, service_role;

-- At the end of the transaction, however many rows it changed: refuses what does not hold together,
-- else makes one new version. Its argument is the column that holds the project.
-- definer: people may not write versions.
create function private.after_schema_change()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row jsonb := case tg_op when 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  v_project uuid := (v_row ->> tg_argv[0])::uuid;
begin
  -- This fires once a row, after the last change of all: the first row speaks for the others.
  if current_setting('dossier.schema_settled', true) = v_project::text
    or not exists (select 1 from public.projects as p where p.id = v_project and p.deleted_at is null)
  then
    return null;
  end if;
  perform set_config('dossier.schema_settled', v_project::text, true);
  perform private.refuse_fault(private.dependency_fault(v_project));
  -- A project that never had a variable has no schema yet, whatever its context says.
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

-- The version, where the caller may see it; 404 where not, 403 when the role is too low.
create function private.require_version(p_version uuid, p_role text)
returns public.schema_versions
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_version public.schema_versions;
begin
  select s.* into v_version
  from public.schema_versions as s
  where s.id = p_version and s.project_id = any(private.my_projects('viewer'));
  if v_version.id is null then
    perform private.refuse(
      404, 'version_not_found', 'No such schema version', 'It does not exist or you are not a member.'
    );
  end if;
  perform private.require_role(v_version.project_id, p_role);
  return v_version;
end;
$$;
revoke all on function private.require_version from public, anon, authenticated, service_role;

-- The parts of a snapshot by name: the context, and each variable by its id.
create function private.snapshot_parts(p_snapshot jsonb)
returns table (name text, part jsonb)
language sql immutable parallel safe set search_path = ''
as $$
  select 'context', p_snapshot -> 'context'
  union all
  select v.entry ->> 'id', v.entry
  from jsonb_array_elements(p_snapshot -> 'variables') as v (entry);
$$;
revoke all on function private.snapshot_parts from public, anon, authenticated, service_role;

-- definer: tells strangers that there is no such version, where the policies would only show
-- nothing.
create function public.schema_diff(p_from uuid, p_to uuid)
returns table (change text, variable_id uuid, key text, fields jsonb)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_from public.schema_versions := private.require_version(p_from, 'viewer');
  v_to public.schema_versions := private.require_version(p_to, 'viewer');
begin
  if v_from.project_id <> v_to.project_id then
    perform private.refuse(
      422, 'versions_unrelated', 'The versions are of two projects', 'p_to: Compare two of one project.'
    );
  end if;
  return query
    with parts as (
      select name, o.part as old_part, n.part as new_part, coalesce(n.part, o.part) as newest_part
      from private.snapshot_parts(v_from.snapshot) as o
      full join private.snapshot_parts(v_to.snapshot) as n using (name)
    ),
    changed_fields as (
      select p.*, f.field, p.old_part -> f.field as old_value, p.new_part -> f.field as new_value
      from parts as p
      cross join lateral jsonb_object_keys(
        coalesce(p.old_part, '{}') || coalesce(p.new_part, '{}')
      ) as f (field)
      where f.field not in ('id', 'revision')
        and p.old_part -> f.field is distinct from p.new_part -> f.field
    )
    select
      case
        when c.old_part is null then 'added'
        when c.new_part is null then 'removed'
        when c.name = 'context' then 'context'
        else 'changed'
      end,
      case when c.name <> 'context' then c.name::uuid end,
      c.newest_part ->> 'key',
      jsonb_object_agg(c.field, jsonb_build_object('before', c.old_value, 'after', c.new_value))
    from changed_fields as c
    group by c.name, c.old_part, c.new_part, c.newest_part
    order by (c.newest_part ->> 'position')::int nulls first, 3;
end;
$$;
comment on function public.schema_diff is
'Tells by what two versions of a project differ: the context, and each variable that was added,
removed or changed. fields holds what each field was before and is after.
For members. Refuses version_not_found, versions_unrelated.';
revoke all on function public.schema_diff from public, anon, authenticated, service_role;
grant execute on function public.schema_diff to authenticated;

-- Refuses a project that has no variables.
create function private.require_variables(p_project uuid)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  if not exists (select 1 from public.variables as v where v.project_id = p_project) then
    perform private.refuse(
      422, 'no_variables', 'The project has no variables', 'Define at least one variable first.'
    );
  end if;
end;
$$;
revoke all on function private.require_variables from public, anon, authenticated, service_role;

-- definer: versions are written by verbs only.
create function public.approve_schema(p_project uuid)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_version public.schema_versions;
begin
  perform private.require_role(p_project, 'editor');
  perform private.require_variables(p_project);
  v_version := private.current_version(p_project);
  if v_version.approved_at is null then
    update public.schema_versions as s
    set approved_by = (select auth.uid()), approved_at = now()
    where s.id = v_version.id
    returning s.* into v_version;
    perform private.add_event(
      p_project, 'schema_versions', v_version.id, 'approved', jsonb_build_object('number', v_version.number)
    );
  end if;
  return v_version;
end;
$$;
comment on function public.approve_schema is
'Says that the active version may be run on: which, by whom and when. Saying it again changes
nothing.
For editors. Refuses project_not_found, role_too_low, no_variables.';
revoke all on function public.approve_schema from public, anon, authenticated, service_role;
grant execute on function public.approve_schema to authenticated;
