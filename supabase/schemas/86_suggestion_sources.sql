-- What a suggestion is made of: excerpts of documents, marked mistakes, printed labels, rules.

-- The documents that no prompt may be tuned on: those held out of the newest sample that held any
-- out.
create function private.held_out(p_project uuid)
returns uuid[]
language sql stable security definer set search_path = ''
as $$
  with newest_holdout as (
    select j.id
    from public.jobs as j
    where j.project_id = p_project and j.selection ? 'holdout'
    order by j.created_at desc, j.id
    limit 1
  )
  select coalesce(array_agg(t.document_id), '{}')
  from private.tasks as t
  where t.payload ? 'held_out' and t.job_id = (select n.id from newest_holdout as n);
$$;
revoke all on function private.held_out from public, anon, authenticated, service_role;

-- What a document says, as [[kind, text]] in reading order, cut after p_length characters. A page
-- without zones is told as one text.
create function private.excerpt(p_document uuid, p_length int)
returns jsonb
language sql stable set search_path = ''
as $$
  with passages as (
    select z.kind, z.text, z.page, z.position
    from public.zones as z
    where z.document_id = p_document
    union all
    select 'text', g.text, g.number, 0
    from public.pages as g
    where g.document_id = p_document
      and not exists (
        select 1 from public.zones as z where z.document_id = p_document and z.page = g.number
      )
  ),
  measured as (
    select
      p.*,
      sum(char_length(p.text)) over (order by p.page, p.position) - char_length(p.text) as length_before
    from passages as p
  )
  select coalesce(
    jsonb_agg(
      jsonb_build_array(m.kind, left(m.text, (p_length - m.length_before)::int))
      order by m.page, m.position
    ),
    '[]'
  )
  from measured as m
  where m.length_before < p_length;
$$;
revoke all on function private.excerpt from public, anon, authenticated, service_role;

-- What documents say, as [{name, zones}]: the same share of p_length characters for each.
create function private.excerpts(p_documents uuid[], p_length int)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'name', d.name,
        'zones', private.excerpt(d.id, p_length / greatest(cardinality(p_documents), 1))
      )
      order by w.place
    ),
    '[]'
  )
  from unnest(p_documents) with ordinality as w (id, place)
  inner join public.documents as d on d.id = w.id and d.deleted_at is null;
$$;
revoke all on function private.excerpts from public, anon, authenticated, service_role;

-- The ten cells of a variable that people marked as wrong last, without documents that are held
-- out.
create function private.wrong_marks(p_variable uuid)
returns setof public.extractions
language sql stable security definer set search_path = ''
as $$
  select e.*
  from public.extractions as e
  inner join public.documents as d on d.id = e.document_id and d.deleted_at is null
  where e.variable_id = p_variable
    and e.judged_by is not null
    and e.original is not null
    and (
      e.state in ('corrected', 'rejected')
      or (e.state = 'absent' and e.original ->> 'state' = 'proposed')
    )
    and not e.document_id = any(private.held_out(e.project_id))
  order by e.updated_at desc, e.id
  limit 10;
$$;
revoke all on function private.wrong_marks from public, anon, authenticated, service_role;

-- The marked mistakes of a variable, newest first: what the run said, what is right (null: only
-- that it is wrong is known), the reviewer's note, and the beginning of the page.
create function private.mistakes(p_variable uuid)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'document', d.name,
        'said', jsonb_build_object('value', e.original -> 'value', 'quote', e.original -> 'quote'),
        'right', case
          when e.state <> 'rejected' then jsonb_build_object('value', e.value, 'quote', e.quote)
        end,
        'note', (
          select r.note
          from public.reviews as r
          where r.extraction_id = e.id and not r.undone
          order by r.updated_at desc, r.id
          limit 1
        ),
        'page', left(g.text, 2000)
      )
    ),
    '[]'
  )
  from private.wrong_marks(p_variable) as e
  inner join public.documents as d on d.id = e.document_id
  left join public.pages as g
    on g.document_id = e.document_id and g.number = coalesce(e.page, (e.original ->> 'page')::int, 1);
$$;
revoke all on function private.mistakes from public, anon, authenticated, service_role;

-- A printed label as the key of a variable; '' where no letter of it is left.
create function private.label_key(p_label text)
returns text
language sql immutable parallel safe set search_path = ''
as $$
  with without_accents as (
    select lower(regexp_replace(normalize(p_label, nfkd), '[\u0300-\u036f]', '', 'g')) as label
  ),
  joined as (
    select regexp_replace(w.label, '[^a-z0-9]+', '_', 'g') as label from without_accents as w
  )
  select rtrim(left(regexp_replace(j.label, '^[0-9_]+', ''), 60), '_') from joined as j;
$$;
revoke all on function private.label_key from public, anon, authenticated, service_role;

-- Whether a printed value looks like a date, an amount of money that names its currency, or a
-- number.
create function private.looks_like(p_type text, p_printed text)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select case p_type
    -- 2024-05-01; 1.5.2024 or 1/5/24; 1. May 2024; May 1, 2024
    when 'date' then
      p_printed ~ '^\d{4}-\d\d-\d\d$'
      or p_printed ~ '^\d{1,2}[./]\d{1,2}[./](\d\d|\d{4})$'
      or p_printed ~ '^\d{1,2}\.? [[:alpha:]]+\.? \d{4}$'
      or p_printed ~ '^[[:alpha:]]+ \d{1,2}, \d{4}$'
    -- EUR 12.50 or €12.50; 12.50 EUR
    when 'money' then
      p_printed ~ '^([A-Z]{3}|[€$£¥₹]) ?-?\d[\d.,'' ]*$'
      or p_printed ~ '^-?\d[\d.,'' ]* ?([A-Z]{3}|[€$£¥₹])$'
    -- 1,234.5; 12 %
    when 'number' then p_printed ~ '^[-+]?\d[\d.,'' ]* ?%?$'
  end;
$$;
revoke all on function private.looks_like from public, anon, authenticated, service_role;

-- Labels and their values as documents print them: beside the label, behind a colon or a gap, or
-- below it as in forms.
create function private.printed_pairs(p_documents uuid[])
returns table (document_id uuid, place int[], label text, value text)
language sql stable set search_path = ''
as $$
  with fields as (
    select z.document_id, z.page, z.position, z.text
    from public.zones as z
    where z.document_id = any(p_documents) and z.kind = 'key_value'
  ),
  lines as (
    select f.document_id, array[f.page, f.position, l.place::int] as place, l.line
    from fields as f
    cross join lateral regexp_split_to_table(f.text, e'\n') with ordinality as l (line, place)
  )
  select l.document_id, l.place, m.parts[1], m.parts[2]
  from lines as l
  -- a label of at most 60 characters, then a colon or two blanks, then the value
  cross join lateral regexp_match(l.line, '^(\S.{0,58}?)(?:\s?:\s+|\s{2,})(\S.*)$') as m (parts)
  where m.parts is not null
  union all
  select f.document_id, array[f.page, f.position, 1], split_part(f.text, e'\n', 1), split_part(f.text, e'\n', 2)
  from fields as f
  -- two lines, of which neither is such a pair by itself
  where f.text ~ '^[^\n]{2,60}\n[^\n]+$' and f.text !~ ': |  ';
$$;
revoke all on function private.printed_pairs from public, anon, authenticated, service_role;

-- Variables for what documents print as a label and its value; first those that most documents
-- print, at most 24. The type is the narrowest that every value looks like.
create function private.printed_variables(p_documents uuid[])
returns jsonb
language sql stable set search_path = ''
as $$
  with keyed_pairs as (
    select p.*, private.label_key(p.label) as key
    from private.printed_pairs(p_documents) as p
  ),
  variables as (
    select
      k.key,
      (array_agg(k.label order by k.place))[1] as label,
      case
        when bool_and(private.looks_like('date', k.value)) then 'date'
        when bool_and(private.looks_like('money', k.value)) then 'money'
        when bool_and(private.looks_like('number', k.value)) then 'number'
        else 'text'
      end as type,
      count(distinct k.document_id) as documents,
      min(k.place) as place
    from keyed_pairs as k
    where k.key <> ''
    group by k.key
  ),
  commonest as (
    select v.* from variables as v order by v.documents desc, v.place limit 24
  )
  select coalesce(
    jsonb_agg(
      jsonb_build_object('key', c.key, 'label', c.label, 'type', c.type) order by c.documents desc, c.place
    ),
    '[]'
  )
  from commonest as c;
$$;
revoke all on function private.printed_variables from public, anon, authenticated, service_role;

-- Both row units, the likelier one first: where most documents hold a table of three columns or
-- more, a row is an entity.
create function private.row_unit_offers(p_documents uuid[])
returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_documents int := cardinality(p_documents);
  v_with_table bigint;
  v_head text;
  v_pattern text;
  v_document jsonb;
  v_entity jsonb;
begin
  select count(distinct z.document_id), min(split_part(z.text, e'\n', 1)) into v_with_table, v_head
  from public.zones as z
  where z.document_id = any(p_documents)
    and z.kind = 'table'
    -- a head of three columns, apart by two blanks, and a line below it
    and z.text ~ '^[^\n]+  [^\n]+  [^\n]+\n[^\n]+\n';
  v_pattern := coalesce(
    'One line of the table that begins with: ' || regexp_replace(v_head, '  +', ', ', 'g'),
    'One of the things that the document lists'
  );
  v_document := jsonb_build_object(
    'row_unit', 'document',
    'reason', 'Documents hold no table of three columns or more in most cases: each reads as one record.'
  );
  v_entity := jsonb_build_object(
    'row_unit', 'entity',
    'reason', v_with_table || ' of ' || v_documents || ' documents hold a table, which lists several things.',
    'entity_pattern', left(v_pattern, 2000)
  );
  if v_with_table * 2 > v_documents then
    return jsonb_build_array(v_entity, v_document);
  end if;
  return jsonb_build_array(v_document, v_entity);
end;
$$;
revoke all on function private.row_unit_offers from public, anon, authenticated, service_role;

-- Instructions in plain sentences, which point at the quotes of the newest marked mistake and at
-- the label. A refinement adds its sentence to the instructions that the variable has.
create function private.instruction_offers(p_suggestion public.schema_suggestions)
returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_mistake jsonb := private.mistakes(p_suggestion.variable_id) -> 0;
  v_right text := v_mistake -> 'right' ->> 'quote';
  v_wrong text := v_mistake -> 'said' ->> 'quote';
  v_label text := (select v.label from public.variables as v where v.id = p_suggestion.variable_id);
  v_base text := case p_suggestion.kind when 'refinement' then p_suggestion.instructions else '' end;
begin
  return (
    select jsonb_agg(
      jsonb_build_object(
        'instructions', left(btrim(v_base || ' ' || o.sentence), 4000),
        'reason', o.reason,
        'focus', o.focus
      )
      order by o.place
    )
    from (values
      (1, 'place', 'Take it as in: “' || v_right || '”.', 'This is where a person found the right value.'),
      (2, 'exclusion', 'Not as in: “' || v_wrong || '”.', 'This is where a wrong value was taken from.'),
      (
        3, 'label', 'Take what stands beside “' || v_label || '” or what means the same.',
        'A value is proven best by its label.'
      ),
      (
        4, 'strictness', 'Give it only where the document names it; otherwise it is absent.',
        'A value that is not named is a guess.'
      )
    ) as o (place, focus, sentence, reason)
    where o.sentence is not null -- there is such a quote
  );
end;
$$;
revoke all on function private.instruction_offers from public, anon, authenticated, service_role;

-- What rules offer where no model answers.
create function private.rule_offers(p_suggestion public.schema_suggestions)
returns jsonb
language sql stable set search_path = ''
as $$
  select case p_suggestion.kind
    when 'variables' then private.printed_variables(p_suggestion.document_ids)
    when 'row_unit' then private.row_unit_offers(p_suggestion.document_ids)
    else private.instruction_offers(p_suggestion)
  end;
$$;
revoke all on function private.rule_offers from public, anon, authenticated, service_role;
