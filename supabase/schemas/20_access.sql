-- Access: people, projects and memberships. A project is the tenant; membership decides everything.

-- One row a person, made by the trigger on auth.users. The person and those who share a project with them may read it.
create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  display_name text not null default '',
  created_at timestamptz not null default now(),
  constraint profiles_display_name_short check (char_length(display_name) <= 200)
);
comment on table public.profiles is 'What others may see of a person.';

alter table public.profiles enable row level security;
revoke all on table public.profiles from public, anon, authenticated, service_role;
grant select on table public.profiles to authenticated, service_role;
grant update (display_name) on table public.profiles to authenticated;

-- The tenant. create_project makes it and delete_project hides it. Domain, language, time zone, row unit, entity
-- pattern and document kind are part of every prompt.
create table public.projects (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  description text not null default '',
  domain text not null default '',
  language text not null default 'en',
  time_zone text not null default 'UTC',
  max_concurrency int not null default 32,
  revision int not null default 1,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  row_unit text not null default 'document',
  entity_pattern text,
  document_kind text not null default '',
  constraint projects_name_length check (char_length(btrim(name)) between 1 and 255),
  constraint projects_description_length check (char_length(description) <= 4000),
  constraint projects_domain_length check (char_length(domain) <= 255),
  constraint projects_language_form check (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
  constraint projects_concurrency_bounded check (max_concurrency between 1 and 256),
  constraint projects_row_unit_known check (row_unit in ('document', 'entity')),
  constraint projects_entity_has_pattern check (row_unit = 'document' or btrim(coalesce(entity_pattern, '')) <> ''),
  constraint projects_entity_pattern_length check (char_length(entity_pattern) <= 2000),
  constraint projects_document_kind_length check (char_length(document_kind) <= 255)
);
comment on table public.projects is 'A pile of documents, one table to fill, and the people who may.';
comment on column public.projects.created_by is 'No foreign key: the project outlives the account.';
comment on column public.projects.row_unit is 'What one row of the table is: a document, or an entity of which a document may hold many.';
comment on column public.projects.entity_pattern is 'How to recognise one entity; kept, and not asked with, while the row unit is document.';
comment on column public.projects.revision is
'Rises when domain, language, time zone, row unit, entity pattern or document kind change: answers asked before are stale.';

alter table public.projects enable row level security;
revoke all on table public.projects from public, anon, authenticated, service_role;
grant select on table public.projects to authenticated, service_role;
grant update (name, description, domain, language, time_zone, row_unit, entity_pattern, document_kind)
on table public.projects to authenticated;

create table public.project_members (
  project_id uuid not null references public.projects (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null,
  created_at timestamptz not null default now(),
  primary key (user_id, project_id),
  constraint project_members_role_known check (role in ('owner', 'editor', 'reviewer', 'viewer'))
);
comment on table public.project_members is 'Who may do what. Written by verbs only; a project keeps at least one owner.';
create index project_members_project on public.project_members (project_id, role); -- serves the member list and the last-owner check

alter table public.project_members enable row level security;
revoke all on table public.project_members from public, anon, authenticated, service_role;
grant select on table public.project_members to authenticated, service_role;

create table public.invitations (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  email text not null,
  role text not null,
  invited_by uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '14 days',
  accepted_at timestamptz,
  constraint invitations_role_known check (role in ('owner', 'editor', 'reviewer', 'viewer')),
  constraint invitations_email_form check (email = lower(email) and email ~ '^[^@\s]+@[^@\s]+$' and char_length(email) <= 255)
);
comment on table public.invitations is 'An offer of membership to an address, taken up by the person who holds it.';
create unique index invitations_one_open on public.invitations (project_id, email) where accepted_at is null;
create index invitations_email on public.invitations (email) where accepted_at is null; -- serves the invitee's inbox

alter table public.invitations enable row level security;
revoke all on table public.invitations from public, anon, authenticated, service_role;
grant select on table public.invitations to authenticated, service_role;

-- Projects in which the caller has at least p_role. Every policy reads it once a statement.
-- definer: the policies of project_members ask this function; asking them in turn would never end.
create function private.my_projects(p_role text)
returns uuid[]
language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(m.project_id), '{}'::uuid[])
  from public.project_members as m
  inner join public.projects as p on p.id = m.project_id
  where m.user_id = (select auth.uid())
    and private.role_rank(m.role) >= private.role_rank(p_role)
    and p.deleted_at is null;
$$;
revoke all on function private.my_projects from public, anon, authenticated, service_role;
grant execute on function private.my_projects to authenticated;

-- People who share a project with the caller, the caller included.
-- definer: the policies of profiles ask this function; it must see memberships of others.
create function private.my_colleagues()
returns uuid[]
language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(distinct m.user_id), '{}'::uuid[]) || (select auth.uid())
  from public.project_members as m
  where m.project_id = any(private.my_projects('viewer'));
$$;
revoke all on function private.my_colleagues from public, anon, authenticated, service_role;
grant execute on function private.my_colleagues to authenticated;

-- Ends with 404 for strangers (a project they may not know of) and 403 for members whose role is too low.
create function private.require_role(p_project uuid, p_role text)
returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
  if p_project is null or not p_project = any(private.my_projects('viewer')) then
    perform private.refuse(404, 'project_not_found', 'No such project', 'It does not exist or you are not a member.');
  elsif not p_project = any(private.my_projects(p_role)) then
    perform private.refuse(403, 'role_too_low', 'Your role does not allow this', 'Ask an owner of the project for the role ' || p_role || '.');
  end if;
end;
$$;
revoke all on function private.require_role from public, anon, authenticated, service_role;

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
revoke all on function private.project_fault from public, anon, authenticated, service_role;
grant execute on function private.project_fault to authenticated, service_role;

create function private.before_project_update()
returns trigger
language plpgsql set search_path = ''
as $$
begin
  perform private.refuse_fault(private.project_fault(new));
  -- UTC, which is the default, is not looked up: the view reads every file that there is of a time zone.
  if (tg_op = 'INSERT' or new.time_zone is distinct from old.time_zone) and new.time_zone is distinct from 'UTC'
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
revoke all on function private.before_project_update from public, anon, authenticated, service_role;
create trigger projects_before_write before insert or update on public.projects
for each row execute function private.before_project_update();

-- definer: fires as supabase_auth_admin, who has no rights here.
create function private.add_profile()
returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.profiles (id, display_name)
  values (new.id, left(coalesce(new.raw_user_meta_data ->> 'display_name', split_part(coalesce(new.email, ''), '@', 1)), 200))
  on conflict (id) do nothing;
  return new;
end;
$$;
revoke all on function private.add_profile from public, anon, authenticated, service_role;
create trigger dossier_add_profile after insert on auth.users
for each row execute function private.add_profile();

create policy profiles_select_colleague on public.profiles for select to authenticated
using (id = any((select private.my_colleagues())::uuid[]));
create policy profiles_update_self on public.profiles for update to authenticated
using (id = (select auth.uid())) with check (id = (select auth.uid()));

create policy projects_select_member on public.projects for select to authenticated
using (id = any((select private.my_projects('viewer'))::uuid[]));
create policy projects_update_editor on public.projects for update to authenticated
using (id = any((select private.my_projects('editor'))::uuid[])) with check (id = any((select private.my_projects('editor'))::uuid[]));

create policy project_members_select_member on public.project_members for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));

create policy invitations_select_concerned on public.invitations for select to authenticated
using (
  project_id = any((select private.my_projects('owner'))::uuid[])
  or (accepted_at is null and email = lower((select auth.jwt()) ->> 'email'))
);
