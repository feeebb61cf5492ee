-- Samples: which documents a job reads, so that it can be repeated, and which of them are held out for testing.
set local lock_timeout = '5s';

alter table public.jobs add column selection jsonb not null default '{}';
comment on column public.jobs.selection is
'How its documents were chosen: by all | chosen | first | random, their count, the seed where chance decided, the share held out.';

-- The ready documents that are asked for, in their order; refuses what cannot be chosen. Chance is the seed's: the same
-- seed over the same documents chooses the same ones.
create function private.choose_documents(p_project uuid, p_documents uuid[], p_first int, p_random int, p_seed bigint)
returns uuid[]
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_chosen uuid[];
begin
  if num_nonnulls(p_documents, p_first, p_random) > 1 then
    perform private.refuse(422, 'selection_ambiguous', 'Choose documents in one way', 'List them, or take the first, or take some by chance.');
  elsif p_first < 1 or p_random < 1 then
    perform private.refuse(422, 'selection_empty', 'A sample has at least one document', 'Ask for one or more.');
  elsif exists (
    select 1 from unnest(p_documents) as w (id)
    where not exists (select 1 from public.documents as d where d.id = w.id and d.project_id = p_project and d.deleted_at is null)
  ) then
    perform private.refuse(404, 'document_not_found', 'No such document', 'A listed document is not part of this project.');
  end if;
  select array_agg(c.id order by c.created_at, c.id) into v_chosen
  from (
    select d.id, d.created_at
    from public.documents as d
    where d.project_id = p_project and d.deleted_at is null and d.state = 'ready'
      and (p_documents is null or d.id = any(p_documents))
    order by case when p_random is not null then hashtextextended(d.id::text, p_seed) end, d.created_at, d.id
    limit coalesce(p_first, p_random)
  ) as c;
  if v_chosen is null then
    perform private.refuse(422, 'no_documents', 'There is no document to read', 'Upload documents and wait until they are ready.');
  end if;
  return v_chosen;
end;
$$;

-- Starts a job over the chosen documents, or over every ready one. Documents that failed to parse are no part of it.
-- Of a sample, p_holdout is the share that no prompt may be tuned on: at least one document, never all.
-- definer: jobs and tasks are written by verbs only.
-- squawk-ignore ban-drop-function
drop function public.start_job(uuid, text, uuid[], bigint);
create function public.start_job(
  p_project uuid, p_kind text default 'full', p_documents uuid[] default null, p_cap_micros bigint default null,
  p_first int default null, p_random int default null, p_seed bigint default null, p_holdout float8 default 0
)
returns public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_seed bigint := coalesce(p_seed, floor(random() * 2147483647)::bigint);
  v_by text := case when p_first is not null then 'first' when p_random is not null then 'random' when p_documents is not null then 'chosen' else 'all' end;
  v_version public.schema_versions;
  v_documents uuid[];
  v_held int;
  v_job public.jobs;
begin
  perform private.require_role(p_project, 'editor');
  if p_holdout is null or p_holdout < 0 or p_holdout >= 1 or (p_holdout > 0 and p_kind is distinct from 'sample') then
    perform private.refuse(422, 'holdout_invalid', 'The part held out is not valid', 'A share from 0 to below 1, of a sample only.');
  end if;
  v_version := private.current_version(p_project);
  if jsonb_array_length(v_version.snapshot -> 'variables') = 0 then
    perform private.refuse(422, 'no_variables', 'The project has no variables', 'Define at least one variable first.');
  end if;
  v_documents := private.choose_documents(p_project, p_documents, p_first, p_random, v_seed);
  v_held := case when p_holdout > 0 then least(greatest(round(cardinality(v_documents) * p_holdout), 1), cardinality(v_documents) - 1) else 0 end;
  insert into public.jobs as j (project_id, kind, schema_version_id, documents_total, cap_micros, request_id, created_by, selection)
  values (
    p_project, p_kind, v_version.id, cardinality(v_documents), p_cap_micros, private.request_id(), (select auth.uid()),
    jsonb_strip_nulls(jsonb_build_object(
      'by', v_by, 'count', cardinality(v_documents), 'holdout', nullif(p_holdout, 0),
      'seed', case when v_by = 'random' or p_holdout > 0 then v_seed end
    ))
  )
  on conflict (project_id) where state in ('queued', 'running', 'paused') do nothing
  returning j.* into v_job;
  if v_job.id is null then
    perform private.refuse(409, 'job_active', 'A job of this project is active', 'Wait for it, or cancel it first.');
  end if;
  insert into private.tasks (project_id, kind, document_id, job_id, payload)
  select p_project, 'extract', w.id, v_job.id, case when w.turn <= v_held then '{"held_out": true}'::jsonb else '{}' end
  from (
    select u.id, u.place, row_number() over (order by hashtextextended(u.id::text, v_seed + 1), u.id) as turn
    from unnest(v_documents) with ordinality as u (id, place)
  ) as w
  order by w.place;
  return v_job;
end;
$$;

-- What became of each document of a job, newest trouble first, and whether it is held out; the queue itself stays private.
-- definer: as start_job.
-- squawk-ignore ban-drop-function
drop function public.job_documents(uuid, text);
create function public.job_documents(p_job uuid, p_state text default null)
returns table (
  document_id uuid, state text, attempts int, failure_code text, failure_detail text, finished_at timestamptz, held_out boolean
)
language sql stable security definer set search_path = ''
as $$
  select t.document_id, t.state, t.attempts, t.failure_code, t.failure_detail, t.finished_at, t.payload ? 'held_out'
  from private.tasks as t
  where t.job_id = p_job and t.project_id = any(private.my_projects('viewer')) and (p_state is null or t.state = p_state)
  order by t.finished_at desc nulls last, t.id;
$$;

-- The job that is queued, running or paused, or none: what a person who comes back asks first.
-- definer: tells strangers that there is no such project.
create function public.active_job(p_project uuid)
returns setof public.jobs
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_role(p_project, 'viewer');
  return query select j.* from public.jobs as j where j.project_id = p_project and j.state in ('queued', 'running', 'paused');
end;
$$;

revoke all on function
private.choose_documents(uuid, uuid[], int, int, bigint),
public.start_job(uuid, text, uuid[], bigint, int, int, bigint, float8), public.job_documents(uuid, text), public.active_job(uuid)
from public, anon, authenticated, service_role;
grant execute on function
public.start_job(uuid, text, uuid[], bigint, int, int, bigint, float8), public.job_documents(uuid, text), public.active_job(uuid)
to authenticated;
