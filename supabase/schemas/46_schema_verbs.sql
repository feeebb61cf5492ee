-- Schema verbs: store a whole schema at once, duplicate a variable, go back to a version.

-- The fields of a variable that a caller may give, and the JSON they come in.
create function private.variable_fields()
returns table (name text, kind text, nullable boolean)
language sql immutable parallel safe set search_path = ''
as $$
  values
  ('id', 'string', true), ('key', 'string', false), ('label', 'string', false), ('type', 'string', false),
  ('instructions', 'string', false), ('aliases', 'array', false), ('categories', 'array', false), ('multiple', 'boolean', false),
  ('required', 'boolean', false), ('rules', 'object', false), ('default', 'any', true), ('uncertainty_threshold', 'number', false),
  ('uncertainty_action', 'string', false), ('several', 'string', false), ('max_values', 'number', true), ('depends_on', 'object', true);
$$;
revoke all on function private.variable_fields from public, anon, authenticated, service_role;

-- What a row of `variables` carries beside them. It is passed over, so that a row that was read can be sent back as it
-- is.
create function private.passed_over()
returns text[]
language sql immutable parallel safe set search_path = ''
as $$
  select array['project_id', 'position', 'revision', 'last_revision', 'created_at', 'updated_at', 'examples'];
$$;
revoke all on function private.passed_over from public, anon, authenticated, service_role;

-- The first field of an entry that is unknown or has the wrong form, as {code, field, next step}; null when none is.
create function private.entry_fault(p_entry jsonb)
returns text[]
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select case
      when jsonb_typeof(p_entry) is distinct from 'object' then array['variable_invalid', '', 'Give an object.']
      else (
        select case
          when f.name is null then array['field_unknown', '', 'It has a field that variables do not have.']
          else array['field_invalid', '.' || f.name, 'It has another form.']
        end
        from jsonb_each(p_entry - private.passed_over()) as e (name, held)
        left join private.variable_fields() as f on f.name = e.name
        where f.name is null
          or case jsonb_typeof(e.held)
            when 'null' then not f.nullable
            when 'array' then f.kind not in ('array', 'any') or (f.kind = 'array' and jsonb_path_exists(e.held, '$[*] ? (@.type() != "string")'))
            when 'number' then f.kind not in ('number', 'any') or (f.name = 'max_values' and e.held #>> '{}' !~ '^\d{1,9}$')
            else f.kind not in (jsonb_typeof(e.held), 'any')
          end
          or (f.name = 'id' and e.held #>> '{}' !~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$')
        order by f.name nulls first
        limit 1
      )
    end
  );
end;
$$;
revoke all on function private.entry_fault from public, anon, authenticated, service_role;

-- A variable as the table would make it from its defaults.
create function private.new_variable(p_project uuid)
returns public.variables
language sql volatile set search_path = ''
as $$
  select jsonb_populate_record(null::public.variables, jsonb_build_object(
    'id', gen_random_uuid(), 'project_id', p_project, 'instructions', '', 'aliases', '[]'::jsonb, 'categories', '[]'::jsonb,
    'multiple', false, 'required', false, 'rules', '{}'::jsonb, 'uncertainty_threshold', 0.5, 'uncertainty_action', 'flag',
    'several', 'all', 'position', 0, 'revision', 1, 'last_revision', 1
  ));
$$;
revoke all on function private.new_variable from public, anon, authenticated, service_role;

-- The variable that an entry means, with the fields that it gives: the one with its id, else with its key, else a new
-- one.
create function private.read_entry(p_project uuid, p_entry jsonb)
returns public.variables
language plpgsql volatile set search_path = ''
as $$
declare
  v_variable public.variables;
begin
  select v.* into v_variable from public.variables as v
  where v.project_id = p_project
    and case when p_entry ->> 'id' is null then v.key = p_entry ->> 'key' else v.id = (p_entry ->> 'id')::uuid end;
  if v_variable.id is null then
    v_variable := private.new_variable(p_project);
  end if;
  return jsonb_populate_record(v_variable, p_entry - private.passed_over() - 'id');
end;
$$;
revoke all on function private.read_entry from public, anon, authenticated, service_role;

-- The variable that an entry of a schema means, behind those of p_before; refuses what is wrong with it, by its place
-- in the list.
create function private.require_entry(p_project uuid, p_entry jsonb, p_before public.variables[])
returns public.variables
language plpgsql volatile set search_path = ''
as $$
declare
  v_path text := 'variables[' || cardinality(p_before) || ']';
  v_row public.variables;
begin
  perform private.refuse_fault(private.entry_fault(p_entry), v_path);
  v_row := private.read_entry(p_project, p_entry);
  if p_entry ->> 'id' is not null and v_row.id <> (p_entry ->> 'id')::uuid then
    perform private.refuse_fault(array['variable_unknown', '.id', 'The project has no such variable.'], v_path);
  elsif exists (select 1 from unnest(p_before) as r where r.key = v_row.key or r.id = v_row.id) then
    perform private.refuse_fault(array['key_not_unique', '.key', 'Each key once.'], v_path);
  end if;
  perform private.refuse_fault(private.variable_fault(v_row), v_path || '.');
  return v_row;
end;
$$;
revoke all on function private.require_entry from public, anon, authenticated, service_role;

-- Makes p_rows the variables of the project, in that order. The caller has locked its variables.
create function private.store_variables(p_project uuid, p_rows public.variables[])
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from public.variables as v
  where v.project_id = p_project and not exists (select 1 from unnest(p_rows) as r where r.id = v.id);
  -- Two variables may swap their keys: those that another takes are freed first.
  update public.variables as v set key = 'moving_' || replace(v.id::text, '-', '')
  where v.project_id = p_project and exists (select 1 from unnest(p_rows) as r where r.key = v.key and r.id <> v.id);
  update public.variables as v
  set key = r.key, label = r.label, type = r.type, instructions = r.instructions, aliases = r.aliases, categories = r.categories,
    multiple = r.multiple, required = r.required, rules = r.rules, "default" = r."default",
    uncertainty_threshold = r.uncertainty_threshold, uncertainty_action = r.uncertainty_action, several = r.several,
    max_values = r.max_values, depends_on = r.depends_on, position = r.position
  from unnest(p_rows) as r
  where v.project_id = p_project and v.id = r.id
    and (private.asked(v) is distinct from private.asked(r) or v.position <> r.position);
  insert into public.variables (
    id, project_id, key, label, type, instructions, aliases, categories, multiple, required, rules, "default", uncertainty_threshold,
    uncertainty_action, several, max_values, depends_on, position, revision, last_revision
  )
  select r.id, p_project, r.key, r.label, r.type, r.instructions, r.aliases, r.categories, r.multiple, r.required, r.rules, r."default",
    r.uncertainty_threshold, r.uncertainty_action, r.several, r.max_values, r.depends_on, r.position, r.revision, r.last_revision
  from unnest(p_rows) as r
  where not exists (select 1 from public.variables as v where v.id = r.id)
  order by r.position;
end;
$$;
revoke all on function private.store_variables from public, anon, authenticated, service_role;

-- Locks the schema of a project: its variables, then the project. A change of one variable takes its locks in the same
-- order.
create function private.lock_schema(p_project uuid)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
  perform 1 from public.variables as v where v.project_id = p_project order by v.id for no key update;
  perform 1 from public.projects as p where p.id = p_project for no key update;
end;
$$;
revoke all on function private.lock_schema from public, anon, authenticated, service_role;

-- Puts the given context into the project. Unknown and malformed fields are refused by name.
create function private.store_context(p_project uuid, p_context jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_known text[] := array['name', 'description', 'domain', 'language', 'time_zone', 'row_unit', 'entity_pattern', 'document_kind'];
  v_fault text[];
begin
  if jsonb_typeof(p_context) <> 'object' or p_context - v_known <> '{}' then
    v_fault := array['context_invalid', 'context', 'Give an object of ' || array_to_string(v_known, ', ') || '.'];
  else
    select array['context_invalid', 'context.' || c.name, 'Give a text.'] into v_fault
    from jsonb_each(p_context) as c (name, held)
    where jsonb_typeof(c.held) <> 'string' and (c.name <> 'entity_pattern' or jsonb_typeof(c.held) <> 'null')
    order by c.name
    limit 1;
  end if;
  perform private.refuse_fault(v_fault);
  update public.projects as p
  set name = n.name, description = n.description, domain = n.domain, language = n.language, time_zone = n.time_zone,
    row_unit = n.row_unit, entity_pattern = n.entity_pattern, document_kind = n.document_kind
  from (select (jsonb_populate_record(o, p_context)).* from public.projects as o where o.id = p_project) as n
  where p.id = n.id;
end;
$$;
revoke all on function private.store_context from public, anon, authenticated, service_role;

-- definer: the policies could not tell which entry they refuse.
create function public.save_schema(p_project uuid, p_context jsonb, p_variables jsonb, p_expected_version int default null)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_rows public.variables[] := '{}';
  v_row public.variables;
  v_entry jsonb;
  v_fault text[];
  v_place int;
begin
  perform private.require_role(p_project, 'editor');
  perform private.lock_schema(p_project);
  if p_expected_version is distinct from (
    select case when p_expected_version is not null then coalesce(max(s.number), 0) end
    from public.schema_versions as s where s.project_id = p_project
  ) then
    perform private.refuse(409, 'schema_changed', 'The schema was changed meanwhile', 'Read it again, then save.');
  end if;
  if p_context is not null then
    perform private.store_context(p_project, p_context);
  end if;
  if p_variables is not null then
    if jsonb_typeof(p_variables) <> 'array' or jsonb_array_length(p_variables) > 50 then
      perform private.refuse(422, 'too_many_variables', 'A project has at most 50 variables', 'variables: Give a list of at most 50.');
    end if;
    for v_entry in select e.held from jsonb_array_elements(p_variables) with ordinality as e (held, place) order by e.place loop
      v_row := private.require_entry(p_project, v_entry, v_rows);
      v_row.position := cardinality(v_rows) + 1;
      v_rows := v_rows || v_row;
    end loop;
    perform private.store_variables(p_project, v_rows);
    v_fault := private.dependency_fault(p_project);
    select r.position - 1 into v_place from unnest(v_rows) as r where r.id::text = v_fault[4];
    perform private.refuse_fault(v_fault, 'variables[' || v_place || '].');
  end if;
  return private.current_version(p_project);
end;
$$;
comment on function public.save_schema is
'Stores the whole schema in one call, all or nothing: what is listed is stored in the order of the list, and what is
not listed is deleted. An entry means an existing variable by id, else by key, else a new one; fields that it leaves
out stay as they are. With p_variables null only the context is stored. p_expected_version is the number of the active
version that the caller saw.
For editors. Refuses project_not_found, role_too_low, schema_changed where another version is active by now,
too_many_variables, and whatever is wrong with an entry, by variable and field.';
revoke all on function public.save_schema from public, anon, authenticated, service_role;
grant execute on function public.save_schema to authenticated;

-- The variable, where the caller may see it; 404 where not, 403 when the role is too low.
create function private.require_variable(p_variable uuid, p_role text)
returns public.variables
language plpgsql stable set search_path = ''
as $$
declare
  v_variable public.variables;
begin
  select v.* into v_variable
  from public.variables as v
  where v.id = p_variable and v.project_id = any(private.my_projects('viewer'));
  if v_variable.id is null then
    perform private.refuse(
      404, 'variable_not_found', 'No such variable', 'It does not exist or you are not a member.'
    );
  end if;
  perform private.require_role(v_variable.project_id, p_role);
  return v_variable;
end;
$$;
revoke all on function private.require_variable from public, anon, authenticated, service_role;

-- A copy right behind the original, under a free key.
-- definer: tells strangers that there is no such variable, where the policies would only show nothing.
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
comment on function public.duplicate_variable is
'Copies a variable, without its examples, right behind the original and under a free key.
For editors. Refuses variable_not_found, role_too_low, and too_many_variables where the project has fifty.';
revoke all on function public.duplicate_variable from public, anon, authenticated, service_role;
grant execute on function public.duplicate_variable to authenticated;

-- Makes the examples that reach the prompt those that a snapshot holds. Others are switched off; none is deleted.
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
revoke all on function private.restore_examples from public, anon, authenticated, service_role;

-- definer: people may not write revisions and ids.
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
  -- A version that is older than a field does not hold it: it had its default.
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
comment on function public.restore_version is
'Makes the schema what it was in a version, under a new number. Variables and examples keep their ids, and variables
their revisions, so that answers which were right then are current again.
For editors. Refuses version_not_found, role_too_low.';
revoke all on function public.restore_version from public, anon, authenticated, service_role;
grant execute on function public.restore_version to authenticated;
