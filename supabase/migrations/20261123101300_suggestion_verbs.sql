-- Suggestion verbs: start one (as the caller); read and finish it (as the worker).
set local lock_timeout = '5s';

-- Asks for suggestions: variables to add, what a row should be, or instructions for p_variable. Drawn from the listed documents,
-- else from the first five that are not held out.
-- definer: suggestions and tasks are written by verbs only.
create function public.start_suggestion(p_project uuid, p_kind text, p_documents uuid[] default null, p_variable uuid default null)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_documents uuid[];
begin
  perform private.require_role(p_project, 'editor');
  if p_kind is null or p_kind not in ('variables', 'row_unit', 'instructions') then
    perform private.refuse(422, 'suggestion_kind_unknown', 'That cannot be suggested', 'kind: It is variables, row_unit or instructions.');
  elsif (p_kind = 'instructions') <> (p_variable is not null) then
    perform private.refuse(422, 'variable_not_fit', 'Instructions are suggested for one variable', 'variable: Name one for instructions, and none otherwise.');
  elsif p_variable is not null and not exists (select 1 from public.variables as v where v.id = p_variable and v.project_id = p_project) then
    perform private.refuse(404, 'variable_not_found', 'No such variable', 'It is not part of this project.');
  elsif p_kind = 'variables' and (select count(*) from public.variables as v where v.project_id = p_project) >= 50 then
    perform private.refuse(422, 'too_many_variables', 'A project has at most 50 variables', 'Delete one first.');
  elsif cardinality(p_documents) > 20 then
    perform private.refuse(422, 'too_many_documents', 'Too many documents to suggest from', 'documents: List at most 20.');
  elsif p_documents && private.held_out(p_project) then
    perform private.refuse(409, 'document_held_out', 'A listed document is held out', 'documents: No prompt is tuned on it; list others.');
  end if;
  v_documents := private.choose_documents(p_project, coalesce(p_documents, array(
    select d.id from public.documents as d
    where d.project_id = p_project and d.deleted_at is null and d.state = 'ready' and not d.id = any(private.held_out(p_project))
  )), null, null, 0);
  if p_documents is null then
    v_documents := v_documents[:5];
  end if;
  return private.queue_suggestion(p_project, p_kind, v_documents, p_variable);
end;
$$;

create function private.queue_suggestion(p_project uuid, p_kind text, p_documents uuid[], p_variable uuid)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions;
begin
  insert into public.schema_suggestions (project_id, kind, variable_id, document_ids, instructions, request_id, created_by)
  values (
    p_project, p_kind, p_variable, p_documents, (select v.instructions from public.variables as v where v.id = p_variable),
    private.request_id(), (select auth.uid())
  )
  returning * into v_suggestion;
  -- The ledger finds an answer that was paid for by the document of its task: here the first one.
  insert into private.tasks (project_id, kind, document_id, priority, payload)
  values (p_project, 'suggest', p_documents[1], 20, jsonb_build_object('suggestion_id', v_suggestion.id));
  return v_suggestion;
end;
$$;

-- What a suggestion is drawn from: context, the variables that are there, and 24,000 characters of the documents; for a
-- refinement the mistakes that people marked.
-- definer: the worker may call verbs and may not touch the queue.
create function public.read_suggestion(p_task bigint, p_lease_token uuid)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'suggest');
begin
  return (
    select jsonb_build_object(
      'kind', s.kind, 'request_id', s.request_id, 'context', private.snapshot(s.project_id) -> 'context',
      'variables', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'key', v.key, 'label', v.label, 'type', v.type, 'instructions', v.instructions, 'aliases', v.aliases, 'categories', v.categories
        ) order by v.position, v.key), '[]')
        from public.variables as v
        where v.project_id = s.project_id and v.id = coalesce(s.variable_id, v.id)
      ),
      'documents', case s.kind when 'refinement' then '[]' else private.excerpts(s.document_ids, 24000) end,
      'mistakes', case s.kind when 'refinement' then private.mistakes(s.variable_id) else '[]' end
    )
    from public.schema_suggestions as s
    where s.id = (v_task.payload ->> 'suggestion_id')::uuid
  );
end;
$$;

-- Keeps of the offers what could be taken as it stands, and ends the task; false where a model left too little of use:
-- then rules are to answer: those of this database, where p_offers is null. They may offer less.
-- definer: as read_suggestion.
create function public.finish_suggestion(p_task bigint, p_lease_token uuid, p_origin text, p_offers jsonb default null, p_reason text default null)
returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'suggest');
  v_suggestion public.schema_suggestions;
  v_room int;
  v_least int;
  v_sifted record;
begin
  select s.* into strict v_suggestion from public.schema_suggestions as s where s.id = (v_task.payload ->> 'suggestion_id')::uuid for update;
  select 50 - count(*) into v_room from public.variables as v where v.project_id = v_task.project_id;
  select o.* into v_sifted from private.sift_offers(
    v_task.project_id, v_suggestion.kind, v_suggestion.variable_id, coalesce(p_offers, private.rule_offers(v_suggestion)),
    case v_suggestion.kind when 'variables' then least(8, v_room) else 3 end
  ) as o;
  v_least := case v_suggestion.kind when 'variables' then least(3, v_room) when 'instructions' then 1 else 2 end;
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

-- A suggestion is in the state of its task: claimed, done, or dead with a code.
-- definer: fires for verbs of tasks, which know nothing of suggestions.
create function private.follow_suggestion()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.schema_suggestions as s
  set state = case new.state when 'running' then 'running' when 'done' then 'done' else 'failed' end,
    finished_at = new.finished_at,
    failure_code = case when new.state in ('dead', 'cancelled') then coalesce(new.failure_code, 'cancelled') end,
    failure_detail = new.failure_detail
  where s.id = (new.payload ->> 'suggestion_id')::uuid;
  return null;
end;
$$;
create trigger tasks_suggestions after update of state on private.tasks for each row
when (new.kind = 'suggest' and new.state <> 'queued' and old.state is distinct from new.state)
execute function private.follow_suggestion();

revoke all on function
private.queue_suggestion(uuid, text, uuid[], uuid), private.follow_suggestion(),
public.start_suggestion(uuid, text, uuid[], uuid), public.read_suggestion(bigint, uuid),
public.finish_suggestion(bigint, uuid, text, jsonb, text)
from public, anon, authenticated, service_role;
grant execute on function public.start_suggestion(uuid, text, uuid[], uuid) to authenticated;
grant execute on function public.read_suggestion(bigint, uuid), public.finish_suggestion(bigint, uuid, text, jsonb, text) to service_role;
