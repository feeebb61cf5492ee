-- Refinement verbs: alternatives from marked mistakes, compared on what people judged, applied by a person alone.
set local lock_timeout = '5s';

-- Asks for two or three other instructions for a variable, from the cells of it that people marked as wrong.
-- definer: suggestions and tasks are written by verbs only.
create function public.start_refinement(p_variable uuid)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_project uuid;
  v_documents uuid[];
begin
  select v.project_id into v_project from public.variables as v where v.id = p_variable and v.project_id = any(private.my_projects('viewer'));
  if v_project is null then
    perform private.refuse(404, 'variable_not_found', 'No such variable', 'It does not exist or you are not a member.');
  end if;
  perform private.require_role(v_project, 'editor');
  select array_agg(w.document_id) into v_documents from private.wrong_marks(p_variable) as w;
  if v_documents is null then
    perform private.refuse(409, 'no_wrong_mark', 'No answer of the variable is marked as wrong', 'Correct or reject one first, of a document that is not held out.');
  end if;
  return private.queue_suggestion(v_project, 'refinement', v_documents, p_variable);
end;
$$;

-- The suggestion of instructions that the caller may see, locked, and done; 403 when the role is too low.
create function private.hold_suggestion(p_suggestion uuid)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions;
begin
  select s.* into v_suggestion from public.schema_suggestions as s
  where s.id = p_suggestion and s.project_id = any(private.my_projects('viewer'))
  for no key update;
  if v_suggestion.id is null then
    perform private.refuse(404, 'suggestion_not_found', 'No such suggestion', 'It does not exist or you are not a member.');
  end if;
  perform private.require_role(v_suggestion.project_id, 'editor');
  if v_suggestion.variable_id is null or v_suggestion.state <> 'done' then
    perform private.refuse(409, 'suggestion_not_fit', 'The suggestion offers no instructions', 'It must be done, and of kind instructions or refinement.');
  end if;
  return v_suggestion;
end;
$$;

-- Asks the judged cells of the variable again, with its own instructions and with those of each candidate: as many calls a
-- document. The table is not touched. Of at most 50 documents, those judged last.
-- definer: as start_refinement.
create function public.compare_refinement(p_suggestion uuid)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions := private.hold_suggestion(p_suggestion);
  v_documents uuid[];
begin
  if v_suggestion.compared + v_suggestion.compare_failed < v_suggestion.compare_total then
    perform private.refuse(409, 'comparison_running', 'The candidates are being compared', 'Wait until all documents are compared.');
  elsif exists (select 1 from public.projects as p where p.id = v_suggestion.project_id and p.row_unit = 'entity') then
    perform private.refuse(409, 'rows_are_entities', 'Rows that are entities are not compared', 'One variable alone does not say which row is which.');
  end if;
  select array_agg(m.document_id) into v_documents from private.marked_cells(v_suggestion.variable_id) as m;
  if v_documents is null then
    perform private.refuse(409, 'nothing_to_compare', 'No cell to compare on', 'Judge cells of documents that are no golden examples of the variable.');
  end if;
  delete from public.comparison_answers as c where c.suggestion_id = p_suggestion;
  update public.schema_suggestions as s set compare_total = cardinality(v_documents), compared = 0, compare_failed = 0
  where s.id = p_suggestion
  returning s.* into v_suggestion;
  insert into private.tasks (project_id, kind, document_id, priority, payload)
  select v_suggestion.project_id, 'refine', d.id, 10, jsonb_build_object('suggestion_id', p_suggestion)
  from unnest(v_documents) as d (id);
  return v_suggestion;
end;
$$;

-- The document as a run would read it, the variable as it stands, and the instructions to compare: its own first.
-- definer: the worker may call verbs and may not touch the queue.
create function public.read_comparison(p_task bigint, p_lease_token uuid)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'refine');
begin
  return (
    select d.asked || jsonb_build_object(
      -- The cell was judged: whatever it depends on, it applied.
      'variable', jsonb_path_query_first(d.asked, '$.variables[*] ? (@.id == $id)', jsonb_build_object('id', s.variable_id)) - 'depends_on',
      'instructions', jsonb_build_array(s.instructions) || jsonb_path_query_array(s.answer, '$[*].instructions')
    )
    from public.schema_suggestions as s
    cross join lateral cast(private.asked_of_document(private.snapshot(s.project_id), v_task.document_id, s.request_id) as jsonb) as d (asked)
    where s.id = (v_task.payload ->> 'suggestion_id')::uuid
  );
end;
$$;

-- Keeps what each candidate answered beside what the person said. p_answers: a cell as finish_extract takes it, and its candidate.
-- definer: as read_comparison.
create function public.finish_comparison(p_task bigint, p_lease_token uuid, p_answers jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'refine');
begin
  insert into public.comparison_answers (
    suggestion_id, candidate, extraction_id, project_id, held_out, state, value, quote, evidence, verified, confidence, is_right
  )
  select s.id, a.candidate, e.id, s.project_id, e.document_id = any(private.held_out(s.project_id)), a.state, nullif(a.value, 'null'::jsonb),
    a.quote, a.evidence, a.verified, a.confidence, private.is_right(e, a.state, nullif(a.value, 'null'::jsonb))
  from public.schema_suggestions as s
  inner join private.marked_cells(s.variable_id) as e on e.document_id = v_task.document_id
  cross join jsonb_to_recordset(p_answers)
    as a (candidate int, state text, value jsonb, quote text, evidence text, verified boolean, confidence float8)
  where s.id = (v_task.payload ->> 'suggestion_id')::uuid;
  perform private.close_task(p_task, 'done');
end;
$$;

-- definer: fires for verbs of tasks, which know nothing of comparisons.
create function private.follow_comparison()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.schema_suggestions as s
  set compared = s.compared + case new.state when 'done' then 1 else 0 end,
    compare_failed = s.compare_failed + case new.state when 'done' then 0 else 1 end
  where s.id = (new.payload ->> 'suggestion_id')::uuid;
  return null;
end;
$$;
create trigger tasks_comparisons after update of state on private.tasks for each row
when (new.kind = 'refine' and new.state in ('done', 'dead', 'cancelled') and old.state is distinct from new.state)
execute function private.follow_comparison();

-- How many judged cells each candidate gets right, on documents that it was drawn from or might have been, and on those held out.
-- definer: tells strangers that there is no such suggestion.
create function public.refinement_report(p_suggestion uuid)
returns table (candidate int, instructions text, held_out boolean, cells bigint, right_cells bigint, wrong_cells bigint, unknown_cells bigint)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions;
begin
  select s.* into v_suggestion from public.schema_suggestions as s
  where s.id = p_suggestion and s.project_id = any(private.my_projects('viewer'));
  if v_suggestion.id is null then
    perform private.refuse(404, 'suggestion_not_found', 'No such suggestion', 'It does not exist or you are not a member.');
  end if;
  return query
    select c.candidate, case c.candidate when 0 then v_suggestion.instructions else v_suggestion.answer -> (c.candidate - 1) ->> 'instructions' end,
      c.held_out, count(*), count(*) filter (where c.is_right), count(*) filter (where not c.is_right), count(*) filter (where c.is_right is null)
    from public.comparison_answers as c
    where c.suggestion_id = p_suggestion
    group by c.candidate, c.held_out
    order by c.candidate, c.held_out;
end;
$$;

-- A person chooses: the instructions of the candidate become those of the variable, in a new schema version; all else stays.
-- restore_version of the version before takes it back.
-- definer: as start_refinement.
create function public.apply_refinement(p_suggestion uuid, p_candidate int)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions := private.hold_suggestion(p_suggestion);
  v_version public.schema_versions;
begin
  if p_candidate is null or p_candidate not between 1 and jsonb_array_length(v_suggestion.answer) then
    perform private.refuse(422, 'candidate_unknown', 'The suggestion has no such candidate', 'Give its place in the answer, from 1.');
  end if;
  perform private.lock_schema(v_suggestion.project_id);
  update public.variables as v set instructions = v_suggestion.answer -> (p_candidate - 1) ->> 'instructions'
  where v.id = v_suggestion.variable_id and v.instructions = v_suggestion.instructions;
  if not found then
    perform private.refuse(409, 'instructions_changed', 'The instructions were changed meanwhile', 'Ask for a new suggestion.');
  end if;
  v_version := private.current_version(v_suggestion.project_id);
  update public.schema_suggestions as s
  set applied_candidate = p_candidate, applied_version_id = v_version.id, applied_by = (select auth.uid()), applied_at = now()
  where s.id = p_suggestion;
  return v_version;
end;
$$;

revoke all on function
private.hold_suggestion(uuid), private.follow_comparison(),
public.start_refinement(uuid), public.compare_refinement(uuid), public.read_comparison(bigint, uuid),
public.finish_comparison(bigint, uuid, jsonb), public.refinement_report(uuid), public.apply_refinement(uuid, int)
from public, anon, authenticated, service_role;
grant execute on function
public.start_refinement(uuid), public.compare_refinement(uuid), public.refinement_report(uuid), public.apply_refinement(uuid, int)
to authenticated;
grant execute on function public.read_comparison(bigint, uuid), public.finish_comparison(bigint, uuid, jsonb) to service_role;
