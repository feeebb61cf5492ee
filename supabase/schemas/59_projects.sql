-- Projects as a whole: what a list of them shows, and how one is deleted.

-- The status of a project, from its schema and its latest job that was not cancelled. Nobody sets it.
create function private.project_status(p_variables bigint, p_kind text, p_state text)
returns text
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_state = 'failed' then 'error'
    when p_kind = 'sample' then 'sample'
    when p_state = 'completed' then 'complete'
    when p_state is not null then 'processing'
    when p_variables > 0 then 'schema'
    else 'created'
  end;
$$;
revoke all on function private.project_status from public, anon, authenticated, service_role;

-- What project_overview and project_list tell of one project.
-- definer: its callers have checked membership; counting under the policies would cost more.
create function private.overview(p_project uuid)
returns table (
  id uuid, name text, description text, domain text, language text, time_zone text, row_unit text, entity_pattern text, document_kind text,
  revision int, created_at timestamptz, updated_at timestamptz, role text, status text, documents bigint, documents_by_state jsonb,
  variables bigint, schema_state text, schema_version jsonb, latest_job jsonb, stale boolean
)
language sql stable security definer set search_path = ''
as $$
  select
    p.id, p.name, p.description, p.domain, p.language, p.time_zone, p.row_unit, p.entity_pattern, p.document_kind,
    p.revision, p.created_at, p.updated_at,
    (select m.role from public.project_members as m where m.project_id = p.id and m.user_id = (select auth.uid())),
    private.project_status(v.count, told.kind, told.state),
    d.total, d.by_state, v.count,
    case when s.approved_at is null then 'draft' else 'approved' end,
    case when s.id is not null then jsonb_build_object(
      'id', s.id, 'number', s.number, 'created_at', s.created_at, 'approved_by', s.approved_by, 'approved_at', s.approved_at
    ) end,
    case when j.id is not null then to_jsonb(j) end,
    coalesce(told.schema_version_id <> s.id, false)
  from public.projects as p
  cross join lateral (
    select coalesce(sum(c.count), 0)::bigint as total,
      '{"uploaded": 0, "parsing": 0, "ready": 0, "failed": 0}' || coalesce(jsonb_object_agg(c.state, c.count), '{}') as by_state
    from (
      select o.state, count(*) as count from public.documents as o where o.project_id = p.id and o.deleted_at is null group by o.state
    ) as c
  ) as d
  cross join lateral (select count(*) as count from public.variables as o where o.project_id = p.id) as v
  left join public.schema_versions as s on s.project_id = p.id and s.active
  left join lateral (
    select o.* from public.jobs as o where o.project_id = p.id order by o.created_at desc, o.id limit 1
  ) as j on true
  left join lateral (
    select o.kind, o.state, o.schema_version_id
    from public.jobs as o where o.project_id = p.id and o.state <> 'cancelled' order by o.created_at desc, o.id limit 1
  ) as told on true
  where p.id = p_project and p.deleted_at is null;
$$;
revoke all on function private.overview from public, anon, authenticated, service_role;

-- definer: tells strangers that there is no such project, where the policies would only show nothing.
create function public.project_overview(p_project uuid)
returns table (
  id uuid, name text, description text, domain text, language text, time_zone text, row_unit text, entity_pattern text, document_kind text,
  revision int, created_at timestamptz, updated_at timestamptz, role text, status text, documents bigint, documents_by_state jsonb,
  variables bigint, schema_state text, schema_version jsonb, latest_job jsonb, stale boolean
)
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_role(p_project, 'viewer');
  return query select o.* from private.overview(p_project) as o;
end;
$$;
comment on function public.project_overview is
'Tells all that a browser shows of one project, in one call. stale: the schema changed since the latest job.
For members. Refuses project_not_found.';
revoke all on function public.project_overview from public, anon, authenticated, service_role;
grant execute on function public.project_overview to authenticated;

-- definer: it reads private.overview, and only of the caller's own projects.
create function public.project_list(p_status text default null, p_after uuid default null, p_limit int default 50)
returns table (
  id uuid, name text, description text, domain text, language text, time_zone text, row_unit text, entity_pattern text, document_kind text,
  revision int, created_at timestamptz, updated_at timestamptz, role text, status text, documents bigint, documents_by_state jsonb,
  variables bigint, schema_state text, schema_version jsonb, latest_job jsonb, stale boolean
)
language plpgsql stable security definer set search_path = ''
as $$
begin
  if p_status not in ('created', 'schema', 'sample', 'processing', 'complete', 'error') then
    perform private.refuse(422, 'status_unknown', 'The status is not known',
      'p_status: It is created, schema, sample, processing, complete or error.');
  end if;
  return query
    select o.*
    from public.projects as p
    cross join lateral private.overview(p.id) as o
    where p.id = any(private.my_projects('viewer'))
      and (p_after is null or (p.created_at, p.id) < (select a.created_at, a.id from public.projects as a where a.id = p_after))
      and (p_status is null or o.status = p_status)
    order by p.created_at desc, p.id desc
    limit least(greatest(p_limit, 1), 200);
end;
$$;
comment on function public.project_list is
'Lists the caller''s projects, newest first, after the one that p_after names; with p_status, only those of that
status.
For everybody who is signed in. Refuses status_unknown.';
revoke all on function public.project_list from public, anon, authenticated, service_role;
grant execute on function public.project_list to authenticated;

-- Queues the removal of every object of a deleted project, claimed or not, 100 a task, and returns how many tasks it
-- made. The path of a document whose object is gone already is swept too, because its rows go with it.
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
revoke all on function private.enqueue_project_sweeps from public, anon, authenticated, service_role;

-- Deletes what is left of a project once its last sweep is done. The project is locked, so that of two last sweeps the
-- second does it.
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
  -- The trail has no foreign key, because it outlives what it tells of. Nobody is left who could read this one.
  delete from public.events as e where e.project_id = p_project;
end;
$$;
revoke all on function private.end_project from public, anon, authenticated, service_role;

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
comment on function public.delete_project is
'Hides a project at once, stops its jobs, and leaves the rest to sweeps.
For owners. Refuses project_not_found, role_too_low.';
revoke all on function public.delete_project from public, anon, authenticated, service_role;
grant execute on function public.delete_project to authenticated;
