-- Reviews: people accept, reject and flag cells.

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
comment on table public.reviews is
'One current judgement a person and cell. Written by verbs only; the history is in extraction_events.';
comment on column public.reviews.author is 'No foreign key: the judgement outlives the account.';
comment on column public.reviews.undone is 'Taken back, and nothing of this person stands in its place.';
create index reviews_project on public.reviews (project_id, author); -- serves the policy and a person's own list

alter table public.reviews enable row level security;
create policy reviews_select_member on public.reviews for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.reviews from public, anon, authenticated, service_role;
grant select on table public.reviews to authenticated, service_role;

-- A cell's revision rises with its answer and its judgement. A newer answer beside it does not
-- raise it: otherwise a run in the background would refuse the decision of everybody who has the
-- cell on the screen.
create function private.before_extraction_update()
returns trigger
language plpgsql set search_path = ''
as $$
begin
  if (
    new.state, new.value, new.quote, new.page, new.box,
    new.evidence, new.verified, new.flags, new.absent_reason, new.judged_by
  ) is distinct from (
    old.state, old.value, old.quote, old.page, old.box,
    old.evidence, old.verified, old.flags, old.absent_reason, old.judged_by
  ) then
    new.revision := old.revision + 1;
  end if;
  return new;
end;
$$;
revoke all on function private.before_extraction_update from public, anon, authenticated, service_role;
create trigger extractions_before_update before update on public.extractions
for each row execute function private.before_extraction_update();

-- Refuses a call that does not say clearly which cells it judges.
create function private.check_cells_named(p_extractions uuid[], p_note text, p_seen int[])
returns void
language plpgsql immutable set search_path = ''
as $$
declare
  v_named int := coalesce(cardinality(p_extractions), 0);
begin
  if char_length(p_note) > 1000 then
    perform private.refuse(422, 'note_too_long', 'A note has at most 1000 characters', 'Shorten it.');
  elsif v_named = 0 then
    perform private.refuse(422, 'no_cells', 'No cell is named', 'Name at least one.');
  elsif v_named > 1000 then
    perform private.refuse(422, 'too_many_cells', 'At most 1000 cells in one call', 'Send them in parts.');
  elsif v_named <> (select count(distinct n.id) from unnest(p_extractions) as n (id)) then
    perform private.refuse(
      422, 'cells_repeated', 'A cell is named twice or is null', 'Name each cell once.'
    );
  elsif cardinality(p_seen) <> v_named then
    perform private.refuse(
      422, 'seen_incomplete', 'There are not as many revisions as cells', 'Give one revision a cell, or none.'
    );
  end if;
end;
$$;
revoke all on function private.check_cells_named from public, anon, authenticated, service_role;

-- The cells that the caller may judge, locked in the order of their ids; or the first rule that
-- they break.
-- p_seen: the revisions that the caller saw, in the order of p_extractions. No comparison is made
-- for those that are null, nor for any if there are none.
create function private.hold_cells(p_extractions uuid[], p_note text, p_seen int[])
returns public.extractions[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[];
begin
  perform private.check_cells_named(p_extractions, p_note, p_seen);
  v_held := array(
    select e
    from public.extractions as e
    inner join public.documents as d on d.id = e.document_id and d.deleted_at is null
    where e.id = any(p_extractions) and e.project_id = any(private.my_projects('viewer'))
    order by e.id
    for update of e
  );
  if cardinality(v_held) <> cardinality(p_extractions) then
    perform private.refuse(
      404, 'cell_not_found', 'No such cell', 'One of them does not exist or is not yours to see.'
    );
  end if;
  perform private.require_role(p.project_id, 'reviewer')
  from (select distinct h.project_id from unnest(v_held) as h) as p;
  if exists (
    select 1 from unnest(p_extractions, p_seen) as n (id, seen)
    inner join unnest(v_held) as h on h.id = n.id
    where h.revision <> n.seen
  ) then
    perform private.refuse(
      409, 'cell_changed', 'A cell has changed since you saw it', 'Read it again, then decide.'
    );
  end if;
  return v_held;
end;
$$;
revoke all on function private.hold_cells from public, anon, authenticated, service_role;

-- Adds to the history of each cell what it is now and, as `before`, what it was before the caller's
-- action.
create function private.record_action(
  p_before public.extractions[], p_action text, p_note text default null, p_undoes bigint default null
)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into public.extraction_events (
    project_id, extraction_id, action, actor, job_id, value, state, evidence, note, before, undoes
  )
  select
    e.project_id, e.id, p_action, (select auth.uid()), e.job_id, e.value, e.state, e.evidence, p_note,
    private.cell_snapshot(b), p_undoes
  from unnest(p_before) as b
  inner join public.extractions as e on e.id = b.id
  order by e.id;
end;
$$;
revoke all on function private.record_action from public, anon, authenticated, service_role;

-- The kind of review that an action is: who takes a newer answer accepts it.
create function private.review_kind(p_action text)
returns text
language plpgsql immutable set search_path = ''
as $$
begin
  return case p_action when 'take' then 'accept' else p_action end;
end;
$$;
revoke all on function private.review_kind from public, anon, authenticated, service_role;

-- Records what the caller did to cells, in their history and as the caller's current judgement of
-- each. Returns the cells as they are now.
create function private.conclude_judgement(p_before public.extractions[], p_action text, p_note text)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_ids uuid[] := array(select b.id from unnest(p_before) as b);
begin
  perform private.record_action(p_before, p_action, p_note);
  insert into public.reviews as r (project_id, extraction_id, author, kind, value, note)
  select e.project_id, e.id, (select auth.uid()), private.review_kind(p_action), e.value, p_note
  from public.extractions as e
  where e.id = any(v_ids)
  on conflict (extraction_id, author) do update
  set
    kind = excluded.kind, value = excluded.value, note = excluded.note, undone = false, updated_at = now();
  return query select e.* from public.extractions as e where e.id = any(v_ids) order by e.id;
end;
$$;
revoke all on function private.conclude_judgement from public, anon, authenticated, service_role;

-- The answer to keep as original: the one that stood before anybody judged the cell.
create function private.first_answer(p_cell public.extractions)
returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  if p_cell.judged_by is not null then
    return p_cell.original;
  end if;
  return private.cell_snapshot(p_cell) - array['original', 'suggestion', 'judged_by'];
end;
$$;
revoke all on function private.first_answer from public, anon, authenticated, service_role;

-- Refuses to judge cells of which one has no answer.
create function private.refuse_failed(p_held public.extractions[])
returns void
language plpgsql immutable set search_path = ''
as $$
begin
  if exists (select 1 from unnest(p_held) as h where h.state = 'failed') then
    perform private.refuse(
      409, 'cell_failed', 'A cell has no answer to judge', 'Correct it, mark it absent, or run it again.'
    );
  end if;
end;
$$;
revoke all on function private.refuse_failed from public, anon, authenticated, service_role;

-- definer: cells and reviews are written by verbs only.
create function public.accept_cells(p_extractions uuid[], p_note text default null, p_seen int[] default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(p_extractions, p_note, p_seen);
begin
  perform private.refuse_failed(v_held);
  if exists (select 1 from unnest(v_held) as h where h.state = 'rejected') then
    perform private.refuse(409, 'cell_rejected', 'A cell is rejected', 'Undo that first, or correct it.');
  elsif exists (select 1 from unnest(v_held) as h where h.state = 'proposed' and h.value is null) then
    perform private.refuse(422, 'no_value', 'A cell has no value to accept', 'Correct it, or mark it absent.');
  end if;
  update public.extractions as e
  set
    state = case e.state when 'proposed' then 'accepted' else e.state end,
    judged_by = (select auth.uid()), original = private.first_answer(e), updated_at = now()
  where e.id = any(p_extractions);
  return query select j.* from private.conclude_judgement(v_held, 'accept', p_note) as j;
end;
$$;
comment on function public.accept_cells is
'Says that what stands in cells is right: a value, or that there is none. At most 1,000 cells, all or none;
p_seen: their revisions on the screen.
For reviewers. Refuses cell_failed, cell_rejected, no_value, no_cells, too_many_cells, cells_repeated,
seen_incomplete, cell_not_found, cell_changed, note_too_long, role_too_low.';
revoke all on function public.accept_cells from public, anon, authenticated, service_role;
grant execute on function public.accept_cells to authenticated;

-- definer: cells and reviews are written by verbs only.
create function public.reject_cells(p_extractions uuid[], p_note text default null, p_seen int[] default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(p_extractions, p_note, p_seen);
begin
  perform private.refuse_failed(v_held);
  update public.extractions as e
  set
    state = 'rejected', value = null, absent_reason = null, verified = false,
    judged_by = (select auth.uid()), original = private.first_answer(e), updated_at = now()
  where e.id = any(p_extractions);
  return query select j.* from private.conclude_judgement(v_held, 'reject', p_note) as j;
end;
$$;
comment on function public.reject_cells is
'Says that what stands in cells is wrong, without giving the right value. The value leaves the table; the original
keeps it.
For reviewers. Refuses cell_failed, no_cells, too_many_cells, cells_repeated, seen_incomplete, cell_not_found,
cell_changed, note_too_long, role_too_low.';
revoke all on function public.reject_cells from public, anon, authenticated, service_role;
grant execute on function public.reject_cells to authenticated;

-- definer: cells and reviews are written by verbs only.
create function public.flag_cells(p_extractions uuid[], p_note text default null, p_seen int[] default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(p_extractions, p_note, p_seen);
begin
  update public.extractions as e
  set flags = array_append(array_remove(e.flags, 'flagged'), 'flagged'), updated_at = now()
  where e.id = any(p_extractions);
  return query select j.* from private.conclude_judgement(v_held, 'flag', p_note) as j;
end;
$$;
comment on function public.flag_cells is
'Asks for another look at cells. A flag decides nothing, and no run takes it away.
For reviewers. Refuses no_cells, too_many_cells, cells_repeated, seen_incomplete, cell_not_found, cell_changed,
note_too_long, role_too_low.';
revoke all on function public.flag_cells from public, anon, authenticated, service_role;
grant execute on function public.flag_cells to authenticated;

-- definer: cells and reviews are written by verbs only.
create function public.unflag_cells(p_extractions uuid[], p_note text default null, p_seen int[] default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(p_extractions, p_note, p_seen);
  v_flagged public.extractions[] := array(select h from unnest(v_held) as h where 'flagged' = any(h.flags));
begin
  update public.extractions as e set flags = array_remove(e.flags, 'flagged'), updated_at = now()
  where e.id = any(p_extractions) and 'flagged' = any(e.flags);
  perform private.record_action(v_flagged, 'unflag', p_note);
  update public.reviews as r set undone = true, updated_at = now()
  where r.extraction_id = any(p_extractions) and r.kind = 'flag' and not r.undone;
  return query select e.* from public.extractions as e where e.id = any(p_extractions) order by e.id;
end;
$$;
comment on function public.unflag_cells is
'Takes away the flags of people, whoever set them. Those of the run stay.
For reviewers. Refuses no_cells, too_many_cells, cells_repeated, seen_incomplete, cell_not_found, cell_changed,
note_too_long, role_too_low.';
revoke all on function public.unflag_cells from public, anon, authenticated, service_role;
grant execute on function public.unflag_cells to authenticated;
