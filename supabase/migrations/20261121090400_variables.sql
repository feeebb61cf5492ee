-- Variables: the columns of the table to be, and the immutable snapshots that jobs run on.
set local lock_timeout = '5s';

create table public.variables (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  key text not null,
  label text not null,
  type text not null,
  instructions text not null default '',
  aliases text[] not null default '{}',
  categories text[] not null default '{}',
  multiple boolean not null default false,
  required boolean not null default false,
  rules jsonb not null default '{}',
  "default" jsonb,
  position int not null default 0,
  revision int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint variables_key_unique unique (project_id, key),
  constraint variables_key_form check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint variables_label_length check (char_length(btrim(label)) between 1 and 255),
  constraint variables_instructions_length check (char_length(instructions) <= 4000),
  constraint variables_type_known check (type in ('text', 'number', 'date', 'boolean', 'category', 'money', 'location')),
  constraint variables_categories_iff_category check (
    case when type = 'category' then cardinality(categories) >= 2 else cardinality(categories) = 0 end
  ),
  constraint variables_lists_bounded check (cardinality(aliases) <= 50 and cardinality(categories) <= 200),
  constraint variables_rules_object check (jsonb_typeof(rules) = 'object' and octet_length(rules::text) <= 16384)
);
comment on table public.variables is 'One column of the table to be: what to find and how to read it. At most 50 a project.';
comment on column public.variables.revision is 'Rises with every change that reaches the prompt: answers to the old one are stale.';
comment on column public.variables.aliases is 'Other words that documents print for the label.';

create function private.before_variable_write()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    -- The project row is the lock: two inserts cannot both be the fiftieth.
    perform 1 from public.projects as p where p.id = new.project_id for update;
    if (select count(*) from public.variables as v where v.project_id = new.project_id) >= 50 then
      perform private.refuse(422, 'too_many_variables', 'A project has at most 50 variables', 'Delete one first.');
    end if;
    return new;
  end if;
  if (new.key, new.label, new.type, new.instructions, new.aliases, new.categories, new.multiple, new.required, new.rules, new."default")
    is distinct from (old.key, old.label, old.type, old.instructions, old.aliases, old.categories, old.multiple, old.required, old.rules, old."default")
  then
    new.revision := old.revision + 1;
  end if;
  new.updated_at := now();
  return new;
end;
$$;
create trigger variables_before_write before insert or update on public.variables
for each row execute function private.before_variable_write();

create table public.schema_versions (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  number int not null,
  snapshot jsonb not null,
  snapshot_hash text not null,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  constraint schema_versions_number_unique unique (project_id, number),
  constraint schema_versions_once unique (project_id, snapshot_hash)
);
comment on table public.schema_versions is 'Immutable: {"context": …, "variables": […]} as a job was started with it.';

-- The project's context and variables as one document, in schema order.
create function private.snapshot(p_project uuid)
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

-- The version that equals the schema as it stands now, made when there is none.
create function private.current_version(p_project uuid)
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

alter table public.variables enable row level security;
alter table public.schema_versions enable row level security;
create policy variables_select_member on public.variables for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
create policy variables_insert_editor on public.variables for insert to authenticated
with check (project_id = any((select private.my_projects('editor'))::uuid[]));
create policy variables_update_editor on public.variables for update to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]))
with check (project_id = any((select private.my_projects('editor'))::uuid[]));
create policy variables_delete_editor on public.variables for delete to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]));
create policy schema_versions_select_member on public.schema_versions for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));

revoke all on table public.variables, public.schema_versions from public, anon, authenticated, service_role;
grant select on table public.variables, public.schema_versions to authenticated, service_role;
grant insert (project_id, key, label, type, instructions, aliases, categories, multiple, required, rules, "default", position),
update (key, label, type, instructions, aliases, categories, multiple, required, rules, "default", position),
delete on table public.variables to authenticated;
revoke all on function private.before_variable_write(), private.snapshot(uuid), private.current_version(uuid) from public, anon, authenticated, service_role;
