-- Variable checks: the first thing that is wrong with a variable, by code and field, refused wherever it is written.

-- Names that exports give to columns of their own.
create function private.own_columns()
returns text[]
language sql immutable parallel safe set search_path = ''
as $$
  select array[
    'id', 'document', 'document_id', 'document_state', 'pages', 'unread_pages', 'failure_code', 'row', 'row_index', 'variable', 'value',
    'raw', 'quote', 'page', 'box', 'zone', 'evidence', 'verified', 'confidence', 'state', 'flags', 'origin'
  ];
$$;
revoke all on function private.own_columns from public, anon, authenticated, service_role;

-- The first thing that is wrong with a variable's rules, as {code, field, next step}; null when nothing is. It is
-- plpgsql, whose plans are kept, because save_schema checks fifty variables at once.
create function private.rules_fault(v public.variables)
returns text[]
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select case
      when jsonb_typeof(v.rules) is distinct from 'object' or octet_length(v.rules::text) > 16384
        then array['rules_invalid', 'rules', 'Give an object of at most 16 KB.']
      else (
        select case
          when f.fits is null then array['rule_unknown', 'rules',
            'Known are min, max, pattern, enum, message, synonyms, other_allowed, decimal, day_first, currency, sum_of, after and before.']
          when f.rule in ('min', 'max') and f.fits then array['rule_min_above_max', 'rules.min', 'It may not be above max.']
          else array['rule_' || f.rule || '_invalid', 'rules.' || f.rule, 'The type does not know this rule, or it has another form.']
        end
        from (select r.rule, private.rule_fits(v, r.rule, r.held) as fits from jsonb_each(v.rules) as r (rule, held)) as f
        where f.fits is not true
          or (f.rule = 'min' and v.rules ? 'max' and not private.rules_allow(jsonb_build_object('max', v.rules -> 'max'), v.rules -> 'min'))
        order by f.rule
        limit 1
      )
    end
  );
end;
$$;
revoke all on function private.rules_fault from public, anon, authenticated, service_role;

-- Whether a JSON value has the form of a condition: a key, and one of equals, in or present.
create function private.condition_fits(p_condition jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select case when jsonb_typeof(p_condition) = 'object' then
    jsonb_typeof(p_condition -> 'key') = 'string' and (p_condition - 'key') <> '{}' and case
      when p_condition - array['key', 'equals'] = '{}' then jsonb_typeof(p_condition -> 'equals') in ('string', 'number', 'boolean')
      when p_condition - array['key', 'present'] = '{}' then jsonb_typeof(p_condition -> 'present') = 'boolean'
      when p_condition - array['key', 'in'] = '{}' and jsonb_typeof(p_condition -> 'in') = 'array'
        then jsonb_array_length(p_condition -> 'in') between 1 and 200
      else false
    end
  else false end;
$$;
revoke all on function private.condition_fits from public, anon, authenticated, service_role;

-- The first thing that is wrong with a variable by itself, as {code, field, next step}; null when nothing is.
create function private.variable_fault(v public.variables)
returns text[]
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce((
      select array[f.code, f.field, f.hint]
      from (values
        (1, coalesce(v.key, '') !~ '^[a-z][a-z0-9_]{0,62}$', 'key_invalid', 'key',
          'Begin with a small letter, then small letters, digits and _: 63 at most.'),
        (2, v.key = any(private.own_columns())
          or exists (select 1 from pg_catalog.pg_get_keywords() as k where k.word = v.key and k.catcode = 'R'),
          'key_reserved', 'key', 'The word is reserved: choose another, such as doc_' || v.key || '.'),
        (3, char_length(btrim(coalesce(v.label, ''))) not between 1 and 255 or char_length(v.label) > 255, 'label_invalid', 'label',
          'Give 1 to 255 characters.'),
        (4, coalesce(v.type, '') not in ('text', 'number', 'date', 'boolean', 'category', 'money', 'location'), 'type_unknown', 'type',
          'It is text, number, date, boolean, category, money or location.'),
        (5, v.instructions is null or char_length(v.instructions) > 4000, 'instructions_invalid', 'instructions', 'Give at most 4000 characters.'),
        (6, v.aliases is null or cardinality(v.aliases) > 50 or not private.texts_fit(to_jsonb(v.aliases)), 'aliases_invalid', 'aliases',
          'Give at most 50 texts, none of them empty.'),
        (7, v.type = 'category' and coalesce(cardinality(v.categories), 0) < 2, 'categories_too_few', 'categories', 'Give at least 2 categories.'),
        (8, v.type <> 'category' and cardinality(v.categories) > 0, 'categories_not_allowed', 'categories', 'Only the type category has categories.'),
        (9, v.categories is null or cardinality(v.categories) > 200 or not private.texts_fit(to_jsonb(v.categories)),
          'categories_invalid', 'categories', 'Give at most 200 texts, none of them empty.'),
        (10, cardinality(v.categories) <> (select count(distinct lower(btrim(c.name))) from unnest(v.categories) as c (name)),
          'categories_not_unique', 'categories', 'Each category once, whatever its case.'),
        (11, v.multiple is null, 'multiple_invalid', 'multiple', 'It is true or false.'),
        (12, v.required is null, 'required_invalid', 'required', 'It is true or false.'),
        (13, coalesce(v.uncertainty_threshold, -1) not between 0 and 1, 'uncertainty_threshold_invalid', 'uncertainty_threshold', 'It is 0 to 1.'),
        (14, coalesce(v.uncertainty_action, '') not in ('flag', 'skip', 'best_guess'), 'uncertainty_action_unknown', 'uncertainty_action',
          'It is flag, skip or best_guess.'),
        (15, coalesce(v.several, '') not in ('first', 'last', 'all', 'joined'), 'several_unknown', 'several', 'It is first, last, all or joined.'),
        (16, v.max_values not between 1 and 1000, 'max_values_invalid', 'max_values', 'It is 1 to 1000, or null.'),
        (17, v.depends_on is not null and not private.condition_fits(v.depends_on), 'depends_on_invalid', 'depends_on',
          'Give {"key": …} and one of equals (a value), in (a list of values) or present (true or false).')
      ) as f (place, is_so, code, field, hint)
      where f.is_so
      order by f.place
      limit 1
    ), private.rules_fault(v), case
      when v."default" is not null and not (private.is_cell_of(v, v."default") and not exists (
        select 1
        from jsonb_array_elements(case jsonb_typeof(v."default") when 'array' then v."default" else jsonb_build_array(v."default") end) as d (held)
        where not private.rules_allow(v.rules, d.held)
      )) then array['default_invalid', 'default', 'It must be a value of the type, within the rules; a list where all values are kept.']
    end)
  );
end;
$$;
revoke all on function private.variable_fault from public, anon, authenticated, service_role;

-- The first thing that is wrong with what variables say of each other, as {code, field, next step, variable}: a
-- variable that is not there, a circle, or a value that the other variable cannot have; in conditions and in rules that
-- name other variables.
create function private.dependency_fault(p_project uuid)
returns text[]
language sql stable set search_path = ''
as $$
  with recursive links as (
    select v.id, v.key, v.position, v.depends_on, v.depends_on ->> 'key' as other
    from public.variables as v
    where v.project_id = p_project and v.depends_on is not null
  ),
  walk (start, other, steps) as (
    select l.key, l.other, 1 from links as l
    union all
    select w.start, l.other, w.steps + 1 from walk as w inner join links as l on l.key = w.other where w.steps <= 50 and w.other <> w.start
  )
  select array[f.code, f.field, f.hint, f.id::text]
  from (
    select l.id, l.position, 1, 'depends_on_unknown', 'depends_on', 'It names a variable that the project does not have.'
    from links as l
    where not exists (select 1 from public.variables as o where o.project_id = p_project and o.key = l.other)
    union all
    select l.id, l.position, 2, 'depends_on_cyclic', 'depends_on', 'Variables may not depend on each other in a circle.'
    from links as l
    where exists (select 1 from walk as w where w.start = l.key and w.other = l.key)
    union all
    select l.id, l.position, 3, 'depends_on_value_invalid', 'depends_on', 'It names a value that the other variable cannot have.'
    from links as l
    inner join public.variables as o on o.project_id = p_project and o.key = l.other
    cross join lateral jsonb_array_elements(coalesce(l.depends_on -> 'in', jsonb_build_array(l.depends_on -> 'equals'))) as c (held)
    where not l.depends_on ? 'present'
      and not case o.type when 'money' then private.has_type('number', c.held) else private.is_value_of(o, c.held) end
    union all
    select v.id, v.position, 4, 'rule_variable_invalid', 'rules.' || r.rule, 'It names no variable of the project with such values.'
    from public.variables as v
    cross join lateral (
      select 'sum_of', k.key from jsonb_array_elements_text(v.rules -> 'sum_of') as k (key)
      union all
      select d.key, d.value from jsonb_each_text(v.rules) as d where d.key in ('after', 'before')
    ) as r (rule, other)
    where v.project_id = p_project and v.rules ?| array['sum_of', 'after', 'before'] and not exists (
      select 1 from public.variables as o
      where o.project_id = p_project and o.key = r.other and case r.rule when 'sum_of' then o.type in ('number', 'money') else o.type = 'date' end
    )
  ) as f (id, position, place, code, field, hint)
  order by f.place, f.position
  limit 1;
$$;
revoke all on function private.dependency_fault from public, anon, authenticated, service_role;

-- What of a variable its answers depend on, without its golden examples.
create function private.asked(v public.variables)
returns jsonb
language sql stable set search_path = ''
as $$
  select to_jsonb(v) - array['id', 'project_id', 'position', 'revision', 'last_revision', 'created_at', 'updated_at'];
$$;
revoke all on function private.asked from public, anon, authenticated, service_role;
