-- Project overview: a project with its counts, its schema's state, its latest job and the status that follows from them.
set local lock_timeout = '5s';

create index documents_counted on public.documents (project_id, state) where deleted_at is null; -- serves the counts of the overview

-- The status of a project is what its schema and its latest job make of it; nobody sets it. Cancelled jobs do not count.
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

-- definer: reads the counts of one project past the policies; its callers have checked membership.
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

-- All that a browser shows of one project, in one call. stale: the schema changed since the latest job.
-- definer: as the policies, with a refusal that says why.
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

-- The caller's projects, newest first, after the one named p_after, with p_status alone where it is given.
-- definer: as project_overview; only projects of the caller are looked at.
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

revoke all on function
private.project_status(bigint, text, text), private.overview(uuid), public.project_overview(uuid), public.project_list(text, uuid, int)
from public, anon, authenticated, service_role;
grant execute on function public.project_overview(uuid), public.project_list(text, uuid, int) to authenticated;
