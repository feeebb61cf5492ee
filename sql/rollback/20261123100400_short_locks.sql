-- Takes back 20261123100400_short_locks: hold_task as 20261121090500_tasks has it.
create or replace function private.hold_task(p_task bigint, p_lease_token uuid, p_kind text default null)
returns private.tasks
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks;
begin
  perform 1 from public.jobs as j where j.id = (select t.job_id from private.tasks as t where t.id = p_task) for update;
  select t.* into v_task
  from private.tasks as t
  where t.id = p_task and t.state = 'running' and t.lease_token = p_lease_token
    and (p_kind is null or t.kind = p_kind)
  for update;
  if v_task.id is null then
    perform private.refuse(409, 'lease_lost', 'The task is not held by this lease', 'It expired, was cancelled or was taken over; drop the result.');
  end if;
  return v_task;
end;
$$;

drop function private.see_task(bigint, uuid, text);
