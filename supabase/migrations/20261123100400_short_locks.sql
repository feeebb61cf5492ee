-- Short locks: the verbs of a job's tasks wait for one another only while they count into the job. Replaces hold_task.
set local lock_timeout = '5s';

-- The caller's lease, of one kind or of any; or 409 when it was lost. Without a lock: for what reads, and for what hold_task
-- fences before it ends.
-- definer: the worker may call verbs and may not touch the queue.
create function private.see_task(p_task bigint, p_lease_token uuid, p_kind text)
returns private.tasks
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_task private.tasks;
begin
  select t.* into v_task
  from private.tasks as t
  where t.id = p_task and t.state = 'running' and t.lease_token = p_lease_token
    and (p_kind is null or t.kind = p_kind);
  if v_task.id is null then
    perform private.refuse(409, 'lease_lost', 'The task is not held by this lease', 'It expired, was cancelled or was taken over; drop the result.');
  end if;
  return v_task;
end;
$$;

-- The same, locked: the fence of every verb that ends a task. A job is locked as an update of it does, so that cells and calls
-- of the same job, which refer to it, are written meanwhile. What is locked is looked at afterwards, as it stands by then.
-- definer: as see_task.
create or replace function private.hold_task(p_task bigint, p_lease_token uuid, p_kind text default null)
returns private.tasks
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform 1 from public.jobs as j where j.id = (select t.job_id from private.tasks as t where t.id = p_task) for no key update;
  perform 1 from private.tasks as t where t.id = p_task for update;
  return private.see_task(p_task, p_lease_token, p_kind);
end;
$$;

revoke all on function private.see_task(bigint, uuid, text), private.hold_task(bigint, uuid, text)
from public, anon, authenticated, service_role;
