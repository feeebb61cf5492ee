-- Corrections: people write values, take them back, and keep them as examples.

-- definer: as the policies, with a refusal that says why.
create function public.pin_example(p_extraction uuid, p_note text default '')
returns public.golden_examples
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_cell public.extractions;
  v_example public.golden_examples;
begin
  select e.* into v_cell from public.extractions as e
  where e.id = p_extraction and e.project_id = any(private.my_projects('viewer'));
  if v_cell.id is null then
    perform private.refuse(404, 'extraction_not_found', 'No such cell', 'It does not exist or you are not a member.');
  end if;
  perform private.require_role(v_cell.project_id, 'editor');
  if v_cell.state in ('failed', 'rejected') then
    perform private.refuse(409, 'cell_not_right', 'The cell holds no right answer', 'Correct it first.');
  end if;
  perform 1 from public.variables as v where v.id = v_cell.variable_id for no key update;
  insert into public.golden_examples (project_id, variable_id, document_id, value, quote, note, position)
  select v_cell.project_id, v_cell.variable_id, v_cell.document_id, v_cell.value, left(v_cell.quote, 4000), p_note, coalesce(max(g.position), 0) + 1
  from public.golden_examples as g
  where g.variable_id = v_cell.variable_id
  returning * into v_example;
  return v_example;
end;
$$;
comment on function public.pin_example is
'Makes an example of a cell that a person calls right.
For editors. Refuses extraction_not_found, role_too_low, cell_not_right, and whatever is wrong with the example.';
revoke all on function public.pin_example from public, anon, authenticated, service_role;
grant execute on function public.pin_example to authenticated;

-- Refuses what a cell of the variable cannot hold. What it takes can be pinned as an example and set as a default.
create function private.check_value(p_variable uuid, p_value jsonb)
returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_variable public.variables;
begin
  select v.* into v_variable from public.variables as v where v.id = p_variable;
  if p_value is null or jsonb_typeof(p_value) = 'null' then
    perform private.refuse(422, 'no_value', 'No value is given', 'Mark the cell absent instead.');
  elsif octet_length(p_value::text) > 65536 or exists (
    select 1
    from jsonb_array_elements(case jsonb_typeof(p_value) when 'array' then p_value else jsonb_build_array(p_value) end) as i (item)
    where char_length(i.item #>> '{}') > 4000
  ) then
    perform private.refuse(422, 'value_too_long', 'The value is too long', 'A text has at most 4000 characters, a list 64 KiB.');
  elsif not private.is_cell_of(v_variable, p_value) then
    perform private.refuse(422, 'value_type', 'The value does not have the type of its variable', private.cell_hint(v_variable));
  end if;
end;
$$;
revoke all on function private.check_value from public, anon, authenticated, service_role;

-- What a cell of the variable holds, as the next step for a person whose value was refused.
create function private.cell_hint(p_variable public.variables)
returns text
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_variable.multiple and p_variable.several = 'joined' then 'The values as one text that is not empty.'
    else case p_variable.type
      when 'number' then 'A JSON number.'
      when 'boolean' then 'true or false.'
      when 'date' then 'An ISO date of any precision: 2024, 2024-05 or 2024-05-01.'
      when 'category' then 'One of the listed categories, written as listed.'
      when 'money' then 'An object {"amount": number, "currency": "EUR" or null}.'
      else 'Text that is not empty.'
    end || case
      when p_variable.multiple and p_variable.several = 'all'
        then ' A list of 1 to ' || coalesce(p_variable.max_values, 1000) || ' of them.'
      else ''
    end
  end;
$$;
revoke all on function private.cell_hint from public, anon, authenticated, service_role;

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
revoke all on function private.check_place from public, anon, authenticated, service_role;

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
revoke all on function private.write_answer from public, anon, authenticated, service_role;

-- definer: cells and reviews are written by verbs only; this and the verbs below.
create function public.correct_cell(
  p_extraction uuid, p_value jsonb, p_quote text default null, p_page int default null, p_box float8[] default null,
  p_note text default null, p_seen int default null
)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(array[p_extraction], p_note, array[p_seen]);
begin
  perform private.check_value(v_held[1].variable_id, p_value);
  perform private.write_answer(v_held[1], 'corrected', p_value, null, p_quote, p_page, p_box);
  return query select t.* from private.tell_judgements(v_held, 'correct', 'correct', p_note) as t;
end;
$$;
comment on function public.correct_cell is
'Puts the right value in place of a wrong one, with the place it was read from where there is one.
For reviewers. Refuses no_value, value_type, value_too_long, quote_length, page_unknown, box_outside_page, no_cells,
too_many_cells, cells_repeated, seen_incomplete, cell_not_found, cell_changed, note_too_long, role_too_low.';
revoke all on function public.correct_cell from public, anon, authenticated, service_role;
grant execute on function public.correct_cell to authenticated;

create function public.mark_absent(p_extraction uuid, p_reason text default 'absent', p_note text default null, p_seen int default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(array[p_extraction], p_note, array[p_seen]);
begin
  if p_reason is null or p_reason not in ('absent', 'illegible', 'ambiguous', 'not_applicable') then
    perform private.refuse(422, 'reason_unknown', 'The reason is not known', 'absent, illegible, ambiguous or not_applicable.');
  end if;
  perform private.write_answer(v_held[1], 'absent', null, p_reason, null, null, null);
  return query select t.* from private.tell_judgements(v_held, 'absent', 'absent', p_note) as t;
end;
$$;
comment on function public.mark_absent is
'Says that the document does not tell the value, whatever was found.
For reviewers. Refuses reason_unknown, no_cells, too_many_cells, cells_repeated, seen_incomplete, cell_not_found,
cell_changed, note_too_long, role_too_low.';
revoke all on function public.mark_absent from public, anon, authenticated, service_role;
grant execute on function public.mark_absent to authenticated;

create function public.add_value(
  p_document uuid, p_variable uuid, p_value jsonb, p_row_index int default 0, p_quote text default null, p_page int default null,
  p_box float8[] default null, p_note text default null
)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_document public.documents;
  v_cell uuid;
  v_held public.extractions[];
begin
  select d.* into v_document from public.documents as d
  where d.id = p_document and d.deleted_at is null and d.project_id = any(private.my_projects('viewer'));
  if v_document.id is null then
    perform private.refuse(404, 'document_not_found', 'No such document', 'It does not exist or you are not a member.');
  end if;
  perform private.require_role(v_document.project_id, 'reviewer');
  if not exists (select 1 from public.variables as v where v.id = p_variable and v.project_id = v_document.project_id) then
    perform private.refuse(404, 'variable_not_found', 'No such variable', 'It is not part of this project.');
  elsif p_row_index is null or p_row_index not between 0 and 99999 then
    perform private.refuse(422, 'row_index_range', 'The row index is out of range', 'Count rows from 0.');
  end if;
  perform private.check_value(p_variable, p_value);
  -- An empty cell takes the place, so that the rules of judging are the same for it.
  insert into public.extractions (
    project_id, document_id, variable_id, row_index, state, absent_reason, evidence, verified, confidence, origin, input_hash
  )
  values (v_document.project_id, p_document, p_variable, p_row_index, 'absent', 'absent', 'none', false, 0, 'person', '')
  on conflict (document_id, variable_id, row_index) do nothing;
  select e.id into v_cell from public.extractions as e
  where e.document_id = p_document and e.variable_id = p_variable and e.row_index = p_row_index;
  v_held := private.hold_cells(array[v_cell], p_note, null);
  if v_held[1].value is not null then
    perform private.refuse(409, 'cell_has_value', 'The cell has a value', 'Correct it instead.');
  end if;
  perform private.write_answer(v_held[1], 'corrected', p_value, null, p_quote, p_page, p_box);
  return query select t.* from private.tell_judgements(v_held, 'add', 'add', p_note) as t;
end;
$$;
comment on function public.add_value is
'Adds a value that was missed, from selected text: in a cell without a value, or in a cell or a row that is not there
yet.
For reviewers. Refuses document_not_found, variable_not_found, row_index_range, cell_has_value, no_value, value_type,
value_too_long, quote_length, page_unknown, box_outside_page, no_cells, too_many_cells, cells_repeated,
seen_incomplete, cell_not_found, cell_changed, note_too_long, role_too_low.';
revoke all on function public.add_value from public, anon, authenticated, service_role;
grant execute on function public.add_value to authenticated;

create function public.undo_judgement(p_extraction uuid, p_seen int default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(array[p_extraction], null, array[p_seen]);
  v_cell public.extractions := v_held[1];
  v_step public.extraction_events;
begin
  v_step := private.last_judgement(p_extraction, null);
  if v_step.id is null then
    perform private.refuse(409, 'nothing_to_undo', 'Nobody has judged this cell', 'It is as the run left it.');
  elsif v_step.before is null then
    perform private.add_event(v_cell.project_id, 'extractions', p_extraction, 'deleted', jsonb_build_object(
      'document_id', v_cell.document_id, 'variable_id', v_cell.variable_id, 'row_index', v_cell.row_index, 'value', v_cell.value
    ));
    delete from public.extractions as e where e.id = p_extraction;
    return;
  end if;
  update public.extractions as e
  set job_id = b.job_id, schema_version_id = b.schema_version_id, state = b.state, value = b.value, raw = b.raw, quote = b.quote,
    page = b.page, box = b.box, boxes = b.boxes, zone = b.zone, evidence = b.evidence, verified = b.verified,
    confidence = b.confidence, signals = b.signals, absent_reason = b.absent_reason, origin = b.origin,
    input_hash = b.input_hash, judged_by = b.judged_by, original = b.original,
    suggestion = coalesce(e.suggestion, b.suggestion),
    flags = array_remove(b.flags, 'flagged') || case when 'flagged' = any(e.flags) then array['flagged'] else '{}'::text[] end,
    updated_at = now()
  from jsonb_populate_record(v_cell, v_step.before) as b
  where e.id = p_extraction;
  insert into public.extraction_events (project_id, extraction_id, action, actor, job_id, value, state, evidence, before, undoes)
  select e.project_id, e.id, 'undo', (select auth.uid()), e.job_id, e.value, e.state, e.evidence, private.cell_snapshot(v_cell), v_step.id
  from public.extractions as e
  where e.id = p_extraction;
  perform private.restore_review(p_extraction, v_step.actor);
  return query select e.* from public.extractions as e where e.id = p_extraction;
end;
$$;
comment on function public.undo_judgement is
'Takes back the last judgement of a cell, whoever made it; step by step down to the answer that stood before anybody
judged. A cell that a person added goes with its first step, and the trail of the project says so.
For reviewers. Refuses nothing_to_undo, no_cells, too_many_cells, cells_repeated, seen_incomplete, cell_not_found,
cell_changed, note_too_long, role_too_low.';
revoke all on function public.undo_judgement from public, anon, authenticated, service_role;
grant execute on function public.undo_judgement to authenticated;

-- The newest judgement of a cell that was not taken back: by anybody, or by p_actor.
create function private.last_judgement(p_extraction uuid, p_actor uuid)
returns public.extraction_events
language sql stable security definer set search_path = ''
as $$
  select h.*
  from public.extraction_events as h
  where h.extraction_id = p_extraction and h.action in ('accept', 'correct', 'reject', 'absent', 'add', 'take')
    and (p_actor is null or h.actor = p_actor)
    and not exists (select 1 from public.extraction_events as u where u.extraction_id = p_extraction and u.undoes = h.id)
  order by h.id desc
  limit 1;
$$;
revoke all on function private.last_judgement from public, anon, authenticated, service_role;

-- After an undo the person's current judgement is the one before it, or none.
create function private.restore_review(p_extraction uuid, p_author uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_step public.extraction_events := private.last_judgement(p_extraction, p_author);
begin
  update public.reviews as r
  set undone = v_step.id is null, updated_at = now(),
    kind = coalesce(case v_step.action when 'take' then 'accept' else v_step.action end, r.kind),
    value = case when v_step.id is null then r.value else v_step.value end,
    note = case when v_step.id is null then r.note else v_step.note end
  where r.extraction_id = p_extraction and r.author = p_author and r.kind <> 'flag';
end;
$$;
revoke all on function private.restore_review from public, anon, authenticated, service_role;
