-- Cross rules: sums and the order of days, checked against the other cells of the row whenever one of them changes.
set local lock_timeout = '5s';

comment on column public.variables.rules is
'min, max (number, money, date); pattern, enum (text, location, number, date); synonyms, other_allowed (category); decimal (number, money); day_first (date); currency (money); sum_of: keys (number, money); after, before: a key (date; the same day will do); message (what people read when a rule does not hold).';

-- Replaces the check of one rule: it knows sum_of, after and before as well.
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
    when p_rule = 'sum_of' then
      v.type in ('number', 'money') and private.texts_fit(p_held) and jsonb_array_length(p_held) between 1 and 49 and not p_held ? v.key
    when p_rule in ('after', 'before') then v.type = 'date' and private.value_fits('text', '{}', p_held) and p_held #>> '{}' <> v.key
  end;
$$;

-- Replaces the check of all rules of a variable: the hint names the new ones.
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

-- Replaces the check of what variables say of each other: the rules that name others are looked at, too.
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
      and not private.value_fits(case o.type when 'money' then 'number' else o.type end, o.categories, c.held)
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

-- A number, the amount of money, or the sum of a list of them; null where something else is among them.
create function private.amount(p_value jsonb)
returns numeric
language sql immutable parallel safe set search_path = ''
as $$
  select case when bool_and(jsonb_typeof(n.held) = 'number') then sum((n.held #>> '{}')::numeric) filter (where jsonb_typeof(n.held) = 'number') end
  from jsonb_array_elements(case jsonb_typeof(p_value) when 'array' then p_value else jsonb_build_array(p_value) end) as i (held)
  cross join lateral (select case jsonb_typeof(i.held) when 'object' then i.held -> 'amount' else i.held end) as n (held);
$$;

-- Whether one day comes before another; of lesser precision they are compared at that precision.
create function private.day_before(p_day jsonb, p_other jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select jsonb_typeof(p_day) = 'string' and jsonb_typeof(p_other) = 'string'
    and left(p_day #>> '{}', char_length(p_other #>> '{}')) < left(p_other #>> '{}', char_length(p_day #>> '{}')) collate "C";
$$;

-- The flags of rules that a value breaks beside the others of its row. A sum is checked where all its parts are there.
create function private.cross_faults(p_rules jsonb, p_value jsonb, p_row jsonb)
returns text[]
language sql immutable parallel safe set search_path = ''
as $$
  select array_remove(array[
    case when private.amount(p_value) <> (
      select case when count(*) = count(a.amount) then sum(a.amount) end
      from jsonb_array_elements_text(p_rules -> 'sum_of') as k (key)
      cross join lateral (select private.amount(p_row -> k.key)) as a (amount)
    ) then 'rule_sum' end,
    case when private.day_before(p_value, p_row -> (p_rules ->> 'after')) or private.day_before(p_row -> (p_rules ->> 'before'), p_value)
      then 'rule_order' end
  ], null);
$$;

-- Flags follow the values of the row, whoever changed one. Judged cells keep what their judge saw. Whoever holds a cell at this
-- moment changes it, and comes by here himself: waiting for him could be a deadlock.
-- signals.cross: the rules that do not hold, what people read of them, and the confidence without them.
-- definer: cells are written by verbs only, and this is part of them.
create function private.after_cells_change()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if not exists (
    select 1 from public.variables as v
    where v.project_id in (select c.project_id from changed as c) and v.rules ?| array['sum_of', 'after', 'before']
  ) then
    return null;
  end if;
  with row_cells as (
    select e.document_id, e.row_index, jsonb_object_agg(v.key, e.value) filter (where e.state <> 'rejected') as held
    from public.extractions as e
    inner join public.variables as v on v.id = e.variable_id
    where (e.document_id, e.row_index) in (select c.document_id, c.row_index from changed as c)
    group by e.document_id, e.row_index
  ),
  checked as (
    select e.id, private.cross_faults(v.rules, e.value, r.held) as broken, v.rules -> 'message' as message,
      coalesce((e.signals #>> '{cross,confidence}')::float8, e.confidence) as confidence
    from row_cells as r
    inner join public.extractions as e on e.document_id = r.document_id and e.row_index = r.row_index
    inner join public.variables as v on v.id = e.variable_id
    where v.rules ?| array['sum_of', 'after', 'before'] and e.judged_by is null
    for update of e skip locked
  )
  update public.extractions as e
  set flags = array_remove(array_remove(e.flags, 'rule_sum'), 'rule_order') || k.broken,
    signals = e.signals - 'cross' || case when k.broken <> '{}' then jsonb_build_object('cross', jsonb_strip_nulls(jsonb_build_object(
      'broken', k.broken, 'confidence', k.confidence, 'message', k.message
    ))) else '{}' end,
    -- As a rule of its own costs in the worker.
    confidence = k.confidence * case when k.broken <> '{}' then 0.6 else 1 end
  from checked as k
  where e.id = k.id and not (e.flags @> k.broken and cardinality(k.broken) = cardinality(array(
    select f.flag from unnest(e.flags) as f (flag) where f.flag in ('rule_sum', 'rule_order')
  )));
  return null;
end;
$$;
create trigger extractions_cross_inserted after insert on public.extractions
referencing new table as changed for each statement execute function private.after_cells_change();
create trigger extractions_cross_updated after update on public.extractions
referencing new table as changed for each statement execute function private.after_cells_change();

revoke all on function
private.rule_fits(public.variables, text, jsonb), private.rules_fault(public.variables), private.dependency_fault(uuid), private.amount(jsonb),
private.day_before(jsonb, jsonb), private.cross_faults(jsonb, jsonb, jsonb), private.after_cells_change()
from public, anon, authenticated, service_role;
