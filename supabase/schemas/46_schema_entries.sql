-- Schema entries: variables as callers give them, read and checked one after the other.

-- The fields of a variable that a caller may give, and the JSON they come in.
create function private.variable_fields()
returns table (name text, kind text, nullable boolean)
language sql immutable parallel safe set search_path = ''
as $$
  values
  ('id', 'string', true),
  ('key', 'string', false),
  ('label', 'string', false),
  ('type', 'string', false),
  ('instructions', 'string', false),
  ('aliases', 'array', false),
  ('categories', 'array', false),
  ('multiple', 'boolean', false),
  ('required', 'boolean', false),
  ('rules', 'object', false),
  ('default', 'any', true),
  ('uncertainty_threshold', 'number', false),
  ('uncertainty_action', 'string', false),
  ('several', 'string', false),
  ('max_values', 'number', true),
  ('depends_on', 'object', true);
$$;
revoke all on function private.variable_fields from public, anon, authenticated, service_role;

-- What a row of `variables` holds beside them. An entry may hold them too, so that a row that was
-- read can be sent back; they are ignored.
create function private.ignored_fields()
returns text[]
language sql immutable parallel safe set search_path = ''
as $$
  select array['project_id', 'position', 'revision', 'last_revision', 'created_at', 'updated_at', 'examples'];
$$;
revoke all on function private.ignored_fields from public, anon, authenticated, service_role;

-- Whether a value has the JSON form of a field. This and the checks below are in plpgsql, whose
-- plans are kept, because the fields of fifty entries are checked at once.
create function private.field_has_form(p_name text, p_kind text, p_nullable boolean, p_value jsonb)
returns boolean
language plpgsql immutable parallel safe set search_path = ''
as $$
begin
  return case jsonb_typeof(p_value)
    when 'null' then p_nullable
    when 'array' then
      p_kind = 'any'
      or (p_kind = 'array' and not jsonb_path_exists(p_value, '$[*] ? (@.type() != "string")'))
    when 'number' then
      p_kind = 'any'
      or (p_kind = 'number' and (p_name <> 'max_values' or p_value #>> '{}' ~ '^\d{1,9}$'))
    when 'string' then
      p_kind in ('string', 'any')
      and (
        p_name <> 'id'
        or p_value #>> '{}' ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
      )
    else p_kind in (jsonb_typeof(p_value), 'any')
  end;
end;
$$;
revoke all on function private.field_has_form from public, anon, authenticated, service_role;

-- The first field of an entry that is unknown or of the wrong form, as {code, field, next step};
-- null when all are well.
create function private.entry_fault(p_entry jsonb)
returns text[]
language plpgsql stable set search_path = ''
as $$
begin
  if jsonb_typeof(p_entry) is distinct from 'object' then
    return array['variable_invalid', '', 'Give an object.'];
  end if;
  return (
    select case
      when f.name is null then array['field_unknown', '', 'It has a field that variables do not have.']
      else array['field_invalid', '.' || f.name, 'It has another form.']
    end
    from jsonb_each(p_entry - private.ignored_fields()) as e (name, value)
    left join private.variable_fields() as f on f.name = e.name
    where f.name is null or not private.field_has_form(f.name, f.kind, f.nullable, e.value)
    order by f.name nulls first
    limit 1
  );
end;
$$;
revoke all on function private.entry_fault from public, anon, authenticated, service_role;

-- A variable as the table would make it from its defaults, with a new id.
create function private.new_variable(p_project uuid)
returns public.variables
language sql volatile set search_path = ''
as $$
  select jsonb_populate_record(null::public.variables, jsonb_build_object(
    'id', gen_random_uuid(),
    'project_id', p_project,
    'instructions', '',
    'aliases', '[]'::jsonb,
    'categories', '[]'::jsonb,
    'multiple', false,
    'required', false,
    'rules', '{}'::jsonb,
    'uncertainty_threshold', 0.5,
    'uncertainty_action', 'flag',
    'several', 'all',
    'position', 0,
    'revision', 1,
    'last_revision', 1,
    'created_at', now(),
    'updated_at', now()
  ));
$$;
revoke all on function private.new_variable from public, anon, authenticated, service_role;

-- The variable that an entry means: the one with its id, else with its key, else a new one; with
-- the given fields put in.
create function private.read_entry(p_project uuid, p_entry jsonb)
returns public.variables
language plpgsql volatile set search_path = ''
as $$
declare
  v_variable public.variables;
begin
  select v.* into v_variable
  from public.variables as v
  where v.project_id = p_project
    and case
      when p_entry ->> 'id' is null then v.key = p_entry ->> 'key'
      else v.id = (p_entry ->> 'id')::uuid
    end;
  if v_variable.id is null then
    v_variable := private.new_variable(p_project);
  end if;
  return jsonb_populate_record(v_variable, p_entry - private.ignored_fields() - 'id');
end;
$$;
revoke all on function private.read_entry from public, anon, authenticated, service_role;

-- What is wrong with an entry beside those before it in the list, as {code, field, next step}; null
-- for nothing.
create function private.listing_fault(
  p_before public.variables[], p_entry jsonb, p_variable public.variables
)
returns text[]
language plpgsql stable set search_path = ''
as $$
begin
  if (p_entry ->> 'id')::uuid <> p_variable.id then
    return array['variable_unknown', '.id', 'The project has no such variable.'];
  elsif exists (
    select 1 from unnest(p_before) as b where b.key = p_variable.key or b.id = p_variable.id
  ) then
    return array['key_not_unique', '.key', 'Each key once.'];
  end if;
  return null;
end;
$$;
revoke all on function private.listing_fault from public, anon, authenticated, service_role;

-- The variables that a list of entries means, in its order. The first entry with a fault is refused
-- by its place.
create function private.read_entries(p_project uuid, p_entries jsonb)
returns public.variables[]
language plpgsql volatile set search_path = ''
as $$
declare
  v_variables public.variables[] := '{}';
  v_variable public.variables;
  v_entry jsonb;
  v_path text;
begin
  if jsonb_typeof(p_entries) <> 'array' or jsonb_array_length(p_entries) > 50 then
    perform private.refuse(
      422, 'too_many_variables', 'A project has at most 50 variables', 'variables: Give a list of at most 50.'
    );
  end if;
  for v_entry in
    select e.entry from jsonb_array_elements(p_entries) with ordinality as e (entry, place) order by e.place
  loop
    v_path := 'variables[' || cardinality(v_variables) || ']';
    perform private.refuse_fault(private.entry_fault(v_entry), v_path);
    v_variable := private.read_entry(p_project, v_entry);
    v_variable.position := cardinality(v_variables) + 1;
    perform private.refuse_fault(private.listing_fault(v_variables, v_entry, v_variable), v_path);
    perform private.refuse_fault(private.variable_fault(v_variable), v_path || '.');
    v_variables := v_variables || v_variable;
  end loop;
  return v_variables;
end;
$$;
revoke all on function private.read_entries from public, anon, authenticated, service_role;
