-- Templates: schemas to begin with, ready-made or saved from a project.

create table public.schema_templates (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid references auth.users (id) on delete cascade,
  name text not null,
  description text not null default '',
  context jsonb not null default '{}',
  variables jsonb not null,
  created_at timestamptz not null default now(),
  constraint schema_templates_name_length check (char_length(btrim(name)) between 1 and 255),
  constraint schema_templates_description_length check (char_length(description) <= 4000),
  constraint schema_templates_name_unique unique nulls not distinct (owner_id, name),
  constraint schema_templates_variables_list check (
    jsonb_typeof(variables) = 'array' and octet_length(variables::text) <= 1048576
  )
);
comment on table public.schema_templates is 'A schema to begin with. Without an owner: ready-made, for everybody.';
comment on column public.schema_templates.variables is 'Entries as save_schema takes them.';

alter table public.schema_templates enable row level security;
create policy schema_templates_select_own on public.schema_templates for select to authenticated
using (owner_id is null or owner_id = (select auth.uid()));
create policy schema_templates_update_own on public.schema_templates for update to authenticated
using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create policy schema_templates_delete_own on public.schema_templates for delete to authenticated
using (owner_id = (select auth.uid()));
revoke all on table public.schema_templates from public, anon, authenticated, service_role;
grant select on table public.schema_templates to authenticated, service_role;
grant update (name, description), delete on table public.schema_templates to authenticated;

-- The context that a project takes from a template: what the project says of itself already is
-- kept, and a project that has variables keeps its row unit.
create function private.template_context(
  p_template public.schema_templates, p_project public.projects, p_has_variables boolean
)
returns jsonb
language sql stable set search_path = ''
as $$
  select p_template.context
    - case when p_has_variables then array['row_unit', 'entity_pattern'] else '{}' end
    - case when p_project.domain <> '' then array['domain'] else '{}' end
    - case when p_project.document_kind <> '' then array['document_kind'] else '{}' end;
$$;
revoke all on function private.template_context from public, anon, authenticated, service_role;

-- definer: it calls save_schema, which asks for the role of the same person.
create function public.apply_template(p_project uuid, p_template uuid)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_template public.schema_templates;
  v_project public.projects;
  v_kept jsonb;
  v_added jsonb;
begin
  perform private.require_role(p_project, 'editor');
  select t.* into v_template
  from public.schema_templates as t
  where t.id = p_template and (t.owner_id is null or t.owner_id = (select auth.uid()));
  if v_template.id is null then
    perform private.refuse(
      422, 'template_not_found', 'No such template', 'p_template: It does not exist or is another person''s.'
    );
  end if;
  perform private.lock_schema(p_project);
  select p.* into v_project from public.projects as p where p.id = p_project;
  select coalesce(jsonb_agg(jsonb_build_object('id', v.id) order by v.position, v.key), '[]') into v_kept
  from public.variables as v
  where v.project_id = p_project;
  select coalesce(jsonb_agg(t.entry order by t.place), '[]') into v_added
  from jsonb_array_elements(v_template.variables) with ordinality as t (entry, place)
  where not exists (
    select 1 from public.variables as v where v.project_id = p_project and v.key = t.entry ->> 'key'
  );
  return public.save_schema(
    p_project, private.template_context(v_template, v_project, v_kept <> '[]'), v_kept || v_added
  );
end;
$$;
comment on function public.apply_template is
'Adds the variables of a template to a project, behind its own. A key that the project has already
stays as it is. A project without variables takes the row unit of the template too; what the project
says of itself already is kept.
For editors. Refuses project_not_found, role_too_low, template_not_found, too_many_variables.';
revoke all on function public.apply_template from public, anon, authenticated, service_role;
grant execute on function public.apply_template to authenticated;

-- definer: people may not write templates themselves, but for their names.
create function public.save_as_template(p_project uuid, p_name text, p_description text default '')
returns public.schema_templates
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_name text := btrim(coalesce(p_name, ''));
  v_template public.schema_templates;
begin
  perform private.require_role(p_project, 'viewer');
  if char_length(v_name) not between 1 and 255 or coalesce(char_length(p_description), 4001) > 4000 then
    perform private.refuse(422, 'name_invalid', 'A field is not valid', 'name: Give 1 to 255 characters.');
  end if;
  perform private.require_variables(p_project);
  insert into public.schema_templates as t (owner_id, name, description, context, variables)
  select
    (select auth.uid()),
    v_name,
    p_description,
    jsonb_strip_nulls(jsonb_build_object(
      'domain', p.domain,
      'document_kind', p.document_kind,
      'row_unit', p.row_unit,
      'entity_pattern', p.entity_pattern
    )),
    (
      select jsonb_agg(private.asked(v) order by v.position, v.key)
      from public.variables as v
      where v.project_id = p.id
    )
  from public.projects as p
  where p.id = p_project
  on conflict (owner_id, name) do nothing
  returning t.* into v_template;
  if v_template.id is null then
    perform private.refuse(
      409, 'template_exists', 'You have a template of this name', 'name: Choose another, or delete the old one.'
    );
  end if;
  return v_template;
end;
$$;
comment on function public.save_as_template is
'Keeps the schema of a project as a template of the caller''s own.
For members. Refuses project_not_found, name_invalid, no_variables, template_exists.';
revoke all on function public.save_as_template from public, anon, authenticated, service_role;
grant execute on function public.save_as_template to authenticated;
