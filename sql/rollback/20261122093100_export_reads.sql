-- Takes back 20261122093100_export_reads: read_export as 20261121090900_exports made it, and nothing that describes the whole.
drop function public.describe_export(bigint, uuid);
drop function private.codebook(uuid);
drop function private.quality(uuid);
drop function public.read_export(bigint, uuid, uuid, int);
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
revoke all on function public.read_export(bigint, uuid, uuid, int) from public, anon, authenticated, service_role;
grant execute on function public.read_export(bigint, uuid, uuid, int) to service_role;
