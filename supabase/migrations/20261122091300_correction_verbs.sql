-- Correction verbs: correct, mark absent, add what was missed, undo.
set local lock_timeout = '5s';

-- The right value in place of a wrong one, with the place it was read from if there is one.
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

-- The document does not say, whatever was found.
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

-- A value that was missed, from selected text: in a cell without a value, or in a cell or a row that is not there yet.
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

-- One step back, whoever made it; step by step down to the answer that stood before anybody judged.
-- A cell that a person added is gone with its first step, and the trail of the project says so.
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

revoke all on function
public.correct_cell(uuid, jsonb, text, int, float8[], text, int), public.mark_absent(uuid, text, text, int),
public.add_value(uuid, uuid, jsonb, int, text, int, float8[], text), public.undo_judgement(uuid, int),
private.last_judgement(uuid, uuid), private.restore_review(uuid, uuid)
from public, anon, authenticated, service_role;
grant execute on function
public.correct_cell(uuid, jsonb, text, int, float8[], text, int), public.mark_absent(uuid, text, text, int),
public.add_value(uuid, uuid, jsonb, int, text, int, float8[], text), public.undo_judgement(uuid, int)
to authenticated;
