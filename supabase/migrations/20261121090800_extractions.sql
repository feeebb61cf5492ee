-- Extractions: the cells, their history, and the ledger of model calls.
set local lock_timeout = '5s';

create table public.extractions (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  document_id uuid not null references public.documents (id) on delete cascade,
  variable_id uuid not null references public.variables (id) on delete cascade,
  row_index int not null default 0,
  job_id uuid references public.jobs (id) on delete set null,
  schema_version_id uuid references public.schema_versions (id) on delete set null,
  state text not null,
  value jsonb,
  raw text,
  quote text,
  page int,
  box float8[],
  boxes jsonb not null default '[]',
  zone int,
  evidence text not null,
  verified boolean not null,
  confidence float8 not null,
  signals jsonb not null default '{}',
  flags text[] not null default '{}',
  absent_reason text,
  origin text not null,
  input_hash text not null,
  judged_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint extractions_one_per_cell unique (document_id, variable_id, row_index),
  constraint extractions_state_known check (state in ('proposed', 'accepted', 'corrected', 'rejected', 'absent', 'failed')),
  constraint extractions_evidence_known check (evidence in ('exact', 'split', 'fuzzy', 'moved', 'not_found', 'none')),
  constraint extractions_verified_has_proof check (
    not verified or (evidence in ('exact', 'split', 'moved') and quote is not null and page is not null and box is not null)
  ),
  constraint extractions_box_form check (box is null or (cardinality(box) = 4 and box[1] <= box[3] and box[2] <= box[4])),
  constraint extractions_confidence_bounded check (confidence between 0 and 1),
  constraint extractions_absent_reason_known check (absent_reason in ('absent', 'illegible', 'ambiguous', 'not_applicable')),
  constraint extractions_absent_reason_iff_absent check ((state = 'absent') = (absent_reason is not null)),
  constraint extractions_no_value_if_absent_or_failed check (state not in ('absent', 'failed') or value is null),
  constraint extractions_origin_known check (origin in ('model', 'offline'))
);
comment on table public.extractions is 'One cell of the table: a value with its proof, or the reason why there is none.';
comment on column public.extractions.box is 'x0, y0, x1, y1 in points from the top left of the page as displayed.';
comment on column public.extractions.verified is 'The quote stands in the document and says the value. Fuzzy is never verified.';
comment on column public.extractions.input_hash is 'Hash of everything the answer depends on: the cell is current while this equals what would be asked now.';
comment on column public.extractions.judged_by is 'A person decided: no run overwrites this cell.';
create index extractions_project on public.extractions (project_id, document_id); -- serves the policy and the table
create index extractions_variable on public.extractions (variable_id); -- serves the foreign key and statistics
create index extractions_job on public.extractions (job_id); -- serves the foreign key
create index extractions_schema_version on public.extractions (schema_version_id); -- serves the foreign key

create table public.extraction_events (
  id bigint generated always as identity primary key,
  project_id uuid not null references public.projects (id) on delete cascade,
  extraction_id uuid not null references public.extractions (id) on delete cascade,
  action text not null,
  actor uuid,
  job_id uuid,
  value jsonb,
  state text not null,
  evidence text not null,
  created_at timestamptz not null default now(),
  constraint extraction_events_action_known check (action in ('model_run', 'accept', 'correct', 'reject', 'add'))
);
comment on table public.extraction_events is 'Append-only: what a cell was after each run and each judgement.';
create index extraction_events_extraction on public.extraction_events (extraction_id, id); -- serves the history of a cell
create index extraction_events_project on public.extraction_events (project_id); -- serves the policy

create table public.llm_calls (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  job_id uuid references public.jobs (id) on delete set null,
  document_id uuid references public.documents (id) on delete set null,
  task_id bigint not null,
  purpose text not null,
  model text not null,
  request_id text not null,
  request_hash text not null,
  state text not null default 'reserved',
  reserved_micros bigint not null default 0,
  cost_micros bigint not null default 0,
  input_tokens int,
  output_tokens int,
  latency_ms int,
  finish_reason text,
  error_code text,
  answer text,
  created_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  constraint llm_calls_state_known check (state in ('reserved', 'settled', 'failed', 'abandoned')),
  constraint llm_calls_settled_iff_not_reserved check ((state = 'reserved') = (settled_at is null)),
  constraint llm_calls_answer_iff_settled check (answer is null or state = 'settled'),
  constraint llm_calls_money_positive check (reserved_micros >= 0 and cost_micros >= 0)
);
comment on table public.llm_calls is 'The ledger: every call to a model, paid or not, with its raw answer. reserved -> settled | failed | abandoned.';
comment on column public.llm_calls.state is 'abandoned: the worker died during the call; its whole reservation is counted as spent.';
create index llm_calls_reuse on public.llm_calls (document_id, request_hash) where state = 'settled'; -- serves reuse by a retried task
create index llm_calls_task on public.llm_calls (task_id) where state = 'reserved'; -- serves settling abandoned calls
create index llm_calls_project on public.llm_calls (project_id, created_at); -- serves the policy and reports
create index llm_calls_job on public.llm_calls (job_id); -- serves the foreign key

alter table public.extractions enable row level security;
alter table public.extraction_events enable row level security;
alter table public.llm_calls enable row level security;
create policy extractions_select_member on public.extractions for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
create policy extraction_events_select_member on public.extraction_events for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
create policy llm_calls_select_editor on public.llm_calls for select to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]));
revoke all on table public.extractions, public.extraction_events, public.llm_calls from public, anon, authenticated, service_role;
grant select on table public.extractions, public.extraction_events, public.llm_calls to authenticated, service_role;
