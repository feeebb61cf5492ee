-- Suggested answers: what a later run says of a cell that a person judged.

-- Newer answers for cells that people judged are laid beside them; a failure is no answer.
create function private.suggest_answers(p_task private.tasks, p_extractions jsonb)
returns void
language sql volatile security definer set search_path = ''
as $$
  with suggested as (
    update public.extractions as e
    set suggestion = a.answer - array['variable_id', 'row_index']
      || jsonb_build_object('job_id', p_task.job_id, 'schema_version_id', j.schema_version_id)
    from jsonb_array_elements(p_extractions) as a (answer)
    inner join public.jobs as j on j.id = p_task.job_id
    where e.document_id = p_task.document_id and e.variable_id = (a.answer ->> 'variable_id')::uuid
      and e.row_index = (a.answer ->> 'row_index')::int and e.judged_by is not null and a.answer ->> 'state' <> 'failed'
    returning e.*
  )
  insert into public.extraction_events (project_id, extraction_id, action, job_id, value, state, evidence)
  select s.project_id, s.id, 'suggest', p_task.job_id, nullif(s.suggestion -> 'value', 'null'::jsonb), s.suggestion ->> 'state', s.suggestion ->> 'evidence'
  from suggested as s;
$$;
revoke all on function private.suggest_answers from public, anon, authenticated, service_role;

-- definer: cells and reviews are written by verbs only.
create function public.take_suggestion(p_extraction uuid, p_note text default null, p_seen int default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(array[p_extraction], p_note, array[p_seen]);
begin
  if v_held[1].suggestion is null or v_held[1].judged_by is null then
    perform private.refuse(409, 'no_suggestion', 'The cell has no newer answer', 'It is as the last run left it.');
  elsif v_held[1].suggestion ->> 'state' = 'proposed' and jsonb_typeof(v_held[1].suggestion -> 'value') = 'null' then
    perform private.refuse(422, 'no_value', 'The newer answer has no value to accept', 'Correct the cell instead.');
  end if;
  update public.extractions as e
  set job_id = (select j.id from public.jobs as j where j.id = s.job_id),
    schema_version_id = (select v.id from public.schema_versions as v where v.id = s.schema_version_id),
    state = case s.state when 'proposed' then 'accepted' else s.state end, value = nullif(s.value, 'null'::jsonb), raw = s.raw,
    quote = s.quote, page = s.page, box = s.box, boxes = coalesce(s.boxes, '[]'), zone = s.zone, evidence = s.evidence,
    verified = s.verified, confidence = s.confidence, signals = coalesce(s.signals, '{}'),
    flags = coalesce(s.flags, '{}') || case when 'flagged' = any(e.flags) then array['flagged'] else '{}'::text[] end,
    absent_reason = s.absent_reason, origin = s.origin, input_hash = s.input_hash, judged_by = (select auth.uid()),
    original = e.suggestion, suggestion = null, updated_at = now()
  from jsonb_populate_record(null::public.extractions, v_held[1].suggestion) as s
  where e.id = p_extraction;
  return query select t.* from private.tell_judgements(v_held, 'take', 'accept', p_note) as t;
end;
$$;
comment on function public.take_suggestion is
'Puts the newer answer in place of the judged one, accepted by who takes it.
For reviewers. Refuses no_suggestion, no_value, no_cells, too_many_cells, cells_repeated, seen_incomplete,
cell_not_found, cell_changed, note_too_long, role_too_low.';
revoke all on function public.take_suggestion from public, anon, authenticated, service_role;
grant execute on function public.take_suggestion to authenticated;
