-- Question estimates: what is told of variables and documents is counted, and what people change of a document makes it stale.
-- Replaces variable_bytes and stale_cells.
set local lock_timeout = '5s';

alter table public.documents add column told_at timestamptz;
comment on column public.documents.told_at is 'When people last changed the metadata: cells asked before are stale.';

create function private.before_metadata_change()
returns trigger
language plpgsql set search_path = ''
as $$
begin
  if new.metadata is distinct from old.metadata then
    new.told_at := now();
  end if;
  return new;
end;
$$;
create trigger documents_before_metadata_change before update of metadata on public.documents
for each row execute function private.before_metadata_change();

-- Bytes of a variable as a prompt describes it: what is empty is not told, nor is what no model needs.
create or replace function private.variable_bytes(p_variable jsonb)
returns int
language sql immutable security definer set search_path = ''
as $$
  select coalesce(sum(octet_length(h.key) + octet_length(h.value::text) + 4), 0)::int + 2
  from jsonb_each(p_variable || jsonb_build_object('examples', coalesce(private.told(p_variable -> 'examples'), '[]'))) as h (key, value)
  where h.key in ('key', 'label', 'type', 'instructions', 'aliases', 'categories', 'multiple', 'rules', 'examples')
    and h.value not in ('""'::jsonb, '[]', '{}', 'false');
$$;

-- For each document that has any: its stale cells, and the bytes that describe their variables and what people told of it. A
-- cell is current where variable and context are those it was asked with, by the model that would be asked now, of the text
-- and metadata that are there now, and the cell that its condition looks at did not change since.
-- A document that was parsed again to the same text counts as stale here, and the run then finds it is not.
create or replace function private.stale_cells(p_project uuid, p_documents uuid[], p_snapshot jsonb, p_model text)
returns table (document_id uuid, cells int, bytes int)
language sql stable security definer set search_path = ''
as $$
  with wanted as (
    select (w.variable ->> 'id')::uuid as id, (w.variable ->> 'revision')::int as revision, private.variable_bytes(w.variable) as bytes,
      (select (o.variable ->> 'id')::uuid from jsonb_array_elements(p_snapshot -> 'variables') as o (variable)
        where o.variable ->> 'key' = w.variable #>> '{depends_on,key}') as leader_id
    from jsonb_array_elements(p_snapshot -> 'variables') as w (variable)
  ),
  elsewhere as (
    select distinct c.job_id from public.llm_calls as c where c.project_id = p_project and c.model <> p_model and c.job_id is not null
  ),
  current_versions as (
    select s.id, w.id as variable_id, w.leader_id
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
      else coalesce((e.suggestion ->> 'schema_version_id')::uuid, e.schema_version_id)
    end
    left join public.extractions as l
      on k.leader_id is not null and l.document_id = e.document_id and l.variable_id = k.leader_id and l.row_index = e.row_index
    where e.project_id = p_project and e.document_id = any(p_documents) and e.state <> 'failed'
      and e.updated_at >= greatest(d.parsed_at, d.told_at) and (l.updated_at <= e.updated_at) is not false
      and (p_model is null or (e.origin = 'offline') = (p_model = 'offline'))
      and not exists (select 1 from elsewhere as o where o.job_id = e.job_id)
  )
  select u.id, count(*)::int, sum(w.bytes)::int + case when d.metadata <> '{}' then octet_length(d.metadata::text) + 28 else 0 end
  from unnest(p_documents) as u (id)
  inner join public.documents as d on d.id = u.id
  cross join wanted as w
  left join answered as a on a.document_id = u.id and a.variable_id = w.id
  where a.document_id is null
  group by u.id, d.metadata;
$$;

revoke all on function private.before_metadata_change(), private.variable_bytes(jsonb), private.stale_cells(uuid, uuid[], jsonb, text)
from public, anon, authenticated, service_role;
