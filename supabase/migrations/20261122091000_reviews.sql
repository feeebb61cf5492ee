-- Reviews: what people think of cells. One current judgement a person and cell; everything before it is in the trail.
set local lock_timeout = '5s';

alter table public.extractions
add column revision int not null default 1,
add column original jsonb,
add column suggestion jsonb;
comment on column public.extractions.revision is 'Rises with every change of the answer or its judgement: a reviewer hands back the one that was on the screen.';
comment on column public.extractions.original is 'The answer as it was before anybody judged the cell; null while nobody has, and where a person added the value.';
comment on column public.extractions.suggestion is 'A newer answer of a model beside a judged cell. Never takes its place by itself.';

-- The wider one follows.
-- squawk-ignore ban-drop-constraint
alter table public.extractions drop constraint extractions_origin_known;
alter table public.extractions add constraint extractions_origin_known check (origin in ('model', 'offline', 'person'));

alter table public.extraction_events
add column note text,
add column before jsonb,
add column undoes bigint;
comment on column public.extraction_events.before is 'The cell as it was before this event; null where there was none. What undo brings back.';
comment on column public.extraction_events.undoes is 'The event that an undo takes back.';
-- The wider one follows.
-- squawk-ignore ban-drop-constraint
alter table public.extraction_events drop constraint extraction_events_action_known;
alter table public.extraction_events add constraint extraction_events_action_known check (
  action in ('model_run', 'suggest', 'accept', 'correct', 'reject', 'absent', 'add', 'take', 'flag', 'unflag', 'undo')
);

create table public.reviews (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  extraction_id uuid not null references public.extractions (id) on delete cascade,
  author uuid not null,
  kind text not null,
  value jsonb,
  note text,
  undone boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint reviews_one_per_person_and_cell unique (extraction_id, author),
  constraint reviews_kind_known check (kind in ('accept', 'correct', 'reject', 'absent', 'add', 'flag')),
  constraint reviews_note_short check (char_length(note) <= 1000)
);
comment on table public.reviews is 'One current judgement a person and cell. Written by verbs only; the history is in extraction_events.';
comment on column public.reviews.author is 'No foreign key: the judgement outlives the account.';
comment on column public.reviews.undone is 'Taken back, and nothing of this person stands in its place.';
create index reviews_project on public.reviews (project_id, author); -- serves the policy and a person's own list

-- The answer counts, the suggestion beside it does not: it must not make an open review stale.
create function private.before_extraction_update()
returns trigger
language plpgsql set search_path = ''
as $$
begin
  if (new.state, new.value, new.quote, new.page, new.box, new.evidence, new.verified, new.flags, new.absent_reason, new.judged_by)
    is distinct from
    (old.state, old.value, old.quote, old.page, old.box, old.evidence, old.verified, old.flags, old.absent_reason, old.judged_by)
  then
    new.revision := old.revision + 1;
  end if;
  return new;
end;
$$;
create trigger extractions_before_update before update on public.extractions
for each row execute function private.before_extraction_update();

-- A cell without what it is called and counted by: what `before` and `original` hold. Null for the empty cell that
-- add_value makes a moment before it fills it: that was never an answer.
create function private.cell_snapshot(p_cell public.extractions)
returns jsonb
language sql stable set search_path = ''
as $$
  select case when p_cell.origin <> 'person' or p_cell.judged_by is not null
    then to_jsonb(p_cell) - array['id', 'project_id', 'document_id', 'variable_id', 'row_index', 'created_at', 'updated_at', 'revision', 'worth']
  end;
$$;

-- The cells, locked in the order of their ids, as the caller may judge them; or the first rule that they break.
-- p_seen: the revisions that the caller saw, beside p_extractions; null, or null in a place, asks for no comparison.
create function private.hold_cells(p_extractions uuid[], p_note text, p_seen int[])
returns public.extractions[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[];
  v_asked int := coalesce(cardinality(p_extractions), 0);
begin
  if char_length(p_note) > 1000 then
    perform private.refuse(422, 'note_too_long', 'A note has at most 1000 characters', 'Shorten it.');
  elsif v_asked = 0 then
    perform private.refuse(422, 'no_cells', 'No cell is named', 'Name at least one.');
  elsif v_asked > 1000 then
    perform private.refuse(422, 'too_many_cells', 'At most 1000 cells in one call', 'Send them in parts.');
  elsif v_asked <> (select count(distinct w.id) from unnest(p_extractions) as w (id)) then
    perform private.refuse(422, 'cells_repeated', 'A cell is named twice or is null', 'Name each cell once.');
  elsif cardinality(p_seen) <> v_asked then
    perform private.refuse(422, 'seen_incomplete', 'There are not as many revisions as cells', 'Give one revision a cell, or none.');
  end if;
  select array_agg(c.held) into v_held
  from (
    select e as held
    from public.extractions as e
    inner join public.documents as d on d.id = e.document_id and d.deleted_at is null
    where e.id = any(p_extractions) and e.project_id = any(private.my_projects('viewer'))
    order by e.id
    for update of e
  ) as c;
  if coalesce(cardinality(v_held), 0) <> v_asked then
    perform private.refuse(404, 'cell_not_found', 'No such cell', 'One of them does not exist or is not yours to see.');
  end if;
  perform private.require_role(p.project_id, 'reviewer') from (select distinct h.project_id from unnest(v_held) as h) as p;
  if exists (
    select 1 from unnest(p_extractions, p_seen) as w (id, seen)
    inner join unnest(v_held) as h on h.id = w.id
    where h.revision <> w.seen
  ) then
    perform private.refuse(409, 'cell_changed', 'A cell has changed since you saw it', 'Read it again, then decide.');
  end if;
  return v_held;
end;
$$;

-- Tells a judgement: an event a cell in the trail, with the cell as it was, and the caller's current judgement of it.
create function private.tell_judgements(p_before public.extractions[], p_action text, p_kind text, p_note text)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_ids uuid[] := array(select b.id from unnest(p_before) as b);
begin
  insert into public.extraction_events (project_id, extraction_id, action, actor, job_id, value, state, evidence, note, before)
  select e.project_id, e.id, p_action, (select auth.uid()), e.job_id, e.value, e.state, e.evidence, p_note, private.cell_snapshot(b)
  from unnest(p_before) as b
  inner join public.extractions as e on e.id = b.id
  order by e.id;
  insert into public.reviews as r (project_id, extraction_id, author, kind, value, note)
  select e.project_id, e.id, (select auth.uid()), p_kind, e.value, p_note
  from public.extractions as e
  where e.id = any(v_ids)
  on conflict (extraction_id, author) do update
  set kind = excluded.kind, value = excluded.value, note = excluded.note, undone = false, updated_at = now();
  return query select e.* from public.extractions as e where e.id = any(v_ids) order by e.id;
end;
$$;

alter table public.reviews enable row level security;
create policy reviews_select_member on public.reviews for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.reviews from public, anon, authenticated, service_role;
grant select on table public.reviews to authenticated, service_role;
revoke all on function
private.before_extraction_update(), private.cell_snapshot(public.extractions), private.hold_cells(uuid[], text, int[]),
private.tell_judgements(public.extractions[], text, text, text)
from public, anon, authenticated, service_role;
