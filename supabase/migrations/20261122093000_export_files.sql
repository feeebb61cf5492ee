-- Export files: five formats, options that are checked where they are stored, warnings on the row, expired files are swept.
set local lock_timeout = '5s';

-- squawk-ignore ban-drop-constraint
alter table public.exports drop constraint exports_format_known; -- the next line brings a wider one
alter table public.exports add constraint exports_format_known check (format in ('csv', 'csv_long', 'xlsx', 'json', 'jsonl')) not valid;
alter table public.exports validate constraint exports_format_known;
alter table public.exports add column warnings text[] not null default '{}';
comment on table public.exports is 'queued -> running -> completed | failed. The file is <project>/<export>.<ending> in bucket exports, gone after expires_at.';
comment on column public.exports.warnings is
'What the file does not hold: empty, unread_pages, failed_documents, failed_values, cells_cut, columns_cut, rows_cut.';
create index exports_expiring on public.exports (expires_at); -- serves sweep_exports

update storage.buckets as b
set
  allowed_mime_types = array[
    'text/csv', 'application/json', 'application/x-ndjson', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
  ]
where b.id = 'exports';

-- Whoever may read the table may take it along. The service knows what each option means; here no unknown one gets in.
-- definer: exports and tasks are written by verbs only.
create or replace function public.start_export(p_project uuid, p_format text default 'csv', p_options jsonb default '{}')
returns public.exports
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_export public.exports;
  v_variables jsonb := p_options -> 'variables';
begin
  perform private.require_role(p_project, 'viewer');
  if jsonb_typeof(p_options) is distinct from 'object' or p_options - array[
    'evidence', 'confidence', 'source', 'versions', 'min_confidence', 'flagged', 'variables', 'delimiter', 'bom'
  ] <> '{}' then
    perform private.refuse(422, 'option_unknown', 'An export has no such option', 'See the options of POST /v1/projects/{project_id}/exports.');
  end if;
  if jsonb_typeof(v_variables) = 'array' and exists (
    select 1 from jsonb_array_elements_text(v_variables) as w (key)
    where not exists (select 1 from public.variables as v where v.project_id = p_project and v.key = w.key)
  ) then
    perform private.refuse(422, 'variable_unknown', 'The project has no such variable', 'Name variables by their key.');
  end if;
  insert into public.exports (project_id, format, options, created_by)
  values (p_project, p_format, p_options, (select auth.uid()))
  returning * into v_export;
  insert into private.tasks (project_id, kind, export_id, priority, payload)
  values (p_project, 'export', v_export.id, 5, jsonb_build_object('format', p_format, 'options', p_options));
  return v_export;
end;
$$;

-- Workers alone call it; those of the version before give no warnings, and the new one takes their call.
-- squawk-ignore ban-drop-function
drop function public.finish_export(bigint, uuid, text, bigint, text, int);
-- definer: as start_export.
create function public.finish_export(
  p_task bigint, p_lease_token uuid, p_object_path text, p_bytes bigint, p_sha256 text, p_row_count int, p_warnings text[] default '{}'
)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'export');
begin
  update public.exports as e
  set state = 'completed', finished_at = clock_timestamp(), object_path = p_object_path, bytes = p_bytes, sha256 = p_sha256,
    row_count = p_row_count, warnings = p_warnings
  where e.id = v_task.export_id;
  perform private.close_task(p_task, 'done');
end;
$$;

-- Expired exports: rows whose file is gone are removed; the answer is the files to remove now, those of deleted exports and projects included.
-- Call it, remove the files, call it again.
-- definer: compares Storage with exports of every project.
create function public.sweep_exports(p_limit int default 100)
returns setof text
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from public.exports as e
  where e.expires_at < now() and e.state in ('completed', 'failed')
    and not exists (select 1 from storage.objects as o where o.bucket_id = 'exports' and o.name = e.object_path);
  return query
    select o.name
    from storage.objects as o
    left join public.exports as e on e.id = case
      when o.name ~ '^[0-9a-f-]{36}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[a-z]+$' then split_part(split_part(o.name, '/', 2), '.', 1)::uuid
    end
    where o.bucket_id = 'exports' and o.created_at < now() - interval '1 hour'
      and (e.id is null or (e.expires_at < now() and e.state in ('completed', 'failed')))
    order by o.created_at, o.name
    limit least(greatest(p_limit, 1), 1000);
end;
$$;

revoke all on function
public.finish_export(bigint, uuid, text, bigint, text, int, text[]), public.sweep_exports(int)
from public, anon, authenticated, service_role;
grant execute on function public.finish_export(bigint, uuid, text, bigint, text, int, text[]), public.sweep_exports(int) to service_role;
