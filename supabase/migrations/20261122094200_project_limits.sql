-- Project limits: what a project may spend and has spent, and how many tasks of it may run now. Moved by verbs only.
set local lock_timeout = '5s';

create table public.project_limits (
  project_id uuid primary key references public.projects (id) on delete cascade,
  cap_micros bigint,
  spent_micros bigint not null default 0,
  reserved_micros bigint not null default 0,
  concurrency int,
  successes int not null default 0,
  narrowed_at timestamptz,
  constraint project_limits_money_positive check (spent_micros >= 0 and reserved_micros >= 0 and (cap_micros is null or cap_micros >= 0)),
  constraint project_limits_concurrency_positive check (concurrency >= 1),
  constraint project_limits_successes_counted check (successes between 0 and 9)
);
comment on table public.project_limits is 'One row a project, beside projects, because every model call moves it. Money is in millionths of the currency of the prices.';
comment on column public.project_limits.concurrency is 'Below projects.max_concurrency while the provider asks for patience; null otherwise.';
comment on column public.project_limits.successes is 'Calls that succeeded since the last step: 10 of them are one more at a time.';
comment on column public.project_limits.narrowed_at is 'When it was last narrowed: what was under way then does not narrow it again.';

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
create trigger projects_add_limits after insert on public.projects for each row execute function private.add_limits();
insert into public.project_limits (project_id, spent_micros, reserved_micros)
select
  p.id,
  coalesce(sum(c.cost_micros), 0) as spent,
  coalesce(sum(c.reserved_micros) filter (where c.state = 'reserved'), 0) as reserved
from public.projects as p
left join public.llm_calls as c on p.id = c.project_id
group by p.id;

-- A refused call takes a quarter of what may run at once, once for all calls that were under way, and not below an eighth of
-- the most; 10 calls that succeed allow one more, until the most is reached again. (Halving left a fifth of a limit unused.)
create function private.adapt_concurrency(p_call public.llm_calls, p_state text, p_error_code text)
returns void
language sql volatile security definer set search_path = ''
as $$
  update public.project_limits as l
  set concurrency = greatest(least(coalesce(l.concurrency, p.max_concurrency), p.max_concurrency) * 3 / 4, p.max_concurrency / 8, 1),
    successes = 0, narrowed_at = clock_timestamp()
  from public.projects as p
  where p.id = l.project_id and l.project_id = p_call.project_id and p_error_code = 'model_rate_limited'
    and (l.narrowed_at is null or p_call.created_at > l.narrowed_at);
  update public.project_limits as l
  set concurrency = case
      when l.successes < 9 then l.concurrency
      when l.concurrency + 1 < p.max_concurrency then l.concurrency + 1
    end,
    successes = (l.successes + 1) % 10
  from public.projects as p
  where p.id = l.project_id and l.project_id = p_call.project_id and p_state = 'settled' and l.concurrency is not null;
$$;

alter table public.project_limits enable row level security;
create policy project_limits_select_member on public.project_limits for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.project_limits from public, anon, authenticated, service_role;
grant select on table public.project_limits to authenticated, service_role;
revoke all on function private.add_limits(), private.adapt_concurrency(public.llm_calls, text, text)
from public, anon, authenticated, service_role;
