-- What a suggestion is made of: excerpts, mistakes, printed variables.

-- The documents that no prompt may be tuned on: those held out of the newest sample that held any out.
create function private.held_out(p_project uuid)
returns uuid[]
language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(t.document_id), '{}')
  from private.tasks as t
  where t.payload ? 'held_out' and t.job_id = (
    select j.id from public.jobs as j
    where j.project_id = p_project and j.selection ? 'holdout'
    order by j.created_at desc, j.id
    limit 1
  );
$$;
revoke all on function private.held_out from public, anon, authenticated, service_role;

-- What documents say, in all at most p_budget characters, the same share for each: {name, zones: [[kind, text]]}.
create function private.excerpts(p_documents uuid[], p_budget int)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('name', d.name, 'zones', (
    select coalesce(jsonb_agg(jsonb_build_array(z.kind, left(z.text, (s.share - z.before)::int)) order by z.place), '[]')
    from (
      select p.kind, p.text, p.place, sum(char_length(p.text)) over (order by p.place) - char_length(p.text) as before
      from (
        select z.kind, z.text, array[z.page, z.position] as place from public.zones as z where z.document_id = d.id
        union all
        select 'text', g.text, array[g.number, 0] from public.pages as g
        where g.document_id = d.id and not exists (select 1 from public.zones as z where z.document_id = d.id and z.page = g.number)
      ) as p
    ) as z
    where z.before < s.share
  )) order by w.place), '[]')
  from unnest(p_documents) with ordinality as w (id, place)
  inner join public.documents as d on d.id = w.id and d.deleted_at is null
  cross join (select p_budget / greatest(cardinality(p_documents), 1) as share) as s;
$$;
revoke all on function private.excerpts from public, anon, authenticated, service_role;

-- The cells of a variable that people marked as wrong, newest first, without documents that are held out.
create function private.wrong_marks(p_variable uuid)
returns setof public.extractions
language sql stable security definer set search_path = ''
as $$
  select e.*
  from public.extractions as e
  inner join public.documents as d on d.id = e.document_id and d.deleted_at is null
  where e.variable_id = p_variable and e.judged_by is not null and e.original is not null
    and (e.state in ('corrected', 'rejected') or (e.state = 'absent' and e.original ->> 'state' = 'proposed'))
    and not e.document_id = any(private.held_out(e.project_id))
  order by e.updated_at desc, e.id
  limit 10;
$$;
revoke all on function private.wrong_marks from public, anon, authenticated, service_role;

-- What was said, what is right, and the page that it stands on.
create function private.mistakes(p_variable uuid)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'document', d.name,
    'said', jsonb_build_object('value', e.original -> 'value', 'quote', e.original -> 'quote'),
    'right', case e.state when 'rejected' then null else jsonb_build_object('value', e.value, 'quote', e.quote) end,
    'note', (select r.note from public.reviews as r where r.extraction_id = e.id and not r.undone order by r.updated_at desc, r.id limit 1),
    'page', left(g.text, 2000)
  )), '[]')
  from private.wrong_marks(p_variable) as e
  inner join public.documents as d on d.id = e.document_id
  left join public.pages as g on g.document_id = e.document_id and g.number = coalesce(e.page, (e.original ->> 'page')::int, 1);
$$;
revoke all on function private.mistakes from public, anon, authenticated, service_role;

-- Variables for what documents print as a label and its value: beside it, behind a colon, or below it as in forms. Those first
-- that most documents print. The type is the narrowest that every value looks like; an amount of money names its currency.
create function private.printed_variables(p_documents uuid[])
returns jsonb
language sql stable set search_path = ''
as $$
  with zones as (
    select z.document_id, z.page, z.position, z.text
    from public.zones as z
    where z.document_id = any(p_documents) and z.kind = 'key_value'
  ),
  pairs as (
    select z.document_id, array[z.page, z.position, l.place] as place, m.part[1] as label, m.part[2] as value
    from zones as z
    cross join lateral regexp_split_to_table(z.text, e'\n') with ordinality as l (line, place)
    cross join lateral regexp_match(l.line, '^(\S.{0,58}?)(?:\s?:\s+|\s{2,})(\S.*)$') as m (part)
    where m.part is not null
    union all
    select z.document_id, array[z.page, z.position, 1], split_part(z.text, e'\n', 1), split_part(z.text, e'\n', 2)
    from zones as z
    where z.text ~ '^[^\n]{2,60}\n[^\n]+$' and z.text !~ ': |  '
  ),
  keyed as (
    select p.*, rtrim(left(regexp_replace(regexp_replace(
      lower(regexp_replace(normalize(p.label, nfkd), '[\u0300-\u036f]', '', 'g')), '[^a-z0-9]+', '_', 'g'
    ), '^[0-9_]+', ''), 60), '_') as key
    from pairs as p
  ),
  found as (
    select k.key, (array_agg(k.label order by k.place))[1] as label, count(distinct k.document_id) as documents, min(k.place) as place,
      case
        when bool_and(k.value ~ '^(\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./](\d\d|\d{4})|\d{1,2}\.? [[:alpha:]]+\.? \d{4}|[[:alpha:]]+ \d{1,2}, \d{4})$')
          then 'date'
        when bool_and(k.value ~ '^(([A-Z]{3}|[€$£¥₹]) ?-?\d[\d.,'' ]*|-?\d[\d.,'' ]* ?([A-Z]{3}|[€$£¥₹]))$') then 'money'
        when bool_and(k.value ~ '^[-+]?\d[\d.,'' ]* ?%?$') then 'number'
        else 'text'
      end as type
    from keyed as k
    where k.key <> ''
    group by k.key
  )
  select coalesce(jsonb_agg(jsonb_build_object('key', f.key, 'label', f.label, 'type', f.type) order by f.documents desc, f.place), '[]')
  from (select f.* from found as f order by f.documents desc, f.place limit 24) as f;
$$;
revoke all on function private.printed_variables from public, anon, authenticated, service_role;

-- Offers without a model, in plain sentences: a table in most documents speaks for entities; instructions point at labels,
-- and at the quotes of marked mistakes.
create function private.rule_offers(p_suggestion public.schema_suggestions)
returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_label text := (select v.label from public.variables as v where v.id = p_suggestion.variable_id);
  v_head text;
  v_tables bigint;
  v_offers jsonb;
  v_mistake jsonb := private.mistakes(p_suggestion.variable_id) -> 0;
begin
  if p_suggestion.kind = 'variables' then
    return private.printed_variables(p_suggestion.document_ids);
  elsif p_suggestion.kind = 'row_unit' then
    select count(distinct z.document_id), min(split_part(z.text, e'\n', 1)) into v_tables, v_head
    from public.zones as z
    where z.document_id = any(p_suggestion.document_ids) and z.kind = 'table' and z.text ~ '^[^\n]+  [^\n]+  [^\n]+\n[^\n]+\n';
    v_offers := jsonb_build_array(
      jsonb_build_object('row_unit', 'document', 'reason', 'Documents hold no table of three columns or more in most cases: each reads as one record.'),
      jsonb_build_object(
        'row_unit', 'entity', 'reason', v_tables || ' of ' || cardinality(p_suggestion.document_ids) || ' documents hold a table, which lists several things.',
        'entity_pattern', left(coalesce('One line of the table that begins with: ' || regexp_replace(v_head, '  +', ', ', 'g'), 'One of the things that the document lists'), 2000)
      )
    );
    return case when v_tables * 2 > cardinality(p_suggestion.document_ids) then jsonb_build_array(v_offers -> 1, v_offers -> 0) else v_offers end;
  end if;
  select jsonb_agg(jsonb_build_object(
    'instructions', left(btrim(case p_suggestion.kind when 'refinement' then p_suggestion.instructions else '' end || ' ' || o.told), 4000),
    'reason', o.reason, 'focus', o.focus
  ) order by o.place) into v_offers
  from (values
    (1, 'place', 'Take it as in: “' || (v_mistake -> 'right' ->> 'quote') || '”.', 'This is where a person found the right value.'),
    (2, 'exclusion', 'Not as in: “' || (v_mistake -> 'said' ->> 'quote') || '”.', 'This is where a wrong value was taken from.'),
    (3, 'label', 'Take what stands beside “' || v_label || '” or what means the same.', 'A value is proven best by its label.'),
    (4, 'strictness', 'Give it only where the document names it; otherwise it is absent.', 'A value that is not named is a guess.')
  ) as o (place, focus, told, reason)
  where o.told is not null;
  return v_offers;
end;
$$;
revoke all on function private.rule_offers from public, anon, authenticated, service_role;
