-- Judgements in bulk: accept, reject, flag, unflag. All or nothing, at most 1000 cells a call.
set local lock_timeout = '5s';

-- What stands in the cell is right: a value, or that there is none.
-- definer: cells and reviews are written by verbs only; this and the verbs below.
create function public.accept_cells(p_extractions uuid[], p_note text default null, p_seen int[] default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(p_extractions, p_note, p_seen);
begin
  if exists (select 1 from unnest(v_held) as h where h.state = 'failed') then
    perform private.refuse(409, 'cell_failed', 'A cell has no answer to judge', 'Correct it, mark it absent, or run it again.');
  elsif exists (select 1 from unnest(v_held) as h where h.state = 'rejected') then
    perform private.refuse(409, 'cell_rejected', 'A cell is rejected', 'Undo that first, or correct it.');
  elsif exists (select 1 from unnest(v_held) as h where h.state = 'proposed' and h.value is null) then
    perform private.refuse(422, 'no_value', 'A cell has no value to accept', 'Correct it, or mark it absent.');
  end if;
  update public.extractions as e
  set state = case e.state when 'proposed' then 'accepted' else e.state end, judged_by = (select auth.uid()),
    original = private.first_answer(e), updated_at = now()
  where e.id = any(p_extractions);
  return query select t.* from private.tell_judgements(v_held, 'accept', 'accept', p_note) as t;
end;
$$;

-- What stands in the cell is wrong, and the right value is not given. The value leaves the table; the original keeps it.
create function public.reject_cells(p_extractions uuid[], p_note text default null, p_seen int[] default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(p_extractions, p_note, p_seen);
begin
  if exists (select 1 from unnest(v_held) as h where h.state = 'failed') then
    perform private.refuse(409, 'cell_failed', 'A cell has no answer to judge', 'Correct it, mark it absent, or run it again.');
  end if;
  update public.extractions as e
  set state = 'rejected', value = null, absent_reason = null, verified = false, judged_by = (select auth.uid()),
    original = private.first_answer(e), updated_at = now()
  where e.id = any(p_extractions);
  return query select t.* from private.tell_judgements(v_held, 'reject', 'reject', p_note) as t;
end;
$$;

-- A flag asks for another look; it decides nothing, and no run takes it away.
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
  return query select t.* from private.tell_judgements(v_held, 'flag', 'flag', p_note) as t;
end;
$$;

-- Takes away the flags of people, whoever set them; those of the run stay.
create function public.unflag_cells(p_extractions uuid[], p_note text default null, p_seen int[] default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(p_extractions, p_note, p_seen);
begin
  update public.extractions as e set flags = array_remove(e.flags, 'flagged'), updated_at = now()
  where e.id = any(p_extractions) and 'flagged' = any(e.flags);
  insert into public.extraction_events (project_id, extraction_id, action, actor, job_id, value, state, evidence, note, before)
  select h.project_id, h.id, 'unflag', (select auth.uid()), h.job_id, h.value, h.state, h.evidence, p_note, private.cell_snapshot(h)
  from unnest(v_held) as h
  where 'flagged' = any(h.flags);
  update public.reviews as r set undone = true, updated_at = now()
  where r.extraction_id = any(p_extractions) and r.kind = 'flag' and not r.undone;
  return query select e.* from public.extractions as e where e.id = any(p_extractions) order by e.id;
end;
$$;

-- The answer to keep as original: the one that stood before anybody judged the cell.
create function private.first_answer(p_cell public.extractions)
returns jsonb
language sql stable set search_path = ''
as $$
  select case when p_cell.judged_by is null then private.cell_snapshot(p_cell) - array['original', 'suggestion', 'judged_by'] else p_cell.original end;
$$;

revoke all on function
public.accept_cells(uuid[], text, int[]), public.reject_cells(uuid[], text, int[]),
public.flag_cells(uuid[], text, int[]), public.unflag_cells(uuid[], text, int[]), private.first_answer(public.extractions)
from public, anon, authenticated, service_role;
grant execute on function
public.accept_cells(uuid[], text, int[]), public.reject_cells(uuid[], text, int[]),
public.flag_cells(uuid[], text, int[]), public.unflag_cells(uuid[], text, int[])
to authenticated;
