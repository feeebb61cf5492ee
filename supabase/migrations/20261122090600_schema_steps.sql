-- Schema steps: copy a variable, go back to an older version.
set local lock_timeout = '5s';

-- A copy right behind the original, under a free key.
-- definer: as save_schema.
create function public.duplicate_variable(p_variable uuid)
returns public.variables
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_copy public.variables;
  v_base text;
begin
  select v.* into v_copy from public.variables as v
  where v.id = p_variable and v.project_id = any(private.my_projects('viewer'));
  if v_copy.id is null then
    perform private.refuse(404, 'variable_not_found', 'No such variable', 'It does not exist or you are not a member.');
  end if;
  perform private.require_role(v_copy.project_id, 'editor');
  perform private.lock_schema(v_copy.project_id);
  select v.* into v_copy from public.variables as v where v.id = p_variable;
  update public.variables as v set position = v.position + 1
  where v.project_id = v_copy.project_id and (v.position, v.key) > (v_copy.position, v_copy.key);
  v_base := left(v_copy.key, 60);
  select v_base || '_' || n.number into v_copy.key
  from generate_series(2, 99) as n (number)
  where not exists (select 1 from public.variables as v where v.project_id = v_copy.project_id and v.key = v_base || '_' || n.number)
  order by n.number
  limit 1;
  insert into public.variables as v (
    project_id, key, label, type, instructions, aliases, categories, multiple, required, rules, "default", uncertainty_threshold,
    uncertainty_action, several, max_values, depends_on, position
  )
  values (
    v_copy.project_id, v_copy.key, left(v_copy.label, 247) || ' (copy)', v_copy.type, v_copy.instructions, v_copy.aliases,
    v_copy.categories, v_copy.multiple, v_copy.required, v_copy.rules, v_copy."default", v_copy.uncertainty_threshold,
    v_copy.uncertainty_action, v_copy.several, v_copy.max_values, v_copy.depends_on, v_copy.position + 1
  )
  returning v.* into v_copy;
  return v_copy;
end;
$$;

-- Makes the examples that reach the prompt those that a snapshot holds: others are switched off, none is deleted.
create function private.restore_examples(p_project uuid, p_variables jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.golden_examples as g set active = false
  where g.project_id = p_project and g.active and not g.reference_only
    and not jsonb_path_exists(p_variables, '$[*].examples[*].id ? (@ == $id)', jsonb_build_object('id', g.id));
  insert into public.golden_examples as g (
    id, project_id, variable_id, document_id, value, quote, note, position, created_at, created_by
  )
  select e.id, p_project, (v.held ->> 'id')::uuid, d.id, e.value, e.quote, e.note, e.position, e.created_at, (select auth.uid())
  from jsonb_array_elements(p_variables) as v (held)
  cross join lateral jsonb_to_recordset(coalesce(v.held -> 'examples', '[]'))
    as e (id uuid, document_id uuid, value jsonb, quote text, note text, position int, created_at timestamptz)
  left join public.documents as d on d.id = e.document_id and d.project_id = p_project and d.deleted_at is null
  on conflict (id) do update
  set value = excluded.value, quote = excluded.quote, note = excluded.note, position = excluded.position, active = true, reference_only = false;
end;
$$;

-- One step back, or many: makes the schema what it was in p_version, under a new number. Variables and examples keep their ids
-- and variables their revisions, so that answers which were right then are current again.
-- definer: as save_schema.
create function public.restore_version(p_version uuid)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_version public.schema_versions := private.require_version(p_version, 'editor');
  v_project uuid := v_version.project_id;
  v_held jsonb := v_version.snapshot -> 'variables';
  v_rows public.variables[];
begin
  perform private.lock_schema(v_project);
  -- Versions from before a field was known do not hold it: it had its default.
  perform private.store_context(
    v_project, '{"row_unit": "document", "document_kind": ""}'::jsonb || jsonb_strip_nulls(v_version.snapshot -> 'context') - 'name'
  );
  select coalesce(array_agg(jsonb_populate_record(
    private.new_variable(v_project), a.held - 'examples' || jsonb_build_object('last_revision', (
      select max((o.held ->> 'revision')::int)
      from public.schema_versions as s
      cross join lateral jsonb_array_elements(s.snapshot -> 'variables') as o (held)
      where s.project_id = v_project and o.held ->> 'id' = a.held ->> 'id'
    ))
  )), '{}') into v_rows
  from jsonb_array_elements(v_held) as a (held);
  perform private.store_variables(v_project, v_rows);
  perform private.restore_examples(v_project, v_held);
  update public.variables as v set revision = r.revision
  from unnest(v_rows) as r
  where v.id = r.id and v.project_id = v_project and v.revision <> r.revision;
  return private.current_version(v_project);
end;
$$;

revoke all on function
public.duplicate_variable(uuid), private.restore_examples(uuid, jsonb), public.restore_version(uuid)
from public, anon, authenticated, service_role;
grant execute on function public.duplicate_variable(uuid), public.restore_version(uuid) to authenticated;
