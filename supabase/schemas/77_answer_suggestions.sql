-- Suggested answers: what a later run says of a cell that a person judged.

-- Lays the newer answers of a run beside the cells that people judged. A failure is no answer.
create function private.suggest_answers(p_task private.tasks, p_answers jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  with suggested as (
    update public.extractions as e
    set
      suggestion = (a.answer - array['variable_id', 'row_index'])
        || jsonb_build_object('job_id', p_task.job_id, 'schema_version_id', j.schema_version_id)
    from jsonb_array_elements(p_answers) as a (answer)
    inner join public.jobs as j on j.id = p_task.job_id
    where e.document_id = p_task.document_id
      and e.variable_id = (a.answer ->> 'variable_id')::uuid
      and e.row_index = (a.answer ->> 'row_index')::int
      and e.judged_by is not null
      and a.answer ->> 'state' <> 'failed'
    returning e.*
  )
  insert into public.extraction_events (project_id, extraction_id, action, job_id, value, state, evidence)
  select
    s.project_id, s.id, 'suggest', p_task.job_id,
    nullif(s.suggestion -> 'value', 'null'::jsonb), s.suggestion ->> 'state', s.suggestion ->> 'evidence'
  from suggested as s;
end;
$$;
revoke all on function private.suggest_answers from public, anon, authenticated, service_role;

-- Puts the newer answer of a cell, which the caller has locked, in place of the judged one; the
-- caller is its judge.
create function private.write_suggestion(p_cell public.extractions)
returns void
language plpgsql volatile set search_path = ''
as $$
declare
  v_cell public.extractions := jsonb_populate_record(null::public.extractions, p_cell.suggestion);
begin
  v_cell.project_id := p_cell.project_id;
  v_cell.document_id := p_cell.document_id;
  v_cell.variable_id := p_cell.variable_id;
  v_cell.row_index := p_cell.row_index;
  -- The job or the version that the answer came from may have been deleted since then.
  v_cell.job_id := (select j.id from public.jobs as j where j.id = v_cell.job_id);
  v_cell.schema_version_id := (
    select s.id from public.schema_versions as s where s.id = v_cell.schema_version_id
  );
  v_cell.state := case v_cell.state when 'proposed' then 'accepted' else v_cell.state end;
  v_cell.judged_by := (select auth.uid());
  v_cell.original := p_cell.suggestion;
  v_cell.suggestion := null;
  perform private.write_cells(array[v_cell], p_over_judged => true);
end;
$$;
revoke all on function private.write_suggestion from public, anon, authenticated, service_role;

-- definer: cells and reviews are written by verbs only.
create function public.take_suggestion(p_extraction uuid, p_note text default null, p_seen int default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(array[p_extraction], p_note, array[p_seen]);
  v_suggestion jsonb := v_held[1].suggestion;
begin
  if v_suggestion is null or v_held[1].judged_by is null then
    perform private.refuse(
      409, 'no_suggestion', 'The cell has no newer answer', 'It is as the last run left it.'
    );
  elsif v_suggestion ->> 'state' = 'proposed' and jsonb_typeof(v_suggestion -> 'value') = 'null' then
    perform private.refuse(
      422, 'no_value', 'The newer answer has no value to accept', 'Correct the cell instead.'
    );
  end if;
  perform private.write_suggestion(v_held[1]);
  return query select j.* from private.conclude_judgement(v_held, 'take', p_note) as j;
end;
$$;
comment on function public.take_suggestion is
'Puts the newer answer in place of the judged one, accepted by who takes it.
For reviewers. Refuses no_suggestion, no_value, cells_repeated (no cell is named), cell_not_found, cell_changed,
note_too_long, role_too_low.';
revoke all on function public.take_suggestion from public, anon, authenticated, service_role;
grant execute on function public.take_suggestion to authenticated;
