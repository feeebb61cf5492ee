-- Project context: what one row is, how an entity is recognised, what kind of documents these are.
set local lock_timeout = '5s';

alter table public.projects
add column row_unit text not null default 'document',
add column entity_pattern text,
add column document_kind text not null default '',
add constraint projects_row_unit_known check (row_unit in ('document', 'entity')),
add constraint projects_entity_has_pattern check (row_unit = 'document' or btrim(coalesce(entity_pattern, '')) <> ''),
add constraint projects_entity_pattern_length check (char_length(entity_pattern) <= 2000),
add constraint projects_document_kind_length check (char_length(document_kind) <= 255);
comment on column public.projects.row_unit is 'What one row of the table is: a document, or an entity of which a document may hold many.';
comment on column public.projects.entity_pattern is 'How to recognise one entity; kept, and not asked with, while the row unit is document.';
comment on column public.projects.revision is
'Rises when domain, language, time zone, row unit, entity pattern or document kind change: answers asked before are stale.';

-- The first thing that is wrong with a project, as {code, field, next step}; null when nothing is.
create function private.project_fault(p public.projects)
returns text[]
language sql stable set search_path = ''
as $$
  select array[f.code, f.field, f.hint]
  from (values
    (1, char_length(btrim(coalesce(p.name, ''))) not between 1 and 255 or char_length(p.name) > 255, 'name_invalid', 'name', 'Give 1 to 255 characters.'),
    (2, p.description is null or char_length(p.description) > 4000, 'description_invalid', 'description', 'Give at most 4000 characters.'),
    (3, p.domain is null or char_length(p.domain) > 255, 'domain_invalid', 'domain', 'Give at most 255 characters.'),
    (4, coalesce(p.language, '') !~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$', 'language_invalid', 'language', 'Use a tag such as en or pt-BR.'),
    (5, coalesce(p.row_unit, '') not in ('document', 'entity'), 'row_unit_unknown', 'row_unit', 'It is document or entity.'),
    (6, p.row_unit = 'entity' and btrim(coalesce(p.entity_pattern, '')) = '', 'entity_pattern_missing', 'entity_pattern',
      'Say how to recognise one entity, for rows that are entities.'),
    (7, char_length(p.entity_pattern) > 2000, 'entity_pattern_invalid', 'entity_pattern', 'Give at most 2000 characters.'),
    (8, p.document_kind is null or char_length(p.document_kind) > 255, 'document_kind_invalid', 'document_kind', 'Give at most 255 characters.')
  ) as f (place, is_so, code, field, hint)
  where f.is_so
  order by f.place
  limit 1;
$$;

-- Refuses what p_fault says, if anything. p_path stands before the field in the hint: variables[3].key.
create function private.refuse_fault(p_fault text[], p_path text default '')
returns void
language plpgsql immutable set search_path = ''
as $$
begin
  if p_fault is not null then
    perform private.refuse(422, p_fault[1], 'A field is not valid', p_path || p_fault[2] || ': ' || p_fault[3]);
  end if;
end;
$$;

create or replace function private.before_project_update()
returns trigger
language plpgsql set search_path = ''
as $$
begin
  perform private.refuse_fault(private.project_fault(new));
  if (tg_op = 'INSERT' or new.time_zone is distinct from old.time_zone)
    and not exists (select 1 from pg_catalog.pg_timezone_names as z where z.name = new.time_zone)
  then
    perform private.refuse(422, 'time_zone_unknown', 'The time zone is not known', 'time_zone: Use an IANA name such as Europe/Berlin.');
  end if;
  if tg_op = 'UPDATE' then
    if (new.domain, new.language, new.time_zone, new.row_unit, case when new.row_unit = 'entity' then new.entity_pattern end, new.document_kind)
      is distinct from
      (old.domain, old.language, old.time_zone, old.row_unit, case when old.row_unit = 'entity' then old.entity_pattern end, old.document_kind)
    then
      new.revision := old.revision + 1;
    end if;
    new.updated_at := now();
  end if;
  return new;
end;
$$;

-- Replaces the verb of five arguments: the same, and the row unit from the start.
-- definer: writes the membership that the policies read.
-- squawk-ignore ban-drop-function
drop function public.create_project(text, text, text, text, text);
create function public.create_project(
  p_name text,
  p_description text default '',
  p_domain text default '',
  p_language text default 'en',
  p_time_zone text default 'UTC',
  p_row_unit text default 'document',
  p_entity_pattern text default null,
  p_document_kind text default ''
)
returns public.projects
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_project public.projects;
begin
  if (select auth.uid()) is null then
    perform private.refuse(401, 'sign_in_required', 'Sign in first');
  end if;
  insert into public.projects (name, description, domain, language, time_zone, row_unit, entity_pattern, document_kind, created_by)
  values (
    p_name, p_description, p_domain, p_language, p_time_zone, p_row_unit, p_entity_pattern, p_document_kind, (select auth.uid())
  )
  returning * into v_project;
  insert into public.project_members (project_id, user_id, role)
  values (v_project.id, (select auth.uid()), 'owner');
  return v_project;
end;
$$;

grant update (row_unit, entity_pattern, document_kind) on table public.projects to authenticated;
revoke all on function
private.project_fault(public.projects), private.refuse_fault(text[], text),
public.create_project(text, text, text, text, text, text, text, text)
from public, anon, authenticated, service_role;
grant execute on function private.project_fault(public.projects), private.refuse_fault(text[], text) to authenticated, service_role;
grant execute on function public.create_project(text, text, text, text, text, text, text, text) to authenticated;
