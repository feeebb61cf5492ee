-- Limits: what a project may spend, and how many calls it may begin.

create table public.project_limits (
  project_id uuid primary key references public.projects (id) on delete cascade,
  cap_micros bigint,
  spent_micros bigint not null default 0,
  reserved_micros bigint not null default 0,
  concurrency int,
  successes int not null default 0,
  narrowed_at timestamptz,
  calls_per_minute int,
  constraint project_limits_money_positive check (spent_micros >= 0 and reserved_micros >= 0 and (cap_micros is null or cap_micros >= 0)),
  constraint project_limits_concurrency_positive check (concurrency >= 1),
  constraint project_limits_successes_counted check (successes between 0 and 9),
  constraint project_limits_calls_positive check (calls_per_minute > 0)
);
comment on table public.project_limits is 'One row a project, beside projects, because every model call moves it. Money is in millionths of the currency of the prices.';
comment on column public.project_limits.concurrency is 'Below projects.max_concurrency while the provider asks for patience; null otherwise.';
comment on column public.project_limits.successes is 'Calls that succeeded since the last step: 10 of them are one more at a time.';
comment on column public.project_limits.narrowed_at is 'When it was last narrowed: what was under way then does not narrow it again.';
comment on column public.project_limits.calls_per_minute is 'The most model calls that begin within any 60 s; null for no bound.';

alter table public.project_limits enable row level security;
create policy project_limits_select_member on public.project_limits for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.project_limits from public, anon, authenticated, service_role;
grant select on table public.project_limits to authenticated, service_role;

-- definer: fires for callers who may not write limits.
create function private.add_limits()
returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.project_limits (project_id) values (new.id) on conflict (project_id) do nothing;
  return null;
end;
$$;
revoke all on function private.add_limits from public, anon, authenticated, service_role;
create trigger projects_add_limits after insert on public.projects for each row execute function private.add_limits();

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
comment on function public.raise_cap is
'Sets a higher money cap for a job, or none. A job that waits for it goes on.
For editors. Refuses job_not_found, role_too_low, job_state_wrong, cap_not_raised.';
revoke all on function public.raise_cap from public, anon, authenticated, service_role;
grant execute on function public.raise_cap to authenticated;

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
comment on function public.set_project_cap is
'Sets the most that all model calls of a project may cost, or null for no bound. A job that waits for it goes on where
there is room. A cap below what is spent stops the next call and takes nothing back.
For owners. Refuses project_not_found, role_too_low, cap_invalid.';
revoke all on function public.set_project_cap from public, anon, authenticated, service_role;
grant execute on function public.set_project_cap to authenticated;

-- definer: limits are written by verbs only.
create function public.set_call_limit(p_project uuid, p_calls_per_minute int default null)
returns public.project_limits
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_limits public.project_limits;
begin
  perform private.require_role(p_project, 'owner');
  if p_calls_per_minute < 1 then
    perform private.refuse(422, 'limit_invalid', 'A limit is at least one call a minute', 'Give calls a minute, or none for no bound.');
  end if;
  update public.project_limits as l set calls_per_minute = p_calls_per_minute where l.project_id = p_project returning l.* into v_limits;
  return v_limits;
end;
$$;
comment on function public.set_call_limit is
'Sets the most model calls that a project may begin within any 60 s, or null for no bound. What runs is not stopped.
For owners. Refuses project_not_found, role_too_low, limit_invalid.';
revoke all on function public.set_call_limit from public, anon, authenticated, service_role;
grant execute on function public.set_call_limit to authenticated;

-- definer: the worker may call verbs and may not touch the queue.
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
comment on function public.pause_for_cap is
'Pauses the job of a task because a cap was reached. The job says which cap, and its tasks, once given back, are held.
For workers (service_role). Refuses lease_lost, reason_unknown.';
revoke all on function public.pause_for_cap from public, anon, authenticated, service_role;
grant execute on function public.pause_for_cap to service_role;
