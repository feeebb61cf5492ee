-- Takes back 20261123100200_question_estimates: variable_bytes and stale_cells as 20261122094600_estimates made them.
set local lock_timeout = '5s';

create or replace function private.variable_bytes(p_variable jsonb)
returns int
language sql immutable security definer set search_path = ''
as $$
  select coalesce(sum(octet_length(h.key) + octet_length(h.value::text) + 4), 0)::int + 2
  from jsonb_each(p_variable - array['id', 'revision', 'position', 'required', 'default']) as h (key, value)
  where h.value not in ('""'::jsonb, '[]', '{}', 'false', 'null');
$$;

create or replace function private.stale_cells(p_project uuid, p_documents uuid[], p_snapshot jsonb, p_model text)
returns table (document_id uuid, cells int, bytes int)
language sql stable security definer set search_path = ''
as $$
  with wanted as (
    select (w.variable ->> 'id')::uuid as id, (w.variable ->> 'revision')::int as revision, private.variable_bytes(w.variable) as bytes
    from jsonb_array_elements(p_snapshot -> 'variables') as w (variable)
  ),
  elsewhere as (
    select distinct c.job_id from public.llm_calls as c where c.project_id = p_project and c.model <> p_model and c.job_id is not null
  ),
  current_versions as (
    select s.id, (v.variable ->> 'id')::uuid as variable_id
    from public.schema_versions as s
    cross join lateral jsonb_array_elements(s.snapshot -> 'variables') as v (variable)
    inner join wanted as w on w.id = (v.variable ->> 'id')::uuid and w.revision = (v.variable ->> 'revision')::int
    where s.project_id = p_project and (s.snapshot -> 'context') - 'name' = (p_snapshot -> 'context') - 'name'
  ),
  answered as (
    select distinct e.document_id, e.variable_id
    from public.extractions as e
    inner join public.documents as d on d.id = e.document_id
    inner join current_versions as k on k.variable_id = e.variable_id and k.id = case
      when e.judged_by is null then e.schema_version_id
      else coalesce((to_jsonb(e) -> 'suggestion' ->> 'schema_version_id')::uuid, e.schema_version_id)
    end
    where e.project_id = p_project and e.document_id = any(p_documents) and e.state <> 'failed' and e.updated_at >= d.parsed_at
      and (p_model is null or (e.origin = 'offline') = (p_model = 'offline'))
      and not exists (select 1 from elsewhere as o where o.job_id = e.job_id)
  )
  select u.id, count(*)::int, sum(w.bytes)::int
  from unnest(p_documents) as u (id)
  cross join wanted as w
  left join answered as a on a.document_id = u.id and a.variable_id = w.id
  where a.document_id is null
  group by u.id;
$$;

drop trigger documents_before_metadata_change on public.documents;
drop function private.before_metadata_change();
alter table public.documents drop column told_at;
