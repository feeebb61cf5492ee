-- Jobs: one run of the schema over documents. At most one is active in a project.

create table public.jobs (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  kind text not null,
  state text not null default 'queued',
  schema_version_id uuid not null references public.schema_versions (id),
  extractor text,
  request_id text,
  documents_total int not null,
  documents_done int not null default 0,
  documents_failed int not null default 0,
  documents_skipped int not null default 0,
  failure_streak int not null default 0,
  pause_reason text,
  model_calls int not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cost_micros bigint not null default 0,
  reserved_micros bigint not null default 0,
  cap_micros bigint,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  eta_at timestamptz,
  updated_at timestamptz not null default now(),
  broadcast_at timestamptz not null default now(),
  selection jsonb not null default '{}',
  constraint jobs_kind_known check (kind in ('sample', 'full', 'rerun')),
  constraint jobs_state_known check (state in ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled')),
  constraint jobs_request_id_short check (char_length(request_id) <= 128),
  constraint jobs_extractor_known check (extractor in ('model', 'offline')),
  constraint jobs_finished_iff_terminal check ((state in ('completed', 'failed', 'cancelled')) = (finished_at is not null)),
  constraint jobs_pause_reason_iff_paused check ((state = 'paused') = (pause_reason is not null)),
  constraint jobs_counts_add_up check (
    documents_total >= 0 and documents_done >= 0 and documents_failed >= 0 and documents_skipped >= 0
    and documents_done + documents_failed + documents_skipped <= documents_total
  ),
  constraint jobs_completed_means_done check (state <> 'completed' or documents_done > 0),
  constraint jobs_money_positive check (cost_micros >= 0 and reserved_micros >= 0 and (cap_micros is null or cap_micros >= 0))
);
comment on table public.jobs is 'queued -> running -> completed | failed | cancelled, and running <-> paused. Moved by verbs only.';
comment on column public.jobs.documents_skipped is 'Deleted while the job ran.';
comment on column public.jobs.request_id is 'The request that started or retried it; the ledger carries it on.';
comment on column public.jobs.cost_micros is 'Millionths of the currency that the model prices are given in.';
comment on column public.jobs.broadcast_at is 'When progress last went out: at most every 250 ms, and always when the state changes.';
comment on column public.jobs.selection is
'How its documents were chosen: by all | chosen | first | random, their count, the seed where chance decided, the share held out.';
create unique index jobs_one_active on public.jobs (project_id) where state in ('queued', 'running', 'paused');
create index jobs_listed on public.jobs (project_id, created_at desc, id); -- serves the history
create index jobs_schema_version on public.jobs (schema_version_id); -- serves the foreign key
create trigger jobs_events after insert or update on public.jobs for each row execute function private.record_state();
create trigger jobs_broadcast_insert after insert on public.jobs for each row execute function private.broadcast_row();
create trigger jobs_broadcast_update after update on public.jobs for each row
when (old.broadcast_at is distinct from new.broadcast_at) execute function private.broadcast_row();

alter table public.jobs enable row level security;
create policy jobs_select_member on public.jobs for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.jobs from public, anon, authenticated, service_role;
grant select on table public.jobs to authenticated, service_role;

-- Keeps what follows from the counts of a job: when it will end, and when its progress goes out again.
create function private.before_job_update()
returns trigger
language plpgsql set search_path = ''
as $$
declare
  v_ended int := new.documents_done + new.documents_failed + new.documents_skipped;
begin
  new.updated_at := clock_timestamp();
  new.eta_at := case
    when new.state = 'running' and v_ended > 0 and new.started_at is not null
      then clock_timestamp() + (clock_timestamp() - new.started_at) / v_ended * (new.documents_total - v_ended)
  end;
  if new.state is distinct from old.state or clock_timestamp() - old.broadcast_at >= interval '250 milliseconds' then
    new.broadcast_at := clock_timestamp();
  end if;
  return new;
end;
$$;
revoke all on function private.before_job_update from public, anon, authenticated, service_role;
create trigger jobs_before_update before update on public.jobs for each row execute function private.before_job_update();

-- Counts the end of an extract task into its job, and ends the job with its last document or pauses it after more than
-- ten failures in a row. The caller has locked the job.
create function private.count_extract(p_task private.tasks, p_end text)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job public.jobs;
begin
  update public.jobs as j
  set documents_done = j.documents_done + (p_end = 'done')::int,
    documents_failed = j.documents_failed + (p_end = 'dead')::int,
    documents_skipped = j.documents_skipped + (p_end = 'cancelled')::int,
    failure_streak = case p_end when 'dead' then j.failure_streak + 1 when 'done' then 0 else j.failure_streak end
  where j.id = p_task.job_id and j.state in ('queued', 'running', 'paused')
  returning j.* into v_job;
  if v_job.id is null then
    return;
  elsif v_job.documents_done + v_job.documents_failed + v_job.documents_skipped = v_job.documents_total then
    update public.jobs as j
    set state = case when j.documents_done > 0 then 'completed' else 'failed' end, finished_at = clock_timestamp(), pause_reason = null
    where j.id = v_job.id;
  elsif v_job.failure_streak > 10 and v_job.state = 'running' then
    perform private.pause(v_job.id, 'failure_streak');
  end if;
end;
$$;
revoke all on function private.count_extract from public, anon, authenticated, service_role;

-- Pauses a job: what runs may finish, what waits is held.
create function private.pause(p_job uuid, p_reason text)
returns void
language sql volatile security definer set search_path = ''
as $$
  update public.jobs as j set state = 'paused', pause_reason = p_reason where j.id = p_job and j.state in ('queued', 'running');
  update private.tasks as t set held = true where t.job_id = p_job and t.state = 'queued' and not t.held;
$$;
revoke all on function private.pause from public, anon, authenticated, service_role;

alter table private.tasks add constraint tasks_job_exists foreign key (job_id) references public.jobs (id) on delete cascade;
