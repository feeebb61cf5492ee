-- Variable rules: what values a type and its rules allow.

-- Whether a JSON value has the form of a type: an ISO date of any precision, {amount, currency or none}, text of 1 to
-- 4000 characters. The inner case of money is needed: a value that is no object has no keys to take away.
create function private.has_type(p_type text, p_value jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select coalesce(
    case p_type
      when 'number' then jsonb_typeof(p_value) = 'number'
      when 'boolean' then jsonb_typeof(p_value) = 'boolean'
      when 'date' then jsonb_typeof(p_value) = 'string' and private.is_iso_date(p_value #>> '{}')
      when 'money' then case
        when jsonb_typeof(p_value) = 'object' then
          p_value - array['amount', 'currency'] = '{}'
          and jsonb_typeof(p_value -> 'amount') = 'number'
          and coalesce(jsonb_typeof(p_value -> 'currency'), 'null') in ('null', 'string')
          and coalesce(p_value ->> 'currency', 'EUR') ~ '^[A-Z]{3}$'
      end
      else jsonb_typeof(p_value) = 'string' and char_length(btrim(p_value #>> '{}')) between 1 and 4000
    end,
    false
  );
$$;
revoke all on function private.has_type from public, anon, authenticated, service_role;

-- Whether a JSON value is one value of a variable: of its type and, where it is a category, listed or allowed as
-- another. Defaults, golden examples, conditions and corrections all ask this.
create function private.is_value_of(p_variable public.variables, p_value jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select private.has_type(p_variable.type, p_value)
    and (
      p_variable.type <> 'category'
      or p_value #>> '{}' = any(p_variable.categories)
      or coalesce(p_variable.rules -> 'other_allowed' = 'true', false)
    );
$$;
revoke all on function private.is_value_of from public, anon, authenticated, service_role;

-- Whether a JSON value is what a cell of the variable holds: of several values the list where all are kept, one text
-- where they are joined, one value where the first or the last is kept.
create function private.is_cell_of(p_variable public.variables, p_value jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_variable.multiple and p_variable.several = 'joined' then private.has_type('text', p_value)
    when p_variable.multiple and p_variable.several = 'all' then case
      when jsonb_typeof(p_value) = 'array' then
        jsonb_array_length(p_value) between 1 and coalesce(p_variable.max_values, 1000)
        and not exists (
          select 1 from jsonb_array_elements(p_value) as i (item) where not private.is_value_of(p_variable, i.item)
        )
      else false
    end
    else private.is_value_of(p_variable, p_value)
  end;
$$;
revoke all on function private.is_cell_of from public, anon, authenticated, service_role;

-- Whether a pattern is one. The service reads it with another engine, so what only that engine knows (classes such as
-- \p{L}, named groups, flags) is first replaced by what Postgres knows.
create function private.pattern_compiles(p_pattern text)
returns boolean
language plpgsql immutable parallel safe set search_path = ''
as $$
declare
  v_known text := regexp_replace(p_pattern, '\\[pP]\{[^{}]*\}', '\\w', 'g');
begin
  v_known := regexp_replace(v_known, '\(\?P?<[A-Za-z_]\w*>', '(', 'g');
  v_known := regexp_replace(v_known, '\(\?[a-z]+\)', '', 'g');
  v_known := regexp_replace(v_known, '\(\?[a-z]+:', '(?:', 'g');
  v_known := regexp_replace(v_known, '([*+?}])\+', '\1', 'g');
  perform '' ~ ('^(?:' || v_known || ')$');
  return char_length(p_pattern) between 1 and 1000;
exception
  when invalid_regular_expression then
    return false;
end;
$$;
revoke all on function private.pattern_compiles from public, anon, authenticated, service_role;

-- Whether a JSON value is a list of texts, none of them empty.
create function private.texts_fit(p_texts jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select case when jsonb_typeof(p_texts) = 'array' then not exists (
    select 1 from jsonb_array_elements(p_texts) as t (held) where not private.has_type('text', t.held)
  ) else false end;
$$;
revoke all on function private.texts_fit from public, anon, authenticated, service_role;

-- Whether the variable's type knows a rule and the rule can hold the value; null for a rule that no type knows.
create function private.rule_fits(v public.variables, p_rule text, p_held jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_rule in ('min', 'max') then
      v.type in ('number', 'money', 'date') and private.has_type(case v.type when 'date' then 'date' else 'number' end, p_held)
    when p_rule = 'pattern' then
      v.type in ('text', 'location', 'number', 'date') and jsonb_typeof(p_held) = 'string' and private.pattern_compiles(p_held #>> '{}')
    when p_rule = 'enum' then
      v.type in ('text', 'location', 'number', 'date') and case when jsonb_typeof(p_held) = 'array' then
        jsonb_array_length(p_held) between 1 and 200
        and not exists (select 1 from jsonb_array_elements(p_held) as i (held) where not private.has_type(v.type, i.held))
      else false end
    when p_rule = 'message' then private.has_type('text', p_held) and char_length(p_held #>> '{}') <= 255
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
    when p_rule in ('after', 'before') then v.type = 'date' and private.has_type('text', p_held) and p_held #>> '{}' <> v.key
  end;
$$;
revoke all on function private.rule_fits from public, anon, authenticated, service_role;

-- Whether one value keeps to min, max and enum. Dates are compared at the lesser precision of the two.
create function private.rules_allow(p_rules jsonb, p_value jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select coalesce(case jsonb_typeof(i.held)
    when 'number' then i.held >= coalesce(p_rules -> 'min', i.held) and i.held <= coalesce(p_rules -> 'max', i.held)
    when 'string' then
      left(i.held #>> '{}', char_length(coalesce(p_rules ->> 'min', ''))) >= left(coalesce(p_rules ->> 'min', ''), char_length(i.held #>> '{}'))
      and left(i.held #>> '{}', char_length(p_rules ->> 'max')) <= left(p_rules ->> 'max', char_length(i.held #>> '{}')) is not false
    else true
  end, true) and coalesce(p_rules -> 'enum' @> jsonb_build_array(i.held), true)
  from (select case jsonb_typeof(p_value) when 'object' then p_value -> 'amount' else p_value end) as i (held);
$$;
revoke all on function private.rules_allow from public, anon, authenticated, service_role;
