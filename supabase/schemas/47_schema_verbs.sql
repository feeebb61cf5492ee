-- Schema verbs: store a whole schema at once, duplicate a variable, go back to a version.

-- Makes p_rows the variables of the project, in that order. The caller has locked the schema.
create function private.store_variables(p_project uuid, p_rows public.variables[])
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from public.variables as v
  where v.project_id = p_project and not exists (select 1 from unnest(p_rows) as r where r.id = v.id);
  -- Keys may change hands: whoever holds one that another takes steps aside first.
  update public.variables as v
  set key = 'moving_' || replace(v.id::text, '-', '')
  where v.project_id = p_project
    and exists (select 1 from unnest(p_rows) as r where r.key = v.key and r.id <> v.id);
  update public.variables as v
  set
    key = r.key,
    label = r.label,
    type = r.type,
    instructions = r.instructions,
    aliases = r.aliases,
    categories = r.categories,
    multiple = r.multiple,
    required = r.required,
    rules = r.rules,
    "default" = r."default",
    uncertainty_threshold = r.uncertainty_threshold,
    uncertainty_action = r.uncertainty_action,
    several = r.several,
    max_values = r.max_values,
    depends_on = r.depends_on,
    position = r.position
  from unnest(p_rows) as r
  where v.project_id = p_project
    and v.id = r.id
    and (private.asked(v) is distinct from private.asked(r) or v.position <> r.position);
  insert into public.variables
  select r.*
  from unnest(p_rows) as r
  where not exists (select 1 from public.variables as v where v.id = r.id)
  order by r.position;
end;
$$;
revoke all on function private.store_variables from public, anon, authenticated, service_role;

-- Locks the schema of a project: its variables, then the project. Whoever changes one variable
-- takes them in this order, too, or two could wait for each other.
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

-- The first field of a context that is unknown or no text, as {code, field, next step}; null when
-- all are well.
create function private.context_fault(p_context jsonb)
returns text[]
language plpgsql immutable set search_path = ''
as $$
declare
  v_known text[] := array[
    'name', 'description', 'domain', 'language', 'time_zone', 'row_unit', 'entity_pattern', 'document_kind'
  ];
begin
  if jsonb_typeof(p_context) <> 'object' or p_context - v_known <> '{}' then
    return array['context_invalid', 'context', 'Give an object of ' || array_to_string(v_known, ', ') || '.'];
  end if;
  return (
    select array['context_invalid', 'context.' || c.name, 'Give a text.']
    from jsonb_each(p_context) as c (name, value)
    where jsonb_typeof(c.value) <> 'string'
      and (c.name <> 'entity_pattern' or jsonb_typeof(c.value) <> 'null')
    order by c.name
    limit 1
  );
end;
$$;
revoke all on function private.context_fault from public, anon, authenticated, service_role;

-- Puts the given context into the project; fields that it leaves out stay. Unknown and malformed
-- ones are refused by name.
create function private.store_context(p_project uuid, p_context jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.refuse_fault(private.context_fault(p_context));
  update public.projects as p
  set
    name = n.name,
    description = n.description,
    domain = n.domain,
    language = n.language,
    time_zone = n.time_zone,
    row_unit = n.row_unit,
    entity_pattern = n.entity_pattern,
    document_kind = n.document_kind
  from (
    select (jsonb_populate_record(o, p_context)).* from public.projects as o where o.id = p_project
  ) as n
  where p.id = n.id;
end;
$$;
revoke all on function private.store_context from public, anon, authenticated, service_role;

-- Refuses to save over a version that the caller has not seen. p_expected: the number of the one
-- that was seen, 0 for none; null: whatever stands there may be replaced.
create function private.check_expected_version(p_project uuid, p_expected int)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  if p_expected <> (
    select coalesce(max(s.number), 0) from public.schema_versions as s where s.project_id = p_project
  ) then
    perform private.refuse(
      409, 'schema_changed', 'The schema was changed meanwhile', 'Read it again, then save.'
    );
  end if;
end;
$$;
revoke all on function private.check_expected_version from public, anon, authenticated, service_role;

-- definer: the policies could not tell which entry they refuse.
create function public.save_schema(
  p_project uuid, p_context jsonb, p_variables jsonb, p_expected_version int default null
)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_variables public.variables[];
  v_fault text[];
  v_place int;
begin
  perform private.require_role(p_project, 'editor');
  perform private.lock_schema(p_project);
  perform private.check_expected_version(p_project, p_expected_version);
  if p_context is not null then
    perform private.store_context(p_project, p_context);
  end if;
  if p_variables is not null then
    v_variables := private.read_entries(p_project, p_variables);
    perform private.store_variables(p_project, v_variables);
    v_fault := private.dependency_fault(p_project);
    select v.position - 1 into v_place from unnest(v_variables) as v where v.id::text = v_fault[4];
    perform private.refuse_fault(v_fault, 'variables[' || v_place || '].');
  end if;
  return private.current_version(p_project);
end;
$$;
comment on function public.save_schema is
'Stores the whole schema in one call, all or nothing: what p_variables lists is stored in the order
of the list, and what it does not list is deleted. An entry means an existing variable by id, else
by key, else a new one; fields that it leaves out stay as they are. With p_variables null only the
context is stored. p_expected_version is the number of the active version that the caller saw.
For editors. Refuses project_not_found, role_too_low, schema_changed where another version is active
by now, too_many_variables, context_invalid, and whatever is wrong with an entry, by variable and
field.';
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

-- The first key that the project does not have yet: p_key with _2 to _99 behind it; null when all
-- are taken.
create function private.free_key(p_project uuid, p_key text)
returns text
language sql stable set search_path = ''
as $$
  with keys as (
    select n.number, left(p_key, 60) || '_' || n.number as key
    from generate_series(2, 99) as n (number)
  )
  select k.key
  from keys as k
  where not exists (
    select 1 from public.variables as v where v.project_id = p_project and v.key = k.key
  )
  order by k.number
  limit 1;
$$;
revoke all on function private.free_key from public, anon, authenticated, service_role;

-- definer: tells strangers that there is no such variable, where the policies would only show
-- nothing.
create function public.duplicate_variable(p_variable uuid)
returns public.variables
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_original public.variables := private.require_variable(p_variable, 'editor');
  v_project uuid := v_original.project_id;
  v_copy public.variables;
begin
  perform private.lock_schema(v_project);
  select v.* into v_original from public.variables as v where v.id = p_variable;
  update public.variables as v
  set position = v.position + 1
  where v.project_id = v_project and (v.position, v.key) > (v_original.position, v_original.key);
  v_copy := jsonb_populate_record(private.new_variable(v_project), private.asked(v_original));
  v_copy.key := private.free_key(v_project, v_original.key);
  v_copy.label := left(v_original.label, 247) || ' (copy)';
  v_copy.position := v_original.position + 1;
  insert into public.variables as v
  select v_copy.*
  returning v.* into v_copy;
  return v_copy;
end;
$$;
comment on function public.duplicate_variable is
'Copies a variable, without its examples, right behind the original and under a free key.
For editors. Refuses variable_not_found, role_too_low, and too_many_variables where the project has
fifty.';
revoke all on function public.duplicate_variable from public, anon, authenticated, service_role;
grant execute on function public.duplicate_variable to authenticated;

-- Makes the examples that reach the prompt those that a snapshot holds: others are switched off,
-- none is deleted.
create function private.restore_examples(p_project uuid, p_variables jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.golden_examples as g
  set active = false
  where g.project_id = p_project
    and g.active
    and not g.reference_only
    and not jsonb_path_exists(
      p_variables, '$[*].examples[*].id ? (@ == $id)', jsonb_build_object('id', g.id)
    );
  insert into public.golden_examples as g (
    id, project_id, variable_id, document_id, value, quote, note, position, created_at, created_by
  )
  select
    e.id,
    p_project,
    (v.entry ->> 'id')::uuid,
    d.id,
    e.value,
    e.quote,
    e.note,
    e.position,
    e.created_at,
    (select auth.uid())
  from jsonb_array_elements(p_variables) as v (entry)
  cross join lateral jsonb_to_recordset(coalesce(v.entry -> 'examples', '[]')) as e (
    id uuid, document_id uuid, value jsonb, quote text, note text, position int, created_at timestamptz
  )
  left join public.documents as d
    on d.id = e.document_id and d.project_id = p_project and d.deleted_at is null
  on conflict (id) do update
  set
    value = excluded.value,
    quote = excluded.quote,
    note = excluded.note,
    position = excluded.position,
    active = true,
    reference_only = false;
end;
$$;
revoke all on function private.restore_examples from public, anon, authenticated, service_role;

-- The variables that a snapshot of the project holds. last_revision is the highest that any version
-- knows, so that no later change is given a revision that had another meaning.
create function private.snapshot_variables(p_project uuid, p_snapshot jsonb)
returns public.variables[]
language sql volatile set search_path = ''
as $$
  with revisions as (
    select v.entry ->> 'id' as id, max((v.entry ->> 'revision')::int) as highest
    from public.schema_versions as s
    cross join lateral jsonb_array_elements(s.snapshot -> 'variables') as v (entry)
    where s.project_id = p_project
    group by v.entry ->> 'id'
  ),
  entries as (
    select v.entry - 'examples' || jsonb_build_object('last_revision', r.highest) as entry
    from jsonb_array_elements(p_snapshot -> 'variables') as v (entry)
    left join revisions as r on r.id = v.entry ->> 'id'
  )
  select coalesce(array_agg(jsonb_populate_record(private.new_variable(p_project), e.entry)), '{}')
  from entries as e;
$$;
revoke all on function private.snapshot_variables from public, anon, authenticated, service_role;

-- definer: people may not write revisions and ids.
create function public.restore_version(p_version uuid)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_version public.schema_versions := private.require_version(p_version, 'editor');
  v_project uuid := v_version.project_id;
  v_context jsonb := jsonb_strip_nulls(v_version.snapshot -> 'context') - 'name';
  v_variables public.variables[];
begin
  perform private.lock_schema(v_project);
  -- Versions from before a field was known do not hold it: it had its default.
  perform private.store_context(v_project, '{"row_unit": "document", "document_kind": ""}'::jsonb || v_context);
  v_variables := private.snapshot_variables(v_project, v_version.snapshot);
  perform private.store_variables(v_project, v_variables);
  perform private.restore_examples(v_project, v_version.snapshot -> 'variables');
  -- The triggers gave the next revision to what was changed; the old ones come back last.
  update public.variables as v
  set revision = r.revision
  from unnest(v_variables) as r
  where v.id = r.id and v.project_id = v_project and v.revision <> r.revision;
  return private.current_version(v_project);
end;
$$;
comment on function public.restore_version is
'Makes the schema what it was in a version, one step back or many, under a new number. Variables and
examples keep their ids, and variables their revisions, so that answers which were right then are
current again.
For editors. Refuses version_not_found, role_too_low.';
revoke all on function public.restore_version from public, anon, authenticated, service_role;
grant execute on function public.restore_version to authenticated;
