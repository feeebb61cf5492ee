-- Exports: a file of the table with its evidence, written by the worker, fetched from Storage by members.
set local lock_timeout = '5s';

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
  constraint exports_format_known check (format in ('csv', 'json')),
  constraint exports_state_known check (state in ('queued', 'running', 'completed', 'failed')),
  constraint exports_options_object check (jsonb_typeof(options) = 'object' and octet_length(options::text) <= 16384),
  constraint exports_finished_iff_terminal check ((state in ('completed', 'failed')) = (finished_at is not null)),
  constraint exports_failure_iff_failed check ((state = 'failed') = (failure_code is not null)),
  constraint exports_object_iff_completed check ((state = 'completed') = (object_path is not null and bytes is not null and sha256 is not null and row_count is not null))
);
comment on table public.exports is 'queued -> running -> completed | failed. The file is <project>/<export>.<format> in bucket exports.';
create index exports_listed on public.exports (project_id, created_at desc, id); -- serves the list
alter table private.tasks add constraint tasks_export_exists foreign key (export_id) references public.exports (id) on delete cascade;
create index tasks_export on private.tasks (export_id); -- serves the foreign key

alter table public.exports enable row level security;
create policy exports_select_member on public.exports for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.exports from public, anon, authenticated, service_role;
grant select on table public.exports to authenticated, service_role;

-- Whoever may read the table may take it along.
-- definer: exports and tasks are written by verbs only.
create function public.start_export(p_project uuid, p_format text default 'csv', p_options jsonb default '{}')
returns public.exports
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_export public.exports;
begin
  perform private.require_role(p_project, 'viewer');
  insert into public.exports (project_id, format, options, created_by)
  values (p_project, p_format, p_options, (select auth.uid()))
  returning * into v_export;
  insert into private.tasks (project_id, kind, export_id, priority, payload)
  values (p_project, 'export', v_export.id, 5, jsonb_build_object('format', p_format, 'options', p_options));
  return v_export;
end;
$$;

-- One page of an export: documents in the order they were added, each with its cells by variable key, after p_after.
-- definer: the worker reads through the task it holds, so it reads one project.
create function public.read_export(p_task bigint, p_lease_token uuid, p_after uuid default null, p_limit int default 500)
returns setof jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'export');
begin
  return query
    select jsonb_build_object(
      'id', d.id, 'name', d.name, 'state', d.state, 'page_count', d.page_count, 'unread_pages', d.unread_pages,
      'failure_code', d.failure_code,
      'cells', coalesce((
        select jsonb_object_agg(v.key, to_jsonb(e) - array['signals', 'project_id', 'document_id', 'variable_id', 'judged_by'])
        from public.extractions as e
        inner join public.variables as v on v.id = e.variable_id
        where e.document_id = d.id and e.row_index = 0
      ), '{}'::jsonb)
    )
    from public.documents as d
    where d.project_id = v_task.project_id and d.deleted_at is null
      and (p_after is null or (d.created_at, d.id) > (select a.created_at, a.id from public.documents as a where a.id = p_after))
    order by d.created_at, d.id
    limit least(greatest(p_limit, 1), 1000);
end;
$$;

-- definer: as start_export.
create function public.finish_export(p_task bigint, p_lease_token uuid, p_object_path text, p_bytes bigint, p_sha256 text, p_row_count int)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'export');
begin
  update public.exports as e
  set state = 'completed', finished_at = clock_timestamp(), object_path = p_object_path, bytes = p_bytes, sha256 = p_sha256, row_count = p_row_count
  where e.id = v_task.export_id;
  perform private.close_task(p_task, 'done');
end;
$$;

create function private.after_export_failed(p_task private.tasks)
returns void
language sql volatile security definer set search_path = ''
as $$
  update public.exports as e
  set state = 'failed', finished_at = clock_timestamp(), failure_code = p_task.failure_code, failure_detail = p_task.failure_detail
  where e.id = p_task.export_id;
$$;

revoke all on function
public.start_export(uuid, text, jsonb), public.read_export(bigint, uuid, uuid, int),
public.finish_export(bigint, uuid, text, bigint, text, int), private.after_export_failed(private.tasks)
from public, anon, authenticated, service_role;
grant execute on function public.start_export(uuid, text, jsonb) to authenticated;
grant execute on function public.read_export(bigint, uuid, uuid, int), public.finish_export(bigint, uuid, text, bigint, text, int) to service_role;
