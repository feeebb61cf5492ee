-- Takes back 20261123100100_cross_rules: the checks of rules as 20261122090100_variable_rules and 20261122090200_variable_checks made them.
set local lock_timeout = '5s';
drop trigger extractions_cross_inserted on public.extractions;
drop trigger extractions_cross_updated on public.extractions;
drop function private.after_cells_change(), private.cross_faults(jsonb, jsonb, jsonb), private.day_before(jsonb, jsonb), private.amount(jsonb);

comment on column public.variables.rules is
'min, max (number, money, date); pattern, enum (text, location, number, date); synonyms, other_allowed (category); decimal (number, money); day_first (date); currency (money); message (what people read when a rule does not hold).';

create or replace function private.rule_fits(v public.variables, p_rule text, p_held jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_rule in ('min', 'max') then
      v.type in ('number', 'money', 'date') and private.value_fits(case v.type when 'date' then 'date' else 'number' end, '{}', p_held)
    when p_rule = 'pattern' then
      v.type in ('text', 'location', 'number', 'date') and jsonb_typeof(p_held) = 'string' and private.pattern_compiles(p_held #>> '{}')
    when p_rule = 'enum' then
      v.type in ('text', 'location', 'number', 'date') and case when jsonb_typeof(p_held) = 'array' then
        jsonb_array_length(p_held) between 1 and 200
        and not exists (select 1 from jsonb_array_elements(p_held) as i (held) where not private.value_fits(v.type, '{}', i.held))
      else false end
    when p_rule = 'message' then private.value_fits('text', '{}', p_held) and char_length(p_held #>> '{}') <= 255
    when p_rule = 'synonyms' then
      v.type = 'category' and case when jsonb_typeof(p_held) = 'object' then not exists (
        select 1 from jsonb_each(p_held) as s (category, others)
        where not s.category = any(v.categories) or not private.texts_fit(s.others)
      ) else false end
    when p_rule = 'other_allowed' then v.type = 'category' and jsonb_typeof(p_held) = 'boolean'
    when p_rule = 'decimal' then v.type in ('number', 'money') and p_held in ('"."', '","')
    when p_rule = 'day_first' then v.type = 'date' and jsonb_typeof(p_held) = 'boolean'
    when p_rule = 'currency' then v.type = 'money' and jsonb_typeof(p_held) = 'string' and p_held #>> '{}' ~ '^[A-Z]{3}$'
  end;
$$;

create or replace function private.rules_fault(v public.variables)
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
            'Known are min, max, pattern, enum, message, synonyms, other_allowed, decimal, day_first and currency.']
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

create or replace function private.dependency_fault(p_project uuid)
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
  select array[f.code, 'depends_on', f.hint, f.id::text]
  from (
    select l.id, l.position, 1, 'depends_on_unknown', 'It names a variable that the project does not have.'
    from links as l
    where not exists (select 1 from public.variables as o where o.project_id = p_project and o.key = l.other)
    union all
    select l.id, l.position, 2, 'depends_on_cyclic', 'Variables may not depend on each other in a circle.'
    from links as l
    where exists (select 1 from walk as w where w.start = l.key and w.other = l.key)
    union all
    select l.id, l.position, 3, 'depends_on_value_invalid', 'It names a value that the other variable cannot have.'
    from links as l
    inner join public.variables as o on o.project_id = p_project and o.key = l.other
    cross join lateral jsonb_array_elements(coalesce(l.depends_on -> 'in', jsonb_build_array(l.depends_on -> 'equals'))) as c (held)
    where not l.depends_on ? 'present'
      and not private.value_fits(case o.type when 'money' then 'number' else o.type end, o.categories, c.held)
  ) as f (id, position, place, code, hint)
  order by f.place, f.position
  limit 1;
$$;
