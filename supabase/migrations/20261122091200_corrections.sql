-- Corrections: a person's own answer in place of the model's, or where it had none; and the way back.
set local lock_timeout = '5s';

-- A calendar date at its own precision: 2024, 2024-05 or 2024-05-01.
create function private.is_iso_date(p_text text)
returns boolean
language sql stable set search_path = ''
as $$
  select p_text ~ '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$'
    and pg_input_is_valid(p_text || right('-01-01', 10 - char_length(p_text)), 'date');
$$;

-- True where one value is of the variable's type, in the form that extraction itself gives it.
create function private.value_fits(p_variable public.variables, p_value jsonb)
returns boolean
language sql stable set search_path = ''
as $$
  select coalesce(case p_variable.type
    when 'number' then jsonb_typeof(p_value) = 'number'
    when 'boolean' then jsonb_typeof(p_value) = 'boolean'
    when 'money' then jsonb_typeof(p_value) = 'object' and p_value ?& array['amount', 'currency']
      and p_value - array['amount', 'currency'] = '{}'::jsonb
      and jsonb_typeof(p_value -> 'amount') = 'number'
      and (jsonb_typeof(p_value -> 'currency') = 'null' or (p_value ->> 'currency') ~ '^[A-Z]{3}$')
    else jsonb_typeof(p_value) = 'string' and btrim(p_value #>> '{}') <> '' and case p_variable.type
        when 'date' then private.is_iso_date(p_value #>> '{}')
        when 'category' then p_value #>> '{}' = any(p_variable.categories) or p_variable.rules -> 'other_allowed' = 'true'::jsonb
        else true
      end
  end, false);
$$;

-- Refuses a value that is not of the variable's type: one, or a list of them where the variable has several.
create function private.check_value(p_variable uuid, p_value jsonb)
returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_variable public.variables;
  v_fits boolean;
begin
  select v.* into v_variable from public.variables as v where v.id = p_variable;
  if p_value is null or jsonb_typeof(p_value) = 'null' then
    perform private.refuse(422, 'no_value', 'No value is given', 'Mark the cell absent instead.');
  elsif octet_length(p_value::text) > 65536 then
    perform private.refuse(422, 'value_too_long', 'The value is too long', 'At most 64 KiB.');
  end if;
  v_fits := case
    when not v_variable.multiple then private.value_fits(v_variable, p_value)
    when jsonb_typeof(p_value) <> 'array' then false
    else jsonb_array_length(p_value) > 0 and (
      select bool_and(private.value_fits(v_variable, i.item)) from jsonb_array_elements(p_value) as i (item)
    )
  end;
  if not v_fits then
    perform private.refuse(422, 'value_type', 'The value does not have the type of its variable', case v_variable.type
      when 'number' then 'A JSON number.'
      when 'boolean' then 'true or false.'
      when 'date' then 'An ISO date of any precision: 2024, 2024-05 or 2024-05-01.'
      when 'category' then 'One of the listed categories, written as listed.'
      when 'money' then 'An object {"amount": number, "currency": "EUR" or null}.'
      else 'Text that is not empty.'
    end || case when v_variable.multiple then ' A list of at least one.' else '' end);
  end if;
end;
$$;

-- Refuses a place that the document does not have; says whether the quote is printed there, and in which zone.
create function private.check_place(p_document uuid, p_quote text, p_page int, p_box float8[])
returns table (evidence text, zone int)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_page public.pages;
begin
  select g.* into v_page from public.pages as g where g.document_id = p_document and g.number = p_page;
  if char_length(p_quote) > 10000 or btrim(p_quote) = '' then
    perform private.refuse(422, 'quote_length', 'The quote is empty or too long', 'Between 1 and 10000 characters, or none.');
  elsif (p_page is null and (p_box is not null or p_quote is not null)) or (p_page is not null and v_page.document_id is null) then
    perform private.refuse(422, 'page_unknown', 'The document has no such page', 'A quote or a box needs the number of its page.');
  elsif cardinality(p_box) <> 4 or array_position(p_box, null) is not null or p_box[1] > p_box[3] or p_box[2] > p_box[4]
    or p_box[1] < -1 or p_box[2] < -1 or p_box[3] > v_page.width + 1 or p_box[4] > v_page.height + 1
  then
    perform private.refuse(422, 'box_outside_page', 'The box is not on the page', 'x0, y0, x1, y1 in points from the top left of the page as displayed.');
  end if;
  evidence := case
    when p_quote is null then 'none'
    when position(regexp_replace(btrim(p_quote), '\s+', ' ', 'g') in regexp_replace(v_page.text, '\s+', ' ', 'g')) > 0 then 'exact'
    else 'not_found'
  end;
  zone := (
    select z.position from public.zones as z
    where z.document_id = p_document and z.page = p_page
      and (p_box[1] + p_box[3]) / 2 between z.x0 and z.x1 and (p_box[2] + p_box[4]) / 2 between z.y0 and z.y1
    order by (z.x1 - z.x0) * (z.y1 - z.y0), z.position
    limit 1
  );
  return next;
end;
$$;

-- A person's answer takes the place of what stands in the cell. Not "verified": that is code's word, and a person needs none.
create function private.write_answer(
  p_cell public.extractions, p_state text, p_value jsonb, p_reason text, p_quote text, p_page int, p_box float8[]
)
returns void
language sql volatile security definer set search_path = ''
as $$
  update public.extractions as e
  set state = p_state, value = p_value, absent_reason = p_reason, raw = null, quote = p_quote, page = p_page, box = p_box,
    boxes = case when p_box is null then '[]'::jsonb else jsonb_build_array(to_jsonb(p_box)) end,
    zone = c.zone, evidence = c.evidence, verified = false, confidence = 1, signals = '{"person": true}',
    flags = case when 'flagged' = any(e.flags) then array['flagged'] else '{}'::text[] end,
    origin = 'person', judged_by = (select auth.uid()), original = private.first_answer(e), updated_at = now()
  from private.check_place(p_cell.document_id, p_quote, p_page, p_box) as c
  where e.id = p_cell.id;
$$;

revoke all on function
private.is_iso_date(text), private.value_fits(public.variables, jsonb), private.check_value(uuid, jsonb),
private.check_place(uuid, text, int, float8[]),
private.write_answer(public.extractions, text, jsonb, text, text, int, float8[])
from public, anon, authenticated, service_role;
