-- Schema suggestions: variables and instructions that a model offers, and which of them could be taken.

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
    (kind in ('instructions', 'refinement')) = (variable_id is not null)
    and (variable_id is null) = (instructions is null)
  ),
  constraint schema_suggestions_state_known check (state in ('queued', 'running', 'done', 'failed')),
  constraint schema_suggestions_origin_known check (origin in ('model', 'rules')),
  constraint schema_suggestions_answer_if_done check (
    state <> 'done' or (jsonb_typeof(answer) = 'array' and origin is not null)
  ),
  constraint schema_suggestions_finished_iff_terminal check ((state in ('done', 'failed')) = (finished_at is not null)),
  constraint schema_suggestions_failure_iff_failed check ((state = 'failed') = (failure_code is not null)),
  constraint schema_suggestions_compared_bounded check (
    compared >= 0 and compare_failed >= 0 and compared + compare_failed <= compare_total
  ),
  constraint schema_suggestions_applied_whole check (num_nonnulls(applied_candidate, applied_by, applied_at) in (0, 3))
);
comment on table public.schema_suggestions is
'queued -> running -> done | failed. What a model, or rules without one, would put into the schema.';
comment on column public.schema_suggestions.answer is
'The best first. variables: entries as save_schema takes them; row_unit: {row_unit, '
'entity_pattern, reason}; instructions: {instructions, reason};
refinement: {instructions, reason, focus}.';
comment on column public.schema_suggestions.instructions is
'Those of the variable when the suggestion was asked for.';
comment on column public.schema_suggestions.compare_total is
'Documents whose marked cells are asked again with each candidate: compared, failed, or still to come.';
comment on column public.schema_suggestions.dropped is
'What was not fit to be taken: {place, code, field}.';
comment on column public.schema_suggestions.reason is
'Why rules answered: no_model, model_unusable, a cap, or what the model failed with.';
create index schema_suggestions_listed
on public.schema_suggestions (project_id, created_at desc, id); -- serves the list
create index schema_suggestions_variable on public.schema_suggestions (variable_id); -- serves the foreign key
create index schema_suggestions_version on public.schema_suggestions (applied_version_id); -- serves the foreign key
create trigger schema_suggestions_events after insert or update on public.schema_suggestions
for each row execute function private.record_state();
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

-- The fields of an offer of a kind; the first one names it, so that two offers with the same are
-- one. A variable has more fields than are offered: those are a person's business.
create function private.offer_fields(p_kind text)
returns text[]
language sql immutable parallel safe set search_path = ''
as $$
  select case p_kind
    when 'variables' then array[
      'key', 'label', 'type', 'instructions', 'aliases', 'categories', 'multiple', 'required', 'rules'
    ]
    when 'row_unit' then array['row_unit', 'entity_pattern', 'reason']
    when 'instructions' then array['instructions', 'reason']
    when 'refinement' then array['instructions', 'reason', 'focus']
  end;
$$;
revoke all on function private.offer_fields from public, anon, authenticated, service_role;

-- An offer without unknown fields and without those that are null: as it would be taken.
create function private.trim_offer(p_kind text, p_offer jsonb)
returns jsonb
language sql immutable set search_path = ''
as $$
  select case
    when jsonb_typeof(p_offer) = 'object' then coalesce((
      select jsonb_object_agg(f.name, f.value)
      from jsonb_each(p_offer) as f (name, value)
      where f.name = any(private.offer_fields(p_kind)) and f.value <> 'null'::jsonb
    ), '{}')
    else p_offer
  end;
$$;
revoke all on function private.trim_offer from public, anon, authenticated, service_role;

-- Whether a field of an offer is a text of 1 to p_longest characters.
create function private.offers_text(p_offer jsonb, p_field text, p_longest int)
returns boolean
language sql immutable set search_path = ''
as $$
  select coalesce(
    jsonb_typeof(p_offer -> p_field) = 'string'
    and char_length(btrim(p_offer ->> p_field)) between 1 and p_longest,
    false
  );
$$;
revoke all on function private.offers_text from public, anon, authenticated, service_role;

-- What is wrong with a variable that is offered, as {code, field, next step}; null for nothing.
create function private.offered_variable_fault(p_project uuid, p_offer jsonb)
returns text[]
language plpgsql volatile set search_path = ''
as $$
begin
  if exists (
    select 1 from public.variables as v where v.project_id = p_project and v.key = p_offer ->> 'key'
  ) then
    return array['key_exists', 'key', 'The project has it.'];
  end if;
  return coalesce(
    private.entry_fault(p_offer),
    private.variable_fault(private.read_entry(p_project, p_offer))
  );
end;
$$;
revoke all on function private.offered_variable_fault from public, anon, authenticated, service_role;

-- What is wrong with a row unit that is offered; null for nothing.
create function private.offered_row_unit_fault(p_project uuid, p_offer jsonb)
returns text[]
language plpgsql stable set search_path = ''
as $$
declare
  v_project public.projects;
begin
  if p_offer ? 'entity_pattern' and not private.offers_text(p_offer, 'entity_pattern', 2000) then
    return array['entity_pattern_invalid', 'entity_pattern', 'Give a text.'];
  end if;
  -- What the project says now is no part of the offer: a row unit that is left out is unknown, not
  -- kept.
  select (jsonb_populate_record(p, '{"row_unit": null, "entity_pattern": null}' || p_offer)).* into v_project
  from public.projects as p
  where p.id = p_project;
  return private.project_fault(v_project);
end;
$$;
revoke all on function private.offered_row_unit_fault from public, anon, authenticated, service_role;

-- What is wrong with instructions that are offered; null for nothing.
create function private.offered_instructions_fault(p_variable uuid, p_offer jsonb)
returns text[]
language plpgsql stable set search_path = ''
as $$
begin
  if not private.offers_text(p_offer, 'instructions', 4000) then
    return array['instructions_invalid', 'instructions', 'Give 1 to 4000 characters.'];
  elsif p_offer ->> 'instructions' = (
    select v.instructions from public.variables as v where v.id = p_variable
  ) then
    return array['instructions_unchanged', 'instructions', 'They are what the variable has.'];
  end if;
  return null;
end;
$$;
revoke all on function private.offered_instructions_fault from public, anon, authenticated, service_role;

-- The first thing that is wrong with a trimmed offer, as {code, field, next step}; null when it
-- could be taken as it is.
create function private.offer_fault(p_project uuid, p_kind text, p_variable uuid, p_offer jsonb)
returns text[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_fault text[];
begin
  if jsonb_typeof(p_offer) is distinct from 'object' then
    return array['offer_invalid', '', 'Give an object.'];
  elsif p_kind = 'variables' then
    return private.offered_variable_fault(p_project, p_offer);
  elsif not private.offers_text(p_offer, 'reason', 2000) then
    return array['reason_missing', 'reason', 'Say why.'];
  elsif p_kind = 'row_unit' then
    return private.offered_row_unit_fault(p_project, p_offer);
  end if;
  v_fault := private.offered_instructions_fault(p_variable, p_offer);
  if v_fault is null and p_kind = 'refinement' and not private.offers_text(p_offer, 'focus', 255) then
    v_fault := array['focus_missing', 'focus', 'Say what it is about.'];
  end if;
  return v_fault;
end;
$$;
revoke all on function private.offer_fault from public, anon, authenticated, service_role;

-- Of a list of offers those that could be taken, each once and at most p_most of them; and what was
-- dropped, with its place in the list and why. No more than 50 offers are looked at.
create function private.sift_offers(
  p_project uuid, p_kind text, p_variable uuid, p_offers jsonb, p_most int, out kept jsonb, out dropped jsonb
)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_offers jsonb := case jsonb_typeof(p_offers) when 'array' then p_offers else '[]' end;
  v_name text := (private.offer_fields(p_kind))[1];
  v_offer jsonb;
  v_place bigint;
  v_fault text[];
begin
  kept := '[]';
  dropped := '[]';
  for v_offer, v_place in
    select private.trim_offer(p_kind, o.offer), o.place
    from jsonb_array_elements(v_offers) with ordinality as o (offer, place)
    order by o.place
    limit 50
  loop
    v_fault := private.offer_fault(p_project, p_kind, p_variable, v_offer);
    if v_fault is null and exists (
      select 1 from jsonb_array_elements(kept) as k (offer) where k.offer -> v_name = v_offer -> v_name
    ) then
      v_fault := array['offered_twice', v_name, 'Each once.'];
    elsif v_fault is null and jsonb_array_length(kept) >= p_most then
      v_fault := array['too_many', '', 'More than were wanted.'];
    end if;
    if v_fault is null then
      kept := kept || jsonb_build_array(v_offer);
    else
      dropped := dropped || jsonb_build_object(
        'place', v_place, 'code', v_fault[1], 'field', ltrim(v_fault[2], '.')
      );
    end if;
  end loop;
end;
$$;
revoke all on function private.sift_offers from public, anon, authenticated, service_role;
