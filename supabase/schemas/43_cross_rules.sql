-- Cross rules: sums and the order of days, checked against the other cells of the row whenever one of them changes.

-- The number that a value stands for: itself, the amount of money, or the sum of a list of these; null where anything
-- else is in it.
create function private.amount(p_value jsonb)
returns numeric
language sql immutable parallel safe set search_path = ''
as $$
  select case when bool_and(jsonb_typeof(n.held) = 'number') then sum((n.held #>> '{}')::numeric) filter (where jsonb_typeof(n.held) = 'number') end
  from jsonb_array_elements(case jsonb_typeof(p_value) when 'array' then p_value else jsonb_build_array(p_value) end) as i (held)
  cross join lateral (select case jsonb_typeof(i.held) when 'object' then i.held -> 'amount' else i.held end) as n (held);
$$;
revoke all on function private.amount from public, anon, authenticated, service_role;

-- Whether one date comes before another, compared at the lesser precision of the two.
create function private.day_before(p_day jsonb, p_other jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select jsonb_typeof(p_day) = 'string' and jsonb_typeof(p_other) = 'string'
    and left(p_day #>> '{}', char_length(p_other #>> '{}')) < left(p_other #>> '{}', char_length(p_day #>> '{}')) collate "C";
$$;
revoke all on function private.day_before from public, anon, authenticated, service_role;

-- The flags of the rules that a value breaks beside the other values of its row. A sum is checked only where all its
-- parts are there.
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
revoke all on function private.cross_faults from public, anon, authenticated, service_role;

-- Sets the flags of cross rules anew in every row of which a cell has changed. Judged cells keep what their judge saw.
-- A cell that another transaction has locked is left out, because waiting for it could be a deadlock: that transaction
-- changes it, and its own trigger comes here. signals.cross holds the rules that do not hold, what people read of them,
-- and the confidence without them.
-- definer: fires for verbs of people, who may not write cells.
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
    -- A broken rule costs the same confidence where the worker finds it.
    confidence = k.confidence * case when k.broken <> '{}' then 0.6 else 1 end
  from checked as k
  where e.id = k.id and not (e.flags @> k.broken and cardinality(k.broken) = cardinality(array(
    select f.flag from unnest(e.flags) as f (flag) where f.flag in ('rule_sum', 'rule_order')
  )));
  return null;
end;
$$;
revoke all on function private.after_cells_change from public, anon, authenticated, service_role;
