-- Takes back 20261122093000_export_files: two formats, options that nobody checks, no warnings, no sweep. Exports of other formats are lost.
drop function public.sweep_exports(int);
drop function public.finish_export(bigint, uuid, text, bigint, text, int, text[]);
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
create or replace function public.start_export(p_project uuid, p_format text default 'csv', p_options jsonb default '{}')
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
update storage.buckets as b
set allowed_mime_types = array['text/csv', 'application/json']
where b.id = 'exports';
drop index public.exports_expiring;
alter table public.exports drop column warnings;
delete from public.exports as e
where e.format not in ('csv', 'json');
alter table public.exports drop constraint exports_format_known;
alter table public.exports add constraint exports_format_known check (format in ('csv', 'json'));
comment on table public.exports is 'queued -> running -> completed | failed. The file is <project>/<export>.<format> in bucket exports.';
revoke all on function public.finish_export(bigint, uuid, text, bigint, text, int) from public, anon, authenticated, service_role;
grant execute on function public.finish_export(bigint, uuid, text, bigint, text, int) to service_role;
