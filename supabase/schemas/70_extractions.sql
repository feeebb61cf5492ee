-- Extractions: the cells, their history, and how a whole cell is written.

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
  revision int not null default 1,
  original jsonb,
  suggestion jsonb,
  -- What a look at the cell is worth: the sum of the parts below, which private.worth_parts tells
  -- one by one. Once a person has judged the cell, only the first two count.
  --   asked 1          a person flagged the cell
  --   disagreement 0.8 a newer answer differs from the person's and from the answer that the person saw
  --   doubt 0-1        a value: 1 - confidence; a failure: 0.6; an absence: 0.5 where the reason, unread
  --                    pages or the rules speak against it, 0.3 where the offline extractor was silent,
  --                    else 0.15
  --   unverified 0.3   a value without proof
  --   flags 0.1-0.3    0.1 for each flag of the run, up to three
  --   unjudged 0.05    nobody has judged the cell
  -- review_queue adds 0.1 where the variable is required, which the cell does not know. The sum is
  -- stored and indexed: computed by readers, a page of the queue would cost a read of all cells.
  worth float8 generated always as (round((
    case when 'flagged' = any(flags) then 1 else 0 end
    + case
      when
        suggestion is not null and suggestion -> 'value' is distinct from coalesce(value, 'null'::jsonb)
        and (original is null or suggestion -> 'value' is distinct from original -> 'value')
        then 0.8
      else 0
    end
    + case
      when judged_by is not null then 0
      when state = 'failed' then 0.6
      when state = 'proposed' then 1 - confidence
      when
        absent_reason in ('illegible', 'ambiguous')
        or flags && array['unread_pages', 'required', 'truncated']
        then 0.5
      when 'offline_silent' = any(flags) then 0.3
      else 0.15
    end
    + case when judged_by is null and state = 'proposed' and not verified then 0.3 else 0 end
    + case
      when judged_by is null
        then least(cardinality(array_remove(array_remove(flags, 'flagged'), 'offline_silent')), 3) * 0.1
      else 0
    end
    + case when judged_by is null then 0.05 else 0 end
  )::numeric, 4)::float8) stored,
  constraint extractions_one_per_cell unique (document_id, variable_id, row_index),
  constraint extractions_state_known check (
    state in ('proposed', 'accepted', 'corrected', 'rejected', 'absent', 'failed')
  ),
  constraint extractions_evidence_known check (
    evidence in ('exact', 'split', 'fuzzy', 'moved', 'not_found', 'none')
  ),
  constraint extractions_verified_has_proof check (
    not verified
    or (evidence in ('exact', 'split', 'moved') and quote is not null and page is not null and box is not null)
  ),
  constraint extractions_box_form check (
    box is null or (cardinality(box) = 4 and box[1] <= box[3] and box[2] <= box[4])
  ),
  constraint extractions_confidence_bounded check (confidence between 0 and 1),
  constraint extractions_absent_reason_known check (
    absent_reason in ('absent', 'illegible', 'ambiguous', 'not_applicable')
  ),
  constraint extractions_absent_reason_iff_absent check (
    (state = 'absent') = (absent_reason is not null)
  ),
  constraint extractions_no_value_if_absent_or_failed check (
    state not in ('absent', 'failed') or value is null
  ),
  constraint extractions_origin_known check (origin in ('model', 'offline', 'person'))
);
comment on table public.extractions is
'One cell of the table: a value with its proof, or the reason why there is none.';
comment on column public.extractions.box is
'x0, y0, x1, y1 in points from the top left of the page as displayed.';
comment on column public.extractions.verified is
'The quote stands in the document and says the value. Fuzzy is never verified.';
comment on column public.extractions.input_hash is
'Hash of everything the answer depends on: the cell is current while this equals what would be asked now.';
comment on column public.extractions.judged_by is 'A person decided: no run overwrites this cell.';
comment on column public.extractions.revision is
'Rises with every change of the answer or its judgement: a reviewer hands back the one that was on the screen.';
comment on column public.extractions.original is
'The answer as it was before anybody judged the cell; null while nobody has, and where a person added the value.';
comment on column public.extractions.suggestion is
'A newer answer of a model beside a judged cell. Never takes its place by itself.';
comment on column public.extractions.worth is
'What a decision on the cell is worth to the table: the order of the review queue.';
create index extractions_project on public.extractions (project_id, document_id); -- serves the policy and the table
create index extractions_variable on public.extractions (variable_id); -- serves the foreign key and statistics
create index extractions_job on public.extractions (job_id); -- serves the foreign key
create index extractions_schema_version on public.extractions (schema_version_id); -- serves the foreign key
create index extractions_worth on public.extractions (project_id, worth desc, id) where worth > 0; -- serves review_queue
create index extractions_added on public.extractions (project_id, document_id)
where origin = 'person'; -- serves result_documents
create index extractions_rows on public.extractions (document_id, row_index); -- serves the units of a document
create trigger extractions_cross_inserted after insert on public.extractions
referencing new table as changed for each statement execute function private.after_cells_change();
create trigger extractions_cross_updated after update on public.extractions
referencing new table as changed for each statement execute function private.after_cells_change();

alter table public.extractions enable row level security;
create policy extractions_select_member on public.extractions for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.extractions from public, anon, authenticated, service_role;
grant select on table public.extractions to authenticated, service_role;

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
  note text,
  before jsonb,
  undoes bigint,
  constraint extraction_events_action_known check (
    action in (
      'model_run', 'suggest', 'accept', 'correct', 'reject', 'absent', 'add', 'take', 'flag', 'unflag', 'undo'
    )
  )
);
comment on table public.extraction_events is
'Append-only: what a cell was after each run and each judgement.';
comment on column public.extraction_events.before is
'The cell as it was before this event; null where there was none. What undo brings back.';
comment on column public.extraction_events.undoes is 'The event that an undo takes back.';
create index extraction_events_extraction on public.extraction_events (extraction_id, id); -- serves the history of a cell
create index extraction_events_project on public.extraction_events (project_id); -- serves the policy
create index extraction_events_replaced on public.extraction_events (extraction_id)
where action = 'model_run' and before is not null; -- serves private.answers

alter table public.extraction_events enable row level security;
create policy extraction_events_select_member on public.extraction_events for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.extraction_events from public, anon, authenticated, service_role;
revoke all on sequence public.extraction_events_id_seq from public, anon, authenticated, service_role;
grant select on table public.extraction_events to authenticated, service_role;

-- The cell for its history, as `before` and `original` hold it: without what names the row and
-- counts its changes. Null for the empty cell that add_value makes a moment before it fills it: it
-- was never an answer.
create function private.cell_snapshot(p_cell public.extractions)
returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  if p_cell.origin = 'person' and p_cell.judged_by is null then
    return null;
  end if;
  return to_jsonb(p_cell) - array[
    'id', 'project_id', 'document_id', 'variable_id', 'row_index', 'created_at', 'updated_at', 'revision', 'worth'
  ];
end;
$$;
revoke all on function private.cell_snapshot from public, anon, authenticated, service_role;

-- Writes whole cells, new ones and other answers into those that are there, and returns those that
-- it wrote. Runs, corrections, suggestions that are taken and steps that are undone all write through
-- it: nothing else lists what an answer consists of. The caller must have locked the cells before it
-- read them: otherwise a judgement given in between would be lost. A person's flag stays, whatever
-- flags the new answer has.
-- p_over_judged: whether cells that a person judged are written too. A person may, a run may not.
create function private.write_cells(p_cells public.extractions[], p_over_judged boolean)
returns setof public.extractions
language plpgsql volatile set search_path = ''
as $$
begin
  return query
    insert into public.extractions as e (
      project_id, document_id, variable_id, row_index, job_id, schema_version_id, origin, input_hash,
      state, value, absent_reason, raw, quote, page, box, boxes, zone,
      evidence, verified, confidence, signals, flags, judged_by, original, suggestion
    )
    select
      c.project_id, c.document_id, c.variable_id, c.row_index, c.job_id, c.schema_version_id, c.origin, c.input_hash,
      c.state, c.value, c.absent_reason, c.raw, c.quote, c.page, c.box, coalesce(c.boxes, '[]'), c.zone,
      c.evidence, c.verified, c.confidence, coalesce(c.signals, '{}'), coalesce(c.flags, '{}'),
      c.judged_by, c.original, c.suggestion
    from unnest(p_cells) as c
    on conflict (document_id, variable_id, row_index) do update
    set
      job_id = excluded.job_id, schema_version_id = excluded.schema_version_id,
      origin = excluded.origin, input_hash = excluded.input_hash,
      state = excluded.state, value = excluded.value, absent_reason = excluded.absent_reason,
      raw = excluded.raw, quote = excluded.quote, page = excluded.page,
      box = excluded.box, boxes = excluded.boxes, zone = excluded.zone,
      evidence = excluded.evidence, verified = excluded.verified,
      confidence = excluded.confidence, signals = excluded.signals,
      flags = array_remove(excluded.flags, 'flagged')
        || case when 'flagged' = any(e.flags) then array['flagged'] else '{}'::text[] end,
      judged_by = excluded.judged_by, original = excluded.original, suggestion = excluded.suggestion,
      updated_at = now()
    where p_over_judged or e.judged_by is null
    returning e.*;
end;
$$;
revoke all on function private.write_cells from public, anon, authenticated, service_role;
