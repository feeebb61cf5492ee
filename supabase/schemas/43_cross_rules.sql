-- Cross rules: sums and the order of days, checked against the other cells of the row whenever one
-- of them changes.

-- A number, the amount of money, or the sum of a list of them; null where something else is among
-- them.
create function private.amount(p_value jsonb)
returns numeric
language sql immutable parallel safe set search_path = ''
as $$
  with amounts as (
    select case jsonb_typeof(i.item) when 'object' then i.item -> 'amount' else i.item end as amount
    from jsonb_array_elements(
      case jsonb_typeof(p_value) when 'array' then p_value else jsonb_build_array(p_value) end
    ) as i (item)
  )
  select case
    when bool_and(jsonb_typeof(a.amount) = 'number')
      then sum((a.amount #>> '{}')::numeric) filter (where jsonb_typeof(a.amount) = 'number')
  end
  from amounts as a;
$$;
revoke all on function private.amount from public, anon, authenticated, service_role;

-- Whether one day comes before another. A day, a month and a year are compared at the lesser
-- precision of the two.
create function private.day_before(p_day jsonb, p_other jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select jsonb_typeof(p_day) = 'string'
    and jsonb_typeof(p_other) = 'string'
    and left(p_day #>> '{}', char_length(p_other #>> '{}'))
    < left(p_other #>> '{}', char_length(p_day #>> '{}')) collate "C";
$$;
revoke all on function private.day_before from public, anon, authenticated, service_role;

-- The flags of rules that a value breaks beside the other values of its row, which p_row holds by
-- variable key. A sum is checked where all its parts are there.
create function private.cross_faults(p_rules jsonb, p_value jsonb, p_row jsonb)
returns text[]
language sql immutable parallel safe set search_path = ''
as $$
  with parts as (
    select private.amount(p_row -> k.key) as amount
    from jsonb_array_elements_text(p_rules -> 'sum_of') as k (key)
  ),
  total as (
    select case when count(*) = count(p.amount) then sum(p.amount) end as amount from parts as p
  )
  select array_remove(
    array[
      case when private.amount(p_value) <> t.amount then 'rule_sum' end,
      case
        when private.day_before(p_value, p_row -> (p_rules ->> 'after'))
          or private.day_before(p_row -> (p_rules ->> 'before'), p_value)
          then 'rule_order'
      end
    ],
    null
  )
  from total as t;
$$;
revoke all on function private.cross_faults from public, anon, authenticated, service_role;

-- What a cell keeps of the rules that it breaks, as signals.cross: which, what people read of them,
-- and the confidence without them, to go back to. Nothing where it breaks none.
create function private.cross_signals(p_broken text[], p_confidence float8, p_message jsonb)
returns jsonb
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_broken = '{}' then '{}'::jsonb
    else jsonb_build_object('cross', jsonb_strip_nulls(jsonb_build_object(
      'broken', p_broken, 'confidence', p_confidence, 'message', p_message
    )))
  end;
$$;
revoke all on function private.cross_signals from public, anon, authenticated, service_role;

-- Sets the flags of cross rules anew in every row of which a cell has changed. Judged cells keep
-- what their judge saw.
-- definer: fires for verbs of people, who may not write cells.
create function private.after_cells_change()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_rules text[] := array['sum_of', 'after', 'before'];
begin
  -- Most projects have no such rule, and every stored document fires this.
  if not exists (
    select 1
    from public.variables as v
    where v.project_id in (select c.project_id from changed as c) and v.rules ?| v_rules
  ) then
    return null;
  end if;
  with row_values as (
    select
      e.document_id,
      e.row_index,
      jsonb_object_agg(v.key, e.value) filter (where e.state <> 'rejected') as by_key
    from public.extractions as e
    inner join public.variables as v on v.id = e.variable_id
    where (e.document_id, e.row_index) in (select c.document_id, c.row_index from changed as c)
    group by e.document_id, e.row_index
  ),
  checked as (
    select
      e.id,
      e.flags,
      array_remove(array_remove(e.flags, 'rule_sum'), 'rule_order') as other_flags,
      private.cross_faults(v.rules, e.value, r.by_key) as broken,
      coalesce((e.signals #>> '{cross,confidence}')::float8, e.confidence) as confidence,
      v.rules -> 'message' as message
    from row_values as r
    inner join public.extractions as e on e.document_id = r.document_id and e.row_index = r.row_index
    inner join public.variables as v on v.id = e.variable_id
    where v.rules ?| v_rules and e.judged_by is null
    -- Who holds a cell at this moment changes it and comes by here as well; waiting for it could be
    -- a deadlock.
    for update of e skip locked
  ),
  changed_flags as (
    select c.*
    from checked as c
    where not (
      c.flags @> c.broken and cardinality(c.flags) = cardinality(c.other_flags) + cardinality(c.broken)
    )
  )
  update public.extractions as e
  set
    flags = c.other_flags || c.broken,
    signals = e.signals - 'cross' || private.cross_signals(c.broken, c.confidence, c.message),
    -- A broken rule costs the same confidence where the worker finds it.
    confidence = c.confidence * case when c.broken <> '{}' then 0.6 else 1 end
  from changed_flags as c
  where e.id = c.id;
  return null;
end;
$$;
revoke all on function private.after_cells_change from public, anon, authenticated, service_role;
