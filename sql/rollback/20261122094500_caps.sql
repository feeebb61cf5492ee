-- Takes back 20261122094500_caps: pause_for_cap as 20261121090810_extraction_verbs made it.
drop function public.raise_cap(uuid, bigint), public.set_project_cap(uuid, bigint), public.pause_for_cap(bigint, uuid, text);
create function public.pause_for_cap(p_task bigint, p_lease_token uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks;
begin
  perform private.lock_queue();
  v_task := private.hold_task(p_task, p_lease_token, 'extract');
  perform private.pause(v_task.job_id, 'cap_reached');
end;
$$;
revoke all on function public.pause_for_cap(bigint, uuid) from public, anon, authenticated, service_role;
grant execute on function public.pause_for_cap(bigint, uuid) to service_role;
