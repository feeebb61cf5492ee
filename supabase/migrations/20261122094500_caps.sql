-- Caps: raised by people, and then what waited for them goes on. Replaces pause_for_cap.
set local lock_timeout = '5s';

-- A higher cap for a job, or none; a job that waits for it goes on.
-- definer: jobs are written by verbs only.
create function public.raise_cap(p_job uuid, p_cap_micros bigint default null)
returns setof public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job public.jobs := private.require_job(p_job, 'editor', array['queued', 'running', 'paused']);
begin
  if v_job.cap_micros is null or p_cap_micros <= v_job.cap_micros then
    perform private.refuse(422, 'cap_not_raised', 'The cap is not higher than before', 'Give a higher one, or none.');
  end if;
  update public.jobs as j set cap_micros = p_cap_micros where j.id = p_job;
  if v_job.pause_reason = 'cap_reached' then
    perform public.resume_job(p_job);
  end if;
  return query select j.* from public.jobs as j where j.id = p_job;
end;
$$;

-- The most that all model calls of a project may cost, or null for no bound; a job that waits for it goes on where
-- there is room. A cap below what is spent stops the next call and takes nothing back.
-- definer: limits are written by verbs only.
create function public.set_project_cap(p_project uuid, p_cap_micros bigint default null)
returns public.project_limits
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_limits public.project_limits;
  v_waiting uuid;
begin
  perform private.require_role(p_project, 'owner');
  if p_cap_micros < 0 then
    perform private.refuse(422, 'cap_invalid', 'A cap is not below zero', 'Give an amount in millionths, or none.');
  end if;
  perform private.lock_queue();
  select j.id into v_waiting from public.jobs as j
  where j.project_id = p_project and j.state = 'paused' and j.pause_reason = 'project_cap_reached'
  for update;
  update public.project_limits as l set cap_micros = p_cap_micros where l.project_id = p_project returning l.* into v_limits;
  if v_waiting is not null and (p_cap_micros is null or p_cap_micros > v_limits.spent_micros + v_limits.reserved_micros) then
    perform public.resume_job(v_waiting);
  end if;
  return v_limits;
end;
$$;

-- A cap stops the job, not the document: the job says which one, and its tasks, once given back, are held.
-- definer: the worker may call verbs and may not touch the queue.
-- squawk-ignore ban-drop-function
drop function public.pause_for_cap(bigint, uuid);
create function public.pause_for_cap(p_task bigint, p_lease_token uuid, p_reason text default 'cap_reached')
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks;
begin
  perform private.lock_queue();
  v_task := private.hold_task(p_task, p_lease_token, 'extract');
  if p_reason is null or p_reason not in ('cap_reached', 'project_cap_reached') then
    perform private.refuse(422, 'reason_unknown', 'That is not the name of a cap');
  end if;
  perform private.pause(v_task.job_id, p_reason);
end;
$$;

revoke all on function public.raise_cap(uuid, bigint), public.set_project_cap(uuid, bigint), public.pause_for_cap(bigint, uuid, text)
from public, anon, authenticated, service_role;
grant execute on function public.raise_cap(uuid, bigint), public.set_project_cap(uuid, bigint) to authenticated;
grant execute on function public.pause_for_cap(bigint, uuid, text) to service_role;
