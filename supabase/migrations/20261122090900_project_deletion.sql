-- Project deletion: hidden at once; sweeps remove the objects, then the rows, in steps that no statement limit stops.
set local lock_timeout = '5s';

create index llm_calls_document on public.llm_calls (document_id); -- serves the foreign key when documents go

-- Queues the removal of every object of a deleted project, claimed or not, 100 a task; how many tasks. Documents whose object is
-- gone already are in it, too: their rows go when their path is swept.
create function private.enqueue_project_sweeps(p_project uuid)
returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_queued int;
begin
  with paths as (
    select 'documents' as bucket, d.object_path as path from public.documents as d where d.project_id = p_project
    union
    select o.bucket_id, o.name from storage.objects as o
    where o.bucket_id in ('documents', 'exports') and o.name like p_project || '/%'
  ),
  placed as (
    select p.bucket, p.path, (row_number() over (partition by p.bucket order by p.path) - 1) / 100 as batch from paths as p
  )
  insert into private.tasks (project_id, kind, payload)
  select p_project, 'sweep', jsonb_build_object('bucket', p.bucket, 'paths', jsonb_agg(p.path order by p.path))
  from placed as p
  group by p.bucket, p.batch
  order by p.bucket, p.batch;
  get diagnostics v_queued = row_count;
  return v_queued;
end;
$$;

-- Ends a deleted project once nothing of it is left to sweep. The project row is the lock: of two last sweeps the second ends it.
create function private.end_project(p_project uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform 1 from public.projects as p where p.id = p_project and p.deleted_at is not null for update;
  if not found or exists (
    select 1 from private.tasks as t where t.project_id = p_project and t.kind = 'sweep' and t.state in ('queued', 'running')
  ) or private.enqueue_project_sweeps(p_project) > 0 then
    return;
  end if;
  delete from public.projects as p where p.id = p_project;
  -- The trail has no foreign key, because it outlives what it tells of; nobody is left who could read this one.
  delete from public.events as e where e.project_id = p_project;
end;
$$;

-- Hides the project at once, stops its jobs, and leaves the rest to sweeps.
-- definer: projects, jobs and tasks are written by verbs only.
create function public.delete_project(p_project uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_role(p_project, 'owner');
  perform private.lock_queue();
  perform 1 from public.jobs as j
  where j.project_id = p_project and j.state in ('queued', 'running', 'paused') order by j.id for update;
  update private.tasks as t
  set state = 'cancelled', finished_at = clock_timestamp(), worker = null, lease_token = null, lease_expires_at = null, held = false
  where t.project_id = p_project and t.state in ('queued', 'running') and t.kind <> 'sweep';
  update public.jobs as j set state = 'cancelled', finished_at = clock_timestamp(), pause_reason = null
  where j.project_id = p_project and j.state in ('queued', 'running', 'paused');
  update public.projects as p set deleted_at = now() where p.id = p_project;
  perform private.end_project(p_project);
end;
$$;

-- Replaces the verb: the objects are gone, so the rows may go; of a deleted project, all of them with the last.
-- definer: the worker writes documents through verbs.
create or replace function public.finish_sweep(p_task bigint, p_lease_token uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'sweep');
begin
  perform private.close_task(p_task, 'done');
  delete from public.documents as d where d.id = v_task.document_id and d.deleted_at is not null;
  if exists (select 1 from public.projects as p where p.id = v_task.project_id and p.deleted_at is not null) then
    delete from public.documents as d
    where d.project_id = v_task.project_id and v_task.payload ->> 'bucket' = 'documents'
      and d.object_path in (select w.path from jsonb_array_elements_text(v_task.payload -> 'paths') as w (path));
    perform private.end_project(v_task.project_id);
  end if;
end;
$$;

revoke all on function
private.enqueue_project_sweeps(uuid), private.end_project(uuid), public.delete_project(uuid), public.finish_sweep(bigint, uuid)
from public, anon, authenticated, service_role;
grant execute on function public.delete_project(uuid) to authenticated;
grant execute on function public.finish_sweep(bigint, uuid) to service_role;
