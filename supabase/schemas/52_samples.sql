-- Samples: which documents a job reads.

-- The ready documents that are asked for, in their order: those listed, the first p_first, or p_random of them. The
-- same seed over the same documents draws the same ones.
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
revoke all on function private.choose_documents from public, anon, authenticated, service_role;

-- definer: tells strangers that there is no such project, where the policies would only show nothing.
create function public.active_job(p_project uuid)
returns setof public.jobs
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_role(p_project, 'viewer');
  return query select j.* from public.jobs as j where j.project_id = p_project and j.state in ('queued', 'running', 'paused');
end;
$$;
comment on function public.active_job is
'Returns the job that is queued, running or paused, or no row: what a person who comes back asks first.
For members. Refuses project_not_found.';
revoke all on function public.active_job from public, anon, authenticated, service_role;
grant execute on function public.active_job to authenticated;
