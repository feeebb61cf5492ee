-- Schema suggestions: variables and instructions that a model offers, and how they are taken.

create table public.schema_suggestions (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  kind text not null,
  variable_id uuid references public.variables (id) on delete cascade,
  document_ids uuid[] not null,
  instructions text,
  state text not null default 'queued',
  origin text,
  reason text,
  answer jsonb,
  dropped jsonb not null default '[]',
  request_id text,
  failure_code text,
  failure_detail text,
  compare_total int not null default 0,
  compared int not null default 0,
  compare_failed int not null default 0,
  applied_candidate int,
  applied_version_id uuid references public.schema_versions (id) on delete set null,
  applied_by uuid,
  applied_at timestamptz,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint schema_suggestions_kind_known check (kind in ('variables', 'row_unit', 'instructions', 'refinement')),
  constraint schema_suggestions_variable_iff_asked check (
    (kind in ('instructions', 'refinement')) = (variable_id is not null) and (variable_id is null) = (instructions is null)
  ),
  constraint schema_suggestions_state_known check (state in ('queued', 'running', 'done', 'failed')),
  constraint schema_suggestions_origin_known check (origin in ('model', 'rules')),
  constraint schema_suggestions_answer_if_done check (state <> 'done' or (jsonb_typeof(answer) = 'array' and origin is not null)),
  constraint schema_suggestions_finished_iff_terminal check ((state in ('done', 'failed')) = (finished_at is not null)),
  constraint schema_suggestions_failure_iff_failed check ((state = 'failed') = (failure_code is not null)),
  constraint schema_suggestions_compared_bounded check (
    compared >= 0 and compare_failed >= 0 and compared + compare_failed <= compare_total
  ),
  constraint schema_suggestions_applied_whole check (num_nonnulls(applied_candidate, applied_by, applied_at) in (0, 3))
);
comment on table public.schema_suggestions is 'queued -> running -> done | failed. What a model, or rules without one, would put into the schema.';
comment on column public.schema_suggestions.answer is
'The best first. variables: entries as save_schema takes them; row_unit: {row_unit, entity_pattern, reason}; instructions: {instructions, reason};
refinement: {instructions, reason, focus}.';
comment on column public.schema_suggestions.instructions is 'Those of the variable when the suggestion was asked for.';
comment on column public.schema_suggestions.compare_total is 'Documents whose marked cells are asked again with each candidate: compared, failed, or still to come.';
comment on column public.schema_suggestions.dropped is 'What was not fit to be taken: {place, code, field}.';
comment on column public.schema_suggestions.reason is 'Why rules answered: no_model, model_unusable, a cap, or what the model failed with.';
create index schema_suggestions_listed on public.schema_suggestions (project_id, created_at desc, id); -- serves the list
create index schema_suggestions_variable on public.schema_suggestions (variable_id); -- serves the foreign key
create index schema_suggestions_version on public.schema_suggestions (applied_version_id); -- serves the foreign key
create trigger schema_suggestions_events after insert or update on public.schema_suggestions for each row execute function private.record_state();
create trigger schema_suggestions_broadcast_insert after insert on public.schema_suggestions
for each row execute function private.broadcast_row();
create trigger schema_suggestions_broadcast_update after update on public.schema_suggestions for each row
when (
  (old.state, old.compared, old.compare_failed, old.compare_total, old.applied_at)
  is distinct from (new.state, new.compared, new.compare_failed, new.compare_total, new.applied_at)
)
execute function private.broadcast_row();

alter table public.schema_suggestions enable row level security;
create policy schema_suggestions_select_member on public.schema_suggestions for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.schema_suggestions from public, anon, authenticated, service_role;
grant select on table public.schema_suggestions to authenticated, service_role;

-- An offer in the form in which it is taken: known fields that hold something. The others are a person's business.
create function private.trimmed_offer(p_kind text, p_offer jsonb)
returns jsonb
language sql immutable set search_path = ''
as $$
  select case when jsonb_typeof(p_offer) = 'object' then coalesce((
    select jsonb_object_agg(f.name, f.held)
    from jsonb_each(p_offer) as f (name, held)
    where f.held <> 'null'::jsonb and f.name = any(case p_kind
      when 'variables' then array['key', 'label', 'type', 'instructions', 'aliases', 'categories', 'multiple', 'required', 'rules']
      when 'row_unit' then array['row_unit', 'entity_pattern', 'reason']
      when 'instructions' then array['instructions', 'reason']
      else array['instructions', 'reason', 'focus']
    end)
  ), '{}') else p_offer end;
$$;
revoke all on function private.trimmed_offer from public, anon, authenticated, service_role;

create function private.text_offered(p_offer jsonb, p_field text, p_most int)
returns boolean
language sql immutable set search_path = ''
as $$
  select coalesce(jsonb_typeof(p_offer -> p_field) = 'string' and char_length(btrim(p_offer ->> p_field)) between 1 and p_most, false);
$$;
revoke all on function private.text_offered from public, anon, authenticated, service_role;

-- The first thing that is wrong with a trimmed offer, as {code, field, next step}; null when it could be taken as it stands.
create function private.offer_fault(p_project uuid, p_kind text, p_variable uuid, p_offer jsonb)
returns text[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_project public.projects;
begin
  if jsonb_typeof(p_offer) is distinct from 'object' then
    return array['offer_invalid', '', 'Give an object.'];
  elsif p_kind = 'variables' then
    if exists (select 1 from public.variables as v where v.project_id = p_project and v.key = p_offer ->> 'key') then
      return array['key_exists', 'key', 'The project has it.'];
    end if;
    return coalesce(private.entry_fault(p_offer), private.variable_fault(private.read_entry(p_project, p_offer)));
  elsif not private.text_offered(p_offer, 'reason', 2000) then
    return array['reason_missing', 'reason', 'Say why.'];
  elsif p_kind = 'row_unit' then
    if not private.text_offered('{"entity_pattern": "none"}' || p_offer, 'entity_pattern', 2000) then
      return array['entity_pattern_invalid', 'entity_pattern', 'Give a text.'];
    end if;
    select (jsonb_populate_record(p, '{"row_unit": null, "entity_pattern": null}' || p_offer)).* into v_project
    from public.projects as p where p.id = p_project;
    return private.project_fault(v_project);
  elsif not private.text_offered(p_offer, 'instructions', 4000) then
    return array['instructions_invalid', 'instructions', 'Give 1 to 4000 characters.'];
  elsif p_offer ->> 'instructions' = (select v.instructions from public.variables as v where v.id = p_variable) then
    return array['instructions_unchanged', 'instructions', 'They are what the variable has.'];
  elsif p_kind = 'refinement' and not private.text_offered(p_offer, 'focus', 255) then
    return array['focus_missing', 'focus', 'Say what it is about.'];
  end if;
  return null;
end;
$$;
revoke all on function private.offer_fault from public, anon, authenticated, service_role;

-- Of a list of offers those that could be taken, each once and at most p_most, and what was dropped and why.
create function private.sift_offers(
  p_project uuid, p_kind text, p_variable uuid, p_offers jsonb, p_most int, out kept jsonb, out dropped jsonb
)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_name text := case p_kind when 'variables' then 'key' when 'row_unit' then 'row_unit' else 'instructions' end;
  v_offer jsonb;
  v_place bigint;
  v_fault text[];
begin
  kept := '[]';
  dropped := '[]';
  for v_offer, v_place in
    select private.trimmed_offer(p_kind, o.offer), o.place
    from jsonb_array_elements(case jsonb_typeof(p_offers) when 'array' then p_offers else '[]' end) with ordinality as o (offer, place)
    order by o.place
    limit 50
  loop
    v_fault := private.offer_fault(p_project, p_kind, p_variable, v_offer);
    if v_fault is null and exists (select 1 from jsonb_array_elements(kept) as k (offer) where k.offer -> v_name = v_offer -> v_name) then
      v_fault := array['offered_twice', v_name, 'Each once.'];
    elsif v_fault is null and jsonb_array_length(kept) >= p_most then
      v_fault := array['too_many', '', 'More than were wanted.'];
    end if;
    if v_fault is null then
      kept := kept || jsonb_build_array(v_offer);
    else
      dropped := dropped || jsonb_build_object('place', v_place, 'code', v_fault[1], 'field', ltrim(v_fault[2], '.'));
    end if;
  end loop;
end;
$$;
revoke all on function private.sift_offers from public, anon, authenticated, service_role;

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
comment on function public.start_suggestion is
'Asks for suggestions: variables to add, what a row should be, or instructions for p_variable. They are drawn from the
listed documents, else from the first five that are not held out.
For editors. Refuses project_not_found, role_too_low, suggestion_kind_unknown, variable_not_fit, variable_not_found,
too_many_variables, too_many_documents, document_held_out, document_not_found, no_documents.';
revoke all on function public.start_suggestion from public, anon, authenticated, service_role;
grant execute on function public.start_suggestion to authenticated;

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
revoke all on function private.queue_suggestion from public, anon, authenticated, service_role;

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
comment on function public.read_suggestion is
'Returns what a suggestion is drawn from: the context, the variables that are there, and 24,000 characters of the
documents; for a refinement also the mistakes that people marked.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.read_suggestion from public, anon, authenticated, service_role;
grant execute on function public.read_suggestion to service_role;

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
comment on function public.finish_suggestion is
'Keeps of the offers what could be taken as it stands, and ends the task. Returns false where a model left too little
of use: then rules are to answer, those of this database where p_offers is null. They may offer less.
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
  set state = case new.state when 'running' then 'running' when 'done' then 'done' else 'failed' end,
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
