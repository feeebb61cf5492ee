-- Suggestion checks: what may be offered to a person, judged by the checks that would judge it when it is taken.
set local lock_timeout = '5s';

-- An offer in the form in which it is taken: known fields that hold something. The others are a person's business.
create function private.trimmed_offer(p_kind text, p_offer jsonb)
returns jsonb
language sql immutable set search_path = ''
as $$
  select case when jsonb_typeof(p_offer) = 'object' then coalesce((
    select jsonb_object_agg(f.name, f.held)
    from jsonb_each(p_offer) as f (name, held)
    where f.held <> 'null'::jsonb and f.name = any(case p_kind
      when 'variables' then array['key', 'label', 'type', 'instructions', 'aliases', 'categories', 'multiple', 'required', 'rules']
      when 'row_unit' then array['row_unit', 'entity_pattern', 'reason']
      when 'instructions' then array['instructions', 'reason']
      else array['instructions', 'reason', 'focus']
    end)
  ), '{}') else p_offer end;
$$;

create function private.text_offered(p_offer jsonb, p_field text, p_most int)
returns boolean
language sql immutable set search_path = ''
as $$
  select coalesce(jsonb_typeof(p_offer -> p_field) = 'string' and char_length(btrim(p_offer ->> p_field)) between 1 and p_most, false);
$$;

-- The first thing that is wrong with a trimmed offer, as {code, field, next step}; null when it could be taken as it stands.
create function private.offer_fault(p_project uuid, p_kind text, p_variable uuid, p_offer jsonb)
returns text[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_project public.projects;
begin
  if jsonb_typeof(p_offer) is distinct from 'object' then
    return array['offer_invalid', '', 'Give an object.'];
  elsif p_kind = 'variables' then
    if exists (select 1 from public.variables as v where v.project_id = p_project and v.key = p_offer ->> 'key') then
      return array['key_exists', 'key', 'The project has it.'];
    end if;
    return coalesce(private.entry_fault(p_offer), private.variable_fault(private.read_entry(p_project, p_offer)));
  elsif not private.text_offered(p_offer, 'reason', 2000) then
    return array['reason_missing', 'reason', 'Say why.'];
  elsif p_kind = 'row_unit' then
    if not private.text_offered('{"entity_pattern": "none"}' || p_offer, 'entity_pattern', 2000) then
      return array['entity_pattern_invalid', 'entity_pattern', 'Give a text.'];
    end if;
    select (jsonb_populate_record(p, '{"row_unit": null, "entity_pattern": null}' || p_offer)).* into v_project
    from public.projects as p where p.id = p_project;
    return private.project_fault(v_project);
  elsif not private.text_offered(p_offer, 'instructions', 4000) then
    return array['instructions_invalid', 'instructions', 'Give 1 to 4000 characters.'];
  elsif p_offer ->> 'instructions' = (select v.instructions from public.variables as v where v.id = p_variable) then
    return array['instructions_unchanged', 'instructions', 'They are what the variable has.'];
  elsif p_kind = 'refinement' and not private.text_offered(p_offer, 'focus', 255) then
    return array['focus_missing', 'focus', 'Say what it is about.'];
  end if;
  return null;
end;
$$;

-- Of a list of offers those that could be taken, each once and at most p_most, and what was dropped and why.
create function private.sift_offers(
  p_project uuid, p_kind text, p_variable uuid, p_offers jsonb, p_most int, out kept jsonb, out dropped jsonb
)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_name text := case p_kind when 'variables' then 'key' when 'row_unit' then 'row_unit' else 'instructions' end;
  v_offer jsonb;
  v_place bigint;
  v_fault text[];
begin
  kept := '[]';
  dropped := '[]';
  for v_offer, v_place in
    select private.trimmed_offer(p_kind, o.offer), o.place
    from jsonb_array_elements(case jsonb_typeof(p_offers) when 'array' then p_offers else '[]' end) with ordinality as o (offer, place)
    order by o.place
    limit 50
  loop
    v_fault := private.offer_fault(p_project, p_kind, p_variable, v_offer);
    if v_fault is null and exists (select 1 from jsonb_array_elements(kept) as k (offer) where k.offer -> v_name = v_offer -> v_name) then
      v_fault := array['offered_twice', v_name, 'Each once.'];
    elsif v_fault is null and jsonb_array_length(kept) >= p_most then
      v_fault := array['too_many', '', 'More than were wanted.'];
    end if;
    if v_fault is null then
      kept := kept || jsonb_build_array(v_offer);
    else
      dropped := dropped || jsonb_build_object('place', v_place, 'code', v_fault[1], 'field', ltrim(v_fault[2], '.'));
    end if;
  end loop;
end;
$$;

revoke all on function
private.trimmed_offer(text, jsonb), private.text_offered(jsonb, text, int), private.offer_fault(uuid, text, uuid, jsonb),
private.sift_offers(uuid, text, uuid, jsonb, int)
from public, anon, authenticated, service_role;
