-- Exports: a file of the table with its evidence, written by the worker, fetched from Storage by
-- members.

create table public.exports (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  format text not null,
  options jsonb not null default '{}',
  state text not null default 'queued',
  failure_code text,
  failure_detail text,
  object_path text,
  bytes bigint,
  sha256 text,
  row_count int,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  expires_at timestamptz not null default now() + interval '7 days',
  warnings text[] not null default '{}',
  constraint exports_format_known check (format in ('csv', 'csv_long', 'xlsx', 'json', 'jsonl')),
  constraint exports_state_known check (state in ('queued', 'running', 'completed', 'failed')),
  constraint exports_options_object check (
    jsonb_typeof(options) = 'object' and octet_length(options::text) <= 16384
  ),
  constraint exports_finished_iff_terminal check ((state in ('completed', 'failed')) = (finished_at is not null)),
  constraint exports_failure_iff_failed check ((state = 'failed') = (failure_code is not null)),
  constraint exports_object_iff_completed check (
    (state = 'completed') = (
      object_path is not null and bytes is not null and sha256 is not null and row_count is not null
    )
  )
);
comment on table public.exports is
'queued -> running -> completed | failed. The file is <project>/<export>.<ending> in bucket exports, gone after expires_at.';
comment on column public.exports.warnings is
'What the file does not hold: empty, unread_pages, failed_documents, failed_values, cells_cut, columns_cut, rows_cut.';
create index exports_listed on public.exports (project_id, created_at desc, id); -- serves the list
create index exports_expiring on public.exports (expires_at); -- serves sweep_exports
create trigger exports_events after insert or update on public.exports
for each row execute function private.record_state();
create trigger exports_broadcast_insert after insert on public.exports
for each row execute function private.broadcast_row();
create trigger exports_broadcast_update after update on public.exports for each row
when (old.state is distinct from new.state) execute function private.broadcast_row();

alter table public.exports enable row level security;
create policy exports_select_member on public.exports for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.exports from public, anon, authenticated, service_role;
grant select on table public.exports to authenticated, service_role;

-- Refuses options that no export has, and variables that the project does not have. What else an
-- option may hold is checked by the service, which knows what it means.
create function private.check_export_options(p_project uuid, p_options jsonb)
returns void
language plpgsql stable set search_path = ''
as $$
declare
  v_known text[] := array[
    'evidence', 'confidence', 'source', 'versions', 'min_confidence', 'flagged', 'variables', 'delimiter', 'bom'
  ];
  v_keys jsonb := p_options -> 'variables';
begin
  if jsonb_typeof(p_options) is distinct from 'object' or p_options - v_known <> '{}' then
    perform private.refuse(
      422, 'option_unknown', 'An export has no such option',
      'See the options of POST /v1/projects/{project_id}/exports.'
    );
  elsif jsonb_typeof(v_keys) = 'array' and exists (
    select 1
    from jsonb_array_elements_text(v_keys) as k (key)
    where not exists (
      select 1 from public.variables as v where v.project_id = p_project and v.key = k.key
    )
  ) then
    perform private.refuse(
      422, 'variable_unknown', 'The project has no such variable', 'Name variables by their key.'
    );
  end if;
end;
$$;
revoke all on function private.check_export_options from public, anon, authenticated, service_role;

-- definer: exports and tasks are written by verbs only.
create function public.start_export(p_project uuid, p_format text default 'csv', p_options jsonb default '{}')
returns public.exports
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_export public.exports;
begin
  perform private.require_role(p_project, 'viewer');
  perform private.check_export_options(p_project, p_options);
  insert into public.exports (project_id, format, options, created_by)
  values (p_project, p_format, p_options, (select auth.uid()))
  returning * into v_export;
  insert into private.tasks (project_id, kind, export_id, priority, payload)
  values (
    p_project, 'export', v_export.id, 5, jsonb_build_object('format', p_format, 'options', p_options)
  );
  return v_export;
end;
$$;
comment on function public.start_export is
'Queues an export of the table in a format, with the options of POST
/v1/projects/{project_id}/exports.
For members: who may read the table may take it along. Refuses project_not_found, option_unknown,
variable_unknown.';
revoke all on function public.start_export from public, anon, authenticated, service_role;
grant execute on function public.start_export to authenticated;

-- definer: exports and tasks are written by verbs only.
create function public.finish_export(
  p_task bigint,
  p_lease_token uuid,
  p_object_path text,
  p_bytes bigint,
  p_sha256 text,
  p_row_count int,
  p_warnings text[] default '{}'
)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'export');
begin
  update public.exports as e
  set
    state = 'completed',
    finished_at = clock_timestamp(),
    object_path = p_object_path,
    bytes = p_bytes,
    sha256 = p_sha256,
    row_count = p_row_count,
    warnings = p_warnings
  where e.id = v_task.export_id;
  perform private.close_task(p_task, 'done');
end;
$$;
comment on function public.finish_export is
'Completes an export whose file is in Storage, with what its reader should be warned of, and ends
the task.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.finish_export from public, anon, authenticated, service_role;
grant execute on function public.finish_export to service_role;

-- An export fails with its task, for the same reason.
create function private.after_export_failed(p_task private.tasks)
returns void
language sql volatile security definer set search_path = ''
as $$
  update public.exports as e
  set
    state = 'failed',
    finished_at = clock_timestamp(),
    failure_code = p_task.failure_code,
    failure_detail = p_task.failure_detail
  where e.id = p_task.export_id;
$$;
revoke all on function private.after_export_failed from public, anon, authenticated, service_role;

-- The export that a file in bucket exports is named after; null for a name that no export gives.
create function private.export_of_file(p_name text)
returns uuid
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_name ~ '^[0-9a-f-]{36}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[a-z]+$'
      then split_part(split_part(p_name, '/', 2), '.', 1)::uuid
  end;
$$;
revoke all on function private.export_of_file from public, anon, authenticated, service_role;

-- definer: compares Storage with exports of every project.
create function public.sweep_exports(p_limit int default 100)
returns setof text
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from public.exports as e
  where e.expires_at < now()
    and e.state in ('completed', 'failed')
    and not exists (
      select 1 from storage.objects as o where o.bucket_id = 'exports' and o.name = e.object_path
    );
  return query
    select o.name
    from storage.objects as o
    left join public.exports as e on e.id = private.export_of_file(o.name)
    where o.bucket_id = 'exports'
      -- A younger file may belong to an export that is just being finished.
      and o.created_at < now() - interval '1 hour'
      and (e.id is null or (e.expires_at < now() and e.state in ('completed', 'failed')))
    order by o.created_at, o.name
    limit least(greatest(p_limit, 1), 1000);
end;
$$;
comment on function public.sweep_exports is
'Tells which files in bucket exports to remove now: those of expired exports, and of exports and
projects that were deleted. Removes the rows of expired exports whose file is gone: call it, remove
the files, call it again.
For workers (service_role). Refuses nothing.';
revoke all on function public.sweep_exports from public, anon, authenticated, service_role;
grant execute on function public.sweep_exports to service_role;

alter table private.tasks
add constraint tasks_export_exists foreign key (export_id) references public.exports (id) on delete cascade;
