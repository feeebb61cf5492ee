-- Schema suggestions: variables, a row unit or instructions, drawn from sample documents; refinements, drawn from marked mistakes.
-- Nothing of them counts until a person takes it.
set local lock_timeout = '5s';

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

alter table public.schema_suggestions enable row level security;
create policy schema_suggestions_select_member on public.schema_suggestions for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.schema_suggestions from public, anon, authenticated, service_role;
grant select on table public.schema_suggestions to authenticated, service_role;

create trigger schema_suggestions_events after insert or update on public.schema_suggestions for each row execute function private.record_state();
create trigger schema_suggestions_broadcast_insert after insert on public.schema_suggestions
for each row execute function private.broadcast_row();
create trigger schema_suggestions_broadcast_update after update on public.schema_suggestions for each row
when (
  (old.state, old.compared, old.compare_failed, old.compare_total, old.applied_at)
  is distinct from (new.state, new.compared, new.compare_failed, new.compare_total, new.applied_at)
)
execute function private.broadcast_row();
