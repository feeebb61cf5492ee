-- Suggestion verbs: a suggestion is asked for, drawn up by a worker, and kept.

-- Stores a suggestion and queues its task.
create function private.queue_suggestion(p_project uuid, p_kind text, p_documents uuid[], p_variable uuid)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_instructions text := (select v.instructions from public.variables as v where v.id = p_variable);
  v_suggestion public.schema_suggestions;
begin
  insert into public.schema_suggestions (
    project_id, kind, variable_id, document_ids, instructions, request_id, created_by
  )
  values (
    p_project, p_kind, p_variable, p_documents, v_instructions, private.request_id(), (select auth.uid())
  )
  returning * into v_suggestion;
  -- A task needs a document: by it the ledger finds an answer that was paid for already.
  insert into private.tasks (project_id, kind, document_id, priority, payload)
  values (p_project, 'suggest', p_documents[1], 20, jsonb_build_object('suggestion_id', v_suggestion.id));
  return v_suggestion;
end;
$$;
revoke all on function private.queue_suggestion from public, anon, authenticated, service_role;

-- How many more variables the project may have.
create function private.room_for_variables(p_project uuid)
returns bigint
language sql stable set search_path = ''
as $$
  select 50 - count(*) from public.variables as v where v.project_id = p_project;
$$;
revoke all on function private.room_for_variables from public, anon, authenticated, service_role;

-- Refuses to suggest what cannot be suggested, or from documents that may not be used for it.
create function private.check_suggestion(p_project uuid, p_kind text, p_documents uuid[], p_variable uuid)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  if p_kind is null or p_kind not in ('variables', 'row_unit', 'instructions') then
    perform private.refuse(
      422, 'suggestion_kind_unknown', 'That cannot be suggested',
      'kind: It is variables, row_unit or instructions.'
    );
  elsif (p_kind = 'instructions') <> (p_variable is not null) then
    perform private.refuse(
      422, 'variable_not_fit', 'Instructions are suggested for one variable',
      'variable: Name one for instructions, and none otherwise.'
    );
  elsif p_variable is not null and not exists (
    select 1 from public.variables as v where v.id = p_variable and v.project_id = p_project
  ) then
    perform private.refuse(404, 'variable_not_found', 'No such variable', 'It is not part of this project.');
  elsif p_kind = 'variables' and private.room_for_variables(p_project) <= 0 then
    perform private.refuse(422, 'too_many_variables', 'A project has at most 50 variables', 'Delete one first.');
  elsif cardinality(p_documents) > 20 then
    perform private.refuse(
      422, 'too_many_documents', 'Too many documents to suggest from', 'documents: List at most 20.'
    );
  elsif p_documents && private.held_out(p_project) then
    perform private.refuse(
      409, 'document_held_out', 'A listed document is held out',
      'documents: No prompt is tuned on it; list others.'
    );
  end if;
end;
$$;
revoke all on function private.check_suggestion from public, anon, authenticated, service_role;

-- definer: suggestions and tasks are written by verbs only.
create function public.start_suggestion(
  p_project uuid, p_kind text, p_documents uuid[] default null, p_variable uuid default null
)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_documents uuid[] := p_documents;
begin
  perform private.require_role(p_project, 'editor');
  perform private.check_suggestion(p_project, p_kind, p_documents, p_variable);
  if p_documents is null then
    v_documents := array(
      select d.id
      from public.documents as d
      where d.project_id = p_project
        and d.deleted_at is null
        and d.state = 'ready'
        and not d.id = any(private.held_out(p_project))
    );
  end if;
  v_documents := private.choose_documents(p_project, v_documents, null, null, 0);
  if p_documents is null then
    v_documents := v_documents[:5];
  end if;
  return private.queue_suggestion(p_project, p_kind, v_documents, p_variable);
end;
$$;
comment on function public.start_suggestion is
'Asks for suggestions: variables to add, what a row should be (row_unit), or instructions for
p_variable. They are drawn from the listed documents, else from the first five ready ones that are
not held out.
For editors. Refuses project_not_found, role_too_low, suggestion_kind_unknown, variable_not_fit,
variable_not_found, too_many_variables, too_many_documents, document_held_out, document_not_found,
no_documents.';
revoke all on function public.start_suggestion from public, anon, authenticated, service_role;
grant execute on function public.start_suggestion to authenticated;

-- The variables that a suggestion is about, as its prompt shows them: the one that was named, else
-- all of the project.
create function private.suggestion_variables(p_suggestion public.schema_suggestions)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'key', v.key,
        'label', v.label,
        'type', v.type,
        'instructions', v.instructions,
        'aliases', v.aliases,
        'categories', v.categories
      )
      order by v.position, v.key
    ),
    '[]'
  )
  from public.variables as v
  where v.project_id = p_suggestion.project_id
    and v.id = coalesce(p_suggestion.variable_id, v.id);
$$;
revoke all on function private.suggestion_variables from public, anon, authenticated, service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.read_suggestion(p_task bigint, p_lease_token uuid)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'suggest');
  v_suggestion public.schema_suggestions;
  v_is_refinement boolean;
begin
  select s.* into v_suggestion
  from public.schema_suggestions as s
  where s.id = (v_task.payload ->> 'suggestion_id')::uuid;
  if v_suggestion.id is null then
    return null;
  end if;
  v_is_refinement := v_suggestion.kind = 'refinement';
  return jsonb_build_object(
    'kind', v_suggestion.kind,
    'request_id', v_suggestion.request_id,
    'context', private.snapshot(v_suggestion.project_id) -> 'context',
    'variables', private.suggestion_variables(v_suggestion),
    'documents', case
      when v_is_refinement then '[]' else private.excerpts(v_suggestion.document_ids, 24000)
    end,
    'mistakes', case when v_is_refinement then private.mistakes(v_suggestion.variable_id) else '[]' end
  );
end;
$$;
comment on function public.read_suggestion is
'Gives what the suggestion of a task is drawn from: the context, the variables that are there, and
24,000 characters of the documents; for a refinement the mistakes that people marked instead.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.read_suggestion from public, anon, authenticated, service_role;
grant execute on function public.read_suggestion to service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.finish_suggestion(
  p_task bigint, p_lease_token uuid, p_origin text, p_offers jsonb default null, p_reason text default null
)
returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'suggest');
  v_suggestion public.schema_suggestions;
  v_room bigint;
  v_most int := 3;
  v_least int := 2;
  v_sifted record;
begin
  select s.* into strict v_suggestion
  from public.schema_suggestions as s
  where s.id = (v_task.payload ->> 'suggestion_id')::uuid
  for update;
  if v_suggestion.kind = 'variables' then
    v_room := private.room_for_variables(v_task.project_id);
    v_most := least(8, v_room);
    v_least := least(3, v_room);
  elsif v_suggestion.kind = 'instructions' then
    v_least := 1;
  end if;
  select o.* into v_sifted
  from private.sift_offers(
    v_task.project_id,
    v_suggestion.kind,
    v_suggestion.variable_id,
    coalesce(p_offers, private.rule_offers(v_suggestion)),
    v_most
  ) as o;
  if p_origin = 'model' and jsonb_array_length(v_sifted.kept) < v_least then
    return false;
  end if;
  update public.schema_suggestions as s
  set origin = p_origin, answer = v_sifted.kept, dropped = v_sifted.dropped, reason = p_reason
  where s.id = v_suggestion.id;
  perform private.close_task(p_task, 'done');
  return true;
end;
$$;
comment on function public.finish_suggestion is
'Keeps those of the offers that could be taken as they are, and ends the task. Without p_offers the
rules of this database offer. False, and nothing is kept, where the offers of a model (p_origin)
hold too little of use: then the worker lets the rules answer, which may offer less.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.finish_suggestion from public, anon, authenticated, service_role;
grant execute on function public.finish_suggestion to service_role;

-- A suggestion is in the state of its task: claimed, done, or dead with a code.
-- definer: fires for verbs of tasks, which know nothing of suggestions.
create function private.follow_suggestion()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.schema_suggestions as s
  set
    state = case new.state when 'running' then 'running' when 'done' then 'done' else 'failed' end,
    finished_at = new.finished_at,
    failure_code = case when new.state in ('dead', 'cancelled') then coalesce(new.failure_code, 'cancelled') end,
    failure_detail = new.failure_detail
  where s.id = (new.payload ->> 'suggestion_id')::uuid;
  return null;
end;
$$;
revoke all on function private.follow_suggestion from public, anon, authenticated, service_role;
create trigger tasks_suggestions after update of state on private.tasks for each row
when (new.kind = 'suggest' and new.state <> 'queued' and old.state is distinct from new.state)
execute function private.follow_suggestion();
