-- Refinements: instructions compared on judged cells before they are applied.

create table public.comparison_answers (
  suggestion_id uuid not null references public.schema_suggestions (id) on delete cascade,
  candidate int not null,
  extraction_id uuid not null references public.extractions (id) on delete cascade,
  project_id uuid not null references public.projects (id) on delete cascade,
  held_out boolean not null,
  state text not null,
  value jsonb,
  quote text,
  evidence text not null,
  verified boolean not null,
  confidence float8 not null,
  is_right boolean,
  created_at timestamptz not null default now(),
  constraint comparison_answers_one_per_cell primary key (suggestion_id, candidate, extraction_id),
  constraint comparison_answers_candidate_counted check (candidate >= 0),
  constraint comparison_answers_state_known check (state in ('proposed', 'absent', 'failed')),
  constraint comparison_answers_evidence_known check (
    evidence in ('exact', 'split', 'fuzzy', 'moved', 'not_found', 'none')
  )
);
comment on table public.comparison_answers is
'What a variable answers in a judged cell with the instructions of each candidate.';
comment on column public.comparison_answers.candidate is
'0: the instructions of the variable when the suggestion was asked for; '
'from 1: the place in the answer of the suggestion.';
comment on column public.comparison_answers.held_out is
'The document was held out of the sample: no candidate was drawn from it.';
comment on column public.comparison_answers.is_right is
'Whether it is what the person said; '
'null where the person said only what is wrong, and this is something else.';
create index comparison_answers_extraction on public.comparison_answers (extraction_id); -- serves the foreign key
create index comparison_answers_project on public.comparison_answers (project_id); -- serves the policy

alter table public.comparison_answers enable row level security;
create policy comparison_answers_select_member on public.comparison_answers for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.comparison_answers from public, anon, authenticated, service_role;
grant select on table public.comparison_answers to authenticated, service_role;

-- Whether two values say the same: case and the width of blanks in texts do not count.
create function private.same_value(p_one jsonb, p_other jsonb)
returns boolean
language sql immutable set search_path = ''
as $$
  select coalesce(
    p_one = p_other
    or lower(regexp_replace(p_one::text, '\s+', ' ', 'g')) = lower(regexp_replace(p_other::text, '\s+', ' ', 'g')),
    false
  );
$$;
revoke all on function private.same_value from public, anon, authenticated, service_role;

-- Whether an answer is what a person said of the cell; null where nobody can know: a person who
-- rejects a value says only what is wrong.
create function private.is_right(p_cell public.extractions, p_state text, p_value jsonb)
returns boolean
language sql immutable set search_path = ''
as $$
  select case
    when p_state = 'failed' then false
    when p_cell.state = 'absent' then p_state = 'absent'
    when p_cell.state = 'rejected' then case when private.same_value(p_cell.original -> 'value', p_value) then false end
    else p_state = 'proposed' and private.same_value(p_cell.value, p_value)
  end;
$$;
revoke all on function private.is_right from public, anon, authenticated, service_role;

-- The judged cells that candidates are compared on: one a document, the fifty that were judged
-- last. A document that is a golden example of the variable is left out: its right answer stands in
-- the prompt.
create function private.marked_cells(p_variable uuid)
returns setof public.extractions
language sql stable security definer set search_path = ''
as $$
  select e.*
  from public.extractions as e
  inner join public.documents as d on d.id = e.document_id and d.deleted_at is null and d.state = 'ready'
  where e.variable_id = p_variable
    and e.row_index = 0
    and e.judged_by is not null
    and e.state <> 'failed'
    and not exists (
      select 1
      from public.golden_examples as g
      where g.variable_id = p_variable and g.active and g.document_id = e.document_id
    )
  order by e.updated_at desc, e.id
  limit 50;
$$;
revoke all on function private.marked_cells from public, anon, authenticated, service_role;

-- The suggestion, where the caller may see it; or 404.
create function private.require_suggestion(p_suggestion uuid)
returns public.schema_suggestions
language plpgsql stable set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions;
begin
  select s.* into v_suggestion
  from public.schema_suggestions as s
  where s.id = p_suggestion and s.project_id = any(private.my_projects('viewer'));
  if v_suggestion.id is null then
    perform private.refuse(
      404, 'suggestion_not_found', 'No such suggestion', 'It does not exist or you are not a member.'
    );
  end if;
  return v_suggestion;
end;
$$;
revoke all on function private.require_suggestion from public, anon, authenticated, service_role;

-- A suggestion of instructions that is done, locked for an editor; or a refusal that says why not.
create function private.hold_suggestion(p_suggestion uuid)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions := private.require_suggestion(p_suggestion);
begin
  perform private.require_role(v_suggestion.project_id, 'editor');
  select s.* into v_suggestion
  from public.schema_suggestions as s
  where s.id = p_suggestion
  for no key update;
  if v_suggestion.variable_id is null or v_suggestion.state <> 'done' then
    perform private.refuse(
      409, 'suggestion_not_fit', 'The suggestion offers no instructions',
      'It must be done, and of kind instructions or refinement.'
    );
  end if;
  return v_suggestion;
end;
$$;
revoke all on function private.hold_suggestion from public, anon, authenticated, service_role;

-- definer: suggestions and tasks are written by verbs only.
create function public.start_refinement(p_variable uuid)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_variable public.variables := private.require_variable(p_variable, 'editor');
  v_documents uuid[];
begin
  select array_agg(w.document_id) into v_documents from private.wrong_marks(p_variable) as w;
  if v_documents is null then
    perform private.refuse(
      409, 'no_wrong_mark', 'No answer of the variable is marked as wrong',
      'Correct or reject one first, of a document that is not held out.'
    );
  end if;
  return private.queue_suggestion(v_variable.project_id, 'refinement', v_documents, p_variable);
end;
$$;
comment on function public.start_refinement is
'Asks for two or three other instructions for a variable, from the cells of it that people marked as
wrong.
For editors. Refuses variable_not_found, role_too_low, no_wrong_mark.';
revoke all on function public.start_refinement from public, anon, authenticated, service_role;
grant execute on function public.start_refinement to authenticated;

-- definer: suggestions and tasks are written by verbs only.
create function public.compare_refinement(p_suggestion uuid)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions := private.hold_suggestion(p_suggestion);
  v_documents uuid[];
begin
  if v_suggestion.compared + v_suggestion.compare_failed < v_suggestion.compare_total then
    perform private.refuse(
      409, 'comparison_running', 'The candidates are being compared', 'Wait until all documents are compared.'
    );
  elsif exists (
    select 1 from public.projects as p where p.id = v_suggestion.project_id and p.row_unit = 'entity'
  ) then
    perform private.refuse(
      409, 'rows_are_entities', 'Rows that are entities are not compared',
      'One variable alone does not say which row is which.'
    );
  end if;
  select array_agg(m.document_id) into v_documents from private.marked_cells(v_suggestion.variable_id) as m;
  if v_documents is null then
    perform private.refuse(
      409, 'nothing_to_compare', 'No cell to compare on',
      'Judge cells of documents that are no golden examples of the variable.'
    );
  end if;
  delete from public.comparison_answers as c where c.suggestion_id = p_suggestion;
  update public.schema_suggestions as s
  set compare_total = cardinality(v_documents), compared = 0, compare_failed = 0
  where s.id = p_suggestion
  returning s.* into v_suggestion;
  insert into private.tasks (project_id, kind, document_id, priority, payload)
  select v_suggestion.project_id, 'refine', d.id, 10, jsonb_build_object('suggestion_id', p_suggestion)
  from unnest(v_documents) as d (id);
  return v_suggestion;
end;
$$;
comment on function public.compare_refinement is
'Asks the judged cells of the variable again, with its own instructions and with those of each
candidate: as many calls a document, of at most the 50 documents that were judged last. No cell of
the table changes.
For editors. Refuses suggestion_not_found, role_too_low, suggestion_not_fit, comparison_running,
rows_are_entities, nothing_to_compare.';
revoke all on function public.compare_refinement from public, anon, authenticated, service_role;
grant execute on function public.compare_refinement to authenticated;

-- definer: the worker may call verbs and may not touch the queue.
create function public.read_comparison(p_task bigint, p_lease_token uuid)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'refine');
  v_suggestion public.schema_suggestions;
  v_asked jsonb;
  v_variable jsonb;
begin
  select s.* into v_suggestion
  from public.schema_suggestions as s
  where s.id = (v_task.payload ->> 'suggestion_id')::uuid;
  if v_suggestion.id is null then
    return null;
  end if;
  v_asked := private.asked_of_document(
    private.snapshot(v_suggestion.project_id), v_task.document_id, v_suggestion.request_id
  )::jsonb;
  v_variable := jsonb_path_query_first(
    v_asked, '$.variables[*] ? (@.id == $id)', jsonb_build_object('id', v_suggestion.variable_id)
  );
  return v_asked || jsonb_build_object(
    -- Without its condition: the cell was judged, so the variable did apply, whatever another one
    -- says now.
    'variable', v_variable - 'depends_on',
    'instructions', jsonb_build_array(v_suggestion.instructions)
    || jsonb_path_query_array(v_suggestion.answer, '$[*].instructions')
  );
end;
$$;
comment on function public.read_comparison is
'Gives the document of a task as a run would read it, the variable as it stands, and the
instructions to compare: first those that the variable had, then those of each candidate.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.read_comparison from public, anon, authenticated, service_role;
grant execute on function public.read_comparison to service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.finish_comparison(p_task bigint, p_lease_token uuid, p_answers jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'refine');
begin
  insert into public.comparison_answers (
    suggestion_id, candidate, extraction_id, project_id, held_out, state, value, quote, evidence, verified,
    confidence, is_right
  )
  select
    s.id,
    a.candidate,
    e.id,
    s.project_id,
    e.document_id = any(private.held_out(s.project_id)),
    a.state,
    nullif(a.value, 'null'::jsonb),
    a.quote,
    a.evidence,
    a.verified,
    a.confidence,
    private.is_right(e, a.state, nullif(a.value, 'null'::jsonb))
  from public.schema_suggestions as s
  inner join private.marked_cells(s.variable_id) as e on e.document_id = v_task.document_id
  cross join jsonb_to_recordset(p_answers) as a (
    candidate int,
    state text,
    value jsonb,
    quote text,
    evidence text,
    verified boolean,
    confidence float8
  )
  where s.id = (v_task.payload ->> 'suggestion_id')::uuid;
  perform private.close_task(p_task, 'done');
end;
$$;
comment on function public.finish_comparison is
'Keeps what each candidate answered, beside what the person said of the cell, and ends the task.
p_answers: cells as finish_extract takes them, each with its candidate. A cell that is no longer
judged is dropped.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.finish_comparison from public, anon, authenticated, service_role;
grant execute on function public.finish_comparison to service_role;

-- Counts the end of a comparison into its suggestion.
-- definer: fires for verbs of tasks, which know nothing of comparisons.
create function private.follow_comparison()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.schema_suggestions as s
  set
    compared = s.compared + (new.state = 'done')::int,
    compare_failed = s.compare_failed + (new.state <> 'done')::int
  where s.id = (new.payload ->> 'suggestion_id')::uuid;
  return null;
end;
$$;
revoke all on function private.follow_comparison from public, anon, authenticated, service_role;
create trigger tasks_comparisons after update of state on private.tasks for each row
when (
  new.kind = 'refine'
  and new.state in ('done', 'dead', 'cancelled')
  and old.state is distinct from new.state
)
execute function private.follow_comparison();

-- definer: tells strangers that there is no such suggestion.
create function public.refinement_report(p_suggestion uuid)
returns table (
  candidate int,
  instructions text,
  held_out boolean,
  cells bigint,
  right_cells bigint,
  wrong_cells bigint,
  unknown_cells bigint
)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions := private.require_suggestion(p_suggestion);
begin
  return query
    select
      c.candidate,
      case
        when c.candidate = 0 then v_suggestion.instructions
        else v_suggestion.answer -> (c.candidate - 1) ->> 'instructions'
      end,
      c.held_out,
      count(*),
      count(*) filter (where c.is_right),
      count(*) filter (where not c.is_right),
      count(*) filter (where c.is_right is null)
    from public.comparison_answers as c
    where c.suggestion_id = p_suggestion
    group by c.candidate, c.held_out
    order by c.candidate, c.held_out;
end;
$$;
comment on function public.refinement_report is
'Tells how many judged cells each candidate gets right, how many wrong, and of how many nobody can
know; apart for documents that were held out and for the others, from which it was or might have
been drawn. Candidate 0 is the instructions that the variable had.
For members. Refuses suggestion_not_found.';
revoke all on function public.refinement_report from public, anon, authenticated, service_role;
grant execute on function public.refinement_report to authenticated;

-- definer: suggestions and versions are written by verbs only.
create function public.apply_refinement(p_suggestion uuid, p_candidate int)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions := private.hold_suggestion(p_suggestion);
  v_version public.schema_versions;
begin
  if p_candidate is null or p_candidate not between 1 and jsonb_array_length(v_suggestion.answer) then
    perform private.refuse(
      422, 'candidate_unknown', 'The suggestion has no such candidate', 'Give its place in the answer, from 1.'
    );
  end if;
  perform private.lock_schema(v_suggestion.project_id);
  update public.variables as v
  set instructions = v_suggestion.answer -> (p_candidate - 1) ->> 'instructions'
  where v.id = v_suggestion.variable_id and v.instructions = v_suggestion.instructions;
  if not found then
    perform private.refuse(
      409, 'instructions_changed', 'The instructions were changed meanwhile', 'Ask for a new suggestion.'
    );
  end if;
  v_version := private.current_version(v_suggestion.project_id);
  update public.schema_suggestions as s
  set
    applied_candidate = p_candidate,
    applied_version_id = v_version.id,
    applied_by = (select auth.uid()),
    applied_at = now()
  where s.id = p_suggestion;
  return v_version;
end;
$$;
comment on function public.apply_refinement is
'Makes the instructions of a candidate those of the variable, in a new schema version; all else
stays. restore_version of the version before takes it back.
For editors. Refuses suggestion_not_found, role_too_low, suggestion_not_fit, candidate_unknown,
instructions_changed.';
revoke all on function public.apply_refinement from public, anon, authenticated, service_role;
grant execute on function public.apply_refinement to authenticated;
