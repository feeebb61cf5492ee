-- Comparisons: what each candidate of a suggestion answers where a person already said what is right. Never a cell of the table.
set local lock_timeout = '5s';

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
  constraint comparison_answers_evidence_known check (evidence in ('exact', 'split', 'fuzzy', 'moved', 'not_found', 'none'))
);
comment on table public.comparison_answers is 'What a variable answers in a judged cell with the instructions of each candidate.';
comment on column public.comparison_answers.candidate is '0: the instructions of the variable when the suggestion was asked for; from 1: the place in the answer of the suggestion.';
comment on column public.comparison_answers.held_out is 'The document was held out of the sample: no candidate was drawn from it.';
comment on column public.comparison_answers.is_right is 'Whether it is what the person said; null where the person said only what is wrong, and this is something else.';
create index comparison_answers_extraction on public.comparison_answers (extraction_id); -- serves the foreign key
create index comparison_answers_project on public.comparison_answers (project_id); -- serves the policy

alter table public.comparison_answers enable row level security;
create policy comparison_answers_select_member on public.comparison_answers for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.comparison_answers from public, anon, authenticated, service_role;
grant select on table public.comparison_answers to authenticated, service_role;

-- Equal values; of texts, case and blanks do not count.
create function private.same_value(p_one jsonb, p_other jsonb)
returns boolean
language sql immutable set search_path = ''
as $$
  select coalesce(
    p_one = p_other or lower(regexp_replace(p_one::text, '\s+', ' ', 'g')) = lower(regexp_replace(p_other::text, '\s+', ' ', 'g')), false
  );
$$;

-- Whether an answer is what a person said of the cell; null where nobody can know.
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

-- The judged cells that candidates are compared on: one a document, and none whose document is a golden example of the variable.
create function private.marked_cells(p_variable uuid)
returns setof public.extractions
language sql stable security definer set search_path = ''
as $$
  select e.*
  from public.extractions as e
  inner join public.documents as d on d.id = e.document_id and d.deleted_at is null and d.state = 'ready'
  where e.variable_id = p_variable and e.row_index = 0 and e.judged_by is not null and e.state <> 'failed'
    and not exists (select 1 from public.golden_examples as g where g.variable_id = p_variable and g.active and g.document_id = e.document_id)
  order by e.updated_at desc, e.id
  limit 50;
$$;

revoke all on function
private.same_value(jsonb, jsonb), private.is_right(public.extractions, text, jsonb), private.marked_cells(uuid)
from public, anon, authenticated, service_role;
