-- Takes back 20261122090900_project_deletion: the verb as 20261121090600_document_verbs made it.
create or replace function public.finish_sweep(p_task bigint, p_lease_token uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'sweep');
begin
  perform private.close_task(p_task, 'done');
  delete from public.documents as d where d.id = v_task.document_id and d.deleted_at is not null;
end;
$$;
drop function public.delete_project(uuid);
drop function private.end_project(uuid);
drop function private.enqueue_project_sweeps(uuid);
drop index public.llm_calls_document;
