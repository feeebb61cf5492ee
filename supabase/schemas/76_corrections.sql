-- Corrections: people write values, take them back, and keep them as examples.

-- definer: an editor could add the example by the policies too, but would not be told why not.
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
    perform private.refuse(
      404, 'extraction_not_found', 'No such cell', 'It does not exist or you are not a member.'
    );
  end if;
  perform private.require_role(v_cell.project_id, 'editor');
  if v_cell.state in ('failed', 'rejected') then
    perform private.refuse(409, 'cell_not_right', 'The cell holds no right answer', 'Correct it first.');
  end if;
  -- One at a time for each variable: two examples that are pinned at once would get the same
  -- position.
  perform 1 from public.variables as v where v.id = v_cell.variable_id for no key update;
  insert into public.golden_examples (project_id, variable_id, document_id, value, quote, note, position)
  select
    v_cell.project_id, v_cell.variable_id, v_cell.document_id, v_cell.value, left(v_cell.quote, 4000), p_note,
    coalesce(max(g.position), 0) + 1
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

-- Refuses what a cell of the variable cannot hold. What it takes can be pinned as an example and
-- set as a default.
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
    from jsonb_array_elements(
      case jsonb_typeof(p_value) when 'array' then p_value else jsonb_build_array(p_value) end
    ) as i (item)
    where char_length(i.item #>> '{}') > 4000
  ) then
    perform private.refuse(
      422, 'value_too_long', 'The value is too long', 'A text has at most 4000 characters, a list 64 KiB.'
    );
  elsif not private.is_cell_of(v_variable, p_value) then
    perform private.refuse(
      422, 'value_type', 'The value does not have the type of its variable', private.cell_hint(v_variable)
    );
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

-- Where a person read a value: the quote, its page, and its box there. All of it may be null.
create type private.place as (quote text, page int, box float8 array);

-- Refuses a place that the document does not have.
create function private.check_place(p_document uuid, p_place private.place)
returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_box float8[] := p_place.box;
  v_page public.pages;
begin
  select g.* into v_page from public.pages as g
  where g.document_id = p_document and g.number = p_place.page;
  if char_length(p_place.quote) > 10000 or btrim(p_place.quote) = '' then
    perform private.refuse(
      422, 'quote_length', 'The quote is empty or too long', 'Between 1 and 10000 characters, or none.'
    );
  elsif (p_place.page is null and (v_box is not null or p_place.quote is not null))
    or (p_place.page is not null and v_page.document_id is null)
  then
    perform private.refuse(
      422, 'page_unknown', 'The document has no such page', 'A quote or a box needs the number of its page.'
    );
  elsif cardinality(v_box) <> 4 or array_position(v_box, null) is not null
    or v_box[1] > v_box[3] or v_box[2] > v_box[4]
    or v_box[1] < -1 or v_box[2] < -1 or v_box[3] > v_page.width + 1 or v_box[4] > v_page.height + 1
  then
    perform private.refuse(
      422, 'box_outside_page', 'The box is not on the page',
      'x0, y0, x1, y1 in points from the top left of the page as displayed.'
    );
  end if;
end;
$$;
revoke all on function private.check_place from public, anon, authenticated, service_role;

-- Whether the quote is printed on its page, however the blanks fall: what evidence there is for it.
create function private.quote_evidence(p_document uuid, p_place private.place)
returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_quote text := regexp_replace(btrim(p_place.quote), '\s+', ' ', 'g');
begin
  if v_quote is null then
    return 'none';
  elsif exists (
    select 1 from public.pages as g
    where g.document_id = p_document and g.number = p_place.page
      and position(v_quote in regexp_replace(g.text, '\s+', ' ', 'g')) > 0
  ) then
    return 'exact';
  end if;
  return 'not_found';
end;
$$;
revoke all on function private.quote_evidence from public, anon, authenticated, service_role;

-- The smallest zone that the middle of the box is in; null where there is none.
create function private.zone_of_box(p_document uuid, p_page int, p_box float8[])
returns int
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_x float8 := (p_box[1] + p_box[3]) / 2;
  v_y float8 := (p_box[2] + p_box[4]) / 2;
begin
  return (
    select z.position from public.zones as z
    where z.document_id = p_document and z.page = p_page
      and v_x between z.x0 and z.x1 and v_y between z.y0 and z.y1
    order by (z.x1 - z.x0) * (z.y1 - z.y0), z.position
    limit 1
  );
end;
$$;
revoke all on function private.zone_of_box from public, anon, authenticated, service_role;

-- Puts a person's answer in place of what the cell holds, which the caller has locked. It is never
-- verified: that word says what code has proven, and a person needs no proof.
create function private.write_persons_answer(
  p_cell public.extractions, p_state text, p_value jsonb, p_reason text, p_place private.place
)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_cell public.extractions := p_cell;
begin
  perform private.check_place(p_cell.document_id, p_place);
  v_cell.original := private.first_answer(p_cell);
  v_cell.judged_by := (select auth.uid());
  v_cell.origin := 'person';
  v_cell.state := p_state;
  v_cell.value := p_value;
  v_cell.absent_reason := p_reason;
  v_cell.raw := null;
  v_cell.quote := p_place.quote;
  v_cell.page := p_place.page;
  v_cell.box := p_place.box;
  v_cell.boxes := case when p_place.box is null then '[]'::jsonb else jsonb_build_array(to_jsonb(p_place.box)) end;
  v_cell.zone := private.zone_of_box(p_cell.document_id, p_place.page, p_place.box);
  v_cell.evidence := private.quote_evidence(p_cell.document_id, p_place);
  v_cell.verified := false;
  v_cell.confidence := 1;
  v_cell.signals := '{"person": true}';
  v_cell.flags := '{}';
  perform private.write_cells(array[v_cell], p_over_judged => true);
end;
$$;
revoke all on function private.write_persons_answer from public, anon, authenticated, service_role;

-- definer: cells and reviews are written by verbs only.
create function public.correct_cell(
  p_extraction uuid, p_value jsonb,
  p_quote text default null, p_page int default null, p_box float8[] default null,
  p_note text default null, p_seen int default null
)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(array[p_extraction], p_note, array[p_seen]);
begin
  perform private.check_value(v_held[1].variable_id, p_value);
  perform private.write_persons_answer(
    v_held[1], 'corrected', p_value, null, row(p_quote, p_page, p_box)::private.place
  );
  return query select j.* from private.conclude_judgement(v_held, 'correct', p_note) as j;
end;
$$;
comment on function public.correct_cell is
'Puts the right value in place of a wrong one, with the place it was read from where there is one.
For reviewers. Refuses no_value, value_type, value_too_long, quote_length, page_unknown, box_outside_page,
cells_repeated (no cell is named), cell_not_found, cell_changed, note_too_long, role_too_low.';
revoke all on function public.correct_cell from public, anon, authenticated, service_role;
grant execute on function public.correct_cell to authenticated;

-- definer: cells and reviews are written by verbs only.
create function public.mark_absent(
  p_extraction uuid, p_reason text default 'absent', p_note text default null, p_seen int default null
)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(array[p_extraction], p_note, array[p_seen]);
begin
  if p_reason is null or p_reason not in ('absent', 'illegible', 'ambiguous', 'not_applicable') then
    perform private.refuse(
      422, 'reason_unknown', 'The reason is not known', 'absent, illegible, ambiguous or not_applicable.'
    );
  end if;
  perform private.write_persons_answer(v_held[1], 'absent', null, p_reason, null::private.place);
  return query select j.* from private.conclude_judgement(v_held, 'absent', p_note) as j;
end;
$$;
comment on function public.mark_absent is
'Says that the document does not tell the value, whatever was found.
For reviewers. Refuses reason_unknown, cells_repeated (no cell is named), cell_not_found, cell_changed,
note_too_long, role_too_low.';
revoke all on function public.mark_absent from public, anon, authenticated, service_role;
grant execute on function public.mark_absent to authenticated;

-- The cell of a document, a variable and a row, made empty where there is none. Once it is there, it
-- is locked, compared and filled like any other cell.
create function private.find_or_make_cell(p_document public.documents, p_variable uuid, p_row_index int)
returns uuid
language plpgsql volatile set search_path = ''
as $$
begin
  insert into public.extractions (
    project_id, document_id, variable_id, row_index,
    state, absent_reason, evidence, verified, confidence, origin, input_hash
  )
  values (
    p_document.project_id, p_document.id, p_variable, p_row_index,
    'absent', 'absent', 'none', false, 0, 'person', ''
  )
  on conflict (document_id, variable_id, row_index) do nothing;
  return (
    select e.id from public.extractions as e
    where e.document_id = p_document.id and e.variable_id = p_variable and e.row_index = p_row_index
  );
end;
$$;
revoke all on function private.find_or_make_cell from public, anon, authenticated, service_role;

-- definer: cells and reviews are written by verbs only.
create function public.add_value(
  p_document uuid, p_variable uuid, p_value jsonb, p_row_index int default 0,
  p_quote text default null, p_page int default null, p_box float8[] default null, p_note text default null
)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_document public.documents := private.see_document(p_document);
  v_held public.extractions[];
begin
  perform private.require_role(v_document.project_id, 'reviewer');
  if not exists (
    select 1 from public.variables as v where v.id = p_variable and v.project_id = v_document.project_id
  ) then
    perform private.refuse(404, 'variable_not_found', 'No such variable', 'It is not part of this project.');
  elsif p_row_index is null or p_row_index not between 0 and 99999 then
    perform private.refuse(422, 'row_index_range', 'The row index is out of range', 'Count rows from 0.');
  end if;
  perform private.check_value(p_variable, p_value);
  v_held := private.hold_cells(
    array[private.find_or_make_cell(v_document, p_variable, p_row_index)], p_note, null
  );
  if v_held[1].value is not null then
    perform private.refuse(409, 'cell_has_value', 'The cell has a value', 'Correct it instead.');
  end if;
  perform private.write_persons_answer(
    v_held[1], 'corrected', p_value, null, row(p_quote, p_page, p_box)::private.place
  );
  return query select j.* from private.conclude_judgement(v_held, 'add', p_note) as j;
end;
$$;
comment on function public.add_value is
'Adds a value that was missed, from selected text: in a cell without a value, or in a cell or a row that is not there
yet.
For reviewers. Refuses document_not_found, variable_not_found, row_index_range, cell_has_value, no_value, value_type,
value_too_long, quote_length, page_unknown, box_outside_page, note_too_long, role_too_low.';
revoke all on function public.add_value from public, anon, authenticated, service_role;
grant execute on function public.add_value to authenticated;

-- definer: cells and reviews are written by verbs only.
create function public.undo_judgement(p_extraction uuid, p_seen int default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(array[p_extraction], null, array[p_seen]);
  v_step public.extraction_events := private.last_judgement(p_extraction, null);
begin
  if v_step.id is null then
    perform private.refuse(
      409, 'nothing_to_undo', 'Nobody has judged this cell', 'It is as the run left it.'
    );
  elsif v_step.before is null then
    perform private.delete_added_cell(v_held[1]);
    return;
  end if;
  perform private.bring_back(v_held[1], v_step.before);
  perform private.record_action(v_held, 'undo', p_undoes => v_step.id);
  perform private.restore_review(p_extraction, v_step.actor);
  return query select e.* from public.extractions as e where e.id = p_extraction;
end;
$$;
comment on function public.undo_judgement is
'Takes back the last judgement of a cell, whoever made it; step by step down to the answer that stood before anybody
judged. A cell that a person added goes with its first step, and the trail of the project says so.
For reviewers. Refuses nothing_to_undo, cells_repeated (no cell is named), cell_not_found, cell_changed,
role_too_low.';
revoke all on function public.undo_judgement from public, anon, authenticated, service_role;
grant execute on function public.undo_judgement to authenticated;

-- Deletes a cell that a person added. Its history goes with it, so the trail of the project says
-- what it held.
create function private.delete_added_cell(p_cell public.extractions)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
  perform private.add_event(
    p_cell.project_id, 'extractions', p_cell.id, 'deleted',
    jsonb_build_object(
      'document_id', p_cell.document_id, 'variable_id', p_cell.variable_id,
      'row_index', p_cell.row_index, 'value', p_cell.value
    )
  );
  delete from public.extractions as e where e.id = p_cell.id;
end;
$$;
revoke all on function private.delete_added_cell from public, anon, authenticated, service_role;

-- Brings a cell back to what it was at a step of its history. An answer that came beside it since
-- then stays there.
create function private.bring_back(p_cell public.extractions, p_snapshot jsonb)
returns void
language plpgsql volatile set search_path = ''
as $$
declare
  v_cell public.extractions := jsonb_populate_record(p_cell, p_snapshot);
begin
  v_cell.suggestion := coalesce(p_cell.suggestion, v_cell.suggestion);
  perform private.write_cells(array[v_cell], p_over_judged => true);
end;
$$;
revoke all on function private.bring_back from public, anon, authenticated, service_role;

-- The newest judgement of a cell that was not taken back: by anybody, or by p_actor.
create function private.last_judgement(p_extraction uuid, p_actor uuid)
returns public.extraction_events
language sql stable security definer set search_path = ''
as $$
  select h.*
  from public.extraction_events as h
  where h.extraction_id = p_extraction
    and h.action in ('accept', 'correct', 'reject', 'absent', 'add', 'take')
    and (p_actor is null or h.actor = p_actor)
    and not exists (
      select 1 from public.extraction_events as u where u.extraction_id = p_extraction and u.undoes = h.id
    )
  order by h.id desc
  limit 1;
$$;
revoke all on function private.last_judgement from public, anon, authenticated, service_role;

-- After an undo a person's current judgement is again the one before it. Where there is none, the
-- review is marked as taken back. A flag is no judgement, and stays.
create function private.restore_review(p_extraction uuid, p_author uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_step public.extraction_events := private.last_judgement(p_extraction, p_author);
begin
  if v_step.id is null then
    update public.reviews as r set undone = true, updated_at = now()
    where r.extraction_id = p_extraction and r.author = p_author and r.kind <> 'flag';
  else
    update public.reviews as r
    set
      undone = false, updated_at = now(),
      kind = private.review_kind(v_step.action), value = v_step.value, note = v_step.note
    where r.extraction_id = p_extraction and r.author = p_author and r.kind <> 'flag';
  end if;
end;
$$;
revoke all on function private.restore_review from public, anon, authenticated, service_role;
