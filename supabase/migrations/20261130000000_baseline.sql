-- Everything that supabase/schemas and supabase/data declare.
-- Written by scripts/gen baseline; do not edit.
set local lock_timeout = '5s';

-- Foundation: the private schema, closed defaults, and how a verb refuses.

-- Default privileges are additive: only the form without "in schema" takes back PUBLIC's execute.
alter default privileges revoke execute on functions from public;

create schema private;

comment on schema private is 'Queue, helpers and predicates. Never in the exposed schemas.';

revoke all on schema private from public;

revoke create on schema public from public;

grant usage on schema public to anon, authenticated, service_role;

grant usage on schema private to authenticated, service_role;

-- Ends the statement with HTTP status p_status. The message must be a constant sentence: it becomes the HTTP reason.
create function private.refuse(p_status int, p_code text, p_message text, p_hint text default '')
returns void
language plpgsql immutable set search_path = ''
as $$
begin
  raise exception using errcode = 'PT' || p_status, message = p_message, detail = p_code, hint = p_hint;
end;
$$;
revoke all on function private.refuse from public, anon, authenticated, service_role;
grant execute on function private.refuse to authenticated, service_role;

-- Roles as numbers, the most powerful the greatest; 0 for no role.
create function private.role_rank(p_role text)
returns int
language sql immutable parallel safe set search_path = ''
as $$
  select case p_role
    when 'owner' then 4
    when 'editor' then 3
    when 'reviewer' then 2
    when 'viewer' then 1
    else 0
  end;
$$;
revoke all on function private.role_rank from public, anon, authenticated, service_role;
grant execute on function private.role_rank to authenticated, service_role;

-- The id that a client, such as the service, gave its request in X-Request-Id; null without one.
create function private.request_id()
returns text
language sql stable set search_path = ''
as $$
  select left(nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-request-id', 128);
$$;
revoke all on function private.request_id from public, anon, authenticated, service_role;

-- Sets updated_at, so that no caller can forget it or choose it.
create function private.touch()
returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end;
$$;
revoke all on function private.touch from public, anon, authenticated, service_role;

-- Refuses with a fault {code, field, next step}; does nothing where it is null. p_path stands before the field in the
-- hint, as in variables[3].key.
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
revoke all on function private.refuse_fault from public, anon, authenticated, service_role;
grant execute on function private.refuse_fault to authenticated, service_role;

-- A calendar date at its own precision: 2024, 2024-05 or 2024-05-01.
create function private.is_iso_date(p_text text)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_text ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-[0-9]{2}$' then
      right(p_text, 2)::int between 1 and extract(
        day from make_date(left(p_text, 4)::int, substr(p_text, 6, 2)::int, 1) + interval '1 month' - interval '1 day'
      )
    else p_text ~ '^(?!0000)[0-9]{4}(-(0[1-9]|1[0-2]))?$'
  end;
$$;
revoke all on function private.is_iso_date from public, anon, authenticated, service_role;
grant execute on function private.is_iso_date to authenticated, service_role; -- metadata is checked as who writes it

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

-- Access verbs: make a project, invite, accept, change a role, leave.

-- definer: writes the membership that the policies read.
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
comment on function public.create_project is
'Makes a project with the caller as its owner. A verb, because "insert … returning" cannot see the row before its owner
is a member.
For everybody who is signed in. Refuses sign_in_required, time_zone_unknown and whatever is wrong with a field, by its
name.';
revoke all on function public.create_project from public, anon, authenticated, service_role;
grant execute on function public.create_project to authenticated;

-- definer: invitations are written here only.
create function public.invite_member(p_project uuid, p_email text, p_role text)
returns public.invitations
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_invitation public.invitations;
begin
  perform private.require_role(p_project, 'owner');
  insert into public.invitations as i (project_id, email, role, invited_by)
  values (p_project, lower(btrim(p_email)), p_role, (select auth.uid()))
  on conflict (project_id, email) where accepted_at is null
  do update set role = excluded.role, invited_by = excluded.invited_by, expires_at = excluded.expires_at
  returning i.* into v_invitation;
  return v_invitation;
end;
$$;
comment on function public.invite_member is
'Offers a role in a project to an address. Offering again replaces the open offer.
For owners. Refuses project_not_found, role_too_low.';
revoke all on function public.invite_member from public, anon, authenticated, service_role;
grant execute on function public.invite_member to authenticated;

-- definer: reads the address from auth.users and writes the membership.
create function public.accept_invitation(p_invitation uuid)
returns public.project_members
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_invitation public.invitations;
  v_member public.project_members;
begin
  select i.* into v_invitation
  from public.invitations as i
  inner join public.projects as p on p.id = i.project_id and p.deleted_at is null
  inner join auth.users as u on u.id = (select auth.uid()) and lower(u.email) = i.email and u.email_confirmed_at is not null
  where i.id = p_invitation and i.accepted_at is null and i.expires_at > now()
  for update of i;
  if v_invitation.id is null then
    perform private.refuse(404, 'invitation_not_found', 'No such invitation', 'It was accepted, has expired, or is for another address.');
  end if;
  update public.invitations as i set accepted_at = now() where i.id = v_invitation.id;
  insert into public.project_members as m (project_id, user_id, role)
  values (v_invitation.project_id, (select auth.uid()), v_invitation.role)
  on conflict (user_id, project_id) do update
  set role = case when private.role_rank(m.role) >= private.role_rank(excluded.role) then m.role else excluded.role end
  returning m.* into v_member;
  return v_member;
end;
$$;
comment on function public.accept_invitation is
'Makes the holder of the invited address a member. A role that the person has already is never lowered.
For the person whose confirmed address was invited. Refuses invitation_not_found: it was accepted, has expired or is
for another address.';
revoke all on function public.accept_invitation from public, anon, authenticated, service_role;
grant execute on function public.accept_invitation to authenticated;

-- Refuses to leave a project without an owner. It locks the project, so that two owners cannot both leave at once.
create function private.keep_an_owner(p_project uuid, p_leaving uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform 1 from public.projects as p where p.id = p_project for update;
  if not exists (
    select 1 from public.project_members as m
    where m.project_id = p_project and m.role = 'owner' and m.user_id <> p_leaving
  ) then
    perform private.refuse(409, 'last_owner', 'A project keeps at least one owner', 'Make somebody else an owner first.');
  end if;
end;
$$;
revoke all on function private.keep_an_owner from public, anon, authenticated, service_role;

-- definer: memberships are written here only.
create function public.set_member_role(p_project uuid, p_user uuid, p_role text)
returns setof public.project_members
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_role(p_project, 'owner');
  if p_role is distinct from 'owner' then
    perform private.keep_an_owner(p_project, p_user);
  end if;
  return query
    update public.project_members as m set role = p_role
    where m.project_id = p_project and m.user_id = p_user
    returning m.*;
end;
$$;
comment on function public.set_member_role is
'Gives a member another role. A project keeps at least one owner. No row comes back for somebody who is not a member.
For owners. Refuses project_not_found, role_too_low, last_owner.';
revoke all on function public.set_member_role from public, anon, authenticated, service_role;
grant execute on function public.set_member_role to authenticated;

-- definer: memberships are written here only.
create function public.remove_member(p_project uuid, p_user uuid)
returns setof public.project_members
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_role(p_project, case when p_user = (select auth.uid()) then 'viewer' else 'owner' end);
  perform private.keep_an_owner(p_project, p_user);
  return query
    delete from public.project_members as m
    where m.project_id = p_project and m.user_id = p_user
    returning m.*;
end;
$$;
comment on function public.remove_member is
'Ends a membership: an owner removes anybody, and anybody may leave. A project keeps at least one owner.
For owners, and for members about themselves. Refuses project_not_found, role_too_low, last_owner.';
revoke all on function public.remove_member from public, anon, authenticated, service_role;
grant execute on function public.remove_member to authenticated;

-- Events: the append-only trail of what happened in a project, filled by triggers.

create table public.events (
  id bigint generated always as identity primary key,
  project_id uuid not null,
  subject text not null,
  subject_id uuid not null,
  action text not null,
  actor uuid,
  detail jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp()
);
comment on table public.events is 'Append-only. subject is the table, action is created | deleted | the state it moved to. Outlives what it tells of.';
create index events_listed on public.events (project_id, id desc); -- serves the feed
create index events_subject on public.events (subject_id, id); -- serves the story of one document or job

alter table public.events enable row level security;
create policy events_select_member on public.events for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.events from public, anon, authenticated, service_role;
revoke all on sequence public.events_id_seq from public, anon, authenticated, service_role;
grant select on table public.events to authenticated, service_role;

create function private.add_event(p_project uuid, p_subject text, p_subject_id uuid, p_action text, p_detail jsonb)
returns void
language sql volatile security definer set search_path = ''
as $$
  insert into public.events (project_id, subject, subject_id, action, actor, detail)
  values (p_project, p_subject, p_subject_id, p_action, (select auth.uid()), p_detail);
$$;
revoke all on function private.add_event from public, anon, authenticated, service_role;

-- Records each state that a document, a job, an import, a suggestion or an export comes into.
-- definer: fires for callers who may not write the trail.
create function private.record_state()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row jsonb := to_jsonb(new);
  v_detail jsonb;
begin
  if tg_op = 'INSERT' or new.state is distinct from old.state then
    v_detail := jsonb_strip_nulls(jsonb_build_object('failure_code', v_row -> 'failure_code', 'pause_reason', v_row -> 'pause_reason'));
    perform private.add_event(new.project_id, tg_table_name, new.id, new.state, v_detail);
  end if;
  if tg_table_name = 'documents' and tg_op = 'UPDATE' and v_row ->> 'deleted_at' is not null and to_jsonb(old) ->> 'deleted_at' is null then
    perform private.add_event(new.project_id, tg_table_name, new.id, 'deleted', '{}');
  end if;
  return null;
end;
$$;
revoke all on function private.record_state from public, anon, authenticated, service_role;

-- Records that a variable or a membership was created, changed or deleted.
-- definer: fires for callers who may not write the trail.
create function private.record_change()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
begin
  perform private.add_event(
    (v_row ->> 'project_id')::uuid,
    tg_table_name,
    coalesce(v_row ->> 'id', v_row ->> 'user_id')::uuid,
    case tg_op when 'INSERT' then 'created' when 'UPDATE' then 'changed' else 'deleted' end,
    jsonb_strip_nulls(jsonb_build_object('key', v_row -> 'key', 'role', v_row -> 'role', 'revision', v_row -> 'revision'))
  );
  return null;
end;
$$;
revoke all on function private.record_change from public, anon, authenticated, service_role;
create trigger project_members_events after insert or update or delete on public.project_members
for each row execute function private.record_change();

-- Realtime: who may listen on which topic, and what the database tells. Topics: project:<id>, user:<id>.

-- The uuid behind p_prefix in a topic, or null where the topic is malformed: a policy must not raise.
create function private.topic_id(p_topic text, p_prefix text)
returns uuid
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_topic ~ ('^' || p_prefix || ':[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$')
      then split_part(p_topic, ':', 2)::uuid
  end;
$$;
revoke all on function private.topic_id from public, anon, authenticated, service_role;
grant execute on function private.topic_id to authenticated;

create policy dossier_messages_select_member on realtime.messages for select to authenticated
using (
  extension in ('broadcast', 'presence')
  and (
    private.topic_id((select realtime.topic()), 'project') = any((select private.my_projects('viewer'))::uuid[])
    or private.topic_id((select realtime.topic()), 'user') = (select auth.uid())
  )
);

-- Clients may write presence alone: everything that is broadcast on these topics comes from the database.
create policy dossier_messages_insert_member on realtime.messages for insert to authenticated
with check (
  extension = 'presence'
  and private.topic_id((select realtime.topic()), 'project') = any((select private.my_projects('viewer'))::uuid[])
);

-- Sends the row to project:<id> as <table without its s>.changed.
-- definer: where a permission is missing, realtime.send only warns, and the message would be lost.
create function private.broadcast_row()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform realtime.broadcast_changes(
    'project:' || new.project_id, rtrim(tg_table_name, 's') || '.changed', tg_op, tg_table_name, tg_table_schema, new, old
  );
  return null;
end;
$$;
revoke all on function private.broadcast_row from public, anon, authenticated, service_role;

-- Documents: the file, its pages and its zones. Rows are written by verbs only.

-- What may be told of a document: up to 50 names with plain values; publication_date is an ISO date, or its year, or
-- its month.
create function private.metadata_is_valid(p_metadata jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select jsonb_typeof(p_metadata) = 'object' and octet_length(p_metadata::text) <= 16384 and (
    select count(*) <= 50 and coalesce(bool_and(
      char_length(m.key) between 1 and 64
      and jsonb_typeof(m.value) in ('string', 'number', 'boolean', 'null')
      and (char_length(m.value #>> '{}') <= 2000) is not false
      and (m.key <> 'publication_date' or private.is_iso_date(m.value #>> '{}') is not false)
    ), true)
    from jsonb_each(case when jsonb_typeof(p_metadata) = 'object' then p_metadata else '{}' end) as m (key, value)
  );
$$;
revoke all on function private.metadata_is_valid from public, anon, authenticated, service_role;
grant execute on function private.metadata_is_valid to authenticated, service_role;

create table public.documents (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  name text not null,
  object_path text not null unique,
  media_type text not null,
  bytes bigint not null,
  sha256 text not null,
  state text not null default 'uploaded',
  failure_code text,
  failure_detail text,
  page_count int,
  unread_pages int,
  word_count int,
  text_hash text,
  flags text[] not null default '{}',
  metadata jsonb not null default '{}',
  created_by uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  parsed_at timestamptz,
  deleted_at timestamptz,
  -- A generated column, because a trigger could be forgotten.
  notice text generated always as (
    case
      when state <> 'ready' or unread_pages = 0 then null
      when unread_pages = page_count then 'It has no text layer: none of its pages could be read. A scan needs text recognition first.'
      else unread_pages::text || ' of ' || page_count::text || ' pages have no text layer and were not read.'
    end
  ) stored,
  import_id uuid,
  source_row int,
  text_bytes bigint,
  told_at timestamptz,
  constraint documents_name_length check (char_length(name) between 1 and 1024),
  constraint documents_bytes_positive check (bytes > 0),
  constraint documents_sha256_form check (sha256 ~ '^[0-9a-f]{64}$'),
  constraint documents_state_known check (state in ('uploaded', 'parsing', 'ready', 'failed')),
  constraint documents_failure_code_iff_failed check ((state = 'failed') = (failure_code is not null)),
  constraint documents_pages_if_ready check (state <> 'ready' or (page_count is not null and unread_pages is not null and parsed_at is not null)),
  constraint documents_metadata_object check (jsonb_typeof(metadata) = 'object' and octet_length(metadata::text) <= 16384),
  constraint documents_metadata_valid check (private.metadata_is_valid(metadata))
);
comment on table public.documents is 'One uploaded file. uploaded -> parsing -> ready | failed.';
comment on column public.documents.name is 'The name the person gave, for display only; never part of a path.';
comment on column public.documents.unread_pages is 'Pages that gave no text: a scan before OCR is ready with all pages unread.';
comment on column public.documents.text_hash is 'Hash of the parsed text; part of the input hash of every answer.';
comment on column public.documents.notice is 'What a person should know before trusting the table: pages that were not read.';
comment on column public.documents.metadata is 'Told by people, not by the file: publication_date, author, source and names of their own. Part of what is asked.';
comment on column public.documents.source_row is 'The row of the import that this document was made of, from 1 below the header.';
comment on column public.documents.text_bytes is 'UTF-8 bytes of the document as a prompt shows it: pages, zone numbers and text.';
comment on column public.documents.told_at is 'When people last changed the metadata: cells asked before are stale.';
create unique index documents_one_per_content on public.documents (project_id, sha256) where deleted_at is null;
create index documents_listed on public.documents (project_id, created_at, id); -- serves lists and exports
create index documents_counted on public.documents (project_id, state) where deleted_at is null; -- serves the counts of the overview
create unique index documents_one_per_row on public.documents (import_id, source_row); -- a repeated batch makes nothing twice
create trigger documents_touch before update on public.documents for each row execute function private.touch();
create trigger documents_events after insert or update on public.documents for each row execute function private.record_state();
create trigger documents_broadcast_insert after insert on public.documents for each row execute function private.broadcast_row();
create trigger documents_broadcast_update after update on public.documents for each row
when (old.state is distinct from new.state or old.deleted_at is distinct from new.deleted_at or old.name is distinct from new.name)
execute function private.broadcast_row();

alter table public.documents enable row level security;
create policy documents_select_member on public.documents for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]) and deleted_at is null);
create policy documents_update_editor on public.documents for update to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]) and deleted_at is null)
with check (project_id = any((select private.my_projects('editor'))::uuid[]));
revoke all on table public.documents from public, anon, authenticated, service_role;
grant select on table public.documents to authenticated, service_role;
grant update (name, metadata) on table public.documents to authenticated;

create table public.pages (
  document_id uuid not null references public.documents (id) on delete cascade,
  number int not null,
  project_id uuid not null,
  width float8 not null,
  height float8 not null,
  rotation int not null,
  text text not null,
  source text not null,
  primary key (document_id, number),
  constraint pages_number_positive check (number > 0),
  constraint pages_source_known check (source in ('text', 'ocr', 'none'))
);
comment on table public.pages is 'A page as displayed: size in points, rotation in degrees, text in reading order.';
create index pages_project on public.pages (project_id); -- serves the policy

alter table public.pages enable row level security;
create policy pages_select_member on public.pages for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.pages from public, anon, authenticated, service_role;
grant select on table public.pages to authenticated, service_role;

create table private.page_words (
  document_id uuid not null,
  number int not null,
  words jsonb not null,
  primary key (document_id, number),
  foreign key (document_id, number) references public.pages (document_id, number) on delete cascade
);
comment on table private.page_words is 'Words of a page as [x0, y0, x1, y1, text, zone, line]: what evidence is located in. No policy: the worker reads it through verbs.';

alter table private.page_words enable row level security;
revoke all on table private.page_words from public, anon, authenticated, service_role;

create table public.zones (
  id uuid primary key default gen_random_uuid(),
  document_id uuid not null references public.documents (id) on delete cascade,
  project_id uuid not null,
  position int not null,
  page int not null,
  kind text not null,
  x0 float8 not null,
  y0 float8 not null,
  x1 float8 not null,
  y1 float8 not null,
  text text not null,
  confidence float8 not null default 1,
  source text not null default 'parser',
  version int not null default 1,
  created_at timestamptz not null default now(),
  constraint zones_one_per_position unique (document_id, position),
  constraint zones_kind_known check (kind in ('title', 'text', 'table', 'list', 'figure', 'header', 'footer', 'key_value')),
  constraint zones_source_known check (source in ('parser', 'ocr', 'user')),
  constraint zones_box_ordered check (x0 <= x1 and y0 <= y1),
  constraint zones_confidence_bounded check (confidence between 0 and 1)
);
comment on table public.zones is 'A block of a page in reading order. Boxes are points from the top left of the page as displayed.';
create index zones_page on public.zones (document_id, page, position); -- serves the page view
create index zones_project on public.zones (project_id); -- serves the policy

alter table public.zones enable row level security;
create policy zones_select_member on public.zones for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.zones from public, anon, authenticated, service_role;
grant select on table public.zones to authenticated, service_role;

-- Queue: the tasks, and how a lease is held, ended and recovered.

create table private.tasks (
  id bigint generated always as identity primary key,
  project_id uuid not null references public.projects (id) on delete cascade,
  kind text not null,
  state text not null default 'queued',
  held boolean not null default false,
  priority int not null default 0,
  document_id uuid references public.documents (id) on delete cascade,
  job_id uuid,
  export_id uuid,
  payload jsonb not null default '{}',
  attempts int not null default 0,
  run_after timestamptz not null default now(),
  worker text,
  lease_token uuid,
  lease_expires_at timestamptz,
  failure_code text,
  failure_detail text,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  constraint tasks_kind_known check (kind in ('parse', 'extract', 'export', 'suggest', 'refine', 'chat', 'import', 'sweep')),
  constraint tasks_state_known check (state in ('queued', 'running', 'done', 'dead', 'cancelled')),
  constraint tasks_lease_iff_running check ((state = 'running') = (lease_token is not null and lease_expires_at is not null and worker is not null)),
  constraint tasks_finished_iff_terminal check ((state in ('done', 'dead', 'cancelled')) = (finished_at is not null)),
  constraint tasks_failure_if_dead check (state <> 'dead' or failure_code is not null),
  constraint tasks_attempts_bounded check (attempts between 0 and 10)
);
comment on table private.tasks is 'One unit of work. queued -> running -> done | dead | cancelled; a lost lease goes back to queued, the tenth is dead.';
comment on column private.tasks.held is 'Its job is paused: not claimable until the job resumes.';
comment on column private.tasks.attempts is 'Leases that were lost. A wait for a rate limit is not one.';
create index tasks_claimable on private.tasks (project_id, priority desc, attempts, run_after, id) where state = 'queued' and not held; -- serves claim_tasks
create index tasks_leased on private.tasks (lease_expires_at) where state = 'running'; -- serves recovery
create index tasks_running on private.tasks (project_id) where state = 'running'; -- serves fairness
create index tasks_job on private.tasks (job_id, state); -- serves job verbs
create index tasks_document on private.tasks (document_id); -- serves the foreign key
create unique index tasks_one_live_parse on private.tasks (document_id) where kind = 'parse' and state in ('queued', 'running');
create unique index tasks_one_live_extract on private.tasks (document_id, job_id) where kind = 'extract' and state in ('queued', 'running');
create index tasks_export on private.tasks (export_id); -- serves the foreign key

alter table private.tasks enable row level security; -- no policy: nobody reads the queue through the Data API
revoke all on table private.tasks from public, anon, authenticated, service_role;
revoke all on sequence private.tasks_id_seq from public, anon, authenticated, service_role;

-- Locks the queue. Whatever moves many tasks at once takes it: claim, heartbeat, and the verbs that pause, resume,
-- cancel or retry a job. Every verb takes its locks in one order, so that no two wait for each other: queue, job, task.
create function private.lock_queue()
returns void
language sql volatile set search_path = ''
as $$
  select pg_advisory_xact_lock(728400201);
$$;
revoke all on function private.lock_queue from public, anon, authenticated, service_role;

-- The task of the caller's lease, of one kind or of any; 409 when the lease was lost. It locks nothing: a verb that
-- only reads begins here, and so does one that calls hold_task before it ends.
-- definer: the worker may call verbs and may not touch the queue.
create function private.see_task(p_task bigint, p_lease_token uuid, p_kind text)
returns private.tasks
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_task private.tasks;
begin
  select t.* into v_task
  from private.tasks as t
  where t.id = p_task and t.state = 'running' and t.lease_token = p_lease_token
    and (p_kind is null or t.kind = p_kind);
  if v_task.id is null then
    perform private.refuse(409, 'lease_lost', 'The task is not held by this lease', 'It expired, was cancelled or was taken over; drop the result.');
  end if;
  return v_task;
end;
$$;
revoke all on function private.see_task from public, anon, authenticated, service_role;

-- The task of the caller's lease, locked; 409 when the lease was lost. Every verb that ends a task begins here, so that
-- a worker which lost its lease can store nothing. The job is locked first, and not against foreign keys: cells and
-- calls of the same job are still written meanwhile. The task is read after it is locked, because it may have changed
-- hands while this waited.
-- definer: the worker may call verbs and may not touch the queue.
create function private.hold_task(p_task bigint, p_lease_token uuid, p_kind text default null)
returns private.tasks
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform 1 from public.jobs as j where j.id = (select t.job_id from private.tasks as t where t.id = p_task) for no key update;
  perform 1 from private.tasks as t where t.id = p_task for update;
  return private.see_task(p_task, p_lease_token, p_kind);
end;
$$;
revoke all on function private.hold_task from public, anon, authenticated, service_role;

-- Puts a running task back into the queue, due at p_due; held where its job is paused.
create function private.requeue_task(p_task bigint, p_due timestamptz)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.tasks as t
  set state = 'queued', worker = null, lease_token = null, lease_expires_at = null, run_after = p_due,
    held = exists (select 1 from public.jobs as j where j.id = t.job_id and j.state = 'paused')
  where t.id = p_task;
end;
$$;
revoke all on function private.requeue_task from public, anon, authenticated, service_role;

-- Ends a task. p_code says why, where p_state is dead.
create function private.close_task(p_task bigint, p_state text, p_code text default null, p_detail text default null)
returns void
language sql volatile security definer set search_path = ''
as $$
  update private.tasks as t
  set state = p_state, finished_at = clock_timestamp(), worker = null, lease_token = null, lease_expires_at = null,
    failure_code = p_code, failure_detail = left(p_detail, 500)
  where t.id = p_task;
$$;
revoke all on function private.close_task from public, anon, authenticated, service_role;

-- Ends a task as dead, and tells its document, job or export. Imports and suggestions follow their tasks by triggers of
-- their own.
create function private.bury_task(p_task bigint, p_code text, p_detail text)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks;
begin
  perform private.close_task(p_task, 'dead', p_code, p_detail);
  select t.* into v_task from private.tasks as t where t.id = p_task;
  case v_task.kind
    when 'parse' then perform private.after_parse_failed(v_task);
    when 'extract' then perform private.count_extract(v_task, 'dead');
    when 'export' then perform private.after_export_failed(v_task);
    else null;
  end case;
end;
$$;
revoke all on function private.bury_task from public, anon, authenticated, service_role;

-- Puts tasks whose lease has expired back into the queue; one that lost its tenth lease is dead. Ten, because a worker
-- that dies takes up to 256 tasks along, and nobody can tell which of them killed it.
create function private.recover_tasks()
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_id bigint;
  v_attempts int;
  v_job uuid;
begin
  for v_id, v_attempts, v_job in
    select t.id, t.attempts + 1, t.job_id
    from private.tasks as t
    where t.state = 'running' and t.lease_expires_at < clock_timestamp()
    order by t.lease_expires_at
    limit 500
    for update skip locked
  loop
    if v_attempts >= 10 and v_job is not null then
      -- The job comes before the task in the order of locks. Where it is busy, the next claim recovers this task.
      perform 1 from public.jobs as j where j.id = v_job for update skip locked;
      continue when not found;
    end if;
    update private.tasks as t set attempts = v_attempts where t.id = v_id;
    if v_attempts >= 10 then
      perform private.bury_task(v_id, 'worker_lost', 'Ten workers died while they held this task');
    else
      perform private.requeue_task(v_id, clock_timestamp());
    end if;
  end loop;
end;
$$;
revoke all on function private.recover_tasks from public, anon, authenticated, service_role;

-- Queue verbs: what any worker says of any task. For service_role alone.

-- Which tasks are to be claimed, locked, in the order of their turn. A project's first free place comes before the
-- second of any other. The projects that have tasks are found by leaps from one to the next, so that a long queue of
-- one costs no more than a short one.
create function private.due_tasks(p_kinds text[], p_limit int)
returns bigint[]
language plpgsql volatile security definer set search_path = ''
as $$
begin
  return (
    with recursive waiting (project_id) as (
      (select t.project_id from private.tasks as t where t.state = 'queued' and not t.held order by t.project_id limit 1)
      union all
      select (
        select t.project_id from private.tasks as t
        where t.state = 'queued' and not t.held and t.project_id > w.project_id
        order by t.project_id limit 1
      )
      from waiting as w
      where w.project_id is not null
    ),
    busy as (
      select
        w.project_id,
        (select count(*) from private.tasks as t where t.project_id = w.project_id and t.state = 'running') as running
      from waiting as w
      where w.project_id is not null
    ),
    due as (
      select
        c.id,
        b.running + row_number() over (
          partition by b.project_id order by c.priority desc, c.attempts, c.run_after, c.id
        ) as turn
      from busy as b
      inner join public.projects as p on p.id = b.project_id
      inner join public.project_limits as l on l.project_id = p.id
      cross join lateral (
        select t.id, t.priority, t.attempts, t.run_after
        from private.tasks as t
        where t.project_id = b.project_id and t.state = 'queued' and not t.held
          and t.run_after <= clock_timestamp() and t.kind = any(p_kinds)
        order by t.priority desc, t.attempts, t.run_after, t.id
        limit greatest(
          least(p_limit, least(p.max_concurrency, l.concurrency) - b.running, private.calls_left(b.project_id, p_kinds)), 0
        )
        for update skip locked
      ) as c
    ),
    first as (select d.id, d.turn from due as d order by d.turn, d.id limit p_limit)
    select coalesce(array_agg(f.id order by f.turn, f.id), '{}') from first as f
  );
end;
$$;
revoke all on function private.due_tasks from public, anon, authenticated, service_role;

-- Gives each task a lease of its own.
create function private.lease_tasks(p_tasks bigint[], p_worker text, p_lease_seconds int)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update private.tasks as t
  set state = 'running', worker = p_worker, lease_token = gen_random_uuid(),
    lease_expires_at = clock_timestamp() + make_interval(secs => p_lease_seconds),
    started_at = coalesce(t.started_at, clock_timestamp())
  where t.id = any(p_tasks);
end;
$$;
revoke all on function private.lease_tasks from public, anon, authenticated, service_role;

-- Tells the jobs, exports and documents of tasks that work on them has begun.
create function private.start_owners(p_tasks bigint[])
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.jobs as j set state = 'running', started_at = coalesce(j.started_at, clock_timestamp())
  where j.state = 'queued' and j.id in (select t.job_id from private.tasks as t where t.id = any(p_tasks));
  update public.exports as e set state = 'running'
  where e.state = 'queued' and e.id in (select t.export_id from private.tasks as t where t.id = any(p_tasks));
  update public.documents as d set state = 'parsing', failure_code = null, failure_detail = null
  where d.state <> 'parsing'
    and d.id in (select t.document_id from private.tasks as t where t.id = any(p_tasks) and t.kind = 'parse');
end;
$$;
revoke all on function private.start_owners from public, anon, authenticated, service_role;

-- One claimer at a time, for milliseconds: two at once would each see free places that the other is about to take.
-- definer: the worker may call verbs and may not touch the queue.
create function public.claim_tasks(p_worker text, p_kinds text[], p_limit int default 1, p_lease_seconds int default 60)
returns table (
  task_id bigint, kind text, project_id uuid, document_id uuid, job_id uuid, export_id uuid,
  payload jsonb, attempts int, lease_token uuid, lease_expires_at timestamptz
)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_due bigint[];
begin
  if coalesce(p_worker, '') = '' or p_limit not between 1 and 256 or p_lease_seconds not between 1 and 600 then
    perform private.refuse(422, 'claim_invalid', 'The claim is not valid', 'Name the worker; limit 1-256, lease 1-600 s.');
  end if;
  perform private.lock_queue();
  perform private.recover_tasks();
  v_due := private.due_tasks(p_kinds, p_limit);
  if cardinality(v_due) = 0 then
    return;
  end if;
  perform private.lease_tasks(v_due, p_worker, p_lease_seconds);
  perform private.start_owners(v_due);
  return query
    select
      t.id, t.kind, t.project_id, t.document_id, t.job_id, t.export_id, t.payload, t.attempts, t.lease_token, t.lease_expires_at
    from unnest(v_due) with ordinality as d (id, place)
    inner join private.tasks as t on t.id = d.id
    order by d.place;
end;
$$;
comment on function public.claim_tasks is
'Leases up to p_limit due tasks to a worker, the project with the fewest running tasks first. Within a project and a
priority, tasks that never lost a lease come before those that did, so that a task that kills its workers does not
take the same others along each time. A project runs at most max_concurrency tasks, fewer while its provider asks for
patience, and no more tasks that ask a model than it may begin calls now.
For workers (service_role). Refuses claim_invalid.';
revoke all on function public.claim_tasks from public, anon, authenticated, service_role;
grant execute on function public.claim_tasks to service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.heartbeat_tasks(p_worker text, p_lease_tokens uuid[], p_lease_seconds int default 60)
returns setof uuid
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.lock_queue();
  return query
    update private.tasks as t
    set lease_expires_at = clock_timestamp() + make_interval(secs => least(greatest(p_lease_seconds, 1), 600))
    where t.state = 'running' and t.worker = p_worker and t.lease_token = any(p_lease_tokens)
    returning t.lease_token;
end;
$$;
comment on function public.heartbeat_tasks is
'Extends the leases that a worker still holds and returns their tokens. A token that is missing in the answer was lost.
For workers (service_role).';
revoke all on function public.heartbeat_tasks from public, anon, authenticated, service_role;
grant execute on function public.heartbeat_tasks to service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.defer_task(p_task bigint, p_lease_token uuid, p_until timestamptz default now())
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token);
begin
  perform private.requeue_task(v_task.id, least(greatest(p_until, clock_timestamp()), clock_timestamp() + interval '1 day'));
end;
$$;
comment on function public.defer_task is
'Puts a running task back into the queue, due at p_until: a rate limit, a worker that drains. It uses up no attempt.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.defer_task from public, anon, authenticated, service_role;
grant execute on function public.defer_task to service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.release_tasks(p_worker text, p_lease_tokens uuid[])
returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held bigint[];
begin
  perform private.lock_queue();
  v_held := array(
    select t.id from private.tasks as t
    where t.state = 'running' and t.worker = p_worker and t.lease_token = any(p_lease_tokens)
    for update
  );
  perform private.requeue_task(h.id, clock_timestamp()) from unnest(v_held) as h (id);
  return cardinality(v_held);
end;
$$;
comment on function public.release_tasks is
'Puts back what a draining worker did not finish: due at once, no attempt used up. Returns how many tasks it was.
For workers (service_role).';
revoke all on function public.release_tasks from public, anon, authenticated, service_role;
grant execute on function public.release_tasks to service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.fail_task(p_task bigint, p_lease_token uuid, p_code text, p_detail text default '')
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.hold_task(p_task, p_lease_token);
  perform private.bury_task(p_task, coalesce(nullif(p_code, ''), 'unknown'), p_detail);
end;
$$;
comment on function public.fail_task is
'Ends a running task as dead, with what that means to its document, job, import, suggestion or export.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.fail_task from public, anon, authenticated, service_role;
grant execute on function public.fail_task to service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.queue_depth()
returns table (kind text, state text, tasks bigint, oldest_seconds float8)
language sql stable security definer set search_path = ''
as $$
  select t.kind, t.state, count(*), extract(epoch from clock_timestamp() - min(t.run_after))::float8
  from private.tasks as t
  where t.state in ('queued', 'running')
  group by t.kind, t.state
  order by t.kind, t.state;
$$;
comment on function public.queue_depth is
'Tells how many tasks of each kind wait and run, and for how long the oldest has waited: for metrics and readiness.
For workers (service_role).';
revoke all on function public.queue_depth from public, anon, authenticated, service_role;
grant execute on function public.queue_depth to service_role;

-- Document verbs: register, parse again, delete (as the caller); finish a parse or a sweep (as the worker).

create function private.enqueue_parse(p_document public.documents)
returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.tasks (project_id, kind, document_id, priority, payload)
  values (
    p_document.project_id, 'parse', p_document.id, 10,
    jsonb_build_object('object_path', p_document.object_path, 'media_type', p_document.media_type, 'bytes', p_document.bytes)
  )
  on conflict (document_id) where kind = 'parse' and state in ('queued', 'running') do nothing;
$$;
revoke all on function private.enqueue_parse from public, anon, authenticated, service_role;

-- Refuses unless the caller uploaded that many bytes to a path of this project.
-- definer: reads storage.objects, whatever its policies show the caller.
create function private.require_upload(p_project uuid, p_object_path text, p_bytes bigint)
returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
  if p_object_path is null or p_object_path !~ ('^' || p_project || '/[0-9a-f-]{36}$') or not exists (
    select 1 from storage.objects as o
    where o.bucket_id = 'documents' and o.name = p_object_path and o.owner_id = (select auth.uid())::text
      and (o.metadata ->> 'size')::bigint = p_bytes
  ) then
    perform private.refuse(422, 'object_not_uploaded', 'The object was not uploaded by you', 'Upload to <project>/<uuid> in bucket documents first.');
  end if;
end;
$$;
revoke all on function private.require_upload from public, anon, authenticated, service_role;

-- Refuses metadata that the table would refuse, and says so with a code, before the constraint can.
create function private.require_metadata(p_metadata jsonb)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  if not coalesce(private.metadata_is_valid(p_metadata), false) then
    perform private.refuse(
      422, 'metadata_invalid', 'The metadata is not valid',
      'At most 50 plain values and 16 KB; publication_date as YYYY, YYYY-MM or YYYY-MM-DD.'
    );
  end if;
end;
$$;
revoke all on function private.require_metadata from public, anon, authenticated, service_role;

-- definer: documents and tasks are written by verbs only.
create function public.add_document(
  p_project uuid, p_object_path text, p_name text, p_media_type text, p_bytes bigint, p_sha256 text, p_metadata jsonb default '{}'
)
returns table (document_id uuid, state text, duplicate boolean)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_document public.documents;
begin
  perform private.require_role(p_project, 'editor');
  perform private.require_metadata(p_metadata);
  perform private.require_upload(p_project, p_object_path, p_bytes);
  insert into public.documents as d (project_id, name, object_path, media_type, bytes, sha256, metadata, created_by)
  values (p_project, left(p_name, 1024), p_object_path, p_media_type, p_bytes, p_sha256, p_metadata, (select auth.uid()))
  on conflict (project_id, sha256) where deleted_at is null do nothing
  returning d.* into v_document;
  if v_document.id is null then
    return query
      select d.id, d.state, true from public.documents as d
      where d.project_id = p_project and d.sha256 = p_sha256 and d.deleted_at is null;
    return;
  end if;
  perform private.enqueue_parse(v_document);
  return query select v_document.id, v_document.state, false;
end;
$$;
comment on function public.add_document is
'Registers an uploaded object as a document and queues its parsing, in one transaction. The same bytes are one document
of a project: the answer is then the one that is there, with duplicate = true, and the new object is the caller''s to
remove.
For editors. Refuses project_not_found, role_too_low, object_not_uploaded, metadata_invalid.';
revoke all on function public.add_document from public, anon, authenticated, service_role;
grant execute on function public.add_document to authenticated;

-- The document, locked, for a caller who has at least p_role; else 404 or 403.
create function private.require_document(p_document uuid, p_role text)
returns public.documents
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_document public.documents;
begin
  select d.* into v_document from public.documents as d
  where d.id = p_document and d.deleted_at is null and d.project_id = any(private.my_projects('viewer'))
  for update;
  if v_document.id is null then
    perform private.refuse(404, 'document_not_found', 'No such document', 'It does not exist or you are not a member.');
  end if;
  perform private.require_role(v_document.project_id, p_role);
  return v_document;
end;
$$;
revoke all on function private.require_document from public, anon, authenticated, service_role;

-- definer: documents and tasks are written by verbs only.
create function public.parse_document(p_document uuid)
returns table (document_id uuid, state text)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_document public.documents := private.require_document(p_document, 'editor');
begin
  perform private.enqueue_parse(v_document);
  if v_document.state in ('ready', 'failed') then
    update public.documents as d set state = 'uploaded', failure_code = null, failure_detail = null where d.id = p_document;
  end if;
  return query select d.id, d.state from public.documents as d where d.id = p_document;
end;
$$;
comment on function public.parse_document is
'Queues the parsing of a document again. While it is queued or running already, nothing is added.
For editors. Refuses document_not_found, role_too_low.';
revoke all on function public.parse_document from public, anon, authenticated, service_role;
grant execute on function public.parse_document to authenticated;

-- definer: documents and tasks are written by verbs only.
create function public.delete_document(p_document uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_document public.documents;
  v_task private.tasks;
begin
  perform private.lock_queue();
  v_document := private.require_document(p_document, 'editor');
  update public.documents as d set deleted_at = now() where d.id = p_document;
  for v_task in
    select t.* from private.tasks as t
    where t.document_id = p_document and t.state in ('queued', 'running')
    order by t.id
  loop
    perform 1 from public.jobs as j where j.id = v_task.job_id for update;
    perform private.close_task(v_task.id, 'cancelled');
    if v_task.kind = 'extract' then
      perform private.count_extract(v_task, 'cancelled');
    end if;
  end loop;
  insert into private.tasks (project_id, kind, document_id, payload)
  values (v_document.project_id, 'sweep', p_document, jsonb_build_object('bucket', 'documents', 'paths', jsonb_build_array(v_document.object_path)));
end;
$$;
comment on function public.delete_document is
'Hides a document at once and cancels its tasks. A sweep removes the object and then every row.
For editors. Refuses document_not_found, role_too_low.';
revoke all on function public.delete_document from public, anon, authenticated, service_role;
grant execute on function public.delete_document to authenticated;

-- definer: the worker writes documents through verbs.
create function public.finish_parse(p_task bigint, p_lease_token uuid, p_parsed jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'parse');
begin
  delete from public.zones as z where z.document_id = v_task.document_id;
  delete from public.pages as g where g.document_id = v_task.document_id;
  insert into public.pages (document_id, number, project_id, width, height, rotation, text, source)
  select v_task.document_id, g.number, v_task.project_id, g.width, g.height, g.rotation, g.text, g.source
  from jsonb_to_recordset(p_parsed -> 'pages') as g (number int, width float8, height float8, rotation int, text text, source text);
  insert into private.page_words (document_id, number, words)
  select v_task.document_id, g.number, g.words
  from jsonb_to_recordset(p_parsed -> 'pages') as g (number int, words jsonb);
  insert into public.zones (document_id, project_id, position, page, kind, x0, y0, x1, y1, text, confidence)
  select v_task.document_id, v_task.project_id, z.position, z.page, z.kind, z.x0, z.y0, z.x1, z.y1, z.text, z.confidence
  from jsonb_to_recordset(p_parsed -> 'zones')
    as z (position int, page int, kind text, x0 float8, y0 float8, x1 float8, y1 float8, text text, confidence float8);
  update public.documents as d
  set state = 'ready', failure_code = null, failure_detail = null, parsed_at = now(),
    page_count = jsonb_array_length(p_parsed -> 'pages'),
    unread_pages = (select count(*) from public.pages as g where g.document_id = d.id and g.source = 'none'),
    word_count = (p_parsed ->> 'word_count')::int,
    text_hash = p_parsed ->> 'text_hash',
    flags = coalesce((select array_agg(f.flag) from jsonb_array_elements_text(p_parsed -> 'flags') as f (flag)), '{}')
  where d.id = v_task.document_id;
  perform private.close_task(p_task, 'done');
end;
$$;
comment on function public.finish_parse is
'Stores what parsing found, whole, in place of what was there. p_parsed: {"pages": […], "zones": […], "flags": […],
"text_hash": …, "word_count": n}.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.finish_parse from public, anon, authenticated, service_role;
grant execute on function public.finish_parse to service_role;

create function private.after_parse_failed(p_task private.tasks)
returns void
language sql volatile security definer set search_path = ''
as $$
  update public.documents as d
  set state = 'failed', failure_code = p_task.failure_code, failure_detail = p_task.failure_detail
  where d.id = p_task.document_id;
$$;
revoke all on function private.after_parse_failed from public, anon, authenticated, service_role;

-- definer: the worker writes documents through verbs.
create function public.finish_sweep(p_task bigint, p_lease_token uuid)
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
comment on function public.finish_sweep is
'Removes the rows whose objects are gone: those of a document; of a deleted project all of them, with its last object.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.finish_sweep from public, anon, authenticated, service_role;
grant execute on function public.finish_sweep to service_role;

-- Imports: one file of rows becomes one document a row.

create table public.document_imports (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  name text not null,
  object_path text not null unique,
  media_type text not null,
  bytes bigint not null,
  text_column text not null,
  name_column text,
  metadata_columns text[] not null default '{}',
  state text not null default 'queued',
  rows_done int not null default 0,
  documents_created int not null default 0,
  rows_duplicate int not null default 0,
  rows_failed int not null default 0,
  remarks jsonb not null default '[]',
  failure_code text,
  failure_detail text,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint document_imports_name_length check (char_length(name) between 1 and 1024),
  constraint document_imports_bytes_positive check (bytes > 0),
  constraint document_imports_media_type_known check (
    media_type in ('text/csv', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
  ),
  constraint document_imports_columns_bounded check (
    char_length(text_column) between 1 and 256 and char_length(name_column) between 1 and 256
    and cardinality(metadata_columns) <= 50
  ),
  constraint document_imports_state_known check (state in ('queued', 'running', 'completed', 'failed')),
  constraint document_imports_finished_iff_terminal check ((state in ('completed', 'failed')) = (finished_at is not null)),
  constraint document_imports_failure_iff_failed check ((state = 'failed') = (failure_code is not null)),
  constraint document_imports_counts_add_up check (rows_done = documents_created + rows_duplicate + rows_failed)
);
comment on table public.document_imports is 'queued -> running -> completed | failed. Every row of the file is one document, a duplicate, or failed.';
comment on column public.document_imports.remarks is 'The first 1,000 rows that gave no document: {row, code, document_id}. Rows count from 1 below the header.';
create index document_imports_listed on public.document_imports (project_id, created_at desc, id); -- serves the list
create trigger document_imports_events after insert or update on public.document_imports
for each row execute function private.record_state();
create trigger document_imports_broadcast_insert after insert on public.document_imports
for each row execute function private.broadcast_row();
create trigger document_imports_broadcast_update after update on public.document_imports for each row
when (old.state is distinct from new.state or old.rows_done is distinct from new.rows_done)
execute function private.broadcast_row();

alter table public.document_imports enable row level security;
create policy document_imports_select_member on public.document_imports for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.document_imports from public, anon, authenticated, service_role;
grant select on table public.document_imports to authenticated, service_role;

-- definer: imports and tasks are written by verbs only.
create function public.start_import(
  p_project uuid, p_object_path text, p_name text, p_media_type text, p_bytes bigint, p_text_column text,
  p_name_column text default null, p_metadata_columns text[] default '{}'
)
returns public.document_imports
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_import public.document_imports;
begin
  perform private.require_role(p_project, 'editor');
  perform private.require_upload(p_project, p_object_path, p_bytes);
  insert into public.document_imports (
    project_id, name, object_path, media_type, bytes, text_column, name_column, metadata_columns, created_by
  )
  values (
    p_project, left(p_name, 1024), p_object_path, p_media_type, p_bytes, p_text_column, p_name_column,
    coalesce(p_metadata_columns, '{}'), (select auth.uid())
  )
  returning * into v_import;
  insert into private.tasks (project_id, kind, priority, payload)
  values (p_project, 'import', 5, to_jsonb(v_import) - array['remarks', 'created_by', 'created_at']);
  return v_import;
end;
$$;
comment on function public.start_import is
'Registers an uploaded table and queues its import: one document a row. p_text_column names the column that holds the
text of each document.
For editors. Refuses project_not_found, role_too_low, object_not_uploaded.';
revoke all on function public.start_import from public, anon, authenticated, service_role;
grant execute on function public.start_import to authenticated;

-- Makes a document of every row that has one and was not stored before, and queues its parsing.
create function private.store_import_rows(p_import public.document_imports, p_rows jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  with made as (
    insert into public.documents as d (
      project_id, name, object_path, media_type, bytes, sha256, metadata, created_by, import_id, source_row
    )
    select
      p_import.project_id, r.name, r.object_path, 'text/plain', r.bytes, r.sha256, r.metadata, p_import.created_by, p_import.id, r.row
    from jsonb_to_recordset(p_rows)
      as r (row int, code text, object_path text, name text, bytes bigint, sha256 text, metadata jsonb)
    where r.code is null and r.row > p_import.rows_done and private.metadata_is_valid(r.metadata)
    order by r.row
    on conflict do nothing
    returning d.*
  )
  insert into private.tasks (project_id, kind, document_id, priority, payload)
  select
    m.project_id, 'parse', m.id, 5,
    jsonb_build_object('object_path', m.object_path, 'media_type', m.media_type, 'bytes', m.bytes)
  from made as m
  order by m.source_row;
end;
$$;
revoke all on function private.store_import_rows from public, anon, authenticated, service_role;

-- Why rows gave no document of their own: {row, code, the document that has the same bytes}, once their documents are
-- stored.
create function private.import_remarks(p_import public.document_imports, p_rows jsonb)
returns jsonb
language plpgsql stable security definer set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
      'row', r.row,
      'code', coalesce(r.code, case when private.metadata_is_valid(r.metadata) then 'duplicate' else 'metadata_invalid' end),
      'document_id', d.id
    )) order by r.row), '[]')
    from jsonb_to_recordset(p_rows) as r (row int, code text, sha256 text, metadata jsonb)
    left join public.documents as d on d.project_id = p_import.project_id and d.sha256 = r.sha256 and d.deleted_at is null
    where r.row > p_import.rows_done and (d.import_id, d.source_row) is distinct from (p_import.id, r.row)
  );
end;
$$;
revoke all on function private.import_remarks from public, anon, authenticated, service_role;

-- Counts rows into their import: each gave a document, or a remark that says why not. Of the remarks about 1,000 are
-- kept.
create function private.count_import_rows(p_import public.document_imports, p_rows jsonb, p_remarks jsonb)
returns public.document_imports
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_remarks int := jsonb_array_length(p_remarks);
  v_rows int;
  v_duplicates int;
  v_import public.document_imports;
begin
  select count(*) into v_rows from jsonb_to_recordset(p_rows) as r (row int) where r.row > p_import.rows_done;
  select count(*) into v_duplicates from jsonb_to_recordset(p_remarks) as m (code text) where m.code = 'duplicate';
  update public.document_imports as i
  set rows_done = i.rows_done + v_rows,
    documents_created = i.documents_created + v_rows - v_remarks,
    rows_duplicate = i.rows_duplicate + v_duplicates,
    rows_failed = i.rows_failed + v_remarks - v_duplicates,
    remarks = case when jsonb_array_length(i.remarks) < 1000 then i.remarks || p_remarks else i.remarks end
  where i.id = p_import.id
  returning i.* into v_import;
  return v_import;
end;
$$;
revoke all on function private.count_import_rows from public, anon, authenticated, service_role;

-- definer: the worker writes documents and imports through verbs.
create function public.add_import_rows(p_task bigint, p_lease_token uuid, p_rows jsonb)
returns setof text
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'import');
  v_import public.document_imports;
begin
  if jsonb_array_length(p_rows) > 1000 then
    perform private.refuse(422, 'too_many_rows', 'Too many rows at once', 'At most 1,000 a call.');
  end if;
  select i.* into strict v_import from public.document_imports as i where i.id = (v_task.payload ->> 'id')::uuid for update;
  perform private.store_import_rows(v_import, p_rows);
  v_import := private.count_import_rows(v_import, p_rows, private.import_remarks(v_import, p_rows));
  update private.tasks as t set payload = t.payload || jsonb_build_object('rows_done', v_import.rows_done) where t.id = p_task;
  return query
    select r.object_path from jsonb_to_recordset(p_rows) as r (object_path text)
    where r.object_path is not null and not private.is_claimed(r.object_path);
end;
$$;
comment on function public.add_import_rows is
'Stores the next rows of an import, at most 1,000, and how far it is, in one transaction. p_rows: {row, code} for a row
that gave no document, else {row, object_path, name, bytes, sha256, metadata}. Returns the objects that no document
claims, because their rows were duplicates.
For workers (service_role). Refuses lease_lost, too_many_rows.';
revoke all on function public.add_import_rows from public, anon, authenticated, service_role;
grant execute on function public.add_import_rows to service_role;

-- definer: the worker writes imports through verbs.
create function public.finish_import(p_task bigint, p_lease_token uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.hold_task(p_task, p_lease_token, 'import');
  perform private.close_task(p_task, 'done');
end;
$$;
comment on function public.finish_import is
'Ends an import whose rows are all stored.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.finish_import from public, anon, authenticated, service_role;
grant execute on function public.finish_import to service_role;

-- Gives an import the state of its task: running, completed, or failed with its code.
-- definer: fires for the verbs of the queue, which know nothing of imports.
create function private.follow_import()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.document_imports as i
  set state = case new.state when 'running' then 'running' when 'done' then 'completed' else 'failed' end,
    finished_at = new.finished_at,
    failure_code = case when new.state in ('dead', 'cancelled') then coalesce(new.failure_code, 'cancelled') end,
    failure_detail = new.failure_detail
  where i.id = (new.payload ->> 'id')::uuid;
  return null;
end;
$$;
revoke all on function private.follow_import from public, anon, authenticated, service_role;
create trigger tasks_imports after update of state on private.tasks for each row
when (new.kind = 'import' and new.state <> 'queued' and old.state is distinct from new.state)
execute function private.follow_import();

alter table public.documents add constraint documents_import_id_fkey
foreign key (import_id) references public.document_imports (id) on delete set null;

-- Storage: who may read and write objects of the buckets documents and exports. Paths begin with the project.

-- definer: compares Storage with documents of every project.
create function public.orphan_objects(p_limit int default 100)
returns setof text
language sql stable security definer set search_path = ''
as $$
  select o.name
  from storage.objects as o
  where o.bucket_id = 'documents'
    and o.created_at < now() - interval '1 hour'
    and not exists (select 1 from public.documents as d where d.object_path = o.name)
    and not exists (select 1 from public.document_imports as i where i.object_path = o.name)
  order by o.created_at, o.name
  limit least(p_limit, 1000);
$$;
comment on function public.orphan_objects is
'Names objects older than an hour that neither a document nor an import claims: uploads that were never registered.
For workers (service_role).';
revoke all on function public.orphan_objects from public, anon, authenticated, service_role;
grant execute on function public.orphan_objects to service_role;

-- The project of an object path, or null where the path does not begin with one: a policy must not raise.
create function private.path_project(p_name text)
returns uuid
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_name ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/[^/]+$' then split_part(p_name, '/', 1)::uuid
  end;
$$;
revoke all on function private.path_project from public, anon, authenticated, service_role;
grant execute on function private.path_project to authenticated;

-- True while a document, hidden or not, or an import claims the object: its uploader may not remove it, and no sweep
-- takes it.
-- definer: sees documents that the caller may not.
create function private.is_claimed(p_name text)
returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (select 1 from public.documents as d where d.object_path = p_name)
    or exists (select 1 from public.document_imports as i where i.object_path = p_name);
$$;
revoke all on function private.is_claimed from public, anon, authenticated, service_role;
grant execute on function private.is_claimed to authenticated;

create policy dossier_objects_select_member on storage.objects for select to authenticated
using (bucket_id in ('documents', 'exports') and private.path_project(name) = any((select private.my_projects('viewer'))::uuid[]));

create policy dossier_objects_insert_editor on storage.objects for insert to authenticated
with check (
  bucket_id = 'documents'
  and private.path_project(name) = any((select private.my_projects('editor'))::uuid[])
  and owner_id = (select auth.uid())::text
);

-- An uploader may remove an object that was never registered: one that turned out to be a duplicate.
create policy dossier_objects_delete_uploader on storage.objects for delete to authenticated
using (
  bucket_id = 'documents'
  and owner_id = (select auth.uid())::text
  and private.path_project(name) = any((select private.my_projects('editor'))::uuid[])
  and not private.is_claimed(name)
);

-- Variables: the columns of the table to be.

create table public.variables (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  key text not null,
  label text not null,
  type text not null,
  instructions text not null default '',
  aliases text[] not null default '{}',
  categories text[] not null default '{}',
  multiple boolean not null default false,
  required boolean not null default false,
  rules jsonb not null default '{}',
  "default" jsonb,
  position int not null default 0,
  revision int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  uncertainty_threshold float8 not null default 0.5,
  uncertainty_action text not null default 'flag',
  several text not null default 'all',
  max_values int,
  depends_on jsonb,
  last_revision int not null default 1,
  constraint variables_key_unique unique (project_id, key),
  constraint variables_key_form check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint variables_label_length check (char_length(btrim(label)) between 1 and 255),
  constraint variables_instructions_length check (char_length(instructions) <= 4000),
  constraint variables_type_known check (type in ('text', 'number', 'date', 'boolean', 'category', 'money', 'location')),
  constraint variables_categories_iff_category check (
    case when type = 'category' then cardinality(categories) >= 2 else cardinality(categories) = 0 end
  ),
  constraint variables_lists_bounded check (cardinality(aliases) <= 50 and cardinality(categories) <= 200),
  constraint variables_rules_object check (jsonb_typeof(rules) = 'object' and octet_length(rules::text) <= 16384),
  constraint variables_uncertainty_threshold_bounded check (uncertainty_threshold between 0 and 1),
  constraint variables_uncertainty_action_known check (uncertainty_action in ('flag', 'skip', 'best_guess')),
  constraint variables_several_known check (several in ('first', 'last', 'all', 'joined')),
  constraint variables_max_values_bounded check (max_values between 1 and 1000)
);
comment on table public.variables is 'One column of the table to be: what to find and how to read it. At most 50 a project.';
comment on column public.variables.revision is 'Rises with every change that reaches the prompt: answers to the old one are stale.';
comment on column public.variables.aliases is 'Other words that documents print for the label.';
comment on column public.variables.uncertainty_action is
'What becomes of a value below the threshold: flagged, left out, or kept as the best guess.';
comment on column public.variables.several is
'Where multiple: keep the first, the last, all (at most max_values), or all joined to one text.';
comment on column public.variables.depends_on is
'{"key": …} with one of equals, in, present: asked only where that variable says so.';
comment on column public.variables.last_revision is
'The highest revision ever given: a rollback brings an old revision back, and the next change must not give it to something else.';
comment on column public.variables.rules is
'min, max (number, money, date); pattern, enum (text, location, number, date); synonyms, other_allowed (category); decimal (number, money); day_first (date); currency (money); sum_of: keys (number, money); after, before: a key (date; the same day will do); message (what people read when a rule does not hold).';
create trigger variables_events after insert or update or delete on public.variables
for each row execute function private.record_change();

alter table public.variables enable row level security;
create policy variables_select_member on public.variables for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
create policy variables_insert_editor on public.variables for insert to authenticated
with check (project_id = any((select private.my_projects('editor'))::uuid[]));
create policy variables_update_editor on public.variables for update to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]))
with check (project_id = any((select private.my_projects('editor'))::uuid[]));
create policy variables_delete_editor on public.variables for delete to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]));
revoke all on table public.variables from public, anon, authenticated, service_role;
grant select on table public.variables to authenticated, service_role;
grant insert (
  project_id, key, label, type, instructions, aliases, categories, multiple, required, rules, "default",
  position, uncertainty_threshold, uncertainty_action, several, max_values, depends_on
), update (
  key, label, type, instructions, aliases, categories, multiple, required, rules, "default", position,
  uncertainty_threshold, uncertainty_action, several, max_values, depends_on
), delete
on table public.variables to authenticated;

-- Checks what is stored, keeps a project to fifty variables, and gives the next revision to every change of what is
-- asked. A revision is never given twice, because answers are known by it.
create function private.before_variable_write()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.refuse_fault(private.variable_fault(new));
  if tg_op = 'INSERT' then
    -- The project is locked, so that two inserts cannot both be the fiftieth.
    perform 1 from public.projects as p where p.id = new.project_id for no key update;
    if (select count(*) from public.variables as v where v.project_id = new.project_id) >= 50 then
      perform private.refuse(422, 'too_many_variables', 'A project has at most 50 variables', 'Delete one first.');
    end if;
    new.last_revision := greatest(new.last_revision, new.revision);
    return new;
  end if;
  new.last_revision := greatest(old.last_revision, old.revision, new.revision);
  -- A verb sets the revision itself when it restores a version or changes an example; that one holds.
  if new.revision = old.revision and private.asked(new) is distinct from private.asked(old) then
    new.last_revision := new.last_revision + 1;
    new.revision := new.last_revision;
  end if;
  new.updated_at := now();
  return new;
end;
$$;
revoke all on function private.before_variable_write from public, anon, authenticated, service_role;
create trigger variables_before_write before insert or update on public.variables
for each row execute function private.before_variable_write();

-- Variable rules: what values a type and its rules allow.

-- Whether a JSON value has the form of a type: an ISO date of any precision, {amount, currency or none}, text of 1 to
-- 4000 characters. The inner case of money is needed: a value that is no object has no keys to take away.
create function private.has_type(p_type text, p_value jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select coalesce(
    case p_type
      when 'number' then jsonb_typeof(p_value) = 'number'
      when 'boolean' then jsonb_typeof(p_value) = 'boolean'
      when 'date' then jsonb_typeof(p_value) = 'string' and private.is_iso_date(p_value #>> '{}')
      when 'money' then case
        when jsonb_typeof(p_value) = 'object' then
          p_value - array['amount', 'currency'] = '{}'
          and jsonb_typeof(p_value -> 'amount') = 'number'
          and coalesce(jsonb_typeof(p_value -> 'currency'), 'null') in ('null', 'string')
          and coalesce(p_value ->> 'currency', 'EUR') ~ '^[A-Z]{3}$'
      end
      else jsonb_typeof(p_value) = 'string' and char_length(btrim(p_value #>> '{}')) between 1 and 4000
    end,
    false
  );
$$;
revoke all on function private.has_type from public, anon, authenticated, service_role;

-- Whether a JSON value is one value of a variable: of its type and, where it is a category, listed or allowed as
-- another. Defaults, golden examples, conditions and corrections all ask this.
create function private.is_value_of(p_variable public.variables, p_value jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select private.has_type(p_variable.type, p_value)
    and (
      p_variable.type <> 'category'
      or p_value #>> '{}' = any(p_variable.categories)
      or coalesce(p_variable.rules -> 'other_allowed' = 'true', false)
    );
$$;
revoke all on function private.is_value_of from public, anon, authenticated, service_role;

-- Whether a JSON value is what a cell of the variable holds: of several values the list where all are kept, one text
-- where they are joined, one value where the first or the last is kept.
create function private.is_cell_of(p_variable public.variables, p_value jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_variable.multiple and p_variable.several = 'joined' then private.has_type('text', p_value)
    when p_variable.multiple and p_variable.several = 'all' then case
      when jsonb_typeof(p_value) = 'array' then
        jsonb_array_length(p_value) between 1 and coalesce(p_variable.max_values, 1000)
        and not exists (
          select 1 from jsonb_array_elements(p_value) as i (item) where not private.is_value_of(p_variable, i.item)
        )
      else false
    end
    else private.is_value_of(p_variable, p_value)
  end;
$$;
revoke all on function private.is_cell_of from public, anon, authenticated, service_role;

-- Whether a pattern is one. The service reads it with another engine, so what only that engine knows (classes such as
-- \p{L}, named groups, flags) is first replaced by what Postgres knows.
create function private.pattern_compiles(p_pattern text)
returns boolean
language plpgsql immutable parallel safe set search_path = ''
as $$
declare
  v_known text := regexp_replace(p_pattern, '\\[pP]\{[^{}]*\}', '\\w', 'g');
begin
  v_known := regexp_replace(v_known, '\(\?P?<[A-Za-z_]\w*>', '(', 'g');
  v_known := regexp_replace(v_known, '\(\?[a-z]+\)', '', 'g');
  v_known := regexp_replace(v_known, '\(\?[a-z]+:', '(?:', 'g');
  v_known := regexp_replace(v_known, '([*+?}])\+', '\1', 'g');
  perform '' ~ ('^(?:' || v_known || ')$');
  return char_length(p_pattern) between 1 and 1000;
exception
  when invalid_regular_expression then
    return false;
end;
$$;
revoke all on function private.pattern_compiles from public, anon, authenticated, service_role;

-- Whether a JSON value is a list of texts, none of them empty.
create function private.texts_fit(p_texts jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select case when jsonb_typeof(p_texts) = 'array' then not exists (
    select 1 from jsonb_array_elements(p_texts) as t (held) where not private.has_type('text', t.held)
  ) else false end;
$$;
revoke all on function private.texts_fit from public, anon, authenticated, service_role;

-- Whether the variable's type knows a rule and the rule can hold the value; null for a rule that no type knows.
create function private.rule_fits(v public.variables, p_rule text, p_held jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_rule in ('min', 'max') then
      v.type in ('number', 'money', 'date') and private.has_type(case v.type when 'date' then 'date' else 'number' end, p_held)
    when p_rule = 'pattern' then
      v.type in ('text', 'location', 'number', 'date') and jsonb_typeof(p_held) = 'string' and private.pattern_compiles(p_held #>> '{}')
    when p_rule = 'enum' then
      v.type in ('text', 'location', 'number', 'date') and case when jsonb_typeof(p_held) = 'array' then
        jsonb_array_length(p_held) between 1 and 200
        and not exists (select 1 from jsonb_array_elements(p_held) as i (held) where not private.has_type(v.type, i.held))
      else false end
    when p_rule = 'message' then private.has_type('text', p_held) and char_length(p_held #>> '{}') <= 255
    when p_rule = 'synonyms' then
      v.type = 'category' and case when jsonb_typeof(p_held) = 'object' then not exists (
        select 1 from jsonb_each(p_held) as s (category, others)
        where not s.category = any(v.categories) or not private.texts_fit(s.others)
      ) else false end
    when p_rule = 'other_allowed' then v.type = 'category' and jsonb_typeof(p_held) = 'boolean'
    when p_rule = 'decimal' then v.type in ('number', 'money') and p_held in ('"."', '","')
    when p_rule = 'day_first' then v.type = 'date' and jsonb_typeof(p_held) = 'boolean'
    when p_rule = 'currency' then v.type = 'money' and jsonb_typeof(p_held) = 'string' and p_held #>> '{}' ~ '^[A-Z]{3}$'
    when p_rule = 'sum_of' then
      v.type in ('number', 'money') and private.texts_fit(p_held) and jsonb_array_length(p_held) between 1 and 49 and not p_held ? v.key
    when p_rule in ('after', 'before') then v.type = 'date' and private.has_type('text', p_held) and p_held #>> '{}' <> v.key
  end;
$$;
revoke all on function private.rule_fits from public, anon, authenticated, service_role;

-- Whether one value keeps to min, max and enum. Dates are compared at the lesser precision of the two.
create function private.rules_allow(p_rules jsonb, p_value jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select coalesce(case jsonb_typeof(i.held)
    when 'number' then i.held >= coalesce(p_rules -> 'min', i.held) and i.held <= coalesce(p_rules -> 'max', i.held)
    when 'string' then
      left(i.held #>> '{}', char_length(coalesce(p_rules ->> 'min', ''))) >= left(coalesce(p_rules ->> 'min', ''), char_length(i.held #>> '{}'))
      and left(i.held #>> '{}', char_length(p_rules ->> 'max')) <= left(p_rules ->> 'max', char_length(i.held #>> '{}')) is not false
    else true
  end, true) and coalesce(p_rules -> 'enum' @> jsonb_build_array(i.held), true)
  from (select case jsonb_typeof(p_value) when 'object' then p_value -> 'amount' else p_value end) as i (held);
$$;
revoke all on function private.rules_allow from public, anon, authenticated, service_role;

-- Variable checks: the first thing that is wrong with a variable, by code and field, refused wherever it is written.

-- Names that exports give to columns of their own.
create function private.own_columns()
returns text[]
language sql immutable parallel safe set search_path = ''
as $$
  select array[
    'id', 'document', 'document_id', 'document_state', 'pages', 'unread_pages', 'failure_code', 'row', 'row_index', 'variable', 'value',
    'raw', 'quote', 'page', 'box', 'zone', 'evidence', 'verified', 'confidence', 'state', 'flags', 'origin'
  ];
$$;
revoke all on function private.own_columns from public, anon, authenticated, service_role;

-- The first thing that is wrong with a variable's rules, as {code, field, next step}; null when nothing is. It is
-- plpgsql, whose plans are kept, because save_schema checks fifty variables at once.
create function private.rules_fault(v public.variables)
returns text[]
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select case
      when jsonb_typeof(v.rules) is distinct from 'object' or octet_length(v.rules::text) > 16384
        then array['rules_invalid', 'rules', 'Give an object of at most 16 KB.']
      else (
        select case
          when f.fits is null then array['rule_unknown', 'rules',
            'Known are min, max, pattern, enum, message, synonyms, other_allowed, decimal, day_first, currency, sum_of, after and before.']
          when f.rule in ('min', 'max') and f.fits then array['rule_min_above_max', 'rules.min', 'It may not be above max.']
          else array['rule_' || f.rule || '_invalid', 'rules.' || f.rule, 'The type does not know this rule, or it has another form.']
        end
        from (select r.rule, private.rule_fits(v, r.rule, r.held) as fits from jsonb_each(v.rules) as r (rule, held)) as f
        where f.fits is not true
          or (f.rule = 'min' and v.rules ? 'max' and not private.rules_allow(jsonb_build_object('max', v.rules -> 'max'), v.rules -> 'min'))
        order by f.rule
        limit 1
      )
    end
  );
end;
$$;
revoke all on function private.rules_fault from public, anon, authenticated, service_role;

-- Whether a JSON value has the form of a condition: a key, and one of equals, in or present.
create function private.condition_fits(p_condition jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select case when jsonb_typeof(p_condition) = 'object' then
    jsonb_typeof(p_condition -> 'key') = 'string' and (p_condition - 'key') <> '{}' and case
      when p_condition - array['key', 'equals'] = '{}' then jsonb_typeof(p_condition -> 'equals') in ('string', 'number', 'boolean')
      when p_condition - array['key', 'present'] = '{}' then jsonb_typeof(p_condition -> 'present') = 'boolean'
      when p_condition - array['key', 'in'] = '{}' and jsonb_typeof(p_condition -> 'in') = 'array'
        then jsonb_array_length(p_condition -> 'in') between 1 and 200
      else false
    end
  else false end;
$$;
revoke all on function private.condition_fits from public, anon, authenticated, service_role;

-- The first thing that is wrong with a variable by itself, as {code, field, next step}; null when nothing is.
create function private.variable_fault(v public.variables)
returns text[]
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce((
      select array[f.code, f.field, f.hint]
      from (values
        (1, coalesce(v.key, '') !~ '^[a-z][a-z0-9_]{0,62}$', 'key_invalid', 'key',
          'Begin with a small letter, then small letters, digits and _: 63 at most.'),
        (2, v.key = any(private.own_columns())
          or exists (select 1 from pg_catalog.pg_get_keywords() as k where k.word = v.key and k.catcode = 'R'),
          'key_reserved', 'key', 'The word is reserved: choose another, such as doc_' || v.key || '.'),
        (3, char_length(btrim(coalesce(v.label, ''))) not between 1 and 255 or char_length(v.label) > 255, 'label_invalid', 'label',
          'Give 1 to 255 characters.'),
        (4, coalesce(v.type, '') not in ('text', 'number', 'date', 'boolean', 'category', 'money', 'location'), 'type_unknown', 'type',
          'It is text, number, date, boolean, category, money or location.'),
        (5, v.instructions is null or char_length(v.instructions) > 4000, 'instructions_invalid', 'instructions', 'Give at most 4000 characters.'),
        (6, v.aliases is null or cardinality(v.aliases) > 50 or not private.texts_fit(to_jsonb(v.aliases)), 'aliases_invalid', 'aliases',
          'Give at most 50 texts, none of them empty.'),
        (7, v.type = 'category' and coalesce(cardinality(v.categories), 0) < 2, 'categories_too_few', 'categories', 'Give at least 2 categories.'),
        (8, v.type <> 'category' and cardinality(v.categories) > 0, 'categories_not_allowed', 'categories', 'Only the type category has categories.'),
        (9, v.categories is null or cardinality(v.categories) > 200 or not private.texts_fit(to_jsonb(v.categories)),
          'categories_invalid', 'categories', 'Give at most 200 texts, none of them empty.'),
        (10, cardinality(v.categories) <> (select count(distinct lower(btrim(c.name))) from unnest(v.categories) as c (name)),
          'categories_not_unique', 'categories', 'Each category once, whatever its case.'),
        (11, v.multiple is null, 'multiple_invalid', 'multiple', 'It is true or false.'),
        (12, v.required is null, 'required_invalid', 'required', 'It is true or false.'),
        (13, coalesce(v.uncertainty_threshold, -1) not between 0 and 1, 'uncertainty_threshold_invalid', 'uncertainty_threshold', 'It is 0 to 1.'),
        (14, coalesce(v.uncertainty_action, '') not in ('flag', 'skip', 'best_guess'), 'uncertainty_action_unknown', 'uncertainty_action',
          'It is flag, skip or best_guess.'),
        (15, coalesce(v.several, '') not in ('first', 'last', 'all', 'joined'), 'several_unknown', 'several', 'It is first, last, all or joined.'),
        (16, v.max_values not between 1 and 1000, 'max_values_invalid', 'max_values', 'It is 1 to 1000, or null.'),
        (17, v.depends_on is not null and not private.condition_fits(v.depends_on), 'depends_on_invalid', 'depends_on',
          'Give {"key": …} and one of equals (a value), in (a list of values) or present (true or false).')
      ) as f (place, is_so, code, field, hint)
      where f.is_so
      order by f.place
      limit 1
    ), private.rules_fault(v), case
      when v."default" is not null and not (private.is_cell_of(v, v."default") and not exists (
        select 1
        from jsonb_array_elements(case jsonb_typeof(v."default") when 'array' then v."default" else jsonb_build_array(v."default") end) as d (held)
        where not private.rules_allow(v.rules, d.held)
      )) then array['default_invalid', 'default', 'It must be a value of the type, within the rules; a list where all values are kept.']
    end)
  );
end;
$$;
revoke all on function private.variable_fault from public, anon, authenticated, service_role;

-- The first thing that is wrong with what variables say of each other, as {code, field, next step, variable}: a
-- variable that is not there, a circle, or a value that the other variable cannot have; in conditions and in rules that
-- name other variables.
create function private.dependency_fault(p_project uuid)
returns text[]
language sql stable set search_path = ''
as $$
  with recursive links as (
    select v.id, v.key, v.position, v.depends_on, v.depends_on ->> 'key' as other
    from public.variables as v
    where v.project_id = p_project and v.depends_on is not null
  ),
  walk (start, other, steps) as (
    select l.key, l.other, 1 from links as l
    union all
    select w.start, l.other, w.steps + 1 from walk as w inner join links as l on l.key = w.other where w.steps <= 50 and w.other <> w.start
  )
  select array[f.code, f.field, f.hint, f.id::text]
  from (
    select l.id, l.position, 1, 'depends_on_unknown', 'depends_on', 'It names a variable that the project does not have.'
    from links as l
    where not exists (select 1 from public.variables as o where o.project_id = p_project and o.key = l.other)
    union all
    select l.id, l.position, 2, 'depends_on_cyclic', 'depends_on', 'Variables may not depend on each other in a circle.'
    from links as l
    where exists (select 1 from walk as w where w.start = l.key and w.other = l.key)
    union all
    select l.id, l.position, 3, 'depends_on_value_invalid', 'depends_on', 'It names a value that the other variable cannot have.'
    from links as l
    inner join public.variables as o on o.project_id = p_project and o.key = l.other
    cross join lateral jsonb_array_elements(coalesce(l.depends_on -> 'in', jsonb_build_array(l.depends_on -> 'equals'))) as c (held)
    where not l.depends_on ? 'present'
      and not case o.type when 'money' then private.has_type('number', c.held) else private.is_value_of(o, c.held) end
    union all
    select v.id, v.position, 4, 'rule_variable_invalid', 'rules.' || r.rule, 'It names no variable of the project with such values.'
    from public.variables as v
    cross join lateral (
      select 'sum_of', k.key from jsonb_array_elements_text(v.rules -> 'sum_of') as k (key)
      union all
      select d.key, d.value from jsonb_each_text(v.rules) as d where d.key in ('after', 'before')
    ) as r (rule, other)
    where v.project_id = p_project and v.rules ?| array['sum_of', 'after', 'before'] and not exists (
      select 1 from public.variables as o
      where o.project_id = p_project and o.key = r.other and case r.rule when 'sum_of' then o.type in ('number', 'money') else o.type = 'date' end
    )
  ) as f (id, position, place, code, field, hint)
  order by f.place, f.position
  limit 1;
$$;
revoke all on function private.dependency_fault from public, anon, authenticated, service_role;

-- What of a variable its answers depend on, without its golden examples.
create function private.asked(v public.variables)
returns jsonb
language sql stable set search_path = ''
as $$
  select to_jsonb(v) - array['id', 'project_id', 'position', 'revision', 'last_revision', 'created_at', 'updated_at'];
$$;
revoke all on function private.asked from public, anon, authenticated, service_role;

-- Cross rules: sums and the order of days, checked against the other cells of the row whenever one
-- of them changes.

-- A number, the amount of money, or the sum of a list of them; null where something else is among
-- them.
create function private.amount(p_value jsonb)
returns numeric
language sql immutable parallel safe set search_path = ''
as $$
  with amounts as (
    select case jsonb_typeof(i.item) when 'object' then i.item -> 'amount' else i.item end as amount
    from jsonb_array_elements(
      case jsonb_typeof(p_value) when 'array' then p_value else jsonb_build_array(p_value) end
    ) as i (item)
  )
  select case
    when bool_and(jsonb_typeof(a.amount) = 'number')
      then sum((a.amount #>> '{}')::numeric) filter (where jsonb_typeof(a.amount) = 'number')
  end
  from amounts as a;
$$;
revoke all on function private.amount from public, anon, authenticated, service_role;

-- Whether one day comes before another. A day, a month and a year are compared at the lesser
-- precision of the two.
create function private.day_before(p_day jsonb, p_other jsonb)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select jsonb_typeof(p_day) = 'string'
    and jsonb_typeof(p_other) = 'string'
    and left(p_day #>> '{}', char_length(p_other #>> '{}'))
    < left(p_other #>> '{}', char_length(p_day #>> '{}')) collate "C";
$$;
revoke all on function private.day_before from public, anon, authenticated, service_role;

-- The flags of rules that a value breaks beside the other values of its row, which p_row holds by
-- variable key. A sum is checked where all its parts are there.
create function private.cross_faults(p_rules jsonb, p_value jsonb, p_row jsonb)
returns text[]
language sql immutable parallel safe set search_path = ''
as $$
  with parts as (
    select private.amount(p_row -> k.key) as amount
    from jsonb_array_elements_text(p_rules -> 'sum_of') as k (key)
  ),
  total as (
    select case when count(*) = count(p.amount) then sum(p.amount) end as amount from parts as p
  )
  select array_remove(
    array[
      case when private.amount(p_value) <> t.amount then 'rule_sum' end,
      case
        when private.day_before(p_value, p_row -> (p_rules ->> 'after'))
          or private.day_before(p_row -> (p_rules ->> 'before'), p_value)
          then 'rule_order'
      end
    ],
    null
  )
  from total as t;
$$;
revoke all on function private.cross_faults from public, anon, authenticated, service_role;

-- What a cell keeps of the rules that it breaks, as signals.cross: which, what people read of them,
-- and the confidence without them, to go back to. Nothing where it breaks none.
create function private.cross_signals(p_broken text[], p_confidence float8, p_message jsonb)
returns jsonb
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_broken = '{}' then '{}'::jsonb
    else jsonb_build_object('cross', jsonb_strip_nulls(jsonb_build_object(
      'broken', p_broken, 'confidence', p_confidence, 'message', p_message
    )))
  end;
$$;
revoke all on function private.cross_signals from public, anon, authenticated, service_role;

-- Sets the flags of cross rules anew in every row of which a cell has changed. Judged cells keep
-- what their judge saw.
-- definer: fires for verbs of people, who may not write cells.
create function private.after_cells_change()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_rules text[] := array['sum_of', 'after', 'before'];
begin
  -- Most projects have no such rule, and every stored document fires this.
  if not exists (
    select 1
    from public.variables as v
    where v.project_id in (select c.project_id from changed as c) and v.rules ?| v_rules
  ) then
    return null;
  end if;
  with row_values as (
    select
      e.document_id,
      e.row_index,
      jsonb_object_agg(v.key, e.value) filter (where e.state <> 'rejected') as by_key
    from public.extractions as e
    inner join public.variables as v on v.id = e.variable_id
    where (e.document_id, e.row_index) in (select c.document_id, c.row_index from changed as c)
    group by e.document_id, e.row_index
  ),
  checked as (
    select
      e.id,
      e.flags,
      array_remove(array_remove(e.flags, 'rule_sum'), 'rule_order') as other_flags,
      private.cross_faults(v.rules, e.value, r.by_key) as broken,
      coalesce((e.signals #>> '{cross,confidence}')::float8, e.confidence) as confidence,
      v.rules -> 'message' as message
    from row_values as r
    inner join public.extractions as e on e.document_id = r.document_id and e.row_index = r.row_index
    inner join public.variables as v on v.id = e.variable_id
    where v.rules ?| v_rules and e.judged_by is null
    -- Who holds a cell at this moment changes it and comes by here as well; waiting for it could be
    -- a deadlock.
    for update of e skip locked
  ),
  changed_flags as (
    select c.*
    from checked as c
    where not (
      c.flags @> c.broken and cardinality(c.flags) = cardinality(c.other_flags) + cardinality(c.broken)
    )
  )
  update public.extractions as e
  set
    flags = c.other_flags || c.broken,
    signals = e.signals - 'cross' || private.cross_signals(c.broken, c.confidence, c.message),
    -- A broken rule costs the same confidence where the worker finds it.
    confidence = c.confidence * case when c.broken <> '{}' then 0.6 else 1 end
  from changed_flags as c
  where e.id = c.id;
  return null;
end;
$$;
revoke all on function private.after_cells_change from public, anon, authenticated, service_role;

-- Golden examples: answers that a person calls right, shown to the model with their variable.

create table public.golden_examples (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  variable_id uuid not null references public.variables (id) on delete cascade,
  document_id uuid references public.documents (id) on delete set null,
  value jsonb,
  quote text,
  note text not null default '',
  reference_only boolean not null default false,
  active boolean not null default true,
  position int not null default 0,
  created_by uuid default auth.uid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint golden_examples_value_bounded check (octet_length(value::text) <= 16384),
  constraint golden_examples_quote_length check (char_length(quote) <= 4000),
  constraint golden_examples_note_length check (char_length(note) <= 1000)
);
comment on table public.golden_examples is
'A right answer of a variable, for the prompt: at most 5 active ones a variable reach it, those for reference only never.';
comment on column public.golden_examples.value is 'As a cell holds it; null: the document does not say.';
comment on column public.golden_examples.document_id is 'Where it is from: never shown when that document is asked.';
create index golden_examples_variable on public.golden_examples (variable_id, position, created_at, id); -- serves the snapshot
create index golden_examples_project on public.golden_examples (project_id); -- serves the policy
create index golden_examples_document on public.golden_examples (document_id); -- serves the foreign key

alter table public.golden_examples enable row level security;
create policy golden_examples_select_member on public.golden_examples for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
create policy golden_examples_insert_editor on public.golden_examples for insert to authenticated
with check (project_id = any((select private.my_projects('editor'))::uuid[]));
create policy golden_examples_update_editor on public.golden_examples for update to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]))
with check (project_id = any((select private.my_projects('editor'))::uuid[]));
create policy golden_examples_delete_editor on public.golden_examples for delete to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]));
revoke all on table public.golden_examples from public, anon, authenticated, service_role;
grant select on table public.golden_examples to authenticated, service_role;
grant insert (project_id, variable_id, document_id, value, quote, note, reference_only, active, position), update (value, quote, note, reference_only, active, position), delete
on table public.golden_examples to authenticated;

-- The examples of a variable that reach the prompt, in order: the first five that are active and not for reference
-- only.
create function private.examples(p_variable uuid)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(to_jsonb(g) order by g.position, g.created_at, g.id), '[]')
  from (
    select e.id, e.document_id, e.value, e.quote, e.note, e.position, e.created_at
    from public.golden_examples as e
    where e.variable_id = p_variable and e.active and not e.reference_only
    order by e.position, e.created_at, e.id
    limit 5
  ) as g;
$$;
revoke all on function private.examples from public, anon, authenticated, service_role;

-- Checks an example against its variable and its document.
-- definer: reads both, whatever the caller may see.
create function private.before_example_write()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_variable public.variables;
begin
  new.updated_at := now();
  select v.* into v_variable from public.variables as v where v.id = new.variable_id and v.project_id = new.project_id;
  if v_variable.id is null then
    perform private.refuse(422, 'variable_not_found', 'The variable is not part of the project', 'variable_id: Use one of the same project.');
  elsif (tg_op = 'INSERT' or new.document_id is distinct from old.document_id) and new.document_id is not null and not exists (
    select 1 from public.documents as d where d.id = new.document_id and d.project_id = new.project_id and d.deleted_at is null
  ) then
    perform private.refuse(422, 'document_not_found', 'The document is not part of the project', 'document_id: Use one of the same project.');
  elsif (tg_op = 'INSERT' or new.value is distinct from old.value) and new.value is not null and not private.is_cell_of(v_variable, new.value) then
    perform private.refuse(422, 'value_invalid', 'The value is none of the type', 'value: Give it as a cell of the variable holds it.');
  elsif char_length(new.quote) > 4000 or coalesce(char_length(new.note), 1001) > 1000 then
    perform private.refuse(422, 'note_invalid', 'The note or the quote is too long', 'note: at most 1000 characters; quote: at most 4000.');
  end if;
  return new;
end;
$$;
revoke all on function private.before_example_write from public, anon, authenticated, service_role;
create trigger golden_examples_before_write before insert or update on public.golden_examples
for each row execute function private.before_example_write();

-- Gives a variable its next revision when its examples no longer are those that the active version asks with.
-- definer: people may not write revisions.
create function private.after_example_change()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_variable uuid := (case tg_op when 'DELETE' then to_jsonb(old) else to_jsonb(new) end ->> 'variable_id')::uuid;
begin
  update public.variables as v
  set last_revision = greatest(v.last_revision, v.revision) + 1, revision = greatest(v.last_revision, v.revision) + 1
  where v.id = v_variable and private.told(private.examples(v.id)) is distinct from private.told(coalesce((
    select a.held -> 'examples'
    from public.schema_versions as s
    cross join lateral jsonb_array_elements(s.snapshot -> 'variables') as a (held)
    where s.project_id = v.project_id and s.active and a.held ->> 'id' = v.id::text and (a.held ->> 'revision')::int = v.revision
  ), '[]'));
  return null;
end;
$$;
revoke all on function private.after_example_change from public, anon, authenticated, service_role;
create trigger golden_examples_after_change
after insert or delete or update of value, quote, note, reference_only, active, position on public.golden_examples
for each row execute function private.after_example_change();

-- What a model is told of examples. Their documents are left out, so that the deletion of one makes nothing stale.
create function private.told(p_examples jsonb)
returns jsonb
language sql immutable set search_path = ''
as $$
  select jsonb_agg(e.held - array['id', 'document_id', 'position', 'created_at'] order by e.place)
  from jsonb_array_elements(p_examples) with ordinality as e (held, place);
$$;
revoke all on function private.told from public, anon, authenticated, service_role;

-- Schema versions: the immutable snapshots that jobs run on, and which one is active.

create table public.schema_versions (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  number int not null,
  snapshot jsonb not null,
  snapshot_hash text not null,
  created_by uuid,
  created_at timestamptz not null default now(),
  -- The hash is not unique: a rollback makes a version that equals an older one.
  constraint schema_versions_number_unique unique (project_id, number),
  active boolean not null default false,
  approved_by uuid,
  approved_at timestamptz,
  constraint schema_versions_approved_whole check ((approved_by is null) = (approved_at is null))
);
comment on table public.schema_versions is
'{"context": …, "variables": […]} as jobs are started with it. The snapshot is immutable; the newest is active.';
comment on column public.schema_versions.created_by is 'Null: a change that no person made.';
create unique index schema_versions_one_active
on public.schema_versions (project_id) where active; -- holds "one is active"

alter table public.schema_versions enable row level security;
create policy schema_versions_select_member on public.schema_versions for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.schema_versions from public, anon, authenticated, service_role;
grant select on table public.schema_versions to authenticated, service_role;

-- What a schema asks: the project's context and its variables with their examples, as one document,
-- in schema order. The project's name is left out, so that a new name makes nothing stale.
create function private.snapshot(p_project uuid)
returns jsonb
language sql stable set search_path = ''
as $$
  with entries as (
    select
      v.position,
      v.key,
      to_jsonb(v) - array['project_id', 'created_at', 'updated_at', 'last_revision']
      || jsonb_build_object('examples', private.examples(v.id)) as entry
    from public.variables as v
    where v.project_id = p_project
  )
  select jsonb_build_object(
    'context', jsonb_build_object(
      'domain', p.domain,
      'language', p.language,
      'time_zone', p.time_zone,
      'row_unit', p.row_unit,
      'entity_pattern', case p.row_unit when 'entity' then p.entity_pattern end,
      'document_kind', p.document_kind
    ),
    'variables', coalesce(
      (select jsonb_agg(e.entry order by e.position, e.key) from entries as e), '[]'::jsonb
    )
  )
  from public.projects as p
  where p.id = p_project;
$$;
revoke all on function private.snapshot from public, anon, authenticated, service_role;

-- The active version, made anew where the schema is no longer what it says. Callers that change
-- variables have locked their rows before: the project comes last.
create function private.current_version(p_project uuid)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_snapshot jsonb;
  v_hash text;
  v_version public.schema_versions;
begin
  -- The project row is the lock: the second of two saves waits here, then sees the first, and gets
  -- the next number.
  perform 1 from public.projects as p where p.id = p_project for no key update;
  v_snapshot := private.snapshot(p_project);
  v_hash := encode(sha256(convert_to(v_snapshot::text, 'UTF8')), 'hex');
  select s.* into v_version from public.schema_versions as s where s.project_id = p_project and s.active;
  if v_version.snapshot_hash is distinct from v_hash then
    update public.schema_versions as s set active = false where s.id = v_version.id;
    insert into public.schema_versions (project_id, number, snapshot, snapshot_hash, created_by, active)
    values (
      p_project, coalesce(v_version.number, 0) + 1, v_snapshot, v_hash, (select auth.uid()), true
    )
    returning * into v_version;
  end if;
  return v_version;
end;
$$;
revoke all on function private.current_version from public, anon, authenticated, service_role;

-- At the end of the transaction, however many rows it changed: refuses what does not hold together,
-- else makes one new version. Its argument is the column that holds the project.
-- definer: people may not write versions.
create function private.after_schema_change()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row jsonb := case tg_op when 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
  v_project uuid := (v_row ->> tg_argv[0])::uuid;
begin
  -- This fires once a row, after the last change of all: the first row speaks for the others.
  if current_setting('dossier.schema_settled', true) = v_project::text
    or not exists (select 1 from public.projects as p where p.id = v_project and p.deleted_at is null)
  then
    return null;
  end if;
  perform set_config('dossier.schema_settled', v_project::text, true);
  perform private.refuse_fault(private.dependency_fault(v_project));
  -- A project that never had a variable has no schema yet, whatever its context says.
  if exists (select 1 from public.variables as v where v.project_id = v_project)
    or exists (select 1 from public.schema_versions as s where s.project_id = v_project)
  then
    perform private.current_version(v_project);
  end if;
  return null;
end;
$$;
revoke all on function private.after_schema_change from public, anon, authenticated, service_role;
create constraint trigger variables_versioned_rows after insert or delete on public.variables
deferrable initially deferred for each row execute function private.after_schema_change('project_id');
create constraint trigger variables_versioned after update on public.variables
deferrable initially deferred for each row
when (old.revision is distinct from new.revision or old.position is distinct from new.position)
execute function private.after_schema_change('project_id');
create constraint trigger projects_versioned after update on public.projects
deferrable initially deferred for each row
when (old.revision is distinct from new.revision)
execute function private.after_schema_change('id');

-- The version, where the caller may see it; 404 where not, 403 when the role is too low.
create function private.require_version(p_version uuid, p_role text)
returns public.schema_versions
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_version public.schema_versions;
begin
  select s.* into v_version
  from public.schema_versions as s
  where s.id = p_version and s.project_id = any(private.my_projects('viewer'));
  if v_version.id is null then
    perform private.refuse(
      404, 'version_not_found', 'No such schema version', 'It does not exist or you are not a member.'
    );
  end if;
  perform private.require_role(v_version.project_id, p_role);
  return v_version;
end;
$$;
revoke all on function private.require_version from public, anon, authenticated, service_role;

-- The parts of a snapshot by name: the context, and each variable by its id.
create function private.snapshot_parts(p_snapshot jsonb)
returns table (name text, part jsonb)
language sql immutable parallel safe set search_path = ''
as $$
  select 'context', p_snapshot -> 'context'
  union all
  select v.entry ->> 'id', v.entry
  from jsonb_array_elements(p_snapshot -> 'variables') as v (entry);
$$;
revoke all on function private.snapshot_parts from public, anon, authenticated, service_role;

-- definer: tells strangers that there is no such version, where the policies would only show
-- nothing.
create function public.schema_diff(p_from uuid, p_to uuid)
returns table (change text, variable_id uuid, key text, fields jsonb)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_from public.schema_versions := private.require_version(p_from, 'viewer');
  v_to public.schema_versions := private.require_version(p_to, 'viewer');
begin
  if v_from.project_id <> v_to.project_id then
    perform private.refuse(
      422, 'versions_unrelated', 'The versions are of two projects', 'p_to: Compare two of one project.'
    );
  end if;
  return query
    with parts as (
      select name, o.part as old_part, n.part as new_part, coalesce(n.part, o.part) as newest_part
      from private.snapshot_parts(v_from.snapshot) as o
      full join private.snapshot_parts(v_to.snapshot) as n using (name)
    ),
    changed_fields as (
      select p.*, f.field, p.old_part -> f.field as old_value, p.new_part -> f.field as new_value
      from parts as p
      cross join lateral jsonb_object_keys(
        coalesce(p.old_part, '{}') || coalesce(p.new_part, '{}')
      ) as f (field)
      where f.field not in ('id', 'revision')
        and p.old_part -> f.field is distinct from p.new_part -> f.field
    )
    select
      case
        when c.old_part is null then 'added'
        when c.new_part is null then 'removed'
        when c.name = 'context' then 'context'
        else 'changed'
      end,
      case when c.name <> 'context' then c.name::uuid end,
      c.newest_part ->> 'key',
      jsonb_object_agg(c.field, jsonb_build_object('before', c.old_value, 'after', c.new_value))
    from changed_fields as c
    group by c.name, c.old_part, c.new_part, c.newest_part
    order by (c.newest_part ->> 'position')::int nulls first, 3;
end;
$$;
comment on function public.schema_diff is
'Tells by what two versions of a project differ: the context, and each variable that was added,
removed or changed. fields holds what each field was before and is after.
For members. Refuses version_not_found, versions_unrelated.';
revoke all on function public.schema_diff from public, anon, authenticated, service_role;
grant execute on function public.schema_diff to authenticated;

-- Refuses a project that has no variables.
create function private.require_variables(p_project uuid)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  if not exists (select 1 from public.variables as v where v.project_id = p_project) then
    perform private.refuse(
      422, 'no_variables', 'The project has no variables', 'Define at least one variable first.'
    );
  end if;
end;
$$;
revoke all on function private.require_variables from public, anon, authenticated, service_role;

-- definer: versions are written by verbs only.
create function public.approve_schema(p_project uuid)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_version public.schema_versions;
begin
  perform private.require_role(p_project, 'editor');
  perform private.require_variables(p_project);
  v_version := private.current_version(p_project);
  if v_version.approved_at is null then
    update public.schema_versions as s
    set approved_by = (select auth.uid()), approved_at = now()
    where s.id = v_version.id
    returning s.* into v_version;
    perform private.add_event(
      p_project, 'schema_versions', v_version.id, 'approved', jsonb_build_object('number', v_version.number)
    );
  end if;
  return v_version;
end;
$$;
comment on function public.approve_schema is
'Says that the active version may be run on: which, by whom and when. Saying it again changes
nothing.
For editors. Refuses project_not_found, role_too_low, no_variables.';
revoke all on function public.approve_schema from public, anon, authenticated, service_role;
grant execute on function public.approve_schema to authenticated;

-- Schema entries: variables as callers give them, read and checked one after the other.

-- The fields of a variable that a caller may give, and the JSON they come in.
create function private.variable_fields()
returns table (name text, kind text, nullable boolean)
language sql immutable parallel safe set search_path = ''
as $$
  values
  ('id', 'string', true),
  ('key', 'string', false),
  ('label', 'string', false),
  ('type', 'string', false),
  ('instructions', 'string', false),
  ('aliases', 'array', false),
  ('categories', 'array', false),
  ('multiple', 'boolean', false),
  ('required', 'boolean', false),
  ('rules', 'object', false),
  ('default', 'any', true),
  ('uncertainty_threshold', 'number', false),
  ('uncertainty_action', 'string', false),
  ('several', 'string', false),
  ('max_values', 'number', true),
  ('depends_on', 'object', true);
$$;
revoke all on function private.variable_fields from public, anon, authenticated, service_role;

-- What a row of `variables` holds beside them. An entry may hold them too, so that a row that was
-- read can be sent back; they are ignored.
create function private.ignored_fields()
returns text[]
language sql immutable parallel safe set search_path = ''
as $$
  select array['project_id', 'position', 'revision', 'last_revision', 'created_at', 'updated_at', 'examples'];
$$;
revoke all on function private.ignored_fields from public, anon, authenticated, service_role;

-- Whether a value has the JSON form of a field. This and the checks below are in plpgsql, whose
-- plans are kept, because the fields of fifty entries are checked at once.
create function private.field_has_form(p_name text, p_kind text, p_nullable boolean, p_value jsonb)
returns boolean
language plpgsql immutable parallel safe set search_path = ''
as $$
begin
  return case jsonb_typeof(p_value)
    when 'null' then p_nullable
    when 'array' then
      p_kind = 'any'
      or (p_kind = 'array' and not jsonb_path_exists(p_value, '$[*] ? (@.type() != "string")'))
    when 'number' then
      p_kind = 'any'
      or (p_kind = 'number' and (p_name <> 'max_values' or p_value #>> '{}' ~ '^\d{1,9}$'))
    when 'string' then
      p_kind in ('string', 'any')
      and (
        p_name <> 'id'
        or p_value #>> '{}' ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
      )
    else p_kind in (jsonb_typeof(p_value), 'any')
  end;
end;
$$;
revoke all on function private.field_has_form from public, anon, authenticated, service_role;

-- The first field of an entry that is unknown or of the wrong form, as {code, field, next step};
-- null when all are well.
create function private.entry_fault(p_entry jsonb)
returns text[]
language plpgsql stable set search_path = ''
as $$
begin
  if jsonb_typeof(p_entry) is distinct from 'object' then
    return array['variable_invalid', '', 'Give an object.'];
  end if;
  return (
    select case
      when f.name is null then array['field_unknown', '', 'It has a field that variables do not have.']
      else array['field_invalid', '.' || f.name, 'It has another form.']
    end
    from jsonb_each(p_entry - private.ignored_fields()) as e (name, value)
    left join private.variable_fields() as f on f.name = e.name
    where f.name is null or not private.field_has_form(f.name, f.kind, f.nullable, e.value)
    order by f.name nulls first
    limit 1
  );
end;
$$;
revoke all on function private.entry_fault from public, anon, authenticated, service_role;

-- A variable as the table would make it from its defaults, with a new id.
create function private.new_variable(p_project uuid)
returns public.variables
language sql volatile set search_path = ''
as $$
  select jsonb_populate_record(null::public.variables, jsonb_build_object(
    'id', gen_random_uuid(),
    'project_id', p_project,
    'instructions', '',
    'aliases', '[]'::jsonb,
    'categories', '[]'::jsonb,
    'multiple', false,
    'required', false,
    'rules', '{}'::jsonb,
    'uncertainty_threshold', 0.5,
    'uncertainty_action', 'flag',
    'several', 'all',
    'position', 0,
    'revision', 1,
    'last_revision', 1,
    'created_at', now(),
    'updated_at', now()
  ));
$$;
revoke all on function private.new_variable from public, anon, authenticated, service_role;

-- The variable that an entry means: the one with its id, else with its key, else a new one; with
-- the given fields put in.
create function private.read_entry(p_project uuid, p_entry jsonb)
returns public.variables
language plpgsql volatile set search_path = ''
as $$
declare
  v_variable public.variables;
begin
  select v.* into v_variable
  from public.variables as v
  where v.project_id = p_project
    and case
      when p_entry ->> 'id' is null then v.key = p_entry ->> 'key'
      else v.id = (p_entry ->> 'id')::uuid
    end;
  if v_variable.id is null then
    v_variable := private.new_variable(p_project);
  end if;
  return jsonb_populate_record(v_variable, p_entry - private.ignored_fields() - 'id');
end;
$$;
revoke all on function private.read_entry from public, anon, authenticated, service_role;

-- What is wrong with an entry beside those before it in the list, as {code, field, next step}; null
-- for nothing.
create function private.listing_fault(
  p_before public.variables[], p_entry jsonb, p_variable public.variables
)
returns text[]
language plpgsql stable set search_path = ''
as $$
begin
  if (p_entry ->> 'id')::uuid <> p_variable.id then
    return array['variable_unknown', '.id', 'The project has no such variable.'];
  elsif exists (
    select 1 from unnest(p_before) as b where b.key = p_variable.key or b.id = p_variable.id
  ) then
    return array['key_not_unique', '.key', 'Each key once.'];
  end if;
  return null;
end;
$$;
revoke all on function private.listing_fault from public, anon, authenticated, service_role;

-- The variables that a list of entries means, in its order. The first entry with a fault is refused
-- by its place.
create function private.read_entries(p_project uuid, p_entries jsonb)
returns public.variables[]
language plpgsql volatile set search_path = ''
as $$
declare
  v_variables public.variables[] := '{}';
  v_variable public.variables;
  v_entry jsonb;
  v_path text;
begin
  if jsonb_typeof(p_entries) <> 'array' or jsonb_array_length(p_entries) > 50 then
    perform private.refuse(
      422, 'too_many_variables', 'A project has at most 50 variables', 'variables: Give a list of at most 50.'
    );
  end if;
  for v_entry in
    select e.entry from jsonb_array_elements(p_entries) with ordinality as e (entry, place) order by e.place
  loop
    v_path := 'variables[' || cardinality(v_variables) || ']';
    perform private.refuse_fault(private.entry_fault(v_entry), v_path);
    v_variable := private.read_entry(p_project, v_entry);
    v_variable.position := cardinality(v_variables) + 1;
    perform private.refuse_fault(private.listing_fault(v_variables, v_entry, v_variable), v_path);
    perform private.refuse_fault(private.variable_fault(v_variable), v_path || '.');
    v_variables := v_variables || v_variable;
  end loop;
  return v_variables;
end;
$$;
revoke all on function private.read_entries from public, anon, authenticated, service_role;

-- Schema verbs: store a whole schema at once, duplicate a variable, go back to a version.

-- Makes p_rows the variables of the project, in that order. The caller has locked the schema.
create function private.store_variables(p_project uuid, p_rows public.variables[])
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from public.variables as v
  where v.project_id = p_project and not exists (select 1 from unnest(p_rows) as r where r.id = v.id);
  -- Keys may change hands: whoever holds one that another takes steps aside first.
  update public.variables as v
  set key = 'moving_' || replace(v.id::text, '-', '')
  where v.project_id = p_project
    and exists (select 1 from unnest(p_rows) as r where r.key = v.key and r.id <> v.id);
  update public.variables as v
  set
    key = r.key,
    label = r.label,
    type = r.type,
    instructions = r.instructions,
    aliases = r.aliases,
    categories = r.categories,
    multiple = r.multiple,
    required = r.required,
    rules = r.rules,
    "default" = r."default",
    uncertainty_threshold = r.uncertainty_threshold,
    uncertainty_action = r.uncertainty_action,
    several = r.several,
    max_values = r.max_values,
    depends_on = r.depends_on,
    position = r.position
  from unnest(p_rows) as r
  where v.project_id = p_project
    and v.id = r.id
    and (private.asked(v) is distinct from private.asked(r) or v.position <> r.position);
  insert into public.variables
  select r.*
  from unnest(p_rows) as r
  where not exists (select 1 from public.variables as v where v.id = r.id)
  order by r.position;
end;
$$;
revoke all on function private.store_variables from public, anon, authenticated, service_role;

-- Locks the schema of a project: its variables, then the project. Whoever changes one variable
-- takes them in this order, too, or two could wait for each other.
create function private.lock_schema(p_project uuid)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
  perform 1 from public.variables as v where v.project_id = p_project order by v.id for no key update;
  perform 1 from public.projects as p where p.id = p_project for no key update;
end;
$$;
revoke all on function private.lock_schema from public, anon, authenticated, service_role;

-- The first field of a context that is unknown or no text, as {code, field, next step}; null when
-- all are well.
create function private.context_fault(p_context jsonb)
returns text[]
language plpgsql immutable set search_path = ''
as $$
declare
  v_known text[] := array[
    'name', 'description', 'domain', 'language', 'time_zone', 'row_unit', 'entity_pattern', 'document_kind'
  ];
begin
  if jsonb_typeof(p_context) <> 'object' or p_context - v_known <> '{}' then
    return array['context_invalid', 'context', 'Give an object of ' || array_to_string(v_known, ', ') || '.'];
  end if;
  return (
    select array['context_invalid', 'context.' || c.name, 'Give a text.']
    from jsonb_each(p_context) as c (name, value)
    where jsonb_typeof(c.value) <> 'string'
      and (c.name <> 'entity_pattern' or jsonb_typeof(c.value) <> 'null')
    order by c.name
    limit 1
  );
end;
$$;
revoke all on function private.context_fault from public, anon, authenticated, service_role;

-- Puts the given context into the project; fields that it leaves out stay. Unknown and malformed
-- ones are refused by name.
create function private.store_context(p_project uuid, p_context jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.refuse_fault(private.context_fault(p_context));
  update public.projects as p
  set
    name = n.name,
    description = n.description,
    domain = n.domain,
    language = n.language,
    time_zone = n.time_zone,
    row_unit = n.row_unit,
    entity_pattern = n.entity_pattern,
    document_kind = n.document_kind
  from (
    select (jsonb_populate_record(o, p_context)).* from public.projects as o where o.id = p_project
  ) as n
  where p.id = n.id;
end;
$$;
revoke all on function private.store_context from public, anon, authenticated, service_role;

-- Refuses to save over a version that the caller has not seen. p_expected: the number of the one
-- that was seen, 0 for none; null: whatever stands there may be replaced.
create function private.check_expected_version(p_project uuid, p_expected int)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  if p_expected <> (
    select coalesce(max(s.number), 0) from public.schema_versions as s where s.project_id = p_project
  ) then
    perform private.refuse(
      409, 'schema_changed', 'The schema was changed meanwhile', 'Read it again, then save.'
    );
  end if;
end;
$$;
revoke all on function private.check_expected_version from public, anon, authenticated, service_role;

-- definer: the policies could not tell which entry they refuse.
create function public.save_schema(
  p_project uuid, p_context jsonb, p_variables jsonb, p_expected_version int default null
)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_variables public.variables[];
  v_fault text[];
  v_place int;
begin
  perform private.require_role(p_project, 'editor');
  perform private.lock_schema(p_project);
  perform private.check_expected_version(p_project, p_expected_version);
  if p_context is not null then
    perform private.store_context(p_project, p_context);
  end if;
  if p_variables is not null then
    v_variables := private.read_entries(p_project, p_variables);
    perform private.store_variables(p_project, v_variables);
    v_fault := private.dependency_fault(p_project);
    select v.position - 1 into v_place from unnest(v_variables) as v where v.id::text = v_fault[4];
    perform private.refuse_fault(v_fault, 'variables[' || v_place || '].');
  end if;
  return private.current_version(p_project);
end;
$$;
comment on function public.save_schema is
'Stores the whole schema in one call, all or nothing: what p_variables lists is stored in the order
of the list, and what it does not list is deleted. An entry means an existing variable by id, else
by key, else a new one; fields that it leaves out stay as they are. With p_variables null only the
context is stored. p_expected_version is the number of the active version that the caller saw.
For editors. Refuses project_not_found, role_too_low, schema_changed where another version is active
by now, too_many_variables, context_invalid, and whatever is wrong with an entry, by variable and
field.';
revoke all on function public.save_schema from public, anon, authenticated, service_role;
grant execute on function public.save_schema to authenticated;

-- The variable, where the caller may see it; 404 where not, 403 when the role is too low.
create function private.require_variable(p_variable uuid, p_role text)
returns public.variables
language plpgsql stable set search_path = ''
as $$
declare
  v_variable public.variables;
begin
  select v.* into v_variable
  from public.variables as v
  where v.id = p_variable and v.project_id = any(private.my_projects('viewer'));
  if v_variable.id is null then
    perform private.refuse(
      404, 'variable_not_found', 'No such variable', 'It does not exist or you are not a member.'
    );
  end if;
  perform private.require_role(v_variable.project_id, p_role);
  return v_variable;
end;
$$;
revoke all on function private.require_variable from public, anon, authenticated, service_role;

-- The first key that the project does not have yet: p_key with _2 to _99 behind it; null when all
-- are taken.
create function private.free_key(p_project uuid, p_key text)
returns text
language sql stable set search_path = ''
as $$
  with keys as (
    select n.number, left(p_key, 60) || '_' || n.number as key
    from generate_series(2, 99) as n (number)
  )
  select k.key
  from keys as k
  where not exists (
    select 1 from public.variables as v where v.project_id = p_project and v.key = k.key
  )
  order by k.number
  limit 1;
$$;
revoke all on function private.free_key from public, anon, authenticated, service_role;

-- definer: tells strangers that there is no such variable, where the policies would only show
-- nothing.
create function public.duplicate_variable(p_variable uuid)
returns public.variables
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_original public.variables := private.require_variable(p_variable, 'editor');
  v_project uuid := v_original.project_id;
  v_copy public.variables;
begin
  perform private.lock_schema(v_project);
  select v.* into v_original from public.variables as v where v.id = p_variable;
  update public.variables as v
  set position = v.position + 1
  where v.project_id = v_project and (v.position, v.key) > (v_original.position, v_original.key);
  v_copy := jsonb_populate_record(private.new_variable(v_project), private.asked(v_original));
  v_copy.key := private.free_key(v_project, v_original.key);
  v_copy.label := left(v_original.label, 247) || ' (copy)';
  v_copy.position := v_original.position + 1;
  insert into public.variables as v
  select v_copy.*
  returning v.* into v_copy;
  return v_copy;
end;
$$;
comment on function public.duplicate_variable is
'Copies a variable, without its examples, right behind the original and under a free key.
For editors. Refuses variable_not_found, role_too_low, and too_many_variables where the project has
fifty.';
revoke all on function public.duplicate_variable from public, anon, authenticated, service_role;
grant execute on function public.duplicate_variable to authenticated;

-- Makes the examples that reach the prompt those that a snapshot holds: others are switched off,
-- none is deleted.
create function private.restore_examples(p_project uuid, p_variables jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.golden_examples as g
  set active = false
  where g.project_id = p_project
    and g.active
    and not g.reference_only
    and not jsonb_path_exists(
      p_variables, '$[*].examples[*].id ? (@ == $id)', jsonb_build_object('id', g.id)
    );
  insert into public.golden_examples as g (
    id, project_id, variable_id, document_id, value, quote, note, position, created_at, created_by
  )
  select
    e.id,
    p_project,
    (v.entry ->> 'id')::uuid,
    d.id,
    e.value,
    e.quote,
    e.note,
    e.position,
    e.created_at,
    (select auth.uid())
  from jsonb_array_elements(p_variables) as v (entry)
  cross join lateral jsonb_to_recordset(coalesce(v.entry -> 'examples', '[]')) as e (
    id uuid, document_id uuid, value jsonb, quote text, note text, position int, created_at timestamptz
  )
  left join public.documents as d
    on d.id = e.document_id and d.project_id = p_project and d.deleted_at is null
  on conflict (id) do update
  set
    value = excluded.value,
    quote = excluded.quote,
    note = excluded.note,
    position = excluded.position,
    active = true,
    reference_only = false;
end;
$$;
revoke all on function private.restore_examples from public, anon, authenticated, service_role;

-- The variables that a snapshot of the project holds. last_revision is the highest that any version
-- knows, so that no later change is given a revision that had another meaning.
create function private.snapshot_variables(p_project uuid, p_snapshot jsonb)
returns public.variables[]
language sql volatile set search_path = ''
as $$
  with revisions as (
    select v.entry ->> 'id' as id, max((v.entry ->> 'revision')::int) as highest
    from public.schema_versions as s
    cross join lateral jsonb_array_elements(s.snapshot -> 'variables') as v (entry)
    where s.project_id = p_project
    group by v.entry ->> 'id'
  ),
  entries as (
    select v.entry - 'examples' || jsonb_build_object('last_revision', r.highest) as entry
    from jsonb_array_elements(p_snapshot -> 'variables') as v (entry)
    left join revisions as r on r.id = v.entry ->> 'id'
  )
  select coalesce(array_agg(jsonb_populate_record(private.new_variable(p_project), e.entry)), '{}')
  from entries as e;
$$;
revoke all on function private.snapshot_variables from public, anon, authenticated, service_role;

-- definer: people may not write revisions and ids.
create function public.restore_version(p_version uuid)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_version public.schema_versions := private.require_version(p_version, 'editor');
  v_project uuid := v_version.project_id;
  v_context jsonb := jsonb_strip_nulls(v_version.snapshot -> 'context') - 'name';
  v_variables public.variables[];
begin
  perform private.lock_schema(v_project);
  -- Versions from before a field was known do not hold it: it had its default.
  perform private.store_context(v_project, '{"row_unit": "document", "document_kind": ""}'::jsonb || v_context);
  v_variables := private.snapshot_variables(v_project, v_version.snapshot);
  perform private.store_variables(v_project, v_variables);
  perform private.restore_examples(v_project, v_version.snapshot -> 'variables');
  -- The triggers gave the next revision to what was changed; the old ones come back last.
  update public.variables as v
  set revision = r.revision
  from unnest(v_variables) as r
  where v.id = r.id and v.project_id = v_project and v.revision <> r.revision;
  return private.current_version(v_project);
end;
$$;
comment on function public.restore_version is
'Makes the schema what it was in a version, one step back or many, under a new number. Variables and
examples keep their ids, and variables their revisions, so that answers which were right then are
current again.
For editors. Refuses version_not_found, role_too_low.';
revoke all on function public.restore_version from public, anon, authenticated, service_role;
grant execute on function public.restore_version to authenticated;

-- Templates: schemas to begin with, ready-made or saved from a project.

create table public.schema_templates (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid references auth.users (id) on delete cascade,
  name text not null,
  description text not null default '',
  context jsonb not null default '{}',
  variables jsonb not null,
  created_at timestamptz not null default now(),
  constraint schema_templates_name_length check (char_length(btrim(name)) between 1 and 255),
  constraint schema_templates_description_length check (char_length(description) <= 4000),
  constraint schema_templates_name_unique unique nulls not distinct (owner_id, name),
  constraint schema_templates_variables_list check (
    jsonb_typeof(variables) = 'array' and octet_length(variables::text) <= 1048576
  )
);
comment on table public.schema_templates is 'A schema to begin with. Without an owner: ready-made, for everybody.';
comment on column public.schema_templates.variables is 'Entries as save_schema takes them.';

alter table public.schema_templates enable row level security;
create policy schema_templates_select_own on public.schema_templates for select to authenticated
using (owner_id is null or owner_id = (select auth.uid()));
create policy schema_templates_update_own on public.schema_templates for update to authenticated
using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
create policy schema_templates_delete_own on public.schema_templates for delete to authenticated
using (owner_id = (select auth.uid()));
revoke all on table public.schema_templates from public, anon, authenticated, service_role;
grant select on table public.schema_templates to authenticated, service_role;
grant update (name, description), delete on table public.schema_templates to authenticated;

-- The context that a project takes from a template: what the project says of itself already is
-- kept, and a project that has variables keeps its row unit.
create function private.template_context(
  p_template public.schema_templates, p_project public.projects, p_has_variables boolean
)
returns jsonb
language sql stable set search_path = ''
as $$
  select p_template.context
    - case when p_has_variables then array['row_unit', 'entity_pattern'] else '{}' end
    - case when p_project.domain <> '' then array['domain'] else '{}' end
    - case when p_project.document_kind <> '' then array['document_kind'] else '{}' end;
$$;
revoke all on function private.template_context from public, anon, authenticated, service_role;

-- definer: it calls save_schema, which asks for the role of the same person.
create function public.apply_template(p_project uuid, p_template uuid)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_template public.schema_templates;
  v_project public.projects;
  v_kept jsonb;
  v_added jsonb;
begin
  perform private.require_role(p_project, 'editor');
  select t.* into v_template
  from public.schema_templates as t
  where t.id = p_template and (t.owner_id is null or t.owner_id = (select auth.uid()));
  if v_template.id is null then
    perform private.refuse(
      422, 'template_not_found', 'No such template', 'p_template: It does not exist or is another person''s.'
    );
  end if;
  perform private.lock_schema(p_project);
  select p.* into v_project from public.projects as p where p.id = p_project;
  select coalesce(jsonb_agg(jsonb_build_object('id', v.id) order by v.position, v.key), '[]') into v_kept
  from public.variables as v
  where v.project_id = p_project;
  select coalesce(jsonb_agg(t.entry order by t.place), '[]') into v_added
  from jsonb_array_elements(v_template.variables) with ordinality as t (entry, place)
  where not exists (
    select 1 from public.variables as v where v.project_id = p_project and v.key = t.entry ->> 'key'
  );
  return public.save_schema(
    p_project, private.template_context(v_template, v_project, v_kept <> '[]'), v_kept || v_added
  );
end;
$$;
comment on function public.apply_template is
'Adds the variables of a template to a project, behind its own. A key that the project has already
stays as it is. A project without variables takes the row unit of the template too; what the project
says of itself already is kept.
For editors. Refuses project_not_found, role_too_low, template_not_found, too_many_variables.';
revoke all on function public.apply_template from public, anon, authenticated, service_role;
grant execute on function public.apply_template to authenticated;

-- definer: people may not write templates themselves, but for their names.
create function public.save_as_template(p_project uuid, p_name text, p_description text default '')
returns public.schema_templates
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_name text := btrim(coalesce(p_name, ''));
  v_template public.schema_templates;
begin
  perform private.require_role(p_project, 'viewer');
  if char_length(v_name) not between 1 and 255 or coalesce(char_length(p_description), 4001) > 4000 then
    perform private.refuse(422, 'name_invalid', 'A field is not valid', 'name: Give 1 to 255 characters.');
  end if;
  perform private.require_variables(p_project);
  insert into public.schema_templates as t (owner_id, name, description, context, variables)
  select
    (select auth.uid()),
    v_name,
    p_description,
    jsonb_strip_nulls(jsonb_build_object(
      'domain', p.domain,
      'document_kind', p.document_kind,
      'row_unit', p.row_unit,
      'entity_pattern', p.entity_pattern
    )),
    (
      select jsonb_agg(private.asked(v) order by v.position, v.key)
      from public.variables as v
      where v.project_id = p.id
    )
  from public.projects as p
  where p.id = p_project
  on conflict (owner_id, name) do nothing
  returning t.* into v_template;
  if v_template.id is null then
    perform private.refuse(
      409, 'template_exists', 'You have a template of this name', 'name: Choose another, or delete the old one.'
    );
  end if;
  return v_template;
end;
$$;
comment on function public.save_as_template is
'Keeps the schema of a project as a template of the caller''s own.
For members. Refuses project_not_found, name_invalid, no_variables, template_exists.';
revoke all on function public.save_as_template from public, anon, authenticated, service_role;
grant execute on function public.save_as_template to authenticated;

-- Jobs: one run of the schema over documents. At most one is active in a project.

create table public.jobs (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  kind text not null,
  state text not null default 'queued',
  schema_version_id uuid not null references public.schema_versions (id),
  extractor text,
  request_id text,
  documents_total int not null,
  documents_done int not null default 0,
  documents_failed int not null default 0,
  documents_skipped int not null default 0,
  failure_streak int not null default 0,
  pause_reason text,
  model_calls int not null default 0,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cost_micros bigint not null default 0,
  reserved_micros bigint not null default 0,
  cap_micros bigint,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  eta_at timestamptz,
  updated_at timestamptz not null default now(),
  broadcast_at timestamptz not null default now(),
  selection jsonb not null default '{}',
  constraint jobs_kind_known check (kind in ('sample', 'full', 'rerun')),
  constraint jobs_state_known check (state in ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled')),
  constraint jobs_request_id_short check (char_length(request_id) <= 128),
  constraint jobs_extractor_known check (extractor in ('model', 'offline')),
  constraint jobs_finished_iff_terminal check ((state in ('completed', 'failed', 'cancelled')) = (finished_at is not null)),
  constraint jobs_pause_reason_iff_paused check ((state = 'paused') = (pause_reason is not null)),
  constraint jobs_counts_add_up check (
    documents_total >= 0 and documents_done >= 0 and documents_failed >= 0 and documents_skipped >= 0
    and documents_done + documents_failed + documents_skipped <= documents_total
  ),
  constraint jobs_completed_means_done check (state <> 'completed' or documents_done > 0),
  constraint jobs_money_positive check (cost_micros >= 0 and reserved_micros >= 0 and (cap_micros is null or cap_micros >= 0))
);
comment on table public.jobs is 'queued -> running -> completed | failed | cancelled, and running <-> paused. Moved by verbs only.';
comment on column public.jobs.documents_skipped is 'Deleted while the job ran.';
comment on column public.jobs.request_id is 'The request that started or retried it; the ledger carries it on.';
comment on column public.jobs.cost_micros is 'Millionths of the currency that the model prices are given in.';
comment on column public.jobs.broadcast_at is 'When progress last went out: at most every 250 ms, and always when the state changes.';
comment on column public.jobs.selection is
'How its documents were chosen: by all | chosen | first | random, their count, the seed where chance decided, the share held out.';
create unique index jobs_one_active on public.jobs (project_id) where state in ('queued', 'running', 'paused');
create index jobs_listed on public.jobs (project_id, created_at desc, id); -- serves the history
create index jobs_schema_version on public.jobs (schema_version_id); -- serves the foreign key
create trigger jobs_events after insert or update on public.jobs for each row execute function private.record_state();
create trigger jobs_broadcast_insert after insert on public.jobs for each row execute function private.broadcast_row();
create trigger jobs_broadcast_update after update on public.jobs for each row
when (old.broadcast_at is distinct from new.broadcast_at) execute function private.broadcast_row();

alter table public.jobs enable row level security;
create policy jobs_select_member on public.jobs for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.jobs from public, anon, authenticated, service_role;
grant select on table public.jobs to authenticated, service_role;

-- Keeps what follows from the counts of a job: when it will end, and when its progress goes out again.
create function private.before_job_update()
returns trigger
language plpgsql set search_path = ''
as $$
declare
  v_ended int := new.documents_done + new.documents_failed + new.documents_skipped;
begin
  new.updated_at := clock_timestamp();
  new.eta_at := case
    when new.state = 'running' and v_ended > 0 and new.started_at is not null
      then clock_timestamp() + (clock_timestamp() - new.started_at) / v_ended * (new.documents_total - v_ended)
  end;
  if new.state is distinct from old.state or clock_timestamp() - old.broadcast_at >= interval '250 milliseconds' then
    new.broadcast_at := clock_timestamp();
  end if;
  return new;
end;
$$;
revoke all on function private.before_job_update from public, anon, authenticated, service_role;
create trigger jobs_before_update before update on public.jobs for each row execute function private.before_job_update();

-- Counts the end of an extract task into its job, and ends the job with its last document or pauses it after more than
-- ten failures in a row. The caller has locked the job.
create function private.count_extract(p_task private.tasks, p_end text)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job public.jobs;
begin
  update public.jobs as j
  set documents_done = j.documents_done + (p_end = 'done')::int,
    documents_failed = j.documents_failed + (p_end = 'dead')::int,
    documents_skipped = j.documents_skipped + (p_end = 'cancelled')::int,
    failure_streak = case p_end when 'dead' then j.failure_streak + 1 when 'done' then 0 else j.failure_streak end
  where j.id = p_task.job_id and j.state in ('queued', 'running', 'paused')
  returning j.* into v_job;
  if v_job.id is null then
    return;
  elsif v_job.documents_done + v_job.documents_failed + v_job.documents_skipped = v_job.documents_total then
    update public.jobs as j
    set state = case when j.documents_done > 0 then 'completed' else 'failed' end, finished_at = clock_timestamp(), pause_reason = null
    where j.id = v_job.id;
  elsif v_job.failure_streak > 10 and v_job.state = 'running' then
    perform private.pause(v_job.id, 'failure_streak');
  end if;
end;
$$;
revoke all on function private.count_extract from public, anon, authenticated, service_role;

-- Pauses a job: what runs may finish, what waits is held.
create function private.pause(p_job uuid, p_reason text)
returns void
language sql volatile security definer set search_path = ''
as $$
  update public.jobs as j set state = 'paused', pause_reason = p_reason where j.id = p_job and j.state in ('queued', 'running');
  update private.tasks as t set held = true where t.job_id = p_job and t.state = 'queued' and not t.held;
$$;
revoke all on function private.pause from public, anon, authenticated, service_role;

alter table private.tasks add constraint tasks_job_exists foreign key (job_id) references public.jobs (id) on delete cascade;

-- Job verbs: start, pause, resume, cancel, retry, and what became of each document.

-- definer: jobs and tasks are written by verbs only.
create function public.start_job(
  p_project uuid, p_kind text default 'full', p_documents uuid[] default null, p_cap_micros bigint default null,
  p_first int default null, p_random int default null, p_seed bigint default null, p_holdout float8 default 0
)
returns public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_seed bigint := coalesce(p_seed, floor(random() * 2147483647)::bigint);
  v_version public.schema_versions;
  v_documents uuid[];
  v_held_out int;
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
  if p_holdout > 0 then
    v_held_out := least(greatest(round(cardinality(v_documents) * p_holdout), 1), cardinality(v_documents) - 1);
  end if;
  insert into public.jobs as j (project_id, kind, schema_version_id, documents_total, cap_micros, request_id, created_by, selection)
  values (
    p_project, p_kind, v_version.id, cardinality(v_documents), p_cap_micros, private.request_id(), (select auth.uid()),
    jsonb_strip_nulls(jsonb_build_object(
      'by', case
        when p_first is not null then 'first'
        when p_random is not null then 'random'
        when p_documents is not null then 'chosen'
        else 'all'
      end,
      'count', cardinality(v_documents),
      'holdout', nullif(p_holdout, 0),
      'seed', case when p_random is not null or p_holdout > 0 then v_seed end
    ))
  )
  on conflict (project_id) where state in ('queued', 'running', 'paused') do nothing
  returning j.* into v_job;
  if v_job.id is null then
    perform private.refuse(409, 'job_active', 'A job of this project is active', 'Wait for it, or cancel it first.');
  end if;
  -- Another seed than the one that drew the sample: else the first that were drawn would always be held out.
  insert into private.tasks (project_id, kind, document_id, job_id, payload)
  select p_project, 'extract', w.id, v_job.id, case when w.turn <= v_held_out then '{"held_out": true}'::jsonb else '{}' end
  from (
    select u.id, u.place, row_number() over (order by hashtextextended(u.id::text, v_seed + 1), u.id) as turn
    from unnest(v_documents) with ordinality as u (id, place)
  ) as w
  order by w.place;
  return v_job;
end;
$$;
comment on function public.start_job is
'Starts a job over the chosen documents, or over every document that is ready: those of p_documents, the first p_first,
or p_random of them drawn by p_seed. Of a sample, p_holdout is the share that no prompt may be tuned on: at least one
document, never all. At most one job of a project is active.
For editors. Refuses project_not_found, role_too_low, no_variables, no_documents, document_not_found,
selection_ambiguous, selection_empty, holdout_invalid, job_active.';
revoke all on function public.start_job from public, anon, authenticated, service_role;
grant execute on function public.start_job to authenticated;

-- The job, for a caller who has at least p_role, in one of p_states; else 404, 403 or 409. Locks the queue, then the
-- job.
create function private.require_job(p_job uuid, p_role text, p_states text[])
returns public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job public.jobs;
begin
  perform private.lock_queue();
  select j.* into v_job from public.jobs as j
  where j.id = p_job and j.project_id = any(private.my_projects('viewer'))
  for update;
  if v_job.id is null then
    perform private.refuse(404, 'job_not_found', 'No such job', 'It does not exist or you are not a member.');
  end if;
  perform private.require_role(v_job.project_id, p_role);
  if not v_job.state = any(p_states) then
    perform private.refuse(409, 'job_state_wrong', 'The job is not in a state that allows this', 'It is ' || v_job.state || '.');
  end if;
  return v_job;
end;
$$;
revoke all on function private.require_job from public, anon, authenticated, service_role;

-- definer: jobs and tasks are written by verbs only.
create function public.pause_job(p_job uuid)
returns setof public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_job(p_job, 'editor', array['queued', 'running']);
  perform private.pause(p_job, 'asked');
  return query select j.* from public.jobs as j where j.id = p_job;
end;
$$;
comment on function public.pause_job is
'Pauses a job: what runs may finish, what waits is held.
For editors. Refuses job_not_found, role_too_low, job_state_wrong.';
revoke all on function public.pause_job from public, anon, authenticated, service_role;
grant execute on function public.pause_job to authenticated;

-- definer: jobs and tasks are written by verbs only.
create function public.resume_job(p_job uuid)
returns setof public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_job(p_job, 'editor', array['paused']);
  update private.tasks as t set held = false where t.job_id = p_job and t.held;
  return query
    update public.jobs as j
    set state = case when j.started_at is null then 'queued' else 'running' end, pause_reason = null, failure_streak = 0
    where j.id = p_job
    returning j.*;
end;
$$;
comment on function public.resume_job is
'Lets a paused job go on.
For editors. Refuses job_not_found, role_too_low, job_state_wrong.';
revoke all on function public.resume_job from public, anon, authenticated, service_role;
grant execute on function public.resume_job to authenticated;

-- definer: jobs and tasks are written by verbs only.
create function public.cancel_job(p_job uuid)
returns setof public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.require_job(p_job, 'editor', array['queued', 'running', 'paused']);
  update private.tasks as t
  set state = 'cancelled', finished_at = clock_timestamp(), worker = null, lease_token = null, lease_expires_at = null, held = false
  where t.job_id = p_job and t.state in ('queued', 'running');
  return query
    update public.jobs as j set state = 'cancelled', finished_at = clock_timestamp(), pause_reason = null
    where j.id = p_job
    returning j.*;
end;
$$;
comment on function public.cancel_job is
'Stops a job at once and keeps what is finished. A worker that is in the middle of a document loses its lease.
For editors. Refuses job_not_found, role_too_low, job_state_wrong.';
revoke all on function public.cancel_job from public, anon, authenticated, service_role;
grant execute on function public.cancel_job to authenticated;

-- definer: jobs and tasks are written by verbs only.
create function public.retry_job(p_job uuid)
returns setof public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job public.jobs := private.require_job(p_job, 'editor', array['completed', 'failed', 'cancelled', 'paused']);
  v_retried int;
begin
  if exists (
    select 1 from public.jobs as j
    where j.project_id = v_job.project_id and j.id <> p_job and j.state in ('queued', 'running', 'paused')
  ) then
    perform private.refuse(409, 'job_active', 'A job of this project is active', 'Wait for it, or cancel it first.');
  end if;
  update private.tasks as t
  set state = 'queued', held = false, attempts = 0, run_after = clock_timestamp(), finished_at = null, failure_code = null, failure_detail = null
  from public.documents as d
  where t.job_id = p_job and t.state in ('dead', 'cancelled') and d.id = t.document_id and d.deleted_at is null;
  get diagnostics v_retried = row_count;
  if v_retried = 0 and v_job.state <> 'paused' then
    perform private.refuse(409, 'nothing_to_retry', 'No document of this job failed', 'Start a new job instead.');
  end if;
  update private.tasks as t set held = false where t.job_id = p_job and t.held;
  return query
    update public.jobs as j
    set state = 'queued', finished_at = null, pause_reason = null, failure_streak = 0, started_at = null, documents_failed = 0,
      request_id = private.request_id(),
      documents_skipped = j.documents_total - j.documents_done
        - (select count(*) from private.tasks as t where t.job_id = p_job and t.state in ('queued', 'running'))
    where j.id = p_job
    returning j.*;
end;
$$;
comment on function public.retry_job is
'Asks again for the documents of a job that failed or were cancelled, and only for those.
For editors. Refuses job_not_found, role_too_low, job_state_wrong, job_active, nothing_to_retry.';
revoke all on function public.retry_job from public, anon, authenticated, service_role;
grant execute on function public.retry_job to authenticated;

-- definer: people may not read the queue.
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
comment on function public.job_documents is
'Tells what became of each document of a job, the newest trouble first, and whether it is held out. The queue itself
stays private.
For members; strangers see no row.';
revoke all on function public.job_documents from public, anon, authenticated, service_role;
grant execute on function public.job_documents to authenticated;

-- Records the end of a document in the trail, under its job. The verbs lock the job meanwhile, so that the ids of one
-- job's events rise as its transactions commit, and whoever pages by id misses nothing.
-- definer: fires for callers who may not write the trail.
create function private.record_document_end()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.add_event(
    new.project_id, 'jobs', new.job_id,
    case new.state when 'done' then 'document_done' else 'document_failed' end,
    jsonb_strip_nulls(jsonb_build_object('document_id', new.document_id, 'failure_code', new.failure_code, 'attempts', new.attempts))
  );
  return null;
end;
$$;
revoke all on function private.record_document_end from public, anon, authenticated, service_role;
create trigger tasks_events after update on private.tasks for each row
when (new.kind = 'extract' and old.state is distinct from new.state and new.state in ('done', 'dead'))
execute function private.record_document_end();

-- definer: tells strangers that there is no such job, where the policies would only show nothing.
create function public.job_log(p_job uuid, p_after bigint default 0, p_limit int default 200)
returns table (
  id bigint, at timestamptz, action text, document_id uuid, document text, code text, attempts int, actor uuid, detail jsonb
)
language plpgsql stable security definer set search_path = ''
as $$
begin
  if not exists (select 1 from public.jobs as j where j.id = p_job and j.project_id = any(private.my_projects('viewer'))) then
    perform private.refuse(404, 'job_not_found', 'No such job', 'It does not exist or you are not a member.');
  end if;
  return query
    with states as (
      select v.id, v.action, lag(v.action) over (order by v.id) as previous
      from public.events as v
      where v.subject_id = p_job and v.action not in ('document_done', 'document_failed')
    )
    select v.id, v.created_at,
      case
        when s.action in ('running', 'queued') and s.previous = 'paused' then 'resumed'
        when s.action = 'queued' and s.previous is not null then 'retried'
        when s.action = 'running' then 'started'
        else v.action
      end,
      d.id, d.name, coalesce(v.detail ->> 'failure_code', v.detail ->> 'pause_reason'), (v.detail ->> 'attempts')::int, v.actor, v.detail
    from public.events as v
    left join states as s on s.id = v.id
    left join public.documents as d on d.id = (v.detail ->> 'document_id')::uuid and d.deleted_at is null
    where v.subject_id = p_job and v.id > coalesce(p_after, 0)
    order by v.id
    limit least(greatest(coalesce(p_limit, 200), 1), 1000);
end;
$$;
comment on function public.job_log is
'Tells the story of a job, oldest first, after the entry p_after: running after paused reads as resumed, queued after
an end as retried.
For members. Refuses job_not_found.';
revoke all on function public.job_log from public, anon, authenticated, service_role;
grant execute on function public.job_log to authenticated;

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

-- Limits: what a project may spend, and how many calls it may begin.

create table public.project_limits (
  project_id uuid primary key references public.projects (id) on delete cascade,
  cap_micros bigint,
  spent_micros bigint not null default 0,
  reserved_micros bigint not null default 0,
  concurrency int,
  successes int not null default 0,
  narrowed_at timestamptz,
  calls_per_minute int,
  constraint project_limits_money_positive check (spent_micros >= 0 and reserved_micros >= 0 and (cap_micros is null or cap_micros >= 0)),
  constraint project_limits_concurrency_positive check (concurrency >= 1),
  constraint project_limits_successes_counted check (successes between 0 and 9),
  constraint project_limits_calls_positive check (calls_per_minute > 0)
);
comment on table public.project_limits is 'One row a project, beside projects, because every model call moves it. Money is in millionths of the currency of the prices.';
comment on column public.project_limits.concurrency is 'Below projects.max_concurrency while the provider asks for patience; null otherwise.';
comment on column public.project_limits.successes is 'Calls that succeeded since the last step: 10 of them are one more at a time.';
comment on column public.project_limits.narrowed_at is 'When it was last narrowed: what was under way then does not narrow it again.';
comment on column public.project_limits.calls_per_minute is 'The most model calls that begin within any 60 s; null for no bound.';

alter table public.project_limits enable row level security;
create policy project_limits_select_member on public.project_limits for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.project_limits from public, anon, authenticated, service_role;
grant select on table public.project_limits to authenticated, service_role;

-- definer: fires for callers who may not write limits.
create function private.add_limits()
returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  insert into public.project_limits (project_id) values (new.id) on conflict (project_id) do nothing;
  return null;
end;
$$;
revoke all on function private.add_limits from public, anon, authenticated, service_role;
create trigger projects_add_limits after insert on public.projects for each row execute function private.add_limits();

-- definer: jobs are written by verbs only.
create function public.raise_cap(p_job uuid, p_cap_micros bigint default null)
returns setof public.jobs
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_job public.jobs := private.require_job(p_job, 'editor', array['queued', 'running', 'paused']);
begin
  if v_job.cap_micros is null or p_cap_micros <= v_job.cap_micros then
    perform private.refuse(422, 'cap_not_raised', 'The cap is not higher than before', 'Give a higher one, or none.');
  end if;
  update public.jobs as j set cap_micros = p_cap_micros where j.id = p_job;
  if v_job.pause_reason = 'cap_reached' then
    perform public.resume_job(p_job);
  end if;
  return query select j.* from public.jobs as j where j.id = p_job;
end;
$$;
comment on function public.raise_cap is
'Sets a higher money cap for a job, or none. A job that waits for it goes on.
For editors. Refuses job_not_found, role_too_low, job_state_wrong, cap_not_raised.';
revoke all on function public.raise_cap from public, anon, authenticated, service_role;
grant execute on function public.raise_cap to authenticated;

-- definer: limits are written by verbs only.
create function public.set_project_cap(p_project uuid, p_cap_micros bigint default null)
returns public.project_limits
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_limits public.project_limits;
  v_waiting uuid;
begin
  perform private.require_role(p_project, 'owner');
  if p_cap_micros < 0 then
    perform private.refuse(422, 'cap_invalid', 'A cap is not below zero', 'Give an amount in millionths, or none.');
  end if;
  perform private.lock_queue();
  select j.id into v_waiting from public.jobs as j
  where j.project_id = p_project and j.state = 'paused' and j.pause_reason = 'project_cap_reached'
  for update;
  update public.project_limits as l set cap_micros = p_cap_micros where l.project_id = p_project returning l.* into v_limits;
  if v_waiting is not null and (p_cap_micros is null or p_cap_micros > v_limits.spent_micros + v_limits.reserved_micros) then
    perform public.resume_job(v_waiting);
  end if;
  return v_limits;
end;
$$;
comment on function public.set_project_cap is
'Sets the most that all model calls of a project may cost, or null for no bound. A job that waits for it goes on where
there is room. A cap below what is spent stops the next call and takes nothing back.
For owners. Refuses project_not_found, role_too_low, cap_invalid.';
revoke all on function public.set_project_cap from public, anon, authenticated, service_role;
grant execute on function public.set_project_cap to authenticated;

-- definer: limits are written by verbs only.
create function public.set_call_limit(p_project uuid, p_calls_per_minute int default null)
returns public.project_limits
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_limits public.project_limits;
begin
  perform private.require_role(p_project, 'owner');
  if p_calls_per_minute < 1 then
    perform private.refuse(422, 'limit_invalid', 'A limit is at least one call a minute', 'Give calls a minute, or none for no bound.');
  end if;
  update public.project_limits as l set calls_per_minute = p_calls_per_minute where l.project_id = p_project returning l.* into v_limits;
  return v_limits;
end;
$$;
comment on function public.set_call_limit is
'Sets the most model calls that a project may begin within any 60 s, or null for no bound. What runs is not stopped.
For owners. Refuses project_not_found, role_too_low, limit_invalid.';
revoke all on function public.set_call_limit from public, anon, authenticated, service_role;
grant execute on function public.set_call_limit to authenticated;

-- definer: the worker may call verbs and may not touch the queue.
create function public.pause_for_cap(p_task bigint, p_lease_token uuid, p_reason text default 'cap_reached')
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks;
begin
  perform private.lock_queue();
  v_task := private.hold_task(p_task, p_lease_token, 'extract');
  if p_reason is null or p_reason not in ('cap_reached', 'project_cap_reached') then
    perform private.refuse(422, 'reason_unknown', 'That is not the name of a cap');
  end if;
  perform private.pause(v_task.job_id, p_reason);
end;
$$;
comment on function public.pause_for_cap is
'Pauses the job of a task because a cap was reached. The job says which cap, and its tasks, once given back, are held.
For workers (service_role). Refuses lease_lost, reason_unknown.';
revoke all on function public.pause_for_cap from public, anon, authenticated, service_role;
grant execute on function public.pause_for_cap to service_role;

-- Ledger: every call to a model, reserved before it is made and settled after.

create table public.llm_calls (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  job_id uuid references public.jobs (id) on delete set null,
  document_id uuid references public.documents (id) on delete set null,
  task_id bigint not null,
  purpose text not null,
  model text not null,
  request_id text not null,
  request_hash text not null,
  state text not null default 'reserved',
  reserved_micros bigint not null default 0,
  cost_micros bigint not null default 0,
  input_tokens int,
  output_tokens int,
  latency_ms int,
  finish_reason text,
  error_code text,
  answer text,
  created_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  input_bytes int,
  variables int,
  constraint llm_calls_state_known check (state in ('reserved', 'settled', 'failed', 'abandoned')),
  constraint llm_calls_settled_iff_not_reserved check ((state = 'reserved') = (settled_at is null)),
  constraint llm_calls_answer_iff_settled check (answer is null or state = 'settled'),
  constraint llm_calls_money_positive check (reserved_micros >= 0 and cost_micros >= 0)
);
comment on table public.llm_calls is 'The ledger: every call to a model, paid or not, with its raw answer. reserved -> settled | failed | abandoned.';
comment on column public.llm_calls.state is 'abandoned: the worker died during the call; its whole reservation is counted as spent.';
comment on column public.llm_calls.input_bytes is 'UTF-8 bytes of the messages: with the tokens counted, what a byte costs here.';
comment on column public.llm_calls.variables is 'How many variables it asked for.';
create index llm_calls_reuse on public.llm_calls (document_id, request_hash) where state = 'settled'; -- serves reuse by a retried task
create index llm_calls_task on public.llm_calls (task_id) where state = 'reserved'; -- serves settling abandoned calls
create index llm_calls_project on public.llm_calls (project_id, created_at); -- serves the policy and reports
create index llm_calls_job on public.llm_calls (job_id); -- serves the foreign key
create index llm_calls_document on public.llm_calls (document_id); -- serves the foreign key when documents go

alter table public.llm_calls enable row level security;
create policy llm_calls_select_editor on public.llm_calls for select to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]));
revoke all on table public.llm_calls from public, anon, authenticated, service_role;
grant select on table public.llm_calls to authenticated, service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.reserve_call(
  p_task bigint, p_lease_token uuid, p_request_hash text, p_request_id text, p_model text, p_reserved_micros bigint default 0,
  p_input_bytes int default null, p_variables int default null
)
returns table (call_id uuid, answer text, finish_reason text)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token);
begin
  perform private.abandon_calls(v_task);
  return query
    select c.id, c.answer, c.finish_reason
    from public.llm_calls as c
    where c.document_id = v_task.document_id and c.request_hash = p_request_hash
      and c.state = 'settled' and c.answer is not null and c.project_id = v_task.project_id
      and (c.job_id is not distinct from v_task.job_id or not exists (
        select 1 from public.extractions as e
        where e.document_id = c.document_id and e.job_id = c.job_id and e.state = 'failed'
      ))
    order by c.created_at desc, c.id
    limit 1;
  if found then
    return;
  end if;
  perform private.require_money(v_task.project_id, v_task.job_id, p_reserved_micros);
  perform private.book(v_task.project_id, v_task.job_id, p_reserved_micros, 0, 1);
  return query
    insert into public.llm_calls as c (
      project_id, job_id, document_id, task_id, purpose, model, request_id, request_hash, reserved_micros, input_bytes, variables
    )
    values (
      v_task.project_id, v_task.job_id, v_task.document_id, p_task, v_task.kind, p_model, p_request_id, p_request_hash,
      p_reserved_micros, p_input_bytes, p_variables
    )
    returning c.id, c.answer, c.finish_reason;
end;
$$;
comment on function public.reserve_call is
'Books the worst case of a model call before it is made. Where the ledger holds an answer to the same request already,
that answer comes back instead, so that a retried task never pays twice. Only another job asks anew where that answer
left a cell failed.
For workers (service_role). Refuses lease_lost, cap_reached, project_cap_reached, call_limit_reached.';
revoke all on function public.reserve_call from public, anon, authenticated, service_role;
grant execute on function public.reserve_call to service_role;

-- definer: the worker may call verbs and may not touch the ledger.
create function public.settle_call(
  p_call uuid, p_state text, p_input_tokens int default null, p_output_tokens int default null, p_cost_micros bigint default 0,
  p_latency_ms int default null, p_finish_reason text default null, p_error_code text default null, p_answer text default null
)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_call public.llm_calls;
  v_open boolean;
begin
  if p_state is null or p_state not in ('settled', 'failed') then
    perform private.refuse(422, 'call_state_unknown', 'A call is settled or failed');
  end if;
  perform 1 from public.jobs as j where j.id = (select c.job_id from public.llm_calls as c where c.id = p_call) for no key update;
  select c.* into v_call from public.llm_calls as c where c.id = p_call for update;
  if v_call.state = p_state and (v_call.cost_micros, v_call.input_tokens, v_call.output_tokens, v_call.latency_ms, v_call.error_code, v_call.answer)
    is not distinct from (p_cost_micros, p_input_tokens, p_output_tokens, p_latency_ms, p_error_code, p_answer) then
    return;
  elsif v_call.id is null or v_call.state not in ('reserved', 'abandoned') then
    perform private.refuse(409, 'call_settled', 'The call is already settled');
  end if;
  v_open := v_call.state = 'reserved';
  update public.llm_calls as c
  set state = p_state, settled_at = clock_timestamp(), input_tokens = p_input_tokens, output_tokens = p_output_tokens,
    cost_micros = p_cost_micros, latency_ms = p_latency_ms, finish_reason = p_finish_reason, error_code = p_error_code,
    answer = case when p_state = 'settled' then p_answer end
  where c.id = p_call;
  perform private.book(
    v_call.project_id, v_call.job_id, case when v_open then - v_call.reserved_micros else 0 end,
    p_cost_micros - case when v_open then 0 else v_call.reserved_micros end,
    0, coalesce(p_input_tokens, 0), coalesce(p_output_tokens, 0)
  );
  perform private.adapt_concurrency(v_call, p_state, p_error_code);
end;
$$;
comment on function public.settle_call is
'Tells how a call ended and what it cost. It needs no lease: the call was made and is paid, whoever holds the task now.
A call that was given up as abandoned meanwhile is settled at its true price. How a call ended moves how many calls of
the project may be made at once. Saying the same twice counts once.
For workers (service_role). Refuses call_state_unknown, call_settled.';
revoke all on function public.settle_call from public, anon, authenticated, service_role;
grant execute on function public.settle_call to service_role;

-- Moves how many tasks of a project may run at once. A call that the provider refused for its rate takes away a
-- quarter, once for all calls that were under way, down to an eighth of the most; halving left a fifth of a provider's
-- limit unused. Ten calls that succeed allow one more, until the most is reached again.
create function private.adapt_concurrency(p_call public.llm_calls, p_state text, p_error_code text)
returns void
language sql volatile security definer set search_path = ''
as $$
  update public.project_limits as l
  set concurrency = greatest(least(coalesce(l.concurrency, p.max_concurrency), p.max_concurrency) * 3 / 4, p.max_concurrency / 8, 1),
    successes = 0, narrowed_at = clock_timestamp()
  from public.projects as p
  where p.id = l.project_id and l.project_id = p_call.project_id and p_error_code = 'model_rate_limited'
    and (l.narrowed_at is null or p_call.created_at > l.narrowed_at);
  update public.project_limits as l
  set concurrency = case
      when l.successes < 9 then l.concurrency
      when l.concurrency + 1 < p.max_concurrency then l.concurrency + 1
    end,
    successes = (l.successes + 1) % 10
  from public.projects as p
  where p.id = l.project_id and l.project_id = p_call.project_id and p_state = 'settled' and l.concurrency is not null;
$$;
revoke all on function private.adapt_concurrency from public, anon, authenticated, service_role;

-- Adds what a call reserves, costs and counts to its job and its project. Locks the job, then the limits.
create function private.book(
  p_project uuid, p_job uuid, p_reserved bigint, p_spent bigint, p_calls int default 0, p_input_tokens int default 0, p_output_tokens int default 0
)
returns void
language sql volatile security definer set search_path = ''
as $$
  update public.jobs as j
  set reserved_micros = j.reserved_micros + p_reserved, cost_micros = j.cost_micros + p_spent, model_calls = j.model_calls + p_calls,
    input_tokens = j.input_tokens + p_input_tokens, output_tokens = j.output_tokens + p_output_tokens
  where j.id = p_job;
  update public.project_limits as l
  set reserved_micros = l.reserved_micros + p_reserved, spent_micros = l.spent_micros + p_spent
  where l.project_id = p_project;
$$;
revoke all on function private.book from public, anon, authenticated, service_role;

-- Gives up the calls of a task that nobody settled. The worker died during them, so each counts as spent in full.
create function private.abandon_calls(p_task private.tasks)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_abandoned bigint;
begin
  with abandoned as (
    update public.llm_calls as c
    set state = 'abandoned', settled_at = clock_timestamp(), cost_micros = c.reserved_micros, error_code = 'worker_lost'
    where c.task_id = p_task.id and c.state = 'reserved'
    returning c.reserved_micros
  )
  select sum(a.reserved_micros) into v_abandoned from abandoned as a;
  if v_abandoned is not null then
    perform private.book(p_task.project_id, p_task.job_id, - v_abandoned, v_abandoned);
  end if;
end;
$$;
revoke all on function private.abandon_calls from public, anon, authenticated, service_role;

-- Refuses a call whose worst case does not fit under the cap of its job or its project, and one beyond the calls a
-- minute. Locks the limits of the project.
create function private.require_money(p_project uuid, p_job uuid, p_micros bigint)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_limits public.project_limits;
begin
  select l.* into v_limits from public.project_limits as l where l.project_id = p_project for update;
  if exists (
    select 1 from public.jobs as j where j.id = p_job and j.cost_micros + j.reserved_micros + p_micros > j.cap_micros
  ) then
    perform private.refuse(402, 'cap_reached', 'The money cap of the job does not allow this call', 'Raise the cap and resume.');
  elsif v_limits.spent_micros + v_limits.reserved_micros + p_micros > v_limits.cap_micros then
    perform private.refuse(402, 'project_cap_reached', 'The money cap of the project does not allow this call', 'Raise the cap and resume.');
  elsif v_limits.calls_per_minute <= private.calls_begun(p_project) then
    perform private.refuse(429, 'call_limit_reached', 'The project has made its calls of this minute', 'Give the task back; it is claimed again when there is room.');
  end if;
end;
$$;
revoke all on function private.require_money from public, anon, authenticated, service_role;

-- How many calls a project began within the last minute.
create function private.calls_begun(p_project uuid)
returns int
language sql volatile set search_path = ''
as $$
  select count(*)::int from public.llm_calls as c
  where c.project_id = p_project and c.created_at > clock_timestamp() - interval '1 minute';
$$;
revoke all on function private.calls_begun from public, anon, authenticated, service_role;

-- How many calls a project may begin now: of its limit, what the last minute left, less one for each task that was
-- claimed and has not begun its own. Null where it has no limit, or where tasks of these kinds ask no model.
create function private.calls_left(p_project uuid, p_kinds text[] default '{extract}')
returns int
language sql volatile set search_path = ''
as $$
  select l.calls_per_minute
    - private.calls_begun(p_project)
    - (
      select count(*) from private.tasks as t
      where t.project_id = p_project and t.state = 'running' and t.kind in ('extract', 'suggest', 'refine', 'chat')
        and not exists (
          select 1 from public.llm_calls as c
          where c.project_id = p_project and c.task_id = t.id and c.created_at > clock_timestamp() - interval '1 minute'
        )
    )::int
  from public.project_limits as l
  where l.project_id = p_project and l.calls_per_minute is not null and p_kinds && array['extract', 'suggest', 'refine', 'chat'];
$$;
revoke all on function private.calls_left from public, anon, authenticated, service_role;

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

-- Extractions: the cells, their history, and how a whole cell is written.

create table public.extractions (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  document_id uuid not null references public.documents (id) on delete cascade,
  variable_id uuid not null references public.variables (id) on delete cascade,
  row_index int not null default 0,
  job_id uuid references public.jobs (id) on delete set null,
  schema_version_id uuid references public.schema_versions (id) on delete set null,
  state text not null,
  value jsonb,
  raw text,
  quote text,
  page int,
  box float8[],
  boxes jsonb not null default '[]',
  zone int,
  evidence text not null,
  verified boolean not null,
  confidence float8 not null,
  signals jsonb not null default '{}',
  flags text[] not null default '{}',
  absent_reason text,
  origin text not null,
  input_hash text not null,
  judged_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  revision int not null default 1,
  original jsonb,
  suggestion jsonb,
  -- What a look at the cell is worth: the sum of the parts below, which private.worth_parts tells
  -- one by one. Once a person has judged the cell, only the first two count.
  --   asked 1          a person flagged the cell
  --   disagreement 0.8 a newer answer differs from the person's and from the answer that the person saw
  --   doubt 0-1        a value: 1 - confidence; a failure: 0.6; an absence: 0.5 where the reason, unread
  --                    pages or the rules speak against it, 0.3 where the offline extractor was silent,
  --                    else 0.15
  --   unverified 0.3   a value without proof
  --   flags 0.1-0.3    0.1 for each flag of the run, up to three
  --   unjudged 0.05    nobody has judged the cell
  -- review_queue adds 0.1 where the variable is required, which the cell does not know. The sum is
  -- stored and indexed: computed by readers, a page of the queue would cost a read of all cells.
  worth float8 generated always as (round((
    case when 'flagged' = any(flags) then 1 else 0 end
    + case
      when
        suggestion is not null and suggestion -> 'value' is distinct from coalesce(value, 'null'::jsonb)
        and (original is null or suggestion -> 'value' is distinct from original -> 'value')
        then 0.8
      else 0
    end
    + case
      when judged_by is not null then 0
      when state = 'failed' then 0.6
      when state = 'proposed' then 1 - confidence
      when
        absent_reason in ('illegible', 'ambiguous')
        or flags && array['unread_pages', 'required', 'truncated']
        then 0.5
      when 'offline_silent' = any(flags) then 0.3
      else 0.15
    end
    + case when judged_by is null and state = 'proposed' and not verified then 0.3 else 0 end
    + case
      when judged_by is null
        then least(cardinality(array_remove(array_remove(flags, 'flagged'), 'offline_silent')), 3) * 0.1
      else 0
    end
    + case when judged_by is null then 0.05 else 0 end
  )::numeric, 4)::float8) stored,
  constraint extractions_one_per_cell unique (document_id, variable_id, row_index),
  constraint extractions_state_known check (
    state in ('proposed', 'accepted', 'corrected', 'rejected', 'absent', 'failed')
  ),
  constraint extractions_evidence_known check (
    evidence in ('exact', 'split', 'fuzzy', 'moved', 'not_found', 'none')
  ),
  constraint extractions_verified_has_proof check (
    not verified
    or (evidence in ('exact', 'split', 'moved') and quote is not null and page is not null and box is not null)
  ),
  constraint extractions_box_form check (
    box is null or (cardinality(box) = 4 and box[1] <= box[3] and box[2] <= box[4])
  ),
  constraint extractions_confidence_bounded check (confidence between 0 and 1),
  constraint extractions_absent_reason_known check (
    absent_reason in ('absent', 'illegible', 'ambiguous', 'not_applicable')
  ),
  constraint extractions_absent_reason_iff_absent check (
    (state = 'absent') = (absent_reason is not null)
  ),
  constraint extractions_no_value_if_absent_or_failed check (
    state not in ('absent', 'failed') or value is null
  ),
  constraint extractions_origin_known check (origin in ('model', 'offline', 'person'))
);
comment on table public.extractions is
'One cell of the table: a value with its proof, or the reason why there is none.';
comment on column public.extractions.box is
'x0, y0, x1, y1 in points from the top left of the page as displayed.';
comment on column public.extractions.verified is
'The quote stands in the document and says the value. Fuzzy is never verified.';
comment on column public.extractions.input_hash is
'Hash of everything the answer depends on: the cell is current while this equals what would be asked now.';
comment on column public.extractions.judged_by is 'A person decided: no run overwrites this cell.';
comment on column public.extractions.revision is
'Rises with every change of the answer or its judgement: a reviewer hands back the one that was on the screen.';
comment on column public.extractions.original is
'The answer as it was before anybody judged the cell; null while nobody has, and where a person added the value.';
comment on column public.extractions.suggestion is
'A newer answer of a model beside a judged cell. Never takes its place by itself.';
comment on column public.extractions.worth is
'What a decision on the cell is worth to the table: the order of the review queue.';
create index extractions_project on public.extractions (project_id, document_id); -- serves the policy and the table
create index extractions_variable on public.extractions (variable_id); -- serves the foreign key and statistics
create index extractions_job on public.extractions (job_id); -- serves the foreign key
create index extractions_schema_version on public.extractions (schema_version_id); -- serves the foreign key
create index extractions_worth on public.extractions (project_id, worth desc, id) where worth > 0; -- serves review_queue
create index extractions_added on public.extractions (project_id, document_id)
where origin = 'person'; -- serves result_documents
create index extractions_rows on public.extractions (document_id, row_index); -- serves the units of a document
create trigger extractions_cross_inserted after insert on public.extractions
referencing new table as changed for each statement execute function private.after_cells_change();
create trigger extractions_cross_updated after update on public.extractions
referencing new table as changed for each statement execute function private.after_cells_change();

alter table public.extractions enable row level security;
create policy extractions_select_member on public.extractions for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.extractions from public, anon, authenticated, service_role;
grant select on table public.extractions to authenticated, service_role;

create table public.extraction_events (
  id bigint generated always as identity primary key,
  project_id uuid not null references public.projects (id) on delete cascade,
  extraction_id uuid not null references public.extractions (id) on delete cascade,
  action text not null,
  actor uuid,
  job_id uuid,
  value jsonb,
  state text not null,
  evidence text not null,
  created_at timestamptz not null default now(),
  note text,
  before jsonb,
  undoes bigint,
  constraint extraction_events_action_known check (
    action in (
      'model_run', 'suggest', 'accept', 'correct', 'reject', 'absent', 'add', 'take', 'flag', 'unflag', 'undo'
    )
  )
);
comment on table public.extraction_events is
'Append-only: what a cell was after each run and each judgement.';
comment on column public.extraction_events.before is
'The cell as it was before this event; null where there was none. What undo brings back.';
comment on column public.extraction_events.undoes is 'The event that an undo takes back.';
create index extraction_events_extraction on public.extraction_events (extraction_id, id); -- serves the history of a cell
create index extraction_events_project on public.extraction_events (project_id); -- serves the policy
create index extraction_events_replaced on public.extraction_events (extraction_id)
where action = 'model_run' and before is not null; -- serves private.answers

alter table public.extraction_events enable row level security;
create policy extraction_events_select_member on public.extraction_events for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.extraction_events from public, anon, authenticated, service_role;
revoke all on sequence public.extraction_events_id_seq from public, anon, authenticated, service_role;
grant select on table public.extraction_events to authenticated, service_role;

-- The cell for its history, as `before` and `original` hold it: without what names the row and
-- counts its changes. Null for the empty cell that add_value makes a moment before it fills it: it
-- was never an answer.
create function private.cell_snapshot(p_cell public.extractions)
returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  if p_cell.origin = 'person' and p_cell.judged_by is null then
    return null;
  end if;
  return to_jsonb(p_cell) - array[
    'id', 'project_id', 'document_id', 'variable_id', 'row_index', 'created_at', 'updated_at', 'revision', 'worth'
  ];
end;
$$;
revoke all on function private.cell_snapshot from public, anon, authenticated, service_role;

-- Writes whole cells, new ones and other answers into those that are there, and returns those that
-- it wrote. Runs, corrections, suggestions that are taken and steps that are undone all write through
-- it: nothing else lists what an answer consists of. The caller must have locked the cells before it
-- read them: otherwise a judgement given in between would be lost. A person's flag stays, whatever
-- flags the new answer has.
-- p_over_judged: whether cells that a person judged are written too. A person may, a run may not.
create function private.write_cells(p_cells public.extractions[], p_over_judged boolean)
returns setof public.extractions
language plpgsql volatile set search_path = ''
as $$
begin
  return query
    insert into public.extractions as e (
      project_id, document_id, variable_id, row_index, job_id, schema_version_id, origin, input_hash,
      state, value, absent_reason, raw, quote, page, box, boxes, zone,
      evidence, verified, confidence, signals, flags, judged_by, original, suggestion
    )
    select
      c.project_id, c.document_id, c.variable_id, c.row_index, c.job_id, c.schema_version_id, c.origin, c.input_hash,
      c.state, c.value, c.absent_reason, c.raw, c.quote, c.page, c.box, coalesce(c.boxes, '[]'), c.zone,
      c.evidence, c.verified, c.confidence, coalesce(c.signals, '{}'), coalesce(c.flags, '{}'),
      c.judged_by, c.original, c.suggestion
    from unnest(p_cells) as c
    on conflict (document_id, variable_id, row_index) do update
    set
      job_id = excluded.job_id, schema_version_id = excluded.schema_version_id,
      origin = excluded.origin, input_hash = excluded.input_hash,
      state = excluded.state, value = excluded.value, absent_reason = excluded.absent_reason,
      raw = excluded.raw, quote = excluded.quote, page = excluded.page,
      box = excluded.box, boxes = excluded.boxes, zone = excluded.zone,
      evidence = excluded.evidence, verified = excluded.verified,
      confidence = excluded.confidence, signals = excluded.signals,
      flags = array_remove(excluded.flags, 'flagged')
        || case when 'flagged' = any(e.flags) then array['flagged'] else '{}'::text[] end,
      judged_by = excluded.judged_by, original = excluded.original, suggestion = excluded.suggestion,
      updated_at = now()
    where p_over_judged or e.judged_by is null
    returning e.*;
end;
$$;
revoke all on function private.write_cells from public, anon, authenticated, service_role;

-- Extract verbs: what the worker reads and stores for one document. For service_role alone.

-- enable_seqscan: a connection keeps its plans, and one made while the tables were small would read
-- them whole for ever after. The setting holds for every function that is called from here.
-- definer: the worker may call verbs and may not touch the queue or private.page_words.
create function public.read_extract(p_task bigint, p_lease_token uuid)
returns json
language plpgsql volatile security definer set search_path = '' set enable_seqscan = 'off'
as $$
declare
  v_task private.tasks := private.see_task(p_task, p_lease_token, 'extract');
begin
  return (
    select private.asked_of_document(s.snapshot, v_task.document_id, j.request_id)
    from public.jobs as j
    inner join public.schema_versions as s on s.id = j.schema_version_id
    where j.id = v_task.job_id
  );
end;
$$;
comment on function public.read_extract is
'Returns all that an extract task needs, in one round trip: the job''s snapshot and the document.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.read_extract from public, anon, authenticated, service_role;
grant execute on function public.read_extract to service_role;

-- enable_seqscan: a connection keeps its plans, and one made while the tables were small would read
-- them whole for ever after. The setting holds for every function that is called from here.
-- definer: the worker may call verbs and may not touch the queue.
create function public.finish_extract(
  p_task bigint, p_lease_token uuid, p_extractor text, p_extractions jsonb
)
returns int
language plpgsql volatile security definer set search_path = '' set enable_seqscan = 'off'
as $$
declare
  v_task private.tasks := private.see_task(p_task, p_lease_token, 'extract');
  v_answers jsonb;
  v_stored int;
begin
  if exists (
    select 1 from jsonb_to_recordset(p_extractions) as a (variable_id uuid)
    inner join public.variables as v on v.id = a.variable_id and v.project_id <> v_task.project_id
  ) then
    perform private.refuse(422, 'variable_foreign', 'A cell names a variable of another project');
  end if;
  -- In the order of ids, as the verbs of review lock cells: in any other order, two could wait for
  -- each other.
  perform 1 from public.extractions as e
  where e.document_id = v_task.document_id
  order by e.id
  for update;
  v_answers := private.entity_cells(v_task, p_extractions);
  perform private.suggest_answers(v_task, v_answers);
  v_stored := private.store_answers(v_task, v_answers);
  -- The lease is asked for again, and last: if it was lost meanwhile, all that was written is
  -- undone; and the job, for which every other document of it waits, is locked for a moment only.
  perform private.hold_task(p_task, p_lease_token, 'extract');
  update public.jobs as j set extractor = p_extractor
  where j.id = v_task.job_id and j.extractor is distinct from p_extractor;
  perform private.close_task(p_task, 'done');
  perform private.count_extract(v_task, 'done');
  return v_stored;
end;
$$;
comment on function public.finish_extract is
'Stores the cells of a document, all or nothing, and counts the document into its job. Cells that a person judged stay
as they are, with the newer answer beside them; a failure does not take away the answer to the same question; a
person''s flag stays. Cells of variables that were deleted meanwhile are dropped. Rows that are entities keep their
indexes. p_extractions null: nobody was asked.
For workers (service_role). Refuses lease_lost, variable_foreign.';
revoke all on function public.finish_extract from public, anon, authenticated, service_role;
grant execute on function public.finish_extract to service_role;

-- Stores the answers of a run in their cells, each with an event that keeps the cell as it was, and
-- returns how many it stored. Answers to variables that were deleted meanwhile are dropped, and so
-- are failures where the cell holds an answer to the same question.
create function private.store_answers(p_task private.tasks, p_answers jsonb)
returns int
language plpgsql volatile set search_path = ''
as $$
declare
  -- What holds for every cell of the task, whatever an answer says.
  v_facts jsonb := jsonb_build_object(
    'project_id', p_task.project_id, 'document_id', p_task.document_id, 'job_id', p_task.job_id,
    'schema_version_id', (select j.schema_version_id from public.jobs as j where j.id = p_task.job_id),
    'judged_by', null, 'original', null, 'suggestion', null
  );
  v_stored int;
begin
  -- Materialized, here and below: otherwise a row would be made anew each time that a part of it is
  -- read.
  with answers as materialized (
    select jsonb_populate_record(null::public.extractions, a.answer || v_facts) as cell
    from jsonb_array_elements(p_answers) as a (answer)
  ),
  held as materialized (
    select e.id, e.variable_id, e.row_index, e.state, e.input_hash, private.cell_snapshot(e) as snapshot
    from public.extractions as e
    where e.document_id = p_task.document_id and e.judged_by is null
  ),
  storable as (
    select a.cell
    from answers as a
    inner join public.variables as v on v.id = (a.cell).variable_id and v.project_id = p_task.project_id
    left join held as h on h.variable_id = (a.cell).variable_id and h.row_index = (a.cell).row_index
    where ((a.cell).state = 'failed' and h.state <> 'failed' and h.input_hash = (a.cell).input_hash) is not true
  ),
  stored as (
    select s.* from private.write_cells(array(select c.cell from storable as c), p_over_judged => false) as s
  ),
  recorded as (
    insert into public.extraction_events (
      project_id, extraction_id, action, job_id, value, state, evidence, before
    )
    select s.project_id, s.id, 'model_run', s.job_id, s.value, s.state, s.evidence, h.snapshot
    from stored as s
    left join held as h on h.id = s.id
  )
  select count(*) into v_stored from stored;
  return v_stored;
end;
$$;
revoke all on function private.store_answers from public, anon, authenticated, service_role;

-- Entity rows: which entity a row of a document is. An index is given once and never to another.

create table public.entity_rows (
  project_id uuid not null references public.projects (id) on delete cascade,
  document_id uuid not null references public.documents (id) on delete cascade,
  row_index int not null,
  entity text not null,
  entity_key text not null,
  nth int not null,
  gone_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (document_id, row_index),
  constraint entity_rows_one_per_entity unique (document_id, entity_key, nth),
  constraint entity_rows_index_positive check (row_index >= 0 and nth > 0)
);
comment on table public.entity_rows is 'The entity that a row of a document is about, where rows are entities.';
comment on column public.entity_rows.entity_key is
'Its name without case, accents and spare blanks: by it and nth, of several of one name, a run finds its row again.';
comment on column public.entity_rows.gone_at is
'The newest run did not find it: its row is gone, but for what people judged. It comes back to its index.';
create index entity_rows_project on public.entity_rows (project_id); -- serves the policy

alter table public.entity_rows enable row level security;
create policy entity_rows_select_member on public.entity_rows for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.entity_rows from public, anon, authenticated, service_role;
grant select on table public.entity_rows to authenticated, service_role;

-- The index of the next new row: after all that were ever given to an entity, and after all rows
-- that hold what a person judged or flagged.
create function private.next_row_index(p_document uuid)
returns int
language sql stable set search_path = ''
as $$
  select coalesce(max(u.row_index), -1) + 1
  from (
    select r.row_index from public.entity_rows as r where r.document_id = p_document
    union all
    select e.row_index from public.extractions as e
    where e.document_id = p_document and (e.judged_by is not null or 'flagged' = any(e.flags))
  ) as u;
$$;
revoke all on function private.next_row_index from public, anon, authenticated, service_role;

-- Gives each entity of a run its row, the one it had before or a new one, and marks the rows that
-- the run did not find again as gone. Returns the answers with the indexes of those rows in place
-- of the places in the list. Entities of one name are told apart by their order: the second of a
-- name is again the second.
create function private.place_rows(p_task private.tasks, p_answers jsonb)
returns jsonb
language plpgsql volatile set search_path = ''
as $$
declare
  v_next int := private.next_row_index(p_task.document_id);
  v_placed jsonb;
begin
  with listed as (
    select distinct on (a.row_index) a.row_index as place, a.entity, a.entity_key
    from jsonb_to_recordset(p_answers) as a (row_index int, entity text, entity_key text)
    order by a.row_index
  ),
  numbered as (
    select l.*, row_number() over (partition by l.entity_key order by l.place)::int as nth from listed as l
  ),
  recognised as (
    select
      n.*, r.row_index,
      row_number() over (partition by r.row_index is null order by n.place)::int as nth_new
    from numbered as n
    left join public.entity_rows as r
      on r.document_id = p_task.document_id and r.entity_key = n.entity_key and r.nth = n.nth
  ),
  gone as (
    update public.entity_rows as r set gone_at = now()
    where r.document_id = p_task.document_id and r.gone_at is null
      and not exists (select 1 from recognised as k where k.row_index = r.row_index)
  ),
  kept as (
    insert into public.entity_rows as r (project_id, document_id, row_index, entity, entity_key, nth)
    select
      p_task.project_id, p_task.document_id, coalesce(k.row_index, v_next + k.nth_new - 1),
      k.entity, k.entity_key, k.nth
    from recognised as k
    on conflict (document_id, row_index) do update set entity = excluded.entity, gone_at = null
    returning r.row_index, r.entity_key, r.nth
  )
  select coalesce(jsonb_agg(a.answer || jsonb_build_object('row_index', k.row_index)), '[]') into v_placed
  from jsonb_array_elements(p_answers) as a (answer)
  inner join numbered as n on n.place = (a.answer ->> 'row_index')::int
  inner join kept as k on k.entity_key = n.entity_key and k.nth = n.nth;
  return v_placed;
end;
$$;
revoke all on function private.place_rows from public, anon, authenticated, service_role;

-- Removes the cells of rows that are gone, and of rows that never were an entity's. What people
-- judged or flagged stays, and its flag row_gone says so until the row is back.
create function private.clear_gone_rows(p_document uuid)
returns void
language sql volatile set search_path = ''
as $$
  delete from public.extractions as e
  where e.document_id = p_document and e.judged_by is null and not 'flagged' = any(e.flags)
    and not exists (
      select 1 from public.entity_rows as r
      where r.document_id = e.document_id and r.row_index = e.row_index and r.gone_at is null
    );
  update public.extractions as e
  set
    flags = array_remove(e.flags, 'row_gone')
      || case when r.gone_at is not null then array['row_gone'] else '{}'::text[] end
  from public.entity_rows as r
  where r.document_id = e.document_id and r.row_index = e.row_index and e.document_id = p_document
    and ('row_gone' = any(e.flags)) <> (r.gone_at is not null);
$$;
revoke all on function private.clear_gone_rows from public, anon, authenticated, service_role;

-- Marks a document that was read and lists no entity. Where pages could not be read, nobody knows
-- whether it lists any, so it is not marked.
create function private.mark_no_entities(p_document uuid, p_found_none boolean)
returns void
language sql volatile set search_path = ''
as $$
  update public.documents as d
  set
    flags = array_remove(d.flags, 'no_entities')
      || case when m.lists_none then array['no_entities'] else '{}'::text[] end
  from (
    select p_found_none and coalesce(r.unread_pages, 0) = 0 as lists_none
    from public.documents as r
    where r.id = p_document
  ) as m
  where d.id = p_document and ('no_entities' = any(d.flags)) <> m.lists_none;
$$;
revoke all on function private.mark_no_entities from public, anon, authenticated, service_role;

-- The answers of a run with the row that each belongs to: as they are where a document is a row,
-- with the rows of their entities where it holds many. Answers are null where nobody was asked:
-- then every row stays as it is.
create function private.entity_cells(p_task private.tasks, p_answers jsonb)
returns jsonb
language plpgsql volatile set search_path = ''
as $$
declare
  v_by_entity boolean := exists (
    select 1
    from public.jobs as j
    inner join public.schema_versions as s on s.id = j.schema_version_id
    where j.id = p_task.job_id and s.snapshot #>> '{context,row_unit}' = 'entity'
  );
  v_placed jsonb;
begin
  if p_answers is null then
    return '[]';
  end if;
  perform private.mark_no_entities(p_task.document_id, v_by_entity and p_answers = '[]');
  if v_by_entity then
    v_placed := private.place_rows(p_task, p_answers);
    perform private.clear_gone_rows(p_task.document_id);
    return v_placed;
  end if;
  if exists (
    select 1 from public.entity_rows as r where r.document_id = p_task.document_id and r.gone_at is null
  ) then
    -- The rows were entities when the document was read before: now none of them is found.
    perform private.place_rows(p_task, '[]');
    perform private.clear_gone_rows(p_task.document_id);
  end if;
  return p_answers;
end;
$$;
revoke all on function private.entity_cells from public, anon, authenticated, service_role;

-- Prompt reads: what a prompt is made of, read in one place by runs, by comparisons and by whoever
-- wants to see it before a run.

-- What is asked of a document and for which request, the document as it was parsed, and what its
-- cells hold. As json: jsonb would take the document apart and put it together again at every
-- level. In PL/pgSQL, here and below, because its plans are kept from task to task.
-- enable_seqscan: a plan made while the tables were small would read them whole for ever after.
create function private.asked_of_document(p_snapshot jsonb, p_document uuid, p_request_id text)
returns json
language plpgsql stable set search_path = '' set enable_seqscan = 'off'
as $$
begin
  return (
    select json_build_object(
      'context', q.asked -> 'context',
      'variables', q.asked -> 'variables',
      'request_id', p_request_id,
      'document', json_build_object(
        'id', d.id, 'name', d.name, 'text_hash', d.text_hash, 'metadata', d.metadata
      ),
      'parsed', json_build_object(
        'flags', to_json(d.flags),
        'pages', private.parsed_pages(d.id),
        'zones', private.parsed_zones(d.id)
      ),
      'cells', private.cells_held(d.id, p_snapshot)
    )
    from public.documents as d
    cross join lateral private.question(p_snapshot, d.id, d.metadata) as q (asked)
    where d.id = p_document
  );
end;
$$;
revoke all on function private.asked_of_document from public, anon, authenticated, service_role;

-- The pages of a document with their words, in order.
create function private.parsed_pages(p_document uuid)
returns json
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(json_agg(json_build_object(
      'number', g.number, 'width', g.width, 'height', g.height, 'rotation', g.rotation,
      'text', g.text, 'source', g.source, 'words', coalesce(w.words, '[]'::jsonb)
    ) order by g.number), '[]'::json)
    from public.pages as g
    left join private.page_words as w on w.document_id = g.document_id and w.number = g.number
    where g.document_id = p_document
  );
end;
$$;
revoke all on function private.parsed_pages from public, anon, authenticated, service_role;

-- The zones of a document, in order.
create function private.parsed_zones(p_document uuid)
returns json
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(json_agg(json_build_object(
      'position', z.position, 'page', z.page, 'kind', z.kind,
      'x0', z.x0, 'y0', z.y0, 'x1', z.x1, 'y1', z.y1,
      'text', z.text, 'confidence', z.confidence
    ) order by z.position), '[]'::json)
    from public.zones as z
    where z.document_id = p_document
  );
end;
$$;
revoke all on function private.parsed_zones from public, anon, authenticated, service_role;

-- The variables, each with those of its examples that are not from the document, as a prompt shows
-- them.
create function private.with_shown_examples(p_variables jsonb, p_document uuid)
returns jsonb
language sql immutable set search_path = ''
as $$
  select jsonb_agg(
    v.variable || jsonb_build_object('examples', (
      select coalesce(jsonb_agg(
        jsonb_build_object('value', x.example -> 'value')
        || jsonb_strip_nulls(jsonb_build_object(
          'quote', x.example -> 'quote', 'note', nullif(x.example ->> 'note', '')
        ))
        order by x.place
      ), '[]')
      from jsonb_array_elements(v.variable -> 'examples') with ordinality as x (example, place)
      where x.example ->> 'document_id' is distinct from p_document::text
    ))
    order by v.place
  )
  from jsonb_array_elements(p_variables) with ordinality as v (variable, place);
$$;
revoke all on function private.with_shown_examples from public, anon, authenticated, service_role;

-- The snapshot as it is asked of one document: what people told of the document is part of the
-- context, and no example is shown that comes from it.
create function private.question(p_snapshot jsonb, p_document uuid, p_metadata jsonb)
returns jsonb
language sql immutable set search_path = ''
as $$
  select p_snapshot
    || jsonb_build_object(
      'context', (p_snapshot -> 'context') || jsonb_build_object('metadata', jsonb_strip_nulls(p_metadata))
    )
    || case
      -- Most schemas have no examples: then the variables are not taken apart.
      when jsonb_path_exists(p_snapshot, '$.variables[*].examples[*]')
        then jsonb_build_object('variables', private.with_shown_examples(p_snapshot -> 'variables', p_document))
      else '{}'
    end;
$$;
revoke all on function private.question from public, anon, authenticated, service_role;

-- What the cells of a document hold, as the table shows it, and the question that each of them
-- answers. Beside a judged cell the newest answer is its suggestion: then it is that answer's
-- question.
create function private.cells_held(p_document uuid, p_snapshot jsonb)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'variable_id', e.variable_id, 'key', v.variable ->> 'key', 'row_index', e.row_index, 'state', e.state,
    'value', case when e.state <> 'rejected' then e.value end, 'judged', e.judged_by is not null,
    'input_hash', coalesce(e.suggestion ->> 'input_hash', e.input_hash)
  ) order by e.row_index, e.id), '[]')
  from public.extractions as e
  inner join jsonb_array_elements(p_snapshot -> 'variables') as v (variable)
    on v.variable ->> 'id' = e.variable_id::text
  where e.document_id = p_document;
$$;
revoke all on function private.cells_held from public, anon, authenticated, service_role;

-- The document, where the caller is a member of its project; refused otherwise.
create function private.see_document(p_document uuid)
returns public.documents
language plpgsql stable set search_path = ''
as $$
declare
  v_document public.documents;
begin
  select d.* into v_document from public.documents as d
  where d.id = p_document and d.deleted_at is null and d.project_id = any(private.my_projects('viewer'));
  if v_document.id is null then
    perform private.refuse(
      404, 'document_not_found', 'No such document', 'It does not exist or you are not a member.'
    );
  end if;
  return v_document;
end;
$$;
revoke all on function private.see_document from public, anon, authenticated, service_role;

-- definer: nobody may read private.page_words; whether the caller may read the document is asked
-- before.
create function public.read_prompt(p_document uuid)
returns json
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_document public.documents := private.see_document(p_document);
begin
  if v_document.state <> 'ready' then
    perform private.refuse(409, 'document_not_ready', 'The document is not read yet', 'Wait until it is ready.');
  end if;
  return private.asked_of_document(private.snapshot(v_document.project_id), p_document, null);
end;
$$;
comment on function public.read_prompt is
'Returns what a run that starts now would be told of a document, with the schema as it stands.
For members. Refuses document_not_found, document_not_ready.';
revoke all on function public.read_prompt from public, anon, authenticated, service_role;
grant execute on function public.read_prompt to authenticated;

-- Estimates: what a run would ask and cost, and which cells are stale.

create table private.model_plans (
  model text primary key,
  input_price float8 not null,
  output_price float8 not null,
  concurrency int not null,
  prompt_bytes int not null,
  told_at timestamptz not null default clock_timestamp(),
  context_tokens int,
  output_tokens int,
  constraint model_plans_prices_positive check (input_price >= 0 and output_price >= 0),
  constraint model_plans_concurrency_positive check (concurrency > 0),
  constraint model_plans_prompt_positive check (prompt_bytes >= 0)
);
comment on table private.model_plans is
'What workers said they ask with; the newest counts. Prices are per million tokens; prompt_bytes is what every prompt holds.';
comment on column private.model_plans.context_tokens is
'All that the model reads and writes in a call; null: nobody said.';

alter table private.model_plans enable row level security; -- no policy: told by estimates
revoke all on table private.model_plans from public, anon, authenticated, service_role;

-- Bytes of a document as a prompt shows it, see service/parsing/reading_text.py: a mark for each
-- page, a number before each zone, and every line but the first of a text behind four blanks.
create function private.text_bytes(p_document uuid)
returns bigint
language sql stable security definer set search_path = ''
as $$
  with pages as (
    select
      g.number, g.source, g.text,
      exists (
        select 1 from public.zones as z where z.document_id = g.document_id and z.page = g.number
      ) as has_zones
    from public.pages as g
    where g.document_id = p_document
  ),
  marks as (
    -- "--- page 1 ---" with two line breaks, and "(no readable text)".
    select sum(octet_length(p.number::text) + 15 + case when p.source = 'none' then 18 else 0 end) as bytes
    from pages as p
  ),
  texts (text, before) as (
    -- A zone stands behind "[1] " and ends with a line break; the text of a page without zones is
    -- indented.
    select z.text, octet_length(z.position::text) + 4
    from public.zones as z
    inner join pages as p on p.number = z.page and p.source <> 'none'
    where z.document_id = p_document
    union all
    select p.text, 4 from pages as p where p.source <> 'none' and not p.has_zones
  ),
  shown as (
    select sum(
      t.before + octet_length(t.text) + 4 * (length(t.text) - length(replace(t.text, e'\n', '')))
    ) as bytes
    from texts as t
  )
  select coalesce(m.bytes, 0) + coalesce(s.bytes, 0)
  from marks as m
  cross join shown as s;
$$;
revoke all on function private.text_bytes from public, anon, authenticated, service_role;

create function private.before_document_ready()
returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  new.text_bytes := private.text_bytes(new.id);
  return new;
end;
$$;
revoke all on function private.before_document_ready from public, anon, authenticated, service_role;
create trigger documents_text_bytes before update on public.documents for each row
when (new.state = 'ready' and new.parsed_at is distinct from old.parsed_at)
execute function private.before_document_ready();

-- What people tell of a document is part of every question about it: answers given before are
-- stale.
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
revoke all on function private.before_metadata_change from public, anon, authenticated, service_role;
create trigger documents_before_metadata_change before update of metadata on public.documents
for each row execute function private.before_metadata_change();

-- definer: the worker may call verbs and may not touch private tables.
create function public.announce_model(
  p_model text, p_input_price float8, p_output_price float8, p_concurrency int, p_prompt_bytes int,
  p_context_tokens int default null, p_output_tokens int default null
)
returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.model_plans as m (
    model, input_price, output_price, concurrency, prompt_bytes, context_tokens, output_tokens
  )
  values (
    p_model, p_input_price, p_output_price, p_concurrency, p_prompt_bytes, p_context_tokens, p_output_tokens
  )
  on conflict (model) do update
  set
    input_price = excluded.input_price, output_price = excluded.output_price,
    concurrency = excluded.concurrency, prompt_bytes = excluded.prompt_bytes,
    context_tokens = excluded.context_tokens, output_tokens = excluded.output_tokens,
    told_at = clock_timestamp();
$$;
comment on function public.announce_model is
'Says what a worker asks with and how much fits a call. The newest announcement counts, whatever others said before.
For workers (service_role).';
revoke all on function public.announce_model from public, anon, authenticated, service_role;
grant execute on function public.announce_model to service_role;

-- Bytes of a variable as a prompt describes it: without what is empty, and without what no model
-- needs.
create function private.variable_bytes(p_variable jsonb)
returns int
language sql immutable security definer set search_path = ''
as $$
  select coalesce(sum(octet_length(f.key) + octet_length(f.value::text) + 4), 0)::int + 2
  from jsonb_each(
    p_variable || jsonb_build_object('examples', coalesce(private.told(p_variable -> 'examples'), '[]'))
  ) as f (key, value)
  where f.key in (
      'key', 'label', 'type', 'instructions', 'aliases', 'categories', 'multiple', 'rules', 'examples'
    )
    and f.value not in ('""'::jsonb, '[]', '{}', 'false');
$$;
revoke all on function private.variable_bytes from public, anon, authenticated, service_role;

-- The documents that have stale cells: how many, and the bytes that describe their variables and
-- what people told of the document. A cell is current where it answers to the variable and the
-- context as they are now, was given by the model that would be asked now, is not older than the
-- document's text and metadata, and the cell that its condition looks at has not changed since. A
-- document that was parsed again to the same text counts as stale here; the run then finds that it
-- is not.
create function private.stale_cells(p_project uuid, p_documents uuid[], p_snapshot jsonb, p_model text)
returns table (document_id uuid, cells int, bytes int)
language sql stable security definer set search_path = ''
as $$
  with asked as (
    select
      (a.variable ->> 'id')::uuid as id,
      (a.variable ->> 'revision')::int as revision,
      private.variable_bytes(a.variable) as bytes,
      (
        -- The variable that the condition of this one looks at.
        select (o.variable ->> 'id')::uuid
        from jsonb_array_elements(p_snapshot -> 'variables') as o (variable)
        where o.variable ->> 'key' = a.variable #>> '{depends_on,key}'
      ) as leader_id
    from jsonb_array_elements(p_snapshot -> 'variables') as a (variable)
  ),
  current_versions as (
    -- The versions in which a variable was asked for as it would be now.
    select s.id, a.id as variable_id, a.leader_id
    from public.schema_versions as s
    cross join lateral jsonb_array_elements(s.snapshot -> 'variables') as v (variable)
    inner join asked as a
      on a.id = (v.variable ->> 'id')::uuid and a.revision = (v.variable ->> 'revision')::int
    where s.project_id = p_project
      and (s.snapshot -> 'context') - 'name' = (p_snapshot -> 'context') - 'name'
  ),
  jobs_of_other_models as (
    select distinct c.job_id
    from public.llm_calls as c
    where c.project_id = p_project and c.model <> p_model and c.job_id is not null
  ),
  answered as (
    select distinct e.document_id, e.variable_id
    from public.extractions as e
    inner join public.documents as d on d.id = e.document_id
    inner join current_versions as k
      on k.variable_id = e.variable_id
      and k.id = case
        -- Beside a judged cell the newest answer is its suggestion.
        when e.judged_by is null then e.schema_version_id
        else coalesce((e.suggestion ->> 'schema_version_id')::uuid, e.schema_version_id)
      end
    left join public.extractions as l
      on k.leader_id is not null
      and l.document_id = e.document_id and l.variable_id = k.leader_id and l.row_index = e.row_index
    where e.project_id = p_project and e.document_id = any(p_documents) and e.state <> 'failed'
      and e.updated_at >= greatest(d.parsed_at, d.told_at)
      and (l.updated_at <= e.updated_at) is not false
      and (p_model is null or (e.origin = 'offline') = (p_model = 'offline'))
      and not exists (select 1 from jobs_of_other_models as o where o.job_id = e.job_id)
  )
  select
    u.id,
    count(*)::int,
    sum(a.bytes)::int + case when d.metadata <> '{}' then octet_length(d.metadata::text) + 28 else 0 end
  from unnest(p_documents) as u (id)
  inner join public.documents as d on d.id = u.id
  cross join asked as a
  left join answered as w on w.document_id = u.id and w.variable_id = a.id
  where w.document_id is null
  group by u.id, d.metadata;
$$;
revoke all on function private.stale_cells from public, anon, authenticated, service_role;

-- How many windows a text makes in a room of so many bytes: one where it fits, else as many as
-- three quarters of the room make, for the rest of each repeats the end of the one before. No room
-- is less than 1024 bytes; null is a room without bounds.
create function private.window_count(p_bytes bigint, p_room bigint)
returns int
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when coalesce(p_bytes, 0) <= greatest(p_room, 1024) or p_room is null then 1
    else ceil(p_bytes / (greatest(p_room, 1024) * 0.75))::int
  end;
$$;
revoke all on function private.window_count from public, anon, authenticated, service_role;

-- What a run would send of each document that has stale cells. calls: one for each window.
-- most_calls: with second tries, and with lists that were cut off and are asked for again in
-- halves. answers: the cells of all windows together. A document that has no readable page, or is
-- answered offline, takes no call.
create function private.planned_calls(
  p_project uuid, p_documents uuid[], p_snapshot jsonb, p_plan private.model_plans
)
returns table (cells int, calls int, most_calls int, answers int, text_bytes numeric, question_bytes int)
language sql stable security definer set search_path = ''
as $$
  with stale as (
    select
      s.cells, s.bytes, coalesce(d.text_bytes, 0) as text_bytes,
      p_plan.model is distinct from 'offline' and d.page_count > coalesce(d.unread_pages, 0) as is_sent,
      -- Beside the text a call holds the question and the form of an answer, some 330 bytes a
      -- variable.
      p_plan.context_tokens - p_plan.output_tokens
      - ((coalesce(p_plan.prompt_bytes, 2500) * 1.05 + s.bytes * 1.1)::int + 700 + 330 * s.cells) as room
    from private.stale_cells(p_project, p_documents, p_snapshot, p_plan.model) as s
    inner join public.documents as d on d.id = s.document_id
  ),
  in_windows as (
    -- Windows are filled by a measure that counts a little more than the bytes: a sixteenth more is
    -- likely, and half as much again the most.
    select
      s.*,
      private.window_count(s.text_bytes * 17 / 16, s.room) as windows,
      private.window_count(s.text_bytes * 3 / 2, s.room) as most_windows
    from stale as s
  )
  select
    w.cells,
    w.windows,
    greatest(3, w.most_windows + 1),
    w.cells * w.windows,
    -- Each window but the first repeats a sixth of its new text.
    w.text_bytes * case when w.windows > 1 then 7 / 6.0 else 1 end,
    w.windows * (
      w.bytes + coalesce(p_plan.prompt_bytes, 2500) + octet_length(p_snapshot -> 'context' ->> 'domain')
    )
  from in_windows as w
  where w.is_sent
  union all
  select w.cells, 0, 0, 0, 0, 0 from in_windows as w where w.is_sent is not true;
$$;
revoke all on function private.planned_calls from public, anon, authenticated, service_role;

-- Tokens for a byte of question and for a byte of text, tokens for an answered cell, and seconds
-- for a call, as the newest calls of this project to this model were told; null where there are
-- none. Question and text have rates of their own: one is mostly English and JSON, the other may
-- take three bytes a letter. The rates are the least squares over the calls, drawn to the one ratio
-- of all bytes by a hundredth of the mean squared: calls that are few and alike cannot tell the two
-- apart, and then both get that ratio. No rate is less than a fifth of it.
create function private.token_rates(p_project uuid, p_plan private.model_plans)
returns table (by_question float8, by_text float8, by_cell float8, seconds float8)
language sql stable security definer set search_path = ''
as $$
  with calls as (
    select
      c.input_tokens::float8 as tokens, c.output_tokens, c.variables, c.latency_ms,
      t.bytes as text, c.input_bytes - t.bytes as question
    from public.llm_calls as c
    left join public.documents as d on d.id = c.document_id
    cross join lateral (
      -- Of a text in windows, a call is taken to hold all that is not the fixed part of the prompt.
      select least(
        coalesce(d.text_bytes, 0), greatest(c.input_bytes - p_plan.prompt_bytes, 0)
      )::float8 as bytes
    ) as t
    where c.project_id = p_project and c.state = 'settled' and c.model = p_plan.model
      and c.input_tokens > 0 and c.input_bytes > 0 and c.variables > 0
    order by c.created_at desc
    limit 1000
  ),
  overall as (
    select
      sum(c.tokens) / sum(c.question + c.text) as ratio,
      sum(c.output_tokens)::float8 / sum(c.variables) as by_cell,
      avg(c.latency_ms)::float8 / 1000 as seconds
    from calls as c
  ),
  squares as (
    -- What the ratio leaves unexplained, and the sums by which the two rates share it.
    select
      sum(c.question * c.question) + 0.01 * avg(c.question) ^ 2 as question_square,
      sum(c.text * c.text) + 0.01 * avg(c.text) ^ 2 as text_square,
      sum(c.question * c.text) as product,
      sum(c.question * (c.tokens - o.ratio * (c.question + c.text))) as question_error,
      sum(c.text * (c.tokens - o.ratio * (c.question + c.text))) as text_error
    from calls as c
    cross join overall as o
  )
  select
    greatest(o.ratio / 5, o.ratio + coalesce(
      (s.question_error * s.text_square - s.text_error * s.product) / d.determinant, 0
    )),
    greatest(o.ratio / 5, o.ratio + coalesce(
      (s.text_error * s.question_square - s.question_error * s.product) / d.determinant, 0
    )),
    o.by_cell,
    o.seconds
  from overall as o
  cross join squares as s
  cross join lateral (
    select nullif(s.question_square * s.text_square - s.product * s.product, 0) as determinant
  ) as d;
$$;
revoke all on function private.token_rates from public, anon, authenticated, service_role;

-- definer: reads the ledger and the plan of the workers for whoever may start the run.
create function public.estimate_job(
  p_project uuid, p_documents uuid[] default null,
  p_first int default null, p_random int default null, p_seed bigint default null
)
returns table (
  documents int, stale_documents int, stale_cells int, calls int, input_tokens bigint, output_tokens bigint,
  cost_micros bigint, minutes float8, model text, measured boolean, most_calls int
)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_documents uuid[];
  v_snapshot jsonb;
  v_plan private.model_plans;
begin
  perform private.require_role(p_project, 'editor');
  v_documents := private.choose_documents(p_project, p_documents, p_first, p_random, coalesce(p_seed, 0));
  v_snapshot := private.snapshot(p_project);
  select m.* into v_plan from private.model_plans as m order by m.told_at desc limit 1;
  return query
    with planned as (
      select
        count(*)::int as documents,
        coalesce(sum(c.cells), 0)::int as cells,
        coalesce(sum(c.calls), 0)::int as calls,
        coalesce(sum(c.most_calls), 0)::int as most_calls,
        coalesce(sum(c.answers), 0) as answers,
        coalesce(sum(c.text_bytes), 0)::float8 as text_bytes,
        coalesce(sum(c.question_bytes), 0)::float8 as question_bytes
      from private.planned_calls(p_project, v_documents, v_snapshot, v_plan) as c
    ),
    rates as (
      select
        coalesce(r.by_question, 0.25) as by_question, coalesce(r.by_text, 0.25) as by_text,
        coalesce(r.by_cell, 40) as by_cell, coalesce(r.seconds, 10) as seconds,
        r.by_text is not null as measured
      from private.token_rates(p_project, v_plan) as r
    ),
    tokens as (
      select
        ceil(n.question_bytes * r.by_question + n.text_bytes * r.by_text)::bigint as sent,
        ceil(n.answers * r.by_cell)::bigint as received
      from planned as n
      cross join rates as r
    )
    select
      cardinality(v_documents), n.documents, n.cells, n.calls, t.sent, t.received,
      case
        when v_plan.input_price + v_plan.output_price > 0 or n.calls = 0 then ceil(
          t.sent * coalesce(v_plan.input_price, 0) + t.received * coalesce(v_plan.output_price, 0)
        )::bigint
      end,
      ceil(n.calls::float8 / least(p.max_concurrency, l.concurrency, v_plan.concurrency)) * r.seconds / 60,
      v_plan.model, r.measured, n.most_calls
    from planned as n
    cross join rates as r
    cross join tokens as t
    inner join public.projects as p on p.id = p_project
    inner join public.project_limits as l on l.project_id = p.id;
end;
$$;
comment on function public.estimate_job is
'Tells what a run over the chosen documents would ask and cost. Tokens a byte, tokens a cell and seconds a call are
those that the ledger measured in this project with this model. measured is false where it has none yet; then these
are assumed: 0.25 tokens a byte (providers'' rule of thumb for English: a token is about four characters), 40 tokens
an answered cell (value, quote, zone and reason as JSON: some 160 characters), 10 s a call. calls: one a window.
most_calls: with second tries and lists that are cut off, three where the text fits two windows, else one more than
there are windows.
For editors. Refuses project_not_found, role_too_low, no_documents, document_not_found, selection_ambiguous,
selection_empty.';
revoke all on function public.estimate_job from public, anon, authenticated, service_role;
grant execute on function public.estimate_job to authenticated;

-- Reviews: people accept, reject and flag cells.

create table public.reviews (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  extraction_id uuid not null references public.extractions (id) on delete cascade,
  author uuid not null,
  kind text not null,
  value jsonb,
  note text,
  undone boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint reviews_one_per_person_and_cell unique (extraction_id, author),
  constraint reviews_kind_known check (kind in ('accept', 'correct', 'reject', 'absent', 'add', 'flag')),
  constraint reviews_note_short check (char_length(note) <= 1000)
);
comment on table public.reviews is
'One current judgement a person and cell. Written by verbs only; the history is in extraction_events.';
comment on column public.reviews.author is 'No foreign key: the judgement outlives the account.';
comment on column public.reviews.undone is 'Taken back, and nothing of this person stands in its place.';
create index reviews_project on public.reviews (project_id, author); -- serves the policy and a person's own list

alter table public.reviews enable row level security;
create policy reviews_select_member on public.reviews for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.reviews from public, anon, authenticated, service_role;
grant select on table public.reviews to authenticated, service_role;

-- A cell's revision rises with its answer and its judgement. A newer answer beside it does not
-- raise it: otherwise a run in the background would refuse the decision of everybody who has the
-- cell on the screen.
create function private.before_extraction_update()
returns trigger
language plpgsql set search_path = ''
as $$
begin
  if (
    new.state, new.value, new.quote, new.page, new.box,
    new.evidence, new.verified, new.flags, new.absent_reason, new.judged_by
  ) is distinct from (
    old.state, old.value, old.quote, old.page, old.box,
    old.evidence, old.verified, old.flags, old.absent_reason, old.judged_by
  ) then
    new.revision := old.revision + 1;
  end if;
  return new;
end;
$$;
revoke all on function private.before_extraction_update from public, anon, authenticated, service_role;
create trigger extractions_before_update before update on public.extractions
for each row execute function private.before_extraction_update();

-- Refuses a call that does not say clearly which cells it judges.
create function private.check_cells_named(p_extractions uuid[], p_note text, p_seen int[])
returns void
language plpgsql immutable set search_path = ''
as $$
declare
  v_named int := coalesce(cardinality(p_extractions), 0);
begin
  if char_length(p_note) > 1000 then
    perform private.refuse(422, 'note_too_long', 'A note has at most 1000 characters', 'Shorten it.');
  elsif v_named = 0 then
    perform private.refuse(422, 'no_cells', 'No cell is named', 'Name at least one.');
  elsif v_named > 1000 then
    perform private.refuse(422, 'too_many_cells', 'At most 1000 cells in one call', 'Send them in parts.');
  elsif v_named <> (select count(distinct n.id) from unnest(p_extractions) as n (id)) then
    perform private.refuse(
      422, 'cells_repeated', 'A cell is named twice or is null', 'Name each cell once.'
    );
  elsif cardinality(p_seen) <> v_named then
    perform private.refuse(
      422, 'seen_incomplete', 'There are not as many revisions as cells', 'Give one revision a cell, or none.'
    );
  end if;
end;
$$;
revoke all on function private.check_cells_named from public, anon, authenticated, service_role;

-- The cells that the caller may judge, locked in the order of their ids; or the first rule that
-- they break.
-- p_seen: the revisions that the caller saw, in the order of p_extractions. No comparison is made
-- for those that are null, nor for any if there are none.
create function private.hold_cells(p_extractions uuid[], p_note text, p_seen int[])
returns public.extractions[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[];
begin
  perform private.check_cells_named(p_extractions, p_note, p_seen);
  v_held := array(
    select e
    from public.extractions as e
    inner join public.documents as d on d.id = e.document_id and d.deleted_at is null
    where e.id = any(p_extractions) and e.project_id = any(private.my_projects('viewer'))
    order by e.id
    for update of e
  );
  if cardinality(v_held) <> cardinality(p_extractions) then
    perform private.refuse(
      404, 'cell_not_found', 'No such cell', 'One of them does not exist or is not yours to see.'
    );
  end if;
  perform private.require_role(p.project_id, 'reviewer')
  from (select distinct h.project_id from unnest(v_held) as h) as p;
  if exists (
    select 1 from unnest(p_extractions, p_seen) as n (id, seen)
    inner join unnest(v_held) as h on h.id = n.id
    where h.revision <> n.seen
  ) then
    perform private.refuse(
      409, 'cell_changed', 'A cell has changed since you saw it', 'Read it again, then decide.'
    );
  end if;
  return v_held;
end;
$$;
revoke all on function private.hold_cells from public, anon, authenticated, service_role;

-- Adds to the history of each cell what it is now and, as `before`, what it was before the caller's
-- action.
create function private.record_action(
  p_before public.extractions[], p_action text, p_note text default null, p_undoes bigint default null
)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  insert into public.extraction_events (
    project_id, extraction_id, action, actor, job_id, value, state, evidence, note, before, undoes
  )
  select
    e.project_id, e.id, p_action, (select auth.uid()), e.job_id, e.value, e.state, e.evidence, p_note,
    private.cell_snapshot(b), p_undoes
  from unnest(p_before) as b
  inner join public.extractions as e on e.id = b.id
  order by e.id;
end;
$$;
revoke all on function private.record_action from public, anon, authenticated, service_role;

-- The kind of review that an action is: who takes a newer answer accepts it.
create function private.review_kind(p_action text)
returns text
language plpgsql immutable set search_path = ''
as $$
begin
  return case p_action when 'take' then 'accept' else p_action end;
end;
$$;
revoke all on function private.review_kind from public, anon, authenticated, service_role;

-- Records what the caller did to cells, in their history and as the caller's current judgement of
-- each. Returns the cells as they are now.
create function private.conclude_judgement(p_before public.extractions[], p_action text, p_note text)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_ids uuid[] := array(select b.id from unnest(p_before) as b);
begin
  perform private.record_action(p_before, p_action, p_note);
  insert into public.reviews as r (project_id, extraction_id, author, kind, value, note)
  select e.project_id, e.id, (select auth.uid()), private.review_kind(p_action), e.value, p_note
  from public.extractions as e
  where e.id = any(v_ids)
  on conflict (extraction_id, author) do update
  set
    kind = excluded.kind, value = excluded.value, note = excluded.note, undone = false, updated_at = now();
  return query select e.* from public.extractions as e where e.id = any(v_ids) order by e.id;
end;
$$;
revoke all on function private.conclude_judgement from public, anon, authenticated, service_role;

-- The answer to keep as original: the one that stood before anybody judged the cell.
create function private.first_answer(p_cell public.extractions)
returns jsonb
language plpgsql stable set search_path = ''
as $$
begin
  if p_cell.judged_by is not null then
    return p_cell.original;
  end if;
  return private.cell_snapshot(p_cell) - array['original', 'suggestion', 'judged_by'];
end;
$$;
revoke all on function private.first_answer from public, anon, authenticated, service_role;

-- Refuses to judge cells of which one has no answer.
create function private.refuse_failed(p_held public.extractions[])
returns void
language plpgsql immutable set search_path = ''
as $$
begin
  if exists (select 1 from unnest(p_held) as h where h.state = 'failed') then
    perform private.refuse(
      409, 'cell_failed', 'A cell has no answer to judge', 'Correct it, mark it absent, or run it again.'
    );
  end if;
end;
$$;
revoke all on function private.refuse_failed from public, anon, authenticated, service_role;

-- definer: cells and reviews are written by verbs only.
create function public.accept_cells(p_extractions uuid[], p_note text default null, p_seen int[] default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(p_extractions, p_note, p_seen);
begin
  perform private.refuse_failed(v_held);
  if exists (select 1 from unnest(v_held) as h where h.state = 'rejected') then
    perform private.refuse(409, 'cell_rejected', 'A cell is rejected', 'Undo that first, or correct it.');
  elsif exists (select 1 from unnest(v_held) as h where h.state = 'proposed' and h.value is null) then
    perform private.refuse(422, 'no_value', 'A cell has no value to accept', 'Correct it, or mark it absent.');
  end if;
  update public.extractions as e
  set
    state = case e.state when 'proposed' then 'accepted' else e.state end,
    judged_by = (select auth.uid()), original = private.first_answer(e), updated_at = now()
  where e.id = any(p_extractions);
  return query select j.* from private.conclude_judgement(v_held, 'accept', p_note) as j;
end;
$$;
comment on function public.accept_cells is
'Says that what stands in cells is right: a value, or that there is none. At most 1,000 cells, all or none;
p_seen: their revisions on the screen.
For reviewers. Refuses cell_failed, cell_rejected, no_value, no_cells, too_many_cells, cells_repeated,
seen_incomplete, cell_not_found, cell_changed, note_too_long, role_too_low.';
revoke all on function public.accept_cells from public, anon, authenticated, service_role;
grant execute on function public.accept_cells to authenticated;

-- definer: cells and reviews are written by verbs only.
create function public.reject_cells(p_extractions uuid[], p_note text default null, p_seen int[] default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(p_extractions, p_note, p_seen);
begin
  perform private.refuse_failed(v_held);
  update public.extractions as e
  set
    state = 'rejected', value = null, absent_reason = null, verified = false,
    judged_by = (select auth.uid()), original = private.first_answer(e), updated_at = now()
  where e.id = any(p_extractions);
  return query select j.* from private.conclude_judgement(v_held, 'reject', p_note) as j;
end;
$$;
comment on function public.reject_cells is
'Says that what stands in cells is wrong, without giving the right value. The value leaves the table; the original
keeps it.
For reviewers. Refuses cell_failed, no_cells, too_many_cells, cells_repeated, seen_incomplete, cell_not_found,
cell_changed, note_too_long, role_too_low.';
revoke all on function public.reject_cells from public, anon, authenticated, service_role;
grant execute on function public.reject_cells to authenticated;

-- definer: cells and reviews are written by verbs only.
create function public.flag_cells(p_extractions uuid[], p_note text default null, p_seen int[] default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(p_extractions, p_note, p_seen);
begin
  update public.extractions as e
  set flags = array_append(array_remove(e.flags, 'flagged'), 'flagged'), updated_at = now()
  where e.id = any(p_extractions);
  return query select j.* from private.conclude_judgement(v_held, 'flag', p_note) as j;
end;
$$;
comment on function public.flag_cells is
'Asks for another look at cells. A flag decides nothing, and no run takes it away.
For reviewers. Refuses no_cells, too_many_cells, cells_repeated, seen_incomplete, cell_not_found, cell_changed,
note_too_long, role_too_low.';
revoke all on function public.flag_cells from public, anon, authenticated, service_role;
grant execute on function public.flag_cells to authenticated;

-- definer: cells and reviews are written by verbs only.
create function public.unflag_cells(p_extractions uuid[], p_note text default null, p_seen int[] default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(p_extractions, p_note, p_seen);
  v_flagged public.extractions[] := array(select h from unnest(v_held) as h where 'flagged' = any(h.flags));
begin
  update public.extractions as e set flags = array_remove(e.flags, 'flagged'), updated_at = now()
  where e.id = any(p_extractions) and 'flagged' = any(e.flags);
  perform private.record_action(v_flagged, 'unflag', p_note);
  update public.reviews as r set undone = true, updated_at = now()
  where r.extraction_id = any(p_extractions) and r.kind = 'flag' and not r.undone;
  return query select e.* from public.extractions as e where e.id = any(p_extractions) order by e.id;
end;
$$;
comment on function public.unflag_cells is
'Takes away the flags of people, whoever set them. Those of the run stay.
For reviewers. Refuses no_cells, too_many_cells, cells_repeated, seen_incomplete, cell_not_found, cell_changed,
note_too_long, role_too_low.';
revoke all on function public.unflag_cells from public, anon, authenticated, service_role;
grant execute on function public.unflag_cells to authenticated;

-- Corrections: people write values, take them back, and keep them as examples.

-- definer: an editor could add the example by the policies too, but would not be told why not.
create function public.pin_example(p_extraction uuid, p_note text default '')
returns public.golden_examples
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_cell public.extractions;
  v_example public.golden_examples;
begin
  select e.* into v_cell from public.extractions as e
  where e.id = p_extraction and e.project_id = any(private.my_projects('viewer'));
  if v_cell.id is null then
    perform private.refuse(
      404, 'extraction_not_found', 'No such cell', 'It does not exist or you are not a member.'
    );
  end if;
  perform private.require_role(v_cell.project_id, 'editor');
  if v_cell.state in ('failed', 'rejected') then
    perform private.refuse(409, 'cell_not_right', 'The cell holds no right answer', 'Correct it first.');
  end if;
  -- One at a time for each variable: two examples that are pinned at once would get the same
  -- position.
  perform 1 from public.variables as v where v.id = v_cell.variable_id for no key update;
  insert into public.golden_examples (project_id, variable_id, document_id, value, quote, note, position)
  select
    v_cell.project_id, v_cell.variable_id, v_cell.document_id, v_cell.value, left(v_cell.quote, 4000), p_note,
    coalesce(max(g.position), 0) + 1
  from public.golden_examples as g
  where g.variable_id = v_cell.variable_id
  returning * into v_example;
  return v_example;
end;
$$;
comment on function public.pin_example is
'Makes an example of a cell that a person calls right.
For editors. Refuses extraction_not_found, role_too_low, cell_not_right, and whatever is wrong with the example.';
revoke all on function public.pin_example from public, anon, authenticated, service_role;
grant execute on function public.pin_example to authenticated;

-- Refuses what a cell of the variable cannot hold. What it takes can be pinned as an example and
-- set as a default.
create function private.check_value(p_variable uuid, p_value jsonb)
returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_variable public.variables;
begin
  select v.* into v_variable from public.variables as v where v.id = p_variable;
  if p_value is null or jsonb_typeof(p_value) = 'null' then
    perform private.refuse(422, 'no_value', 'No value is given', 'Mark the cell absent instead.');
  elsif octet_length(p_value::text) > 65536 or exists (
    select 1
    from jsonb_array_elements(
      case jsonb_typeof(p_value) when 'array' then p_value else jsonb_build_array(p_value) end
    ) as i (item)
    where char_length(i.item #>> '{}') > 4000
  ) then
    perform private.refuse(
      422, 'value_too_long', 'The value is too long', 'A text has at most 4000 characters, a list 64 KiB.'
    );
  elsif not private.is_cell_of(v_variable, p_value) then
    perform private.refuse(
      422, 'value_type', 'The value does not have the type of its variable', private.cell_hint(v_variable)
    );
  end if;
end;
$$;
revoke all on function private.check_value from public, anon, authenticated, service_role;

-- What a cell of the variable holds, as the next step for a person whose value was refused.
create function private.cell_hint(p_variable public.variables)
returns text
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_variable.multiple and p_variable.several = 'joined' then 'The values as one text that is not empty.'
    else case p_variable.type
      when 'number' then 'A JSON number.'
      when 'boolean' then 'true or false.'
      when 'date' then 'An ISO date of any precision: 2024, 2024-05 or 2024-05-01.'
      when 'category' then 'One of the listed categories, written as listed.'
      when 'money' then 'An object {"amount": number, "currency": "EUR" or null}.'
      else 'Text that is not empty.'
    end || case
      when p_variable.multiple and p_variable.several = 'all'
        then ' A list of 1 to ' || coalesce(p_variable.max_values, 1000) || ' of them.'
      else ''
    end
  end;
$$;
revoke all on function private.cell_hint from public, anon, authenticated, service_role;

-- Where a person read a value: the quote, its page, and its box there. All of it may be null.
create type private.place as (quote text, page int, box float8 array);

-- Refuses a place that the document does not have.
create function private.check_place(p_document uuid, p_place private.place)
returns void
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_box float8[] := p_place.box;
  v_page public.pages;
begin
  select g.* into v_page from public.pages as g
  where g.document_id = p_document and g.number = p_place.page;
  if char_length(p_place.quote) > 10000 or btrim(p_place.quote) = '' then
    perform private.refuse(
      422, 'quote_length', 'The quote is empty or too long', 'Between 1 and 10000 characters, or none.'
    );
  elsif (p_place.page is null and (v_box is not null or p_place.quote is not null))
    or (p_place.page is not null and v_page.document_id is null)
  then
    perform private.refuse(
      422, 'page_unknown', 'The document has no such page', 'A quote or a box needs the number of its page.'
    );
  elsif cardinality(v_box) <> 4 or array_position(v_box, null) is not null
    or v_box[1] > v_box[3] or v_box[2] > v_box[4]
    or v_box[1] < -1 or v_box[2] < -1 or v_box[3] > v_page.width + 1 or v_box[4] > v_page.height + 1
  then
    perform private.refuse(
      422, 'box_outside_page', 'The box is not on the page',
      'x0, y0, x1, y1 in points from the top left of the page as displayed.'
    );
  end if;
end;
$$;
revoke all on function private.check_place from public, anon, authenticated, service_role;

-- Whether the quote is printed on its page, however the blanks fall: what evidence there is for it.
create function private.quote_evidence(p_document uuid, p_place private.place)
returns text
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_quote text := regexp_replace(btrim(p_place.quote), '\s+', ' ', 'g');
begin
  if v_quote is null then
    return 'none';
  elsif exists (
    select 1 from public.pages as g
    where g.document_id = p_document and g.number = p_place.page
      and position(v_quote in regexp_replace(g.text, '\s+', ' ', 'g')) > 0
  ) then
    return 'exact';
  end if;
  return 'not_found';
end;
$$;
revoke all on function private.quote_evidence from public, anon, authenticated, service_role;

-- The smallest zone that the middle of the box is in; null where there is none.
create function private.zone_of_box(p_document uuid, p_page int, p_box float8[])
returns int
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_x float8 := (p_box[1] + p_box[3]) / 2;
  v_y float8 := (p_box[2] + p_box[4]) / 2;
begin
  return (
    select z.position from public.zones as z
    where z.document_id = p_document and z.page = p_page
      and v_x between z.x0 and z.x1 and v_y between z.y0 and z.y1
    order by (z.x1 - z.x0) * (z.y1 - z.y0), z.position
    limit 1
  );
end;
$$;
revoke all on function private.zone_of_box from public, anon, authenticated, service_role;

-- Puts a person's answer in place of what the cell holds, which the caller has locked. It is never
-- verified: that word says what code has proven, and a person needs no proof.
create function private.write_persons_answer(
  p_cell public.extractions, p_state text, p_value jsonb, p_reason text, p_place private.place
)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_cell public.extractions := p_cell;
begin
  perform private.check_place(p_cell.document_id, p_place);
  v_cell.original := private.first_answer(p_cell);
  v_cell.judged_by := (select auth.uid());
  v_cell.origin := 'person';
  v_cell.state := p_state;
  v_cell.value := p_value;
  v_cell.absent_reason := p_reason;
  v_cell.raw := null;
  v_cell.quote := p_place.quote;
  v_cell.page := p_place.page;
  v_cell.box := p_place.box;
  v_cell.boxes := case when p_place.box is null then '[]'::jsonb else jsonb_build_array(to_jsonb(p_place.box)) end;
  v_cell.zone := private.zone_of_box(p_cell.document_id, p_place.page, p_place.box);
  v_cell.evidence := private.quote_evidence(p_cell.document_id, p_place);
  v_cell.verified := false;
  v_cell.confidence := 1;
  v_cell.signals := '{"person": true}';
  v_cell.flags := '{}';
  perform private.write_cells(array[v_cell], p_over_judged => true);
end;
$$;
revoke all on function private.write_persons_answer from public, anon, authenticated, service_role;

-- definer: cells and reviews are written by verbs only.
create function public.correct_cell(
  p_extraction uuid, p_value jsonb,
  p_quote text default null, p_page int default null, p_box float8[] default null,
  p_note text default null, p_seen int default null
)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(array[p_extraction], p_note, array[p_seen]);
begin
  perform private.check_value(v_held[1].variable_id, p_value);
  perform private.write_persons_answer(
    v_held[1], 'corrected', p_value, null, row(p_quote, p_page, p_box)::private.place
  );
  return query select j.* from private.conclude_judgement(v_held, 'correct', p_note) as j;
end;
$$;
comment on function public.correct_cell is
'Puts the right value in place of a wrong one, with the place it was read from where there is one.
For reviewers. Refuses no_value, value_type, value_too_long, quote_length, page_unknown, box_outside_page,
cells_repeated (no cell is named), cell_not_found, cell_changed, note_too_long, role_too_low.';
revoke all on function public.correct_cell from public, anon, authenticated, service_role;
grant execute on function public.correct_cell to authenticated;

-- definer: cells and reviews are written by verbs only.
create function public.mark_absent(
  p_extraction uuid, p_reason text default 'absent', p_note text default null, p_seen int default null
)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(array[p_extraction], p_note, array[p_seen]);
begin
  if p_reason is null or p_reason not in ('absent', 'illegible', 'ambiguous', 'not_applicable') then
    perform private.refuse(
      422, 'reason_unknown', 'The reason is not known', 'absent, illegible, ambiguous or not_applicable.'
    );
  end if;
  perform private.write_persons_answer(v_held[1], 'absent', null, p_reason, null::private.place);
  return query select j.* from private.conclude_judgement(v_held, 'absent', p_note) as j;
end;
$$;
comment on function public.mark_absent is
'Says that the document does not tell the value, whatever was found.
For reviewers. Refuses reason_unknown, cells_repeated (no cell is named), cell_not_found, cell_changed,
note_too_long, role_too_low.';
revoke all on function public.mark_absent from public, anon, authenticated, service_role;
grant execute on function public.mark_absent to authenticated;

-- The cell of a document, a variable and a row, made empty where there is none. Once it is there, it
-- is locked, compared and filled like any other cell.
create function private.find_or_make_cell(p_document public.documents, p_variable uuid, p_row_index int)
returns uuid
language plpgsql volatile set search_path = ''
as $$
begin
  insert into public.extractions (
    project_id, document_id, variable_id, row_index,
    state, absent_reason, evidence, verified, confidence, origin, input_hash
  )
  values (
    p_document.project_id, p_document.id, p_variable, p_row_index,
    'absent', 'absent', 'none', false, 0, 'person', ''
  )
  on conflict (document_id, variable_id, row_index) do nothing;
  return (
    select e.id from public.extractions as e
    where e.document_id = p_document.id and e.variable_id = p_variable and e.row_index = p_row_index
  );
end;
$$;
revoke all on function private.find_or_make_cell from public, anon, authenticated, service_role;

-- definer: cells and reviews are written by verbs only.
create function public.add_value(
  p_document uuid, p_variable uuid, p_value jsonb, p_row_index int default 0,
  p_quote text default null, p_page int default null, p_box float8[] default null, p_note text default null
)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_document public.documents := private.see_document(p_document);
  v_held public.extractions[];
begin
  perform private.require_role(v_document.project_id, 'reviewer');
  if not exists (
    select 1 from public.variables as v where v.id = p_variable and v.project_id = v_document.project_id
  ) then
    perform private.refuse(404, 'variable_not_found', 'No such variable', 'It is not part of this project.');
  elsif p_row_index is null or p_row_index not between 0 and 99999 then
    perform private.refuse(422, 'row_index_range', 'The row index is out of range', 'Count rows from 0.');
  end if;
  perform private.check_value(p_variable, p_value);
  v_held := private.hold_cells(
    array[private.find_or_make_cell(v_document, p_variable, p_row_index)], p_note, null
  );
  if v_held[1].value is not null then
    perform private.refuse(409, 'cell_has_value', 'The cell has a value', 'Correct it instead.');
  end if;
  perform private.write_persons_answer(
    v_held[1], 'corrected', p_value, null, row(p_quote, p_page, p_box)::private.place
  );
  return query select j.* from private.conclude_judgement(v_held, 'add', p_note) as j;
end;
$$;
comment on function public.add_value is
'Adds a value that was missed, from selected text: in a cell without a value, or in a cell or a row that is not there
yet.
For reviewers. Refuses document_not_found, variable_not_found, row_index_range, cell_has_value, no_value, value_type,
value_too_long, quote_length, page_unknown, box_outside_page, note_too_long, role_too_low.';
revoke all on function public.add_value from public, anon, authenticated, service_role;
grant execute on function public.add_value to authenticated;

-- definer: cells and reviews are written by verbs only.
create function public.undo_judgement(p_extraction uuid, p_seen int default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(array[p_extraction], null, array[p_seen]);
  v_step public.extraction_events := private.last_judgement(p_extraction, null);
begin
  if v_step.id is null then
    perform private.refuse(
      409, 'nothing_to_undo', 'Nobody has judged this cell', 'It is as the run left it.'
    );
  elsif v_step.before is null then
    perform private.delete_added_cell(v_held[1]);
    return;
  end if;
  perform private.bring_back(v_held[1], v_step.before);
  perform private.record_action(v_held, 'undo', p_undoes => v_step.id);
  perform private.restore_review(p_extraction, v_step.actor);
  return query select e.* from public.extractions as e where e.id = p_extraction;
end;
$$;
comment on function public.undo_judgement is
'Takes back the last judgement of a cell, whoever made it; step by step down to the answer that stood before anybody
judged. A cell that a person added goes with its first step, and the trail of the project says so.
For reviewers. Refuses nothing_to_undo, cells_repeated (no cell is named), cell_not_found, cell_changed,
role_too_low.';
revoke all on function public.undo_judgement from public, anon, authenticated, service_role;
grant execute on function public.undo_judgement to authenticated;

-- Deletes a cell that a person added. Its history goes with it, so the trail of the project says
-- what it held.
create function private.delete_added_cell(p_cell public.extractions)
returns void
language plpgsql volatile set search_path = ''
as $$
begin
  perform private.add_event(
    p_cell.project_id, 'extractions', p_cell.id, 'deleted',
    jsonb_build_object(
      'document_id', p_cell.document_id, 'variable_id', p_cell.variable_id,
      'row_index', p_cell.row_index, 'value', p_cell.value
    )
  );
  delete from public.extractions as e where e.id = p_cell.id;
end;
$$;
revoke all on function private.delete_added_cell from public, anon, authenticated, service_role;

-- Brings a cell back to what it was at a step of its history. An answer that came beside it since
-- then stays there.
create function private.bring_back(p_cell public.extractions, p_snapshot jsonb)
returns void
language plpgsql volatile set search_path = ''
as $$
declare
  v_cell public.extractions := jsonb_populate_record(p_cell, p_snapshot);
begin
  v_cell.suggestion := coalesce(p_cell.suggestion, v_cell.suggestion);
  perform private.write_cells(array[v_cell], p_over_judged => true);
end;
$$;
revoke all on function private.bring_back from public, anon, authenticated, service_role;

-- The newest judgement of a cell that was not taken back: by anybody, or by p_actor.
create function private.last_judgement(p_extraction uuid, p_actor uuid)
returns public.extraction_events
language sql stable security definer set search_path = ''
as $$
  select h.*
  from public.extraction_events as h
  where h.extraction_id = p_extraction
    and h.action in ('accept', 'correct', 'reject', 'absent', 'add', 'take')
    and (p_actor is null or h.actor = p_actor)
    and not exists (
      select 1 from public.extraction_events as u where u.extraction_id = p_extraction and u.undoes = h.id
    )
  order by h.id desc
  limit 1;
$$;
revoke all on function private.last_judgement from public, anon, authenticated, service_role;

-- After an undo a person's current judgement is again the one before it. Where there is none, the
-- review is marked as taken back. A flag is no judgement, and stays.
create function private.restore_review(p_extraction uuid, p_author uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_step public.extraction_events := private.last_judgement(p_extraction, p_author);
begin
  if v_step.id is null then
    update public.reviews as r set undone = true, updated_at = now()
    where r.extraction_id = p_extraction and r.author = p_author and r.kind <> 'flag';
  else
    update public.reviews as r
    set
      undone = false, updated_at = now(),
      kind = private.review_kind(v_step.action), value = v_step.value, note = v_step.note
    where r.extraction_id = p_extraction and r.author = p_author and r.kind <> 'flag';
  end if;
end;
$$;
revoke all on function private.restore_review from public, anon, authenticated, service_role;

-- Suggested answers: what a later run says of a cell that a person judged.

-- Lays the newer answers of a run beside the cells that people judged. A failure is no answer.
create function private.suggest_answers(p_task private.tasks, p_answers jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
begin
  with suggested as (
    update public.extractions as e
    set
      suggestion = (a.answer - array['variable_id', 'row_index'])
        || jsonb_build_object('job_id', p_task.job_id, 'schema_version_id', j.schema_version_id)
    from jsonb_array_elements(p_answers) as a (answer)
    inner join public.jobs as j on j.id = p_task.job_id
    where e.document_id = p_task.document_id
      and e.variable_id = (a.answer ->> 'variable_id')::uuid
      and e.row_index = (a.answer ->> 'row_index')::int
      and e.judged_by is not null
      and a.answer ->> 'state' <> 'failed'
    returning e.*
  )
  insert into public.extraction_events (project_id, extraction_id, action, job_id, value, state, evidence)
  select
    s.project_id, s.id, 'suggest', p_task.job_id,
    nullif(s.suggestion -> 'value', 'null'::jsonb), s.suggestion ->> 'state', s.suggestion ->> 'evidence'
  from suggested as s;
end;
$$;
revoke all on function private.suggest_answers from public, anon, authenticated, service_role;

-- Puts the newer answer of a cell, which the caller has locked, in place of the judged one; the
-- caller is its judge.
create function private.write_suggestion(p_cell public.extractions)
returns void
language plpgsql volatile set search_path = ''
as $$
declare
  v_cell public.extractions := jsonb_populate_record(null::public.extractions, p_cell.suggestion);
begin
  v_cell.project_id := p_cell.project_id;
  v_cell.document_id := p_cell.document_id;
  v_cell.variable_id := p_cell.variable_id;
  v_cell.row_index := p_cell.row_index;
  -- The job or the version that the answer came from may have been deleted since then.
  v_cell.job_id := (select j.id from public.jobs as j where j.id = v_cell.job_id);
  v_cell.schema_version_id := (
    select s.id from public.schema_versions as s where s.id = v_cell.schema_version_id
  );
  v_cell.state := case v_cell.state when 'proposed' then 'accepted' else v_cell.state end;
  v_cell.judged_by := (select auth.uid());
  v_cell.original := p_cell.suggestion;
  v_cell.suggestion := null;
  perform private.write_cells(array[v_cell], p_over_judged => true);
end;
$$;
revoke all on function private.write_suggestion from public, anon, authenticated, service_role;

-- definer: cells and reviews are written by verbs only.
create function public.take_suggestion(p_extraction uuid, p_note text default null, p_seen int default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(array[p_extraction], p_note, array[p_seen]);
  v_suggestion jsonb := v_held[1].suggestion;
begin
  if v_suggestion is null or v_held[1].judged_by is null then
    perform private.refuse(
      409, 'no_suggestion', 'The cell has no newer answer', 'It is as the last run left it.'
    );
  elsif v_suggestion ->> 'state' = 'proposed' and jsonb_typeof(v_suggestion -> 'value') = 'null' then
    perform private.refuse(
      422, 'no_value', 'The newer answer has no value to accept', 'Correct the cell instead.'
    );
  end if;
  perform private.write_suggestion(v_held[1]);
  return query select j.* from private.conclude_judgement(v_held, 'take', p_note) as j;
end;
$$;
comment on function public.take_suggestion is
'Puts the newer answer in place of the judged one, accepted by who takes it.
For reviewers. Refuses no_suggestion, no_value, cells_repeated (no cell is named), cell_not_found, cell_changed,
note_too_long, role_too_low.';
revoke all on function public.take_suggestion from public, anon, authenticated, service_role;
grant execute on function public.take_suggestion to authenticated;

-- The review queue: cells in the order of what a decision on them is worth, each with the parts of
-- that worth.

-- What a person reads of a cell's worth: the terms of extractions.worth, which says what each of
-- them means, and that of a required variable. Terms that are nothing are left out.
create function private.worth_parts(p_cell public.extractions, p_required boolean)
returns jsonb
language plpgsql immutable set search_path = ''
as $$
declare
  v_parts jsonb := jsonb_build_object(
    'asked', case when 'flagged' = any(p_cell.flags) then 1 end,
    'disagreement', case
      when p_cell.suggestion is not null
        and p_cell.suggestion -> 'value' is distinct from coalesce(p_cell.value, 'null'::jsonb)
        and (
          p_cell.original is null
          or p_cell.suggestion -> 'value' is distinct from p_cell.original -> 'value'
        )
        then 0.8
    end
  );
begin
  if p_cell.judged_by is null then
    v_parts := v_parts || jsonb_build_object(
      'doubt', case
        when p_cell.state = 'failed' then 0.6
        when p_cell.state = 'proposed' then round((1 - p_cell.confidence)::numeric, 4)
        when p_cell.absent_reason in ('illegible', 'ambiguous')
          or p_cell.flags && array['unread_pages', 'required', 'truncated']
          then 0.5
        when 'offline_silent' = any(p_cell.flags) then 0.3
        else 0.15
      end,
      'unverified', case when p_cell.state = 'proposed' and not p_cell.verified then 0.3 end,
      'flags', 0.1 * nullif(
        least(cardinality(array_remove(array_remove(p_cell.flags, 'flagged'), 'offline_silent')), 3), 0
      ),
      'required', case when p_required then 0.1 end,
      'unjudged', 0.05
    );
  end if;
  return jsonb_strip_nulls(v_parts);
end;
$$;
revoke all on function private.worth_parts from public, anon, authenticated, service_role;

-- The cells of one page of the queue, with what a decision on each is worth, the worthiest first.
-- Cells of required variables that nobody judged are worth 0.1 more, which the index does not know.
-- So the queue is two queues, with that bonus and without: each comes out of the index in order and
-- stops at a page, and the page is the best of both.
create function private.queued_cells(
  p_project uuid, p_required uuid[], p_limit int, p_after_worth float8, p_after uuid
)
returns table (id uuid, worth float8)
language plpgsql stable set search_path = ''
as $$
begin
  return query
    with queues (bonus) as (values (0::float8), (0.1::float8))
    select c.id, c.worth
    from queues as q
    cross join lateral (
      select e.id, w.worth
      from public.extractions as e
      cross join lateral (select round((e.worth + q.bonus)::numeric, 4)::float8 as worth) as w
      where e.project_id = p_project and e.worth > 0
        and (q.bonus = 0 or cardinality(p_required) > 0)
        and (e.judged_by is null and e.variable_id = any(p_required)) = (q.bonus > 0)
        -- Where the index begins: a little too early, for the sum is rounded. The next condition is
        -- exact.
        and e.worth <= coalesce(p_after_worth - q.bonus + 0.0001, 'infinity')
        and (
          p_after_worth is null
          or w.worth < p_after_worth
          or (w.worth = p_after_worth and e.id > p_after)
        )
        and exists (select 1 from public.documents as d where d.id = e.document_id and d.deleted_at is null)
      order by e.worth desc, e.id
      limit p_limit
    ) as c
    order by c.worth desc, c.id
    limit p_limit;
end;
$$;
revoke all on function private.queued_cells from public, anon, authenticated, service_role;

-- definer: membership is checked once and the cells are read without a policy a row.
create function public.review_queue(
  p_project uuid, p_limit int default 50, p_after_worth float8 default null, p_after uuid default null
)
returns table (
  worth float8, parts jsonb, extraction_id uuid, revision int,
  document_id uuid, document text, variable_id uuid, key text, label text, row_index int,
  state text, value jsonb, evidence text, verified boolean, confidence float8,
  quote text, page int, box float8[], boxes jsonb, flags text[], absent_reason text,
  original jsonb, suggestion jsonb
)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_limit int := least(greatest(coalesce(p_limit, 50), 1), 1000);
  v_required uuid[] := array(
    select v.id from public.variables as v where v.project_id = p_project and v.required
  );
begin
  perform private.require_role(p_project, 'viewer');
  return query
    select
      q.worth, private.worth_parts(e, v.required), e.id, e.revision,
      e.document_id, d.name, e.variable_id, v.key, v.label, e.row_index,
      e.state, e.value, e.evidence, e.verified, e.confidence,
      e.quote, e.page, e.box, e.boxes, e.flags, e.absent_reason,
      e.original, e.suggestion
    from private.queued_cells(p_project, v_required, v_limit, p_after_worth, p_after) as q
    inner join public.extractions as e on e.id = q.id
    inner join public.documents as d on d.id = e.document_id
    inner join public.variables as v on v.id = e.variable_id
    order by q.worth desc, q.id;
end;
$$;
comment on function public.review_queue is
'Lists the cells of a project that are worth a look, the worthiest first. Page on with worth and extraction_id of the
last row.
For members. Refuses project_not_found.';
revoke all on function public.review_queue from public, anon, authenticated, service_role;
grant execute on function public.review_queue to authenticated;

-- Results: which documents and which answers make up the table, and the table as one row a value.

-- The run that a result set stands at, or no row where there is none yet: the job that is named,
-- else the newest full run or rerun that has read a document.
create function private.result_run(p_project uuid, p_job uuid)
returns table (job_id uuid, run_at timestamptz)
language sql stable rows 1 set search_path = ''
as $$
  select j.id, coalesce(j.started_at, j.created_at) as run_at
  from public.jobs as j
  where j.project_id = p_project
    and case
      when p_job is null then j.kind <> 'sample' and j.documents_done > 0
      else j.id = p_job
    end
  order by run_at desc
  limit 1;
$$;
revoke all on function private.result_run from public, anon, authenticated, service_role;

-- The documents of a result set, and the run it stands at: 'infinity' where there is no such run.
-- Of a named job these are the documents that it read. Without a job they are those of the newest
-- full run and of all full runs before it; until there is a full run, whatever the samples read. A
-- sample that is newer than the full run stays out, or a handful of documents would show answers to
-- another schema than the rest of the table.
-- definer: reads the queue; members only.
create function private.result_documents(p_project uuid, p_job uuid)
returns table (document_id uuid, run_at timestamptz)
language sql stable security definer set search_path = ''
as $$
  with result_run as (
    select r.job_id, r.run_at from private.result_run(p_project, p_job) as r
  ),
  read_documents as (
    select t.document_id
    from private.tasks as t
    inner join public.jobs as j on j.id = t.job_id
    left join result_run as r on true
    where j.project_id = p_project
      and t.kind = 'extract'
      and t.state in ('done', 'dead')
      and (
        r.job_id is null
        or j.id = r.job_id
        or (p_job is null and j.kind <> 'sample' and coalesce(j.started_at, j.created_at) <= r.run_at)
      )
  ),
  -- A person may add a value to a document that no run has read.
  documents_with_added_values as (
    select e.document_id
    from public.extractions as e
    where p_job is null and e.project_id = p_project and e.judged_by is not null and e.origin = 'person'
  ),
  all_documents as (
    select r.document_id from read_documents as r
    union
    select a.document_id from documents_with_added_values as a
  )
  select d.id, coalesce(r.run_at, 'infinity')
  from all_documents as a
  inner join public.documents as d on d.id = a.document_id and d.deleted_at is null
  left join result_run as r on true
  where p_project = any(private.my_projects('viewer'));
$$;
revoke all on function private.result_documents from public, anon, authenticated, service_role;
grant execute on function private.result_documents to authenticated;

-- Every answer that a cell has had: first the one that stands now, then those that a later run
-- replaced. since: the run that gave the answer; what a person judged has always stood. until: the
-- run that replaced it, null for the one that stands. A result set at run_at takes the answers with
-- since <= run_at and run_at before until.
create view private.answers with (security_invoker = true) as
select
  e.id,
  e.revision,
  e.project_id,
  e.document_id,
  e.variable_id,
  e.row_index,
  e.job_id,
  e.schema_version_id,
  e.state,
  e.value,
  e.quote,
  e.page,
  e.box,
  e.boxes,
  e.evidence,
  e.verified,
  e.confidence,
  e.flags,
  e.absent_reason,
  e.origin,
  e.judged_by,
  e.original,
  e.suggestion,
  e.updated_at,
  case when e.judged_by is null then coalesce(j.started_at, j.created_at, '-infinity') else '-infinity' end as since,
  null::timestamptz as until
from public.extractions as e
left join public.jobs as j on e.job_id = j.id
union all
select
  e.id,
  e.revision,
  e.project_id,
  e.document_id,
  e.variable_id,
  e.row_index,
  replaced.job_id,
  replaced.schema_version_id,
  replaced.state,
  replaced.value,
  replaced.quote,
  replaced.page,
  replaced.box,
  replaced.boxes,
  replaced.evidence,
  replaced.verified,
  replaced.confidence,
  replaced.flags,
  replaced.absent_reason,
  replaced.origin,
  replaced.judged_by,
  replaced.original,
  replaced.suggestion,
  h.created_at as updated_at,
  coalesce(giver.started_at, giver.created_at, '-infinity') as since,
  coalesce(replacer.started_at, replacer.created_at) as until
from public.extraction_events as h
inner join public.extractions as e on h.extraction_id = e.id and e.judged_by is null
inner join public.jobs as replacer on h.job_id = replacer.id
cross join lateral jsonb_populate_record(null::public.extractions, h.before) as replaced
left join public.jobs as giver on replaced.job_id = giver.id
where h.action = 'model_run' and h.before is not null;
revoke all on table private.answers from public, anon, authenticated, service_role;
grant select on table private.answers to authenticated, service_role; -- it runs as who reads results_long

-- For clients that filter and page through the Data API: several values of a cell are several rows;
-- a cell without a value is one row that says why.
create view public.results_long with (security_invoker = true) as
select
  p.id as project_id,
  d.id as document_id,
  d.name as document,
  e.row_index,
  v.id as variable_id,
  v.key,
  v.label,
  v.type,
  v.position,
  i.item::int as item,
  i.value,
  i.value #>> '{}' as text,
  e.id as extraction_id,
  e.revision,
  e.state,
  e.absent_reason,
  e.original -> 'value' as original_value,
  e.evidence,
  e.verified,
  e.confidence,
  e.quote,
  e.page,
  e.box,
  e.flags,
  e.origin,
  e.job_id,
  s.number as version,
  e.updated_at
from public.projects as p
cross join lateral private.result_documents(p.id, null) as r
inner join public.documents as d on r.document_id = d.id
inner join private.answers as e
  on
    d.id = e.document_id
    and r.run_at >= e.since
    and (e.until is null or r.run_at < e.until)
inner join public.variables as v on e.variable_id = v.id
left join public.schema_versions as s on e.schema_version_id = s.id
cross join lateral jsonb_array_elements(
  case when jsonb_typeof(e.value) = 'array' then e.value else jsonb_build_array(e.value) end
) with ordinality as i (value, item);
comment on view public.results_long is
'One row a value of the newest result set. Filter by project_id and page by key.';
revoke all on table public.results_long from public, anon, authenticated, service_role;
grant select on table public.results_long to authenticated, service_role;

-- Refuses a job that is not one of the project; null is none and passes.
create function private.require_job_of_project(p_project uuid, p_job uuid)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  if p_job is not null and not exists (
    select 1 from public.jobs as j where j.id = p_job and j.project_id = p_project
  ) then
    perform private.refuse(404, 'job_not_found', 'No such job', 'It is not a job of this project.');
  end if;
end;
$$;
revoke all on function private.require_job_of_project from public, anon, authenticated, service_role;

-- Result units: which rows a page of the table holds, filtered and sorted.
-- A unit is one row of the table: a document, or one of the entities that it lists.

-- A unit and its place in the order that was asked for: by k1, then k2, then the age of the
-- document. The cursor of a row is its unit as JSON. row_index: -1 for a document that gave no row.
-- run_at: the run that the unit is read at.
create type private.result_unit as (
  k1 float8,
  k2 text,
  created_at timestamptz,
  document_id uuid,
  row_index int,
  run_at timestamptz
);
revoke all on type private.result_unit from public, anon, authenticated, service_role;

-- Which page of units is asked for.
--   job_id             the run to read; null: the newest result set
--   is_current         the newest result set is asked for, and it is what the cells say now
--   document_id        units of this document alone
--   variable_id        the filters look at the cell of this variable, else at all cells of a unit
--   sort               document, name, confidence or variable
--   sort_variable_id   the variable to sort by; sorts_texts: its values are compared as texts
--   variables_read     the variables whose cells decide
--   after              the last unit of the page before
create type private.unit_query as (
  project_id uuid,
  job_id uuid,
  is_current boolean,
  document_id uuid,
  variable_id uuid,
  min_confidence float8,
  flagged boolean,
  state text,
  sort text,
  sort_variable_id uuid,
  sorts_texts boolean,
  descending boolean,
  variables_read uuid array,
  page_size int,
  after private.result_unit
);
revoke all on type private.unit_query from public, anon, authenticated, service_role;

-- Whether the newest result set is what the cells say now: no run was started after the one that it
-- stands at, so that no replaced answer has to be looked for.
create function private.results_are_current(p_project uuid)
returns boolean
language sql stable security definer set search_path = ''
as $$
  select not exists (
    select 1
    from public.jobs as j
    cross join private.result_run(p_project, null) as r
    where j.project_id = p_project
      and j.documents_done > 0
      and coalesce(j.started_at, j.created_at) > r.run_at
  );
$$;
revoke all on function private.results_are_current from public, anon, authenticated, service_role;

-- What values are sorted by as numbers: a number, an amount of money, yes after no; of several
-- values the first. Null for what has no number in it.
create function private.sort_number(p_value jsonb)
returns float8
language sql immutable set search_path = ''
as $$
  select case jsonb_typeof(p_value)
    when 'number' then p_value::float8
    when 'boolean' then (p_value = 'true'::jsonb)::int
    when 'object' then private.sort_number(p_value -> 'amount')
    when 'array' then private.sort_number(p_value -> 0)
  end;
$$;
revoke all on function private.sort_number from public, anon, authenticated, service_role;

-- A place before every unit: what the first page goes on from.
create function private.place_before_all()
returns private.result_unit
language sql immutable parallel safe set search_path = ''
as $$
  select (
    '-infinity', '', '-infinity', '00000000-0000-0000-0000-000000000000', -2, null
  )::private.result_unit;
$$;
revoke all on function private.place_before_all from public, anon, authenticated, service_role;

-- A unit as the cursor that clients hand back. JSON knows no infinity: k1 is null for units that
-- have nothing to be sorted by and come last.
create function private.write_cursor(p_unit private.result_unit)
returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_build_object(
    'k1', nullif(p_unit.k1, 'infinity'),
    'k2', p_unit.k2,
    'created_at', p_unit.created_at,
    'document_id', p_unit.document_id,
    'row_index', p_unit.row_index
  );
$$;
revoke all on function private.write_cursor from public, anon, authenticated, service_role;

-- The unit that a cursor means; without a cursor the place before all.
create function private.read_cursor(p_cursor jsonb)
returns private.result_unit
language plpgsql stable set search_path = ''
as $$
declare
  v_unit private.result_unit;
begin
  if p_cursor is null then
    return private.place_before_all();
  end if;
  v_unit := jsonb_populate_record(null::private.result_unit, p_cursor);
  v_unit.k1 := coalesce(v_unit.k1, 'infinity');
  return v_unit;
end;
$$;
revoke all on function private.read_cursor from public, anon, authenticated, service_role;

-- A page of all units of the newest result set, by document or by name, where it is what the cells
-- say now. The documents are paged first and only those of the page are looked into, so that a page
-- costs a page.
create function private.document_units(p_query private.unit_query)
returns setof private.result_unit
language sql stable security definer set search_path = ''
as $$
  with keyed_documents as (
    select
      d.id,
      d.created_at,
      case
        when p_query.sort = 'document' and p_query.descending then -extract(epoch from d.created_at)::float8
        else 0
      end as k1,
      case when p_query.sort = 'name' then d.name else '' end as k2
    from private.result_documents(p_query.project_id, null) as r
    inner join public.documents as d on d.id = r.document_id
    where p_query.document_id is null or d.id = p_query.document_id
  ),
  -- The last document of the page before is among them again, because it may have more rows: so one
  -- more than asked.
  paged_documents as (
    select k.*
    from keyed_documents as k
    where k.k1 > (p_query.after).k1
      or (
        k.k1 = (p_query.after).k1
        and (
          case when p_query.descending then k.k2 < (p_query.after).k2 else k.k2 > (p_query.after).k2 end
          or (
            k.k2 = (p_query.after).k2
            and (k.created_at, k.id) >= ((p_query.after).created_at, (p_query.after).document_id)
          )
        )
      )
    order by
      k.k1,
      case when not p_query.descending then k.k2 end,
      case when p_query.descending then k.k2 end desc,
      k.created_at,
      k.id
    limit p_query.page_size + 1
  ),
  units as (
    select d.*, coalesce(u.row_index, -1) as row_index
    from paged_documents as d
    left join lateral (
      select distinct e.row_index from public.extractions as e where e.document_id = d.id
    ) as u on true
  )
  select u.k1, u.k2, u.created_at, u.id, u.row_index, 'infinity'::timestamptz
  from units as u
  where u.id <> (p_query.after).document_id or u.row_index > (p_query.after).row_index
  order by
    u.k1,
    case when not p_query.descending then u.k2 end,
    case when p_query.descending then u.k2 end desc,
    u.created_at,
    u.id,
    u.row_index
  limit p_query.page_size;
$$;
revoke all on function private.document_units from public, anon, authenticated, service_role;

-- The units that have a value of the variable to sort by, where cells are current: one cell a unit
-- is read.
create function private.valued_units(p_query private.unit_query)
returns setof private.result_unit
language sql stable security definer set search_path = ''
as $$
  with sorted_cells as (
    select
      e.document_id,
      e.row_index,
      private.sort_number(e.value) as number,
      case when p_query.sorts_texts then e.value #>> '{}' end as text
    from public.extractions as e
    where e.variable_id = p_query.sort_variable_id and e.value is not null
  )
  select
    coalesce(c.number, 0) * case when p_query.descending then -1 else 1 end,
    coalesce(c.text, ''),
    d.created_at,
    c.document_id,
    c.row_index,
    'infinity'::timestamptz
  from sorted_cells as c
  inner join private.result_documents(p_query.project_id, null) as r on r.document_id = c.document_id
  inner join public.documents as d on d.id = c.document_id
  where (p_query.document_id is null or d.id = p_query.document_id)
    and num_nonnulls(c.number, c.text) > 0;
$$;
revoke all on function private.valued_units from public, anon, authenticated, service_role;

-- The units that valued_units leaves out: they come after all others, in the order of documents.
create function private.valueless_units(p_query private.unit_query)
returns setof private.result_unit
language sql stable security definer set search_path = ''
as $$
  select 'infinity'::float8, '', d.created_at, d.id, coalesce(u.row_index, -1), 'infinity'::timestamptz
  from private.result_documents(p_query.project_id, null) as r
  inner join public.documents as d on d.id = r.document_id
  left join lateral (
    select distinct e.row_index from public.extractions as e where e.document_id = d.id
  ) as u on true
  where (p_query.document_id is null or d.id = p_query.document_id)
    and not exists (
      select 1
      from public.extractions as e
      where e.document_id = d.id
        and e.row_index = u.row_index
        and e.variable_id = p_query.sort_variable_id
        and (
          private.sort_number(e.value) is not null
          or (p_query.sorts_texts and e.value #>> '{}' is not null)
        )
    );
$$;
revoke all on function private.valueless_units from public, anon, authenticated, service_role;

-- The units that pass the filters, at whatever run: every document of the result set is looked
-- into.
create function private.filtered_units(p_query private.unit_query)
returns setof private.result_unit
language sql stable security definer set search_path = ''
as $$
  with units as (
    select d.id, d.name, d.created_at, r.run_at, u.*
    from private.result_documents(p_query.project_id, p_query.job_id) as r
    inner join public.documents as d on d.id = r.document_id
    left join lateral (
      with read_cells as (
        select e.row_index, e.variable_id, e.value, e.state, e.confidence, e.flags
        from public.extractions as e
        where p_query.is_current
          and e.document_id = d.id
          and e.variable_id = any(p_query.variables_read)
        union all
        select a.row_index, a.variable_id, a.value, a.state, a.confidence, a.flags
        from private.answers as a
        where not p_query.is_current
          and a.document_id = d.id
          and a.variable_id = any(p_query.variables_read)
          and a.since <= r.run_at
          and (a.until is null or r.run_at < a.until)
      ),
      cells as (
        select
          c.*,
          p_query.variable_id is null or c.variable_id = p_query.variable_id as is_filtered,
          c.variable_id = p_query.sort_variable_id as is_sorted
        from read_cells as c
      )
      select
        c.row_index,
        avg(c.confidence) filter (where c.value is not null) as average_confidence,
        avg(c.confidence) filter (where c.value is not null and c.is_filtered) as confidence,
        bool_or(cardinality(c.flags) > 0) filter (where c.is_filtered) as is_flagged,
        bool_or(c.state = p_query.state) filter (where c.is_filtered) as has_state,
        bool_or(c.value is not null) filter (where c.is_filtered) as has_value,
        max(private.sort_number(c.value)) filter (where c.is_sorted) as sort_number,
        max(c.value #>> '{}') filter (where c.is_sorted and p_query.sorts_texts) as sort_text
      from cells as c
      group by c.row_index
    ) as u on true
    where p_query.document_id is null or d.id = p_query.document_id
  ),
  matching_units as (
    select u.*
    from units as u
    where (p_query.min_confidence is null or u.confidence >= p_query.min_confidence)
      and (p_query.flagged is null or u.is_flagged = p_query.flagged)
      and (p_query.state is null or u.has_state)
      -- A variable without another filter asks for the units that have a value of it.
      and (
        p_query.variable_id is null
        or num_nonnulls(p_query.min_confidence, p_query.flagged, p_query.state) > 0
        or u.has_value
      )
  )
  select
    coalesce(
      case p_query.sort
        when 'document' then case when p_query.descending then extract(epoch from m.created_at)::float8 else 0 end
        when 'name' then 0
        when 'confidence' then m.average_confidence
        when 'variable' then coalesce(m.sort_number, case when m.sort_text is not null then 0 end)
      end * case when p_query.descending then -1 else 1 end,
      'infinity'
    ),
    case p_query.sort
      when 'name' then m.name
      when 'variable' then coalesce(m.sort_text, '')
      else ''
    end,
    m.created_at,
    m.id,
    coalesce(m.row_index, -1),
    m.run_at
  from matching_units as m;
$$;
revoke all on function private.filtered_units from public, anon, authenticated, service_role;

-- A page of the units that p_source gives: the first ones behind the last unit of the page before.
create function private.next_units(p_query private.unit_query, p_source text)
returns setof private.result_unit
language sql stable set search_path = ''
as $$
  with units as (
    select f.* from private.filtered_units(p_query) as f where p_source = 'filtered'
    union all
    select v.* from private.valued_units(p_query) as v where p_source = 'valued'
    union all
    select v.* from private.valueless_units(p_query) as v where p_source = 'valueless'
  )
  select u.*
  from units as u
  where u.k1 > (p_query.after).k1
    or (
      u.k1 = (p_query.after).k1
      and (
        case when p_query.descending then u.k2 < (p_query.after).k2 else u.k2 > (p_query.after).k2 end
        or (
          u.k2 = (p_query.after).k2
          and (u.created_at, u.document_id, u.row_index)
          > ((p_query.after).created_at, (p_query.after).document_id, (p_query.after).row_index)
        )
      )
    )
  order by
    u.k1,
    case when not p_query.descending then u.k2 end,
    case when p_query.descending then u.k2 end desc,
    u.created_at,
    u.document_id,
    u.row_index
  limit p_query.page_size;
$$;
revoke all on function private.next_units from public, anon, authenticated, service_role;

-- A page of units, in the cheapest way that the question allows. Unfiltered units that are sorted
-- by a variable come in two parts: only when those with a value do not fill the page are the others
-- looked for.
create function private.page_units(p_query private.unit_query)
returns setof private.result_unit
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_is_filtered boolean := p_query.variable_id is not null
    or num_nonnulls(p_query.min_confidence, p_query.flagged, p_query.state) > 0;
  v_rest private.unit_query := p_query;
  v_found int := 0;
begin
  if not p_query.is_current or v_is_filtered or p_query.sort = 'confidence' then
    return query select u.* from private.next_units(p_query, 'filtered') as u;
    return;
  elsif p_query.sort in ('document', 'name') then
    return query select u.* from private.document_units(p_query) as u;
    return;
  end if;
  if (p_query.after).k1 < 'infinity' then
    return query select u.* from private.next_units(p_query, 'valued') as u;
    get diagnostics v_found = row_count;
  end if;
  if v_found < p_query.page_size then
    v_rest.page_size := p_query.page_size - v_found;
    return query select u.* from private.next_units(v_rest, 'valueless') as u;
  end if;
end;
$$;
revoke all on function private.page_units from public, anon, authenticated, service_role;

-- Result pages: the rows of the table with their cells, a page at a time.

-- What a unit holds: its cells by variable key, in schema order, null for a variable that was never
-- asked; and the average confidence of its values.
create function private.read_unit(
  p_project uuid, p_unit private.result_unit, out cells json, out average_confidence float8
)
language sql stable security definer set search_path = ''
as $$
  with answers as (
    select a.*
    from private.answers as a
    where a.document_id = p_unit.document_id
      and a.row_index = p_unit.row_index
      and a.since <= p_unit.run_at
      and (a.until is null or p_unit.run_at < a.until)
  )
  select
    json_object_agg(
      v.key,
      case
        when a.id is not null then json_build_object(
          'extraction_id', a.id,
          'revision', a.revision,
          'value', a.value,
          'state', a.state,
          'evidence', a.evidence,
          'verified', a.verified,
          'confidence', a.confidence,
          'quote', a.quote,
          'page', a.page,
          'box', a.box,
          'boxes', a.boxes,
          'flags', a.flags,
          'origin', a.origin,
          'absent_reason', a.absent_reason,
          'version', s.number,
          'job_id', a.job_id,
          'judged_by', a.judged_by,
          'original', a.original,
          'suggestion', a.suggestion
        )
      end
      order by v.position, v.key
    ),
    avg(a.confidence) filter (where a.value is not null)
  from public.variables as v
  left join answers as a on a.variable_id = v.id
  left join public.schema_versions as s on s.id = a.schema_version_id
  where v.project_id = p_project;
$$;
revoke all on function private.read_unit from public, anon, authenticated, service_role;

-- Refuses arguments of result_rows that mean nothing in this project.
create function private.check_page(
  p_project uuid, p_job uuid, p_variable text, p_state text, p_sort text, p_after jsonb
)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  perform private.require_job_of_project(p_project, p_job);
  if p_variable is not null and not exists (
    select 1 from public.variables as v where v.project_id = p_project and v.key = p_variable
  ) then
    perform private.refuse(
      404, 'variable_not_found', 'No such variable', 'Give the key of a variable of this project.'
    );
  elsif p_state is not null
    and p_state not in ('proposed', 'accepted', 'corrected', 'rejected', 'absent', 'failed')
  then
    perform private.refuse(
      422, 'state_unknown', 'The state is not known',
      'proposed, accepted, corrected, rejected, absent or failed.'
    );
  elsif ltrim(p_sort, '-') not in ('document', 'name', 'confidence') and not exists (
    select 1 from public.variables as v where v.project_id = p_project and v.key = ltrim(p_sort, '-')
  ) then
    perform private.refuse(
      422, 'sort_unknown', 'The table cannot be sorted by that',
      'document, name, confidence or the key of a variable.'
    );
  elsif p_after is not null
    and not coalesce(p_after ?& array['k1', 'k2', 'created_at', 'document_id', 'row_index'], false)
  then
    perform private.refuse(
      422, 'cursor_unknown', 'The cursor is not one of this table',
      'Hand back the cursor of the last row as it came.'
    );
  end if;
end;
$$;
revoke all on function private.check_page from public, anon, authenticated, service_role;

-- The question with the order put in: p_sort is document, name, confidence or the key of a
-- variable, with - before it for the other direction.
create function private.sort_units(p_query private.unit_query, p_sort text)
returns private.unit_query
language plpgsql stable set search_path = ''
as $$
declare
  v_query private.unit_query := p_query;
  v_key text := ltrim(p_sort, '-');
begin
  v_query.descending := p_sort like '-%';
  if v_key in ('document', 'name', 'confidence') then
    v_query.sort := v_key;
  else
    v_query.sort := 'variable';
    select v.id, v.type not in ('number', 'money', 'boolean') into v_query.sort_variable_id, v_query.sorts_texts
    from public.variables as v
    where v.project_id = p_query.project_id and v.key = v_key;
  end if;
  return v_query;
end;
$$;
revoke all on function private.sort_units from public, anon, authenticated, service_role;

-- The variables whose cells decide which units there are and in which order. Who filters by one
-- variable gets only units that have a cell of it, so that no other cell has to be read; an average
-- needs them all.
create function private.variables_to_read(p_query private.unit_query)
returns uuid[]
language sql stable set search_path = ''
as $$
  select case
    when p_query.variable_id is not null and p_query.sort <> 'confidence'
      then array_remove(array[p_query.variable_id, p_query.sort_variable_id], null)
    else array(select v.id from public.variables as v where v.project_id = p_query.project_id)
  end;
$$;
revoke all on function private.variables_to_read from public, anon, authenticated, service_role;

-- definer: membership is checked once and the cells are read without a policy a row.
create function public.result_rows(
  p_project uuid,
  p_job uuid default null,
  p_min_confidence float8 default null,
  p_flagged boolean default null,
  p_document uuid default null,
  p_variable text default null,
  p_state text default null,
  p_sort text default 'document',
  p_limit int default 100,
  p_after jsonb default null
)
returns table (
  document_id uuid,
  document text,
  document_state text,
  unread_pages int,
  row_index int,
  average_confidence float8,
  cells json,
  cursor jsonb
)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_query private.unit_query;
begin
  perform private.require_role(p_project, 'viewer');
  perform private.check_page(p_project, p_job, p_variable, p_state, p_sort, p_after);
  v_query.project_id := p_project;
  v_query.job_id := p_job;
  v_query.is_current := p_job is null and private.results_are_current(p_project);
  v_query.document_id := p_document;
  v_query.variable_id := (
    select v.id from public.variables as v where v.project_id = p_project and v.key = p_variable
  );
  v_query.min_confidence := p_min_confidence;
  v_query.flagged := p_flagged;
  v_query.state := p_state;
  v_query := private.sort_units(v_query, coalesce(p_sort, 'document'));
  v_query.variables_read := private.variables_to_read(v_query);
  v_query.page_size := least(greatest(coalesce(p_limit, 100), 1), 1000);
  v_query.after := private.read_cursor(p_after);
  return query
    with page as (
      select u as unit, row_number() over () as place from private.page_units(v_query) as u
    )
    select
      d.id,
      d.name,
      d.state,
      d.unread_pages,
      nullif((p.unit).row_index, -1),
      u.average_confidence,
      u.cells,
      private.write_cursor(p.unit)
    from page as p
    inner join public.documents as d on d.id = (p.unit).document_id
    cross join lateral private.read_unit(p_project, p.unit) as u
    order by p.place;
end;
$$;
comment on function public.result_rows is
'Gives one page of the table: a row for each document, or for each entity that a document lists. A
document that gave no row has row_index null.
p_job: the result set of that job; without it the newest one. p_document: rows of that document
alone.
p_min_confidence looks at the average confidence, p_flagged and p_state at any cell: of the variable
p_variable, else of the whole row. p_variable alone keeps rows that have a value of it.
p_sort: document, name, confidence or the key of a variable, with - before it for the other
direction. p_after: the cursor of the last row of the page before.
For members. Refuses project_not_found, job_not_found, variable_not_found, state_unknown,
sort_unknown, cursor_unknown.';
revoke all on function public.result_rows from public, anon, authenticated, service_role;
grant execute on function public.result_rows to authenticated;

-- Statistics: what became of each variable.

-- definer: membership is checked once and the cells are read without a policy a row.
create function public.variable_statistics(p_project uuid, p_job uuid default null)
returns table (
  variable_id uuid,
  key text,
  label text,
  "position" int, -- noqa: references.quoting
  asked bigint,
  found bigint,
  absent bigint,
  failed bigint,
  verified bigint,
  flagged bigint,
  average_confidence float8,
  accepted bigint,
  corrected bigint,
  rejected bigint,
  marked_absent bigint,
  judged bigint,
  accuracy float8,
  errors jsonb
)
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_role(p_project, 'viewer');
  perform private.require_job_of_project(p_project, p_job);
  return query
    with result_cells as (
      select a.*
      from private.result_documents(p_project, p_job) as r
      inner join private.answers as a
        on a.document_id = r.document_id
        and a.since <= r.run_at
        and (a.until is null or r.run_at < a.until)
    ),
    -- Of a judged cell the run's answer is the original: what stands in the cell is what the person
    -- said. A value that a person added has no original: no run was asked for it.
    cells as (
      select
        c.variable_id,
        c.state,
        c.value,
        c.judged_by is not null as is_judged,
        cardinality(c.flags) > 0 as is_flagged,
        c.judged_by is null or c.original is not null as was_asked,
        case when c.judged_by is null then c.state else c.original ->> 'state' end as run_state,
        case when c.judged_by is null then c.value else nullif(c.original -> 'value', 'null') end as run_value,
        case when c.judged_by is null then c.verified else (c.original -> 'verified')::boolean end as run_verified,
        case when c.judged_by is null then c.confidence else (c.original -> 'confidence')::float8 end as run_confidence,
        case
          when c.judged_by is null then c.flags
          else array(select f.code from jsonb_array_elements_text(c.original -> 'flags') as f (code))
        end as run_flags
      from result_cells as c
    ),
    counted as (
      select
        c.variable_id,
        count(*) filter (where c.was_asked) as asked,
        count(c.run_value) as found,
        count(*) filter (where c.run_state = 'absent') as absent,
        count(*) filter (where c.run_state = 'failed') as failed,
        count(*) filter (where c.run_verified) as verified,
        count(*) filter (where c.is_flagged) as flagged,
        avg(c.run_confidence) filter (where c.run_value is not null) as average_confidence,
        count(*) filter (
          where c.is_judged and (c.state = 'accepted' or (c.state = 'absent' and c.run_state = 'absent'))
        ) as accepted,
        count(*) filter (where c.state = 'corrected') as corrected,
        count(*) filter (where c.state = 'rejected') as rejected,
        count(*) filter (
          where c.is_judged and c.state = 'absent' and c.run_state is distinct from 'absent'
        ) as marked_absent,
        count(*) filter (where c.is_judged) as judged,
        count(*) filter (
          where c.is_judged
            and c.was_asked
            and c.state <> 'rejected'
            and c.run_state <> 'failed'
            and c.value is not distinct from c.run_value
        ) as right_answers
      from cells as c
      group by c.variable_id
    ),
    run_flags as (
      select c.variable_id, unnest(c.run_flags) as code
      from cells as c
      where c.run_flags <> '{}'
    ),
    -- Materialized, or the flags of all cells would be counted anew for every variable.
    errors as materialized (
      select
        f.variable_id,
        f.code,
        count(*) as cells,
        row_number() over (partition by f.variable_id order by count(*) desc, f.code) as place
      from run_flags as f
      where f.code <> 'flagged' -- a person said that, not the run
      group by f.variable_id, f.code
    )
    select
      v.id,
      v.key,
      v.label,
      v.position,
      coalesce(n.asked, 0),
      coalesce(n.found, 0),
      coalesce(n.absent, 0),
      coalesce(n.failed, 0),
      coalesce(n.verified, 0),
      coalesce(n.flagged, 0),
      n.average_confidence,
      coalesce(n.accepted, 0),
      coalesce(n.corrected, 0),
      coalesce(n.rejected, 0),
      coalesce(n.marked_absent, 0),
      coalesce(n.judged, 0),
      n.right_answers::float8 / nullif(n.judged, 0),
      coalesce((
        select jsonb_agg(jsonb_build_object('code', e.code, 'cells', e.cells) order by e.place)
        from errors as e
        where e.variable_id = v.id and e.place <= 5
      ), '[]'::jsonb)
    from public.variables as v
    left join counted as n on n.variable_id = v.id
    where v.project_id = p_project
    order by v.position, v.key;
end;
$$;
comment on function public.variable_statistics is
'Tells what became of each variable in the result set of p_job, or in the newest one, in schema
order.
asked to verified, average_confidence and errors (the five commonest flags) tell the answer of the
run, judged or not; flagged tells cells as they stand; accepted to judged tell what people decided.
accuracy is the share of judged cells in which the answer of the run stands; a value that a person
added counts as one that the run missed.
For members. Refuses project_not_found, job_not_found.';
revoke all on function public.variable_statistics from public, anon, authenticated, service_role;
grant execute on function public.variable_statistics to authenticated;

-- Schema suggestions: variables and instructions that a model offers, and which of them could be taken.

create table public.schema_suggestions (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  kind text not null,
  variable_id uuid references public.variables (id) on delete cascade,
  document_ids uuid[] not null,
  instructions text,
  state text not null default 'queued',
  origin text,
  reason text,
  answer jsonb,
  dropped jsonb not null default '[]',
  request_id text,
  failure_code text,
  failure_detail text,
  compare_total int not null default 0,
  compared int not null default 0,
  compare_failed int not null default 0,
  applied_candidate int,
  applied_version_id uuid references public.schema_versions (id) on delete set null,
  applied_by uuid,
  applied_at timestamptz,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint schema_suggestions_kind_known check (kind in ('variables', 'row_unit', 'instructions', 'refinement')),
  constraint schema_suggestions_variable_iff_asked check (
    (kind in ('instructions', 'refinement')) = (variable_id is not null)
    and (variable_id is null) = (instructions is null)
  ),
  constraint schema_suggestions_state_known check (state in ('queued', 'running', 'done', 'failed')),
  constraint schema_suggestions_origin_known check (origin in ('model', 'rules')),
  constraint schema_suggestions_answer_if_done check (
    state <> 'done' or (jsonb_typeof(answer) = 'array' and origin is not null)
  ),
  constraint schema_suggestions_finished_iff_terminal check ((state in ('done', 'failed')) = (finished_at is not null)),
  constraint schema_suggestions_failure_iff_failed check ((state = 'failed') = (failure_code is not null)),
  constraint schema_suggestions_compared_bounded check (
    compared >= 0 and compare_failed >= 0 and compared + compare_failed <= compare_total
  ),
  constraint schema_suggestions_applied_whole check (num_nonnulls(applied_candidate, applied_by, applied_at) in (0, 3))
);
comment on table public.schema_suggestions is
'queued -> running -> done | failed. What a model, or rules without one, would put into the schema.';
comment on column public.schema_suggestions.answer is
'The best first. variables: entries as save_schema takes them; row_unit: {row_unit, '
'entity_pattern, reason}; instructions: {instructions, reason};
refinement: {instructions, reason, focus}.';
comment on column public.schema_suggestions.instructions is
'Those of the variable when the suggestion was asked for.';
comment on column public.schema_suggestions.compare_total is
'Documents whose marked cells are asked again with each candidate: compared, failed, or still to come.';
comment on column public.schema_suggestions.dropped is
'What was not fit to be taken: {place, code, field}.';
comment on column public.schema_suggestions.reason is
'Why rules answered: no_model, model_unusable, a cap, or what the model failed with.';
create index schema_suggestions_listed
on public.schema_suggestions (project_id, created_at desc, id); -- serves the list
create index schema_suggestions_variable on public.schema_suggestions (variable_id); -- serves the foreign key
create index schema_suggestions_version on public.schema_suggestions (applied_version_id); -- serves the foreign key
create trigger schema_suggestions_events after insert or update on public.schema_suggestions
for each row execute function private.record_state();
create trigger schema_suggestions_broadcast_insert after insert on public.schema_suggestions
for each row execute function private.broadcast_row();
create trigger schema_suggestions_broadcast_update after update on public.schema_suggestions for each row
when (
  (old.state, old.compared, old.compare_failed, old.compare_total, old.applied_at)
  is distinct from (new.state, new.compared, new.compare_failed, new.compare_total, new.applied_at)
)
execute function private.broadcast_row();

alter table public.schema_suggestions enable row level security;
create policy schema_suggestions_select_member on public.schema_suggestions for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.schema_suggestions from public, anon, authenticated, service_role;
grant select on table public.schema_suggestions to authenticated, service_role;

-- The fields of an offer of a kind; the first one names it, so that two offers with the same are
-- one. A variable has more fields than are offered: those are a person's business.
create function private.offer_fields(p_kind text)
returns text[]
language sql immutable parallel safe set search_path = ''
as $$
  select case p_kind
    when 'variables' then array[
      'key', 'label', 'type', 'instructions', 'aliases', 'categories', 'multiple', 'required', 'rules'
    ]
    when 'row_unit' then array['row_unit', 'entity_pattern', 'reason']
    when 'instructions' then array['instructions', 'reason']
    when 'refinement' then array['instructions', 'reason', 'focus']
  end;
$$;
revoke all on function private.offer_fields from public, anon, authenticated, service_role;

-- An offer without unknown fields and without those that are null: as it would be taken.
create function private.trim_offer(p_kind text, p_offer jsonb)
returns jsonb
language sql immutable set search_path = ''
as $$
  select case
    when jsonb_typeof(p_offer) = 'object' then coalesce((
      select jsonb_object_agg(f.name, f.value)
      from jsonb_each(p_offer) as f (name, value)
      where f.name = any(private.offer_fields(p_kind)) and f.value <> 'null'::jsonb
    ), '{}')
    else p_offer
  end;
$$;
revoke all on function private.trim_offer from public, anon, authenticated, service_role;

-- Whether a field of an offer is a text of 1 to p_longest characters.
create function private.offers_text(p_offer jsonb, p_field text, p_longest int)
returns boolean
language sql immutable set search_path = ''
as $$
  select coalesce(
    jsonb_typeof(p_offer -> p_field) = 'string'
    and char_length(btrim(p_offer ->> p_field)) between 1 and p_longest,
    false
  );
$$;
revoke all on function private.offers_text from public, anon, authenticated, service_role;

-- What is wrong with a variable that is offered, as {code, field, next step}; null for nothing.
create function private.offered_variable_fault(p_project uuid, p_offer jsonb)
returns text[]
language plpgsql volatile set search_path = ''
as $$
begin
  if exists (
    select 1 from public.variables as v where v.project_id = p_project and v.key = p_offer ->> 'key'
  ) then
    return array['key_exists', 'key', 'The project has it.'];
  end if;
  return coalesce(
    private.entry_fault(p_offer),
    private.variable_fault(private.read_entry(p_project, p_offer))
  );
end;
$$;
revoke all on function private.offered_variable_fault from public, anon, authenticated, service_role;

-- What is wrong with a row unit that is offered; null for nothing.
create function private.offered_row_unit_fault(p_project uuid, p_offer jsonb)
returns text[]
language plpgsql stable set search_path = ''
as $$
declare
  v_project public.projects;
begin
  if p_offer ? 'entity_pattern' and not private.offers_text(p_offer, 'entity_pattern', 2000) then
    return array['entity_pattern_invalid', 'entity_pattern', 'Give a text.'];
  end if;
  -- What the project says now is no part of the offer: a row unit that is left out is unknown, not
  -- kept.
  select (jsonb_populate_record(p, '{"row_unit": null, "entity_pattern": null}' || p_offer)).* into v_project
  from public.projects as p
  where p.id = p_project;
  return private.project_fault(v_project);
end;
$$;
revoke all on function private.offered_row_unit_fault from public, anon, authenticated, service_role;

-- What is wrong with instructions that are offered; null for nothing.
create function private.offered_instructions_fault(p_variable uuid, p_offer jsonb)
returns text[]
language plpgsql stable set search_path = ''
as $$
begin
  if not private.offers_text(p_offer, 'instructions', 4000) then
    return array['instructions_invalid', 'instructions', 'Give 1 to 4000 characters.'];
  elsif p_offer ->> 'instructions' = (
    select v.instructions from public.variables as v where v.id = p_variable
  ) then
    return array['instructions_unchanged', 'instructions', 'They are what the variable has.'];
  end if;
  return null;
end;
$$;
revoke all on function private.offered_instructions_fault from public, anon, authenticated, service_role;

-- The first thing that is wrong with a trimmed offer, as {code, field, next step}; null when it
-- could be taken as it is.
create function private.offer_fault(p_project uuid, p_kind text, p_variable uuid, p_offer jsonb)
returns text[]
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_fault text[];
begin
  if jsonb_typeof(p_offer) is distinct from 'object' then
    return array['offer_invalid', '', 'Give an object.'];
  elsif p_kind = 'variables' then
    return private.offered_variable_fault(p_project, p_offer);
  elsif not private.offers_text(p_offer, 'reason', 2000) then
    return array['reason_missing', 'reason', 'Say why.'];
  elsif p_kind = 'row_unit' then
    return private.offered_row_unit_fault(p_project, p_offer);
  end if;
  v_fault := private.offered_instructions_fault(p_variable, p_offer);
  if v_fault is null and p_kind = 'refinement' and not private.offers_text(p_offer, 'focus', 255) then
    v_fault := array['focus_missing', 'focus', 'Say what it is about.'];
  end if;
  return v_fault;
end;
$$;
revoke all on function private.offer_fault from public, anon, authenticated, service_role;

-- Of a list of offers those that could be taken, each once and at most p_most of them; and what was
-- dropped, with its place in the list and why. No more than 50 offers are looked at.
create function private.sift_offers(
  p_project uuid, p_kind text, p_variable uuid, p_offers jsonb, p_most int, out kept jsonb, out dropped jsonb
)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_offers jsonb := case jsonb_typeof(p_offers) when 'array' then p_offers else '[]' end;
  v_name text := (private.offer_fields(p_kind))[1];
  v_offer jsonb;
  v_place bigint;
  v_fault text[];
begin
  kept := '[]';
  dropped := '[]';
  for v_offer, v_place in
    select private.trim_offer(p_kind, o.offer), o.place
    from jsonb_array_elements(v_offers) with ordinality as o (offer, place)
    order by o.place
    limit 50
  loop
    v_fault := private.offer_fault(p_project, p_kind, p_variable, v_offer);
    if v_fault is null and exists (
      select 1 from jsonb_array_elements(kept) as k (offer) where k.offer -> v_name = v_offer -> v_name
    ) then
      v_fault := array['offered_twice', v_name, 'Each once.'];
    elsif v_fault is null and jsonb_array_length(kept) >= p_most then
      v_fault := array['too_many', '', 'More than were wanted.'];
    end if;
    if v_fault is null then
      kept := kept || jsonb_build_array(v_offer);
    else
      dropped := dropped || jsonb_build_object(
        'place', v_place, 'code', v_fault[1], 'field', ltrim(v_fault[2], '.')
      );
    end if;
  end loop;
end;
$$;
revoke all on function private.sift_offers from public, anon, authenticated, service_role;

-- Suggestion verbs: a suggestion is asked for, drawn up by a worker, and kept.

-- Stores a suggestion and queues its task.
create function private.queue_suggestion(p_project uuid, p_kind text, p_documents uuid[], p_variable uuid)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_instructions text := (select v.instructions from public.variables as v where v.id = p_variable);
  v_suggestion public.schema_suggestions;
begin
  insert into public.schema_suggestions (
    project_id, kind, variable_id, document_ids, instructions, request_id, created_by
  )
  values (
    p_project, p_kind, p_variable, p_documents, v_instructions, private.request_id(), (select auth.uid())
  )
  returning * into v_suggestion;
  -- A task needs a document: by it the ledger finds an answer that was paid for already.
  insert into private.tasks (project_id, kind, document_id, priority, payload)
  values (p_project, 'suggest', p_documents[1], 20, jsonb_build_object('suggestion_id', v_suggestion.id));
  return v_suggestion;
end;
$$;
revoke all on function private.queue_suggestion from public, anon, authenticated, service_role;

-- How many more variables the project may have.
create function private.room_for_variables(p_project uuid)
returns bigint
language sql stable set search_path = ''
as $$
  select 50 - count(*) from public.variables as v where v.project_id = p_project;
$$;
revoke all on function private.room_for_variables from public, anon, authenticated, service_role;

-- Refuses to suggest what cannot be suggested, or from documents that may not be used for it.
create function private.check_suggestion(p_project uuid, p_kind text, p_documents uuid[], p_variable uuid)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  if p_kind is null or p_kind not in ('variables', 'row_unit', 'instructions') then
    perform private.refuse(
      422, 'suggestion_kind_unknown', 'That cannot be suggested',
      'kind: It is variables, row_unit or instructions.'
    );
  elsif (p_kind = 'instructions') <> (p_variable is not null) then
    perform private.refuse(
      422, 'variable_not_fit', 'Instructions are suggested for one variable',
      'variable: Name one for instructions, and none otherwise.'
    );
  elsif p_variable is not null and not exists (
    select 1 from public.variables as v where v.id = p_variable and v.project_id = p_project
  ) then
    perform private.refuse(404, 'variable_not_found', 'No such variable', 'It is not part of this project.');
  elsif p_kind = 'variables' and private.room_for_variables(p_project) <= 0 then
    perform private.refuse(422, 'too_many_variables', 'A project has at most 50 variables', 'Delete one first.');
  elsif cardinality(p_documents) > 20 then
    perform private.refuse(
      422, 'too_many_documents', 'Too many documents to suggest from', 'documents: List at most 20.'
    );
  elsif p_documents && private.held_out(p_project) then
    perform private.refuse(
      409, 'document_held_out', 'A listed document is held out',
      'documents: No prompt is tuned on it; list others.'
    );
  end if;
end;
$$;
revoke all on function private.check_suggestion from public, anon, authenticated, service_role;

-- definer: suggestions and tasks are written by verbs only.
create function public.start_suggestion(
  p_project uuid, p_kind text, p_documents uuid[] default null, p_variable uuid default null
)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_documents uuid[] := p_documents;
begin
  perform private.require_role(p_project, 'editor');
  perform private.check_suggestion(p_project, p_kind, p_documents, p_variable);
  if p_documents is null then
    v_documents := array(
      select d.id
      from public.documents as d
      where d.project_id = p_project
        and d.deleted_at is null
        and d.state = 'ready'
        and not d.id = any(private.held_out(p_project))
    );
  end if;
  v_documents := private.choose_documents(p_project, v_documents, null, null, 0);
  if p_documents is null then
    v_documents := v_documents[:5];
  end if;
  return private.queue_suggestion(p_project, p_kind, v_documents, p_variable);
end;
$$;
comment on function public.start_suggestion is
'Asks for suggestions: variables to add, what a row should be (row_unit), or instructions for
p_variable. They are drawn from the listed documents, else from the first five ready ones that are
not held out.
For editors. Refuses project_not_found, role_too_low, suggestion_kind_unknown, variable_not_fit,
variable_not_found, too_many_variables, too_many_documents, document_held_out, document_not_found,
no_documents.';
revoke all on function public.start_suggestion from public, anon, authenticated, service_role;
grant execute on function public.start_suggestion to authenticated;

-- The variables that a suggestion is about, as its prompt shows them: the one that was named, else
-- all of the project.
create function private.suggestion_variables(p_suggestion public.schema_suggestions)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'key', v.key,
        'label', v.label,
        'type', v.type,
        'instructions', v.instructions,
        'aliases', v.aliases,
        'categories', v.categories
      )
      order by v.position, v.key
    ),
    '[]'
  )
  from public.variables as v
  where v.project_id = p_suggestion.project_id
    and v.id = coalesce(p_suggestion.variable_id, v.id);
$$;
revoke all on function private.suggestion_variables from public, anon, authenticated, service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.read_suggestion(p_task bigint, p_lease_token uuid)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'suggest');
  v_suggestion public.schema_suggestions;
  v_is_refinement boolean;
begin
  select s.* into v_suggestion
  from public.schema_suggestions as s
  where s.id = (v_task.payload ->> 'suggestion_id')::uuid;
  if v_suggestion.id is null then
    return null;
  end if;
  v_is_refinement := v_suggestion.kind = 'refinement';
  return jsonb_build_object(
    'kind', v_suggestion.kind,
    'request_id', v_suggestion.request_id,
    'context', private.snapshot(v_suggestion.project_id) -> 'context',
    'variables', private.suggestion_variables(v_suggestion),
    'documents', case
      when v_is_refinement then '[]' else private.excerpts(v_suggestion.document_ids, 24000)
    end,
    'mistakes', case when v_is_refinement then private.mistakes(v_suggestion.variable_id) else '[]' end
  );
end;
$$;
comment on function public.read_suggestion is
'Gives what the suggestion of a task is drawn from: the context, the variables that are there, and
24,000 characters of the documents; for a refinement the mistakes that people marked instead.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.read_suggestion from public, anon, authenticated, service_role;
grant execute on function public.read_suggestion to service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.finish_suggestion(
  p_task bigint, p_lease_token uuid, p_origin text, p_offers jsonb default null, p_reason text default null
)
returns boolean
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'suggest');
  v_suggestion public.schema_suggestions;
  v_room bigint;
  v_most int := 3;
  v_least int := 2;
  v_sifted record;
begin
  select s.* into strict v_suggestion
  from public.schema_suggestions as s
  where s.id = (v_task.payload ->> 'suggestion_id')::uuid
  for update;
  if v_suggestion.kind = 'variables' then
    v_room := private.room_for_variables(v_task.project_id);
    v_most := least(8, v_room);
    v_least := least(3, v_room);
  elsif v_suggestion.kind = 'instructions' then
    v_least := 1;
  end if;
  select o.* into v_sifted
  from private.sift_offers(
    v_task.project_id,
    v_suggestion.kind,
    v_suggestion.variable_id,
    coalesce(p_offers, private.rule_offers(v_suggestion)),
    v_most
  ) as o;
  if p_origin = 'model' and jsonb_array_length(v_sifted.kept) < v_least then
    return false;
  end if;
  update public.schema_suggestions as s
  set origin = p_origin, answer = v_sifted.kept, dropped = v_sifted.dropped, reason = p_reason
  where s.id = v_suggestion.id;
  perform private.close_task(p_task, 'done');
  return true;
end;
$$;
comment on function public.finish_suggestion is
'Keeps those of the offers that could be taken as they are, and ends the task. Without p_offers the
rules of this database offer. False, and nothing is kept, where the offers of a model (p_origin)
hold too little of use: then the worker lets the rules answer, which may offer less.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.finish_suggestion from public, anon, authenticated, service_role;
grant execute on function public.finish_suggestion to service_role;

-- A suggestion is in the state of its task: claimed, done, or dead with a code.
-- definer: fires for verbs of tasks, which know nothing of suggestions.
create function private.follow_suggestion()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.schema_suggestions as s
  set
    state = case new.state when 'running' then 'running' when 'done' then 'done' else 'failed' end,
    finished_at = new.finished_at,
    failure_code = case when new.state in ('dead', 'cancelled') then coalesce(new.failure_code, 'cancelled') end,
    failure_detail = new.failure_detail
  where s.id = (new.payload ->> 'suggestion_id')::uuid;
  return null;
end;
$$;
revoke all on function private.follow_suggestion from public, anon, authenticated, service_role;
create trigger tasks_suggestions after update of state on private.tasks for each row
when (new.kind = 'suggest' and new.state <> 'queued' and old.state is distinct from new.state)
execute function private.follow_suggestion();

-- What a suggestion is made of: excerpts of documents, marked mistakes, printed labels, rules.

-- The documents that no prompt may be tuned on: those held out of the newest sample that held any
-- out.
create function private.held_out(p_project uuid)
returns uuid[]
language sql stable security definer set search_path = ''
as $$
  with newest_holdout as (
    select j.id
    from public.jobs as j
    where j.project_id = p_project and j.selection ? 'holdout'
    order by j.created_at desc, j.id
    limit 1
  )
  select coalesce(array_agg(t.document_id), '{}')
  from private.tasks as t
  where t.payload ? 'held_out' and t.job_id = (select n.id from newest_holdout as n);
$$;
revoke all on function private.held_out from public, anon, authenticated, service_role;

-- What a document says, as [[kind, text]] in reading order, cut after p_length characters. A page
-- without zones is told as one text.
create function private.excerpt(p_document uuid, p_length int)
returns jsonb
language sql stable set search_path = ''
as $$
  with passages as (
    select z.kind, z.text, z.page, z.position
    from public.zones as z
    where z.document_id = p_document
    union all
    select 'text', g.text, g.number, 0
    from public.pages as g
    where g.document_id = p_document
      and not exists (
        select 1 from public.zones as z where z.document_id = p_document and z.page = g.number
      )
  ),
  measured as (
    select
      p.*,
      sum(char_length(p.text)) over (order by p.page, p.position) - char_length(p.text) as length_before
    from passages as p
  )
  select coalesce(
    jsonb_agg(
      jsonb_build_array(m.kind, left(m.text, (p_length - m.length_before)::int))
      order by m.page, m.position
    ),
    '[]'
  )
  from measured as m
  where m.length_before < p_length;
$$;
revoke all on function private.excerpt from public, anon, authenticated, service_role;

-- What documents say, as [{name, zones}]: the same share of p_length characters for each.
create function private.excerpts(p_documents uuid[], p_length int)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'name', d.name,
        'zones', private.excerpt(d.id, p_length / greatest(cardinality(p_documents), 1))
      )
      order by w.place
    ),
    '[]'
  )
  from unnest(p_documents) with ordinality as w (id, place)
  inner join public.documents as d on d.id = w.id and d.deleted_at is null;
$$;
revoke all on function private.excerpts from public, anon, authenticated, service_role;

-- The ten cells of a variable that people marked as wrong last, without documents that are held
-- out.
create function private.wrong_marks(p_variable uuid)
returns setof public.extractions
language sql stable security definer set search_path = ''
as $$
  select e.*
  from public.extractions as e
  inner join public.documents as d on d.id = e.document_id and d.deleted_at is null
  where e.variable_id = p_variable
    and e.judged_by is not null
    and e.original is not null
    and (
      e.state in ('corrected', 'rejected')
      or (e.state = 'absent' and e.original ->> 'state' = 'proposed')
    )
    and not e.document_id = any(private.held_out(e.project_id))
  order by e.updated_at desc, e.id
  limit 10;
$$;
revoke all on function private.wrong_marks from public, anon, authenticated, service_role;

-- The marked mistakes of a variable, newest first: what the run said, what is right (null: only
-- that it is wrong is known), the reviewer's note, and the beginning of the page.
create function private.mistakes(p_variable uuid)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'document', d.name,
        'said', jsonb_build_object('value', e.original -> 'value', 'quote', e.original -> 'quote'),
        'right', case
          when e.state <> 'rejected' then jsonb_build_object('value', e.value, 'quote', e.quote)
        end,
        'note', (
          select r.note
          from public.reviews as r
          where r.extraction_id = e.id and not r.undone
          order by r.updated_at desc, r.id
          limit 1
        ),
        'page', left(g.text, 2000)
      )
    ),
    '[]'
  )
  from private.wrong_marks(p_variable) as e
  inner join public.documents as d on d.id = e.document_id
  left join public.pages as g
    on g.document_id = e.document_id and g.number = coalesce(e.page, (e.original ->> 'page')::int, 1);
$$;
revoke all on function private.mistakes from public, anon, authenticated, service_role;

-- A printed label as the key of a variable; '' where no letter of it is left.
create function private.label_key(p_label text)
returns text
language sql immutable parallel safe set search_path = ''
as $$
  with without_accents as (
    select lower(regexp_replace(normalize(p_label, nfkd), '[\u0300-\u036f]', '', 'g')) as label
  ),
  joined as (
    select regexp_replace(w.label, '[^a-z0-9]+', '_', 'g') as label from without_accents as w
  )
  select rtrim(left(regexp_replace(j.label, '^[0-9_]+', ''), 60), '_') from joined as j;
$$;
revoke all on function private.label_key from public, anon, authenticated, service_role;

-- Whether a printed value looks like a date, an amount of money that names its currency, or a
-- number.
create function private.looks_like(p_type text, p_printed text)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select case p_type
    -- 2024-05-01; 1.5.2024 or 1/5/24; 1. May 2024; May 1, 2024
    when 'date' then
      p_printed ~ '^\d{4}-\d\d-\d\d$'
      or p_printed ~ '^\d{1,2}[./]\d{1,2}[./](\d\d|\d{4})$'
      or p_printed ~ '^\d{1,2}\.? [[:alpha:]]+\.? \d{4}$'
      or p_printed ~ '^[[:alpha:]]+ \d{1,2}, \d{4}$'
    -- EUR 12.50 or €12.50; 12.50 EUR
    when 'money' then
      p_printed ~ '^([A-Z]{3}|[€$£¥₹]) ?-?\d[\d.,'' ]*$'
      or p_printed ~ '^-?\d[\d.,'' ]* ?([A-Z]{3}|[€$£¥₹])$'
    -- 1,234.5; 12 %
    when 'number' then p_printed ~ '^[-+]?\d[\d.,'' ]* ?%?$'
  end;
$$;
revoke all on function private.looks_like from public, anon, authenticated, service_role;

-- Labels and their values as documents print them: beside the label, behind a colon or a gap, or
-- below it as in forms.
create function private.printed_pairs(p_documents uuid[])
returns table (document_id uuid, place int[], label text, value text)
language sql stable set search_path = ''
as $$
  with fields as (
    select z.document_id, z.page, z.position, z.text
    from public.zones as z
    where z.document_id = any(p_documents) and z.kind = 'key_value'
  ),
  lines as (
    select f.document_id, array[f.page, f.position, l.place::int] as place, l.line
    from fields as f
    cross join lateral regexp_split_to_table(f.text, e'\n') with ordinality as l (line, place)
  )
  select l.document_id, l.place, m.parts[1], m.parts[2]
  from lines as l
  -- a label of at most 60 characters, then a colon or two blanks, then the value
  cross join lateral regexp_match(l.line, '^(\S.{0,58}?)(?:\s?:\s+|\s{2,})(\S.*)$') as m (parts)
  where m.parts is not null
  union all
  select f.document_id, array[f.page, f.position, 1], split_part(f.text, e'\n', 1), split_part(f.text, e'\n', 2)
  from fields as f
  -- two lines, of which neither is such a pair by itself
  where f.text ~ '^[^\n]{2,60}\n[^\n]+$' and f.text !~ ': |  ';
$$;
revoke all on function private.printed_pairs from public, anon, authenticated, service_role;

-- Variables for what documents print as a label and its value; first those that most documents
-- print, at most 24. The type is the narrowest that every value looks like.
create function private.printed_variables(p_documents uuid[])
returns jsonb
language sql stable set search_path = ''
as $$
  with keyed_pairs as (
    select p.*, private.label_key(p.label) as key
    from private.printed_pairs(p_documents) as p
  ),
  variables as (
    select
      k.key,
      (array_agg(k.label order by k.place))[1] as label,
      case
        when bool_and(private.looks_like('date', k.value)) then 'date'
        when bool_and(private.looks_like('money', k.value)) then 'money'
        when bool_and(private.looks_like('number', k.value)) then 'number'
        else 'text'
      end as type,
      count(distinct k.document_id) as documents,
      min(k.place) as place
    from keyed_pairs as k
    where k.key <> ''
    group by k.key
  ),
  commonest as (
    select v.* from variables as v order by v.documents desc, v.place limit 24
  )
  select coalesce(
    jsonb_agg(
      jsonb_build_object('key', c.key, 'label', c.label, 'type', c.type) order by c.documents desc, c.place
    ),
    '[]'
  )
  from commonest as c;
$$;
revoke all on function private.printed_variables from public, anon, authenticated, service_role;

-- Both row units, the likelier one first: where most documents hold a table of three columns or
-- more, a row is an entity.
create function private.row_unit_offers(p_documents uuid[])
returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_documents int := cardinality(p_documents);
  v_with_table bigint;
  v_head text;
  v_pattern text;
  v_document jsonb;
  v_entity jsonb;
begin
  select count(distinct z.document_id), min(split_part(z.text, e'\n', 1)) into v_with_table, v_head
  from public.zones as z
  where z.document_id = any(p_documents)
    and z.kind = 'table'
    -- a head of three columns, apart by two blanks, and a line below it
    and z.text ~ '^[^\n]+  [^\n]+  [^\n]+\n[^\n]+\n';
  v_pattern := coalesce(
    'One line of the table that begins with: ' || regexp_replace(v_head, '  +', ', ', 'g'),
    'One of the things that the document lists'
  );
  v_document := jsonb_build_object(
    'row_unit', 'document',
    'reason', 'Documents hold no table of three columns or more in most cases: each reads as one record.'
  );
  v_entity := jsonb_build_object(
    'row_unit', 'entity',
    'reason', v_with_table || ' of ' || v_documents || ' documents hold a table, which lists several things.',
    'entity_pattern', left(v_pattern, 2000)
  );
  if v_with_table * 2 > v_documents then
    return jsonb_build_array(v_entity, v_document);
  end if;
  return jsonb_build_array(v_document, v_entity);
end;
$$;
revoke all on function private.row_unit_offers from public, anon, authenticated, service_role;

-- Instructions in plain sentences, which point at the quotes of the newest marked mistake and at
-- the label. A refinement adds its sentence to the instructions that the variable has.
create function private.instruction_offers(p_suggestion public.schema_suggestions)
returns jsonb
language plpgsql stable set search_path = ''
as $$
declare
  v_mistake jsonb := private.mistakes(p_suggestion.variable_id) -> 0;
  v_right text := v_mistake -> 'right' ->> 'quote';
  v_wrong text := v_mistake -> 'said' ->> 'quote';
  v_label text := (select v.label from public.variables as v where v.id = p_suggestion.variable_id);
  v_base text := case p_suggestion.kind when 'refinement' then p_suggestion.instructions else '' end;
begin
  return (
    select jsonb_agg(
      jsonb_build_object(
        'instructions', left(btrim(v_base || ' ' || o.sentence), 4000),
        'reason', o.reason,
        'focus', o.focus
      )
      order by o.place
    )
    from (values
      (1, 'place', 'Take it as in: “' || v_right || '”.', 'This is where a person found the right value.'),
      (2, 'exclusion', 'Not as in: “' || v_wrong || '”.', 'This is where a wrong value was taken from.'),
      (
        3, 'label', 'Take what stands beside “' || v_label || '” or what means the same.',
        'A value is proven best by its label.'
      ),
      (
        4, 'strictness', 'Give it only where the document names it; otherwise it is absent.',
        'A value that is not named is a guess.'
      )
    ) as o (place, focus, sentence, reason)
    where o.sentence is not null -- there is such a quote
  );
end;
$$;
revoke all on function private.instruction_offers from public, anon, authenticated, service_role;

-- What rules offer where no model answers.
create function private.rule_offers(p_suggestion public.schema_suggestions)
returns jsonb
language sql stable set search_path = ''
as $$
  select case p_suggestion.kind
    when 'variables' then private.printed_variables(p_suggestion.document_ids)
    when 'row_unit' then private.row_unit_offers(p_suggestion.document_ids)
    else private.instruction_offers(p_suggestion)
  end;
$$;
revoke all on function private.rule_offers from public, anon, authenticated, service_role;

-- Refinements: instructions compared on judged cells before they are applied.

create table public.comparison_answers (
  suggestion_id uuid not null references public.schema_suggestions (id) on delete cascade,
  candidate int not null,
  extraction_id uuid not null references public.extractions (id) on delete cascade,
  project_id uuid not null references public.projects (id) on delete cascade,
  held_out boolean not null,
  state text not null,
  value jsonb,
  quote text,
  evidence text not null,
  verified boolean not null,
  confidence float8 not null,
  is_right boolean,
  created_at timestamptz not null default now(),
  constraint comparison_answers_one_per_cell primary key (suggestion_id, candidate, extraction_id),
  constraint comparison_answers_candidate_counted check (candidate >= 0),
  constraint comparison_answers_state_known check (state in ('proposed', 'absent', 'failed')),
  constraint comparison_answers_evidence_known check (
    evidence in ('exact', 'split', 'fuzzy', 'moved', 'not_found', 'none')
  )
);
comment on table public.comparison_answers is
'What a variable answers in a judged cell with the instructions of each candidate.';
comment on column public.comparison_answers.candidate is
'0: the instructions of the variable when the suggestion was asked for; '
'from 1: the place in the answer of the suggestion.';
comment on column public.comparison_answers.held_out is
'The document was held out of the sample: no candidate was drawn from it.';
comment on column public.comparison_answers.is_right is
'Whether it is what the person said; '
'null where the person said only what is wrong, and this is something else.';
create index comparison_answers_extraction on public.comparison_answers (extraction_id); -- serves the foreign key
create index comparison_answers_project on public.comparison_answers (project_id); -- serves the policy

alter table public.comparison_answers enable row level security;
create policy comparison_answers_select_member on public.comparison_answers for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.comparison_answers from public, anon, authenticated, service_role;
grant select on table public.comparison_answers to authenticated, service_role;

-- Whether two values say the same: case and the width of blanks in texts do not count.
create function private.same_value(p_one jsonb, p_other jsonb)
returns boolean
language sql immutable set search_path = ''
as $$
  select coalesce(
    p_one = p_other
    or lower(regexp_replace(p_one::text, '\s+', ' ', 'g')) = lower(regexp_replace(p_other::text, '\s+', ' ', 'g')),
    false
  );
$$;
revoke all on function private.same_value from public, anon, authenticated, service_role;

-- Whether an answer is what a person said of the cell; null where nobody can know: a person who
-- rejects a value says only what is wrong.
create function private.is_right(p_cell public.extractions, p_state text, p_value jsonb)
returns boolean
language sql immutable set search_path = ''
as $$
  select case
    when p_state = 'failed' then false
    when p_cell.state = 'absent' then p_state = 'absent'
    when p_cell.state = 'rejected' then case when private.same_value(p_cell.original -> 'value', p_value) then false end
    else p_state = 'proposed' and private.same_value(p_cell.value, p_value)
  end;
$$;
revoke all on function private.is_right from public, anon, authenticated, service_role;

-- The judged cells that candidates are compared on: one a document, the fifty that were judged
-- last. A document that is a golden example of the variable is left out: its right answer stands in
-- the prompt.
create function private.marked_cells(p_variable uuid)
returns setof public.extractions
language sql stable security definer set search_path = ''
as $$
  select e.*
  from public.extractions as e
  inner join public.documents as d on d.id = e.document_id and d.deleted_at is null and d.state = 'ready'
  where e.variable_id = p_variable
    and e.row_index = 0
    and e.judged_by is not null
    and e.state <> 'failed'
    and not exists (
      select 1
      from public.golden_examples as g
      where g.variable_id = p_variable and g.active and g.document_id = e.document_id
    )
  order by e.updated_at desc, e.id
  limit 50;
$$;
revoke all on function private.marked_cells from public, anon, authenticated, service_role;

-- The suggestion, where the caller may see it; or 404.
create function private.require_suggestion(p_suggestion uuid)
returns public.schema_suggestions
language plpgsql stable set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions;
begin
  select s.* into v_suggestion
  from public.schema_suggestions as s
  where s.id = p_suggestion and s.project_id = any(private.my_projects('viewer'));
  if v_suggestion.id is null then
    perform private.refuse(
      404, 'suggestion_not_found', 'No such suggestion', 'It does not exist or you are not a member.'
    );
  end if;
  return v_suggestion;
end;
$$;
revoke all on function private.require_suggestion from public, anon, authenticated, service_role;

-- A suggestion of instructions that is done, locked for an editor; or a refusal that says why not.
create function private.hold_suggestion(p_suggestion uuid)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions := private.require_suggestion(p_suggestion);
begin
  perform private.require_role(v_suggestion.project_id, 'editor');
  select s.* into v_suggestion
  from public.schema_suggestions as s
  where s.id = p_suggestion
  for no key update;
  if v_suggestion.variable_id is null or v_suggestion.state <> 'done' then
    perform private.refuse(
      409, 'suggestion_not_fit', 'The suggestion offers no instructions',
      'It must be done, and of kind instructions or refinement.'
    );
  end if;
  return v_suggestion;
end;
$$;
revoke all on function private.hold_suggestion from public, anon, authenticated, service_role;

-- definer: suggestions and tasks are written by verbs only.
create function public.start_refinement(p_variable uuid)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_variable public.variables := private.require_variable(p_variable, 'editor');
  v_documents uuid[];
begin
  select array_agg(w.document_id) into v_documents from private.wrong_marks(p_variable) as w;
  if v_documents is null then
    perform private.refuse(
      409, 'no_wrong_mark', 'No answer of the variable is marked as wrong',
      'Correct or reject one first, of a document that is not held out.'
    );
  end if;
  return private.queue_suggestion(v_variable.project_id, 'refinement', v_documents, p_variable);
end;
$$;
comment on function public.start_refinement is
'Asks for two or three other instructions for a variable, from the cells of it that people marked as
wrong.
For editors. Refuses variable_not_found, role_too_low, no_wrong_mark.';
revoke all on function public.start_refinement from public, anon, authenticated, service_role;
grant execute on function public.start_refinement to authenticated;

-- definer: suggestions and tasks are written by verbs only.
create function public.compare_refinement(p_suggestion uuid)
returns public.schema_suggestions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions := private.hold_suggestion(p_suggestion);
  v_documents uuid[];
begin
  if v_suggestion.compared + v_suggestion.compare_failed < v_suggestion.compare_total then
    perform private.refuse(
      409, 'comparison_running', 'The candidates are being compared', 'Wait until all documents are compared.'
    );
  elsif exists (
    select 1 from public.projects as p where p.id = v_suggestion.project_id and p.row_unit = 'entity'
  ) then
    perform private.refuse(
      409, 'rows_are_entities', 'Rows that are entities are not compared',
      'One variable alone does not say which row is which.'
    );
  end if;
  select array_agg(m.document_id) into v_documents from private.marked_cells(v_suggestion.variable_id) as m;
  if v_documents is null then
    perform private.refuse(
      409, 'nothing_to_compare', 'No cell to compare on',
      'Judge cells of documents that are no golden examples of the variable.'
    );
  end if;
  delete from public.comparison_answers as c where c.suggestion_id = p_suggestion;
  update public.schema_suggestions as s
  set compare_total = cardinality(v_documents), compared = 0, compare_failed = 0
  where s.id = p_suggestion
  returning s.* into v_suggestion;
  insert into private.tasks (project_id, kind, document_id, priority, payload)
  select v_suggestion.project_id, 'refine', d.id, 10, jsonb_build_object('suggestion_id', p_suggestion)
  from unnest(v_documents) as d (id);
  return v_suggestion;
end;
$$;
comment on function public.compare_refinement is
'Asks the judged cells of the variable again, with its own instructions and with those of each
candidate: as many calls a document, of at most the 50 documents that were judged last. No cell of
the table changes.
For editors. Refuses suggestion_not_found, role_too_low, suggestion_not_fit, comparison_running,
rows_are_entities, nothing_to_compare.';
revoke all on function public.compare_refinement from public, anon, authenticated, service_role;
grant execute on function public.compare_refinement to authenticated;

-- definer: the worker may call verbs and may not touch the queue.
create function public.read_comparison(p_task bigint, p_lease_token uuid)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'refine');
  v_suggestion public.schema_suggestions;
  v_asked jsonb;
  v_variable jsonb;
begin
  select s.* into v_suggestion
  from public.schema_suggestions as s
  where s.id = (v_task.payload ->> 'suggestion_id')::uuid;
  if v_suggestion.id is null then
    return null;
  end if;
  v_asked := private.asked_of_document(
    private.snapshot(v_suggestion.project_id), v_task.document_id, v_suggestion.request_id
  )::jsonb;
  v_variable := jsonb_path_query_first(
    v_asked, '$.variables[*] ? (@.id == $id)', jsonb_build_object('id', v_suggestion.variable_id)
  );
  return v_asked || jsonb_build_object(
    -- Without its condition: the cell was judged, so the variable did apply, whatever another one
    -- says now.
    'variable', v_variable - 'depends_on',
    'instructions', jsonb_build_array(v_suggestion.instructions)
    || jsonb_path_query_array(v_suggestion.answer, '$[*].instructions')
  );
end;
$$;
comment on function public.read_comparison is
'Gives the document of a task as a run would read it, the variable as it stands, and the
instructions to compare: first those that the variable had, then those of each candidate.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.read_comparison from public, anon, authenticated, service_role;
grant execute on function public.read_comparison to service_role;

-- definer: the worker may call verbs and may not touch the queue.
create function public.finish_comparison(p_task bigint, p_lease_token uuid, p_answers jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'refine');
begin
  insert into public.comparison_answers (
    suggestion_id, candidate, extraction_id, project_id, held_out, state, value, quote, evidence, verified,
    confidence, is_right
  )
  select
    s.id,
    a.candidate,
    e.id,
    s.project_id,
    e.document_id = any(private.held_out(s.project_id)),
    a.state,
    nullif(a.value, 'null'::jsonb),
    a.quote,
    a.evidence,
    a.verified,
    a.confidence,
    private.is_right(e, a.state, nullif(a.value, 'null'::jsonb))
  from public.schema_suggestions as s
  inner join private.marked_cells(s.variable_id) as e on e.document_id = v_task.document_id
  cross join jsonb_to_recordset(p_answers) as a (
    candidate int,
    state text,
    value jsonb,
    quote text,
    evidence text,
    verified boolean,
    confidence float8
  )
  where s.id = (v_task.payload ->> 'suggestion_id')::uuid;
  perform private.close_task(p_task, 'done');
end;
$$;
comment on function public.finish_comparison is
'Keeps what each candidate answered, beside what the person said of the cell, and ends the task.
p_answers: cells as finish_extract takes them, each with its candidate. A cell that is no longer
judged is dropped.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.finish_comparison from public, anon, authenticated, service_role;
grant execute on function public.finish_comparison to service_role;

-- Counts the end of a comparison into its suggestion.
-- definer: fires for verbs of tasks, which know nothing of comparisons.
create function private.follow_comparison()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  update public.schema_suggestions as s
  set
    compared = s.compared + (new.state = 'done')::int,
    compare_failed = s.compare_failed + (new.state <> 'done')::int
  where s.id = (new.payload ->> 'suggestion_id')::uuid;
  return null;
end;
$$;
revoke all on function private.follow_comparison from public, anon, authenticated, service_role;
create trigger tasks_comparisons after update of state on private.tasks for each row
when (
  new.kind = 'refine'
  and new.state in ('done', 'dead', 'cancelled')
  and old.state is distinct from new.state
)
execute function private.follow_comparison();

-- definer: tells strangers that there is no such suggestion.
create function public.refinement_report(p_suggestion uuid)
returns table (
  candidate int,
  instructions text,
  held_out boolean,
  cells bigint,
  right_cells bigint,
  wrong_cells bigint,
  unknown_cells bigint
)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions := private.require_suggestion(p_suggestion);
begin
  return query
    select
      c.candidate,
      case
        when c.candidate = 0 then v_suggestion.instructions
        else v_suggestion.answer -> (c.candidate - 1) ->> 'instructions'
      end,
      c.held_out,
      count(*),
      count(*) filter (where c.is_right),
      count(*) filter (where not c.is_right),
      count(*) filter (where c.is_right is null)
    from public.comparison_answers as c
    where c.suggestion_id = p_suggestion
    group by c.candidate, c.held_out
    order by c.candidate, c.held_out;
end;
$$;
comment on function public.refinement_report is
'Tells how many judged cells each candidate gets right, how many wrong, and of how many nobody can
know; apart for documents that were held out and for the others, from which it was or might have
been drawn. Candidate 0 is the instructions that the variable had.
For members. Refuses suggestion_not_found.';
revoke all on function public.refinement_report from public, anon, authenticated, service_role;
grant execute on function public.refinement_report to authenticated;

-- definer: suggestions and versions are written by verbs only.
create function public.apply_refinement(p_suggestion uuid, p_candidate int)
returns public.schema_versions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_suggestion public.schema_suggestions := private.hold_suggestion(p_suggestion);
  v_version public.schema_versions;
begin
  if p_candidate is null or p_candidate not between 1 and jsonb_array_length(v_suggestion.answer) then
    perform private.refuse(
      422, 'candidate_unknown', 'The suggestion has no such candidate', 'Give its place in the answer, from 1.'
    );
  end if;
  perform private.lock_schema(v_suggestion.project_id);
  update public.variables as v
  set instructions = v_suggestion.answer -> (p_candidate - 1) ->> 'instructions'
  where v.id = v_suggestion.variable_id and v.instructions = v_suggestion.instructions;
  if not found then
    perform private.refuse(
      409, 'instructions_changed', 'The instructions were changed meanwhile', 'Ask for a new suggestion.'
    );
  end if;
  v_version := private.current_version(v_suggestion.project_id);
  update public.schema_suggestions as s
  set
    applied_candidate = p_candidate,
    applied_version_id = v_version.id,
    applied_by = (select auth.uid()),
    applied_at = now()
  where s.id = p_suggestion;
  return v_version;
end;
$$;
comment on function public.apply_refinement is
'Makes the instructions of a candidate those of the variable, in a new schema version; all else
stays. restore_version of the version before takes it back.
For editors. Refuses suggestion_not_found, role_too_low, suggestion_not_fit, candidate_unknown,
instructions_changed.';
revoke all on function public.apply_refinement from public, anon, authenticated, service_role;
grant execute on function public.apply_refinement to authenticated;

-- Exports: a file of the table with its evidence, written by the worker, fetched from Storage by
-- members.

create table public.exports (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  format text not null,
  options jsonb not null default '{}',
  state text not null default 'queued',
  failure_code text,
  failure_detail text,
  object_path text,
  bytes bigint,
  sha256 text,
  row_count int,
  created_by uuid not null,
  created_at timestamptz not null default now(),
  finished_at timestamptz,
  expires_at timestamptz not null default now() + interval '7 days',
  warnings text[] not null default '{}',
  constraint exports_format_known check (format in ('csv', 'csv_long', 'xlsx', 'json', 'jsonl')),
  constraint exports_state_known check (state in ('queued', 'running', 'completed', 'failed')),
  constraint exports_options_object check (
    jsonb_typeof(options) = 'object' and octet_length(options::text) <= 16384
  ),
  constraint exports_finished_iff_terminal check ((state in ('completed', 'failed')) = (finished_at is not null)),
  constraint exports_failure_iff_failed check ((state = 'failed') = (failure_code is not null)),
  constraint exports_object_iff_completed check (
    (state = 'completed') = (
      object_path is not null and bytes is not null and sha256 is not null and row_count is not null
    )
  )
);
comment on table public.exports is
'queued -> running -> completed | failed. The file is <project>/<export>.<ending> in bucket exports, gone after expires_at.';
comment on column public.exports.warnings is
'What the file does not hold: empty, unread_pages, failed_documents, failed_values, cells_cut, columns_cut, rows_cut.';
create index exports_listed on public.exports (project_id, created_at desc, id); -- serves the list
create index exports_expiring on public.exports (expires_at); -- serves sweep_exports
create trigger exports_events after insert or update on public.exports
for each row execute function private.record_state();
create trigger exports_broadcast_insert after insert on public.exports
for each row execute function private.broadcast_row();
create trigger exports_broadcast_update after update on public.exports for each row
when (old.state is distinct from new.state) execute function private.broadcast_row();

alter table public.exports enable row level security;
create policy exports_select_member on public.exports for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.exports from public, anon, authenticated, service_role;
grant select on table public.exports to authenticated, service_role;

-- Refuses options that no export has, and variables that the project does not have. What else an
-- option may hold is checked by the service, which knows what it means.
create function private.check_export_options(p_project uuid, p_options jsonb)
returns void
language plpgsql stable set search_path = ''
as $$
declare
  v_known text[] := array[
    'evidence', 'confidence', 'source', 'versions', 'min_confidence', 'flagged', 'variables', 'delimiter', 'bom'
  ];
  v_keys jsonb := p_options -> 'variables';
begin
  if jsonb_typeof(p_options) is distinct from 'object' or p_options - v_known <> '{}' then
    perform private.refuse(
      422, 'option_unknown', 'An export has no such option',
      'See the options of POST /v1/projects/{project_id}/exports.'
    );
  elsif jsonb_typeof(v_keys) = 'array' and exists (
    select 1
    from jsonb_array_elements_text(v_keys) as k (key)
    where not exists (
      select 1 from public.variables as v where v.project_id = p_project and v.key = k.key
    )
  ) then
    perform private.refuse(
      422, 'variable_unknown', 'The project has no such variable', 'Name variables by their key.'
    );
  end if;
end;
$$;
revoke all on function private.check_export_options from public, anon, authenticated, service_role;

-- definer: exports and tasks are written by verbs only.
create function public.start_export(p_project uuid, p_format text default 'csv', p_options jsonb default '{}')
returns public.exports
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_export public.exports;
begin
  perform private.require_role(p_project, 'viewer');
  perform private.check_export_options(p_project, p_options);
  insert into public.exports (project_id, format, options, created_by)
  values (p_project, p_format, p_options, (select auth.uid()))
  returning * into v_export;
  insert into private.tasks (project_id, kind, export_id, priority, payload)
  values (
    p_project, 'export', v_export.id, 5, jsonb_build_object('format', p_format, 'options', p_options)
  );
  return v_export;
end;
$$;
comment on function public.start_export is
'Queues an export of the table in a format, with the options of POST
/v1/projects/{project_id}/exports.
For members: who may read the table may take it along. Refuses project_not_found, option_unknown,
variable_unknown.';
revoke all on function public.start_export from public, anon, authenticated, service_role;
grant execute on function public.start_export to authenticated;

-- definer: exports and tasks are written by verbs only.
create function public.finish_export(
  p_task bigint,
  p_lease_token uuid,
  p_object_path text,
  p_bytes bigint,
  p_sha256 text,
  p_row_count int,
  p_warnings text[] default '{}'
)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'export');
begin
  update public.exports as e
  set
    state = 'completed',
    finished_at = clock_timestamp(),
    object_path = p_object_path,
    bytes = p_bytes,
    sha256 = p_sha256,
    row_count = p_row_count,
    warnings = p_warnings
  where e.id = v_task.export_id;
  perform private.close_task(p_task, 'done');
end;
$$;
comment on function public.finish_export is
'Completes an export whose file is in Storage, with what its reader should be warned of, and ends
the task.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.finish_export from public, anon, authenticated, service_role;
grant execute on function public.finish_export to service_role;

-- An export fails with its task, for the same reason.
create function private.after_export_failed(p_task private.tasks)
returns void
language sql volatile security definer set search_path = ''
as $$
  update public.exports as e
  set
    state = 'failed',
    finished_at = clock_timestamp(),
    failure_code = p_task.failure_code,
    failure_detail = p_task.failure_detail
  where e.id = p_task.export_id;
$$;
revoke all on function private.after_export_failed from public, anon, authenticated, service_role;

-- The export that a file in bucket exports is named after; null for a name that no export gives.
create function private.export_of_file(p_name text)
returns uuid
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_name ~ '^[0-9a-f-]{36}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[a-z]+$'
      then split_part(split_part(p_name, '/', 2), '.', 1)::uuid
  end;
$$;
revoke all on function private.export_of_file from public, anon, authenticated, service_role;

-- definer: compares Storage with exports of every project.
create function public.sweep_exports(p_limit int default 100)
returns setof text
language plpgsql volatile security definer set search_path = ''
as $$
begin
  delete from public.exports as e
  where e.expires_at < now()
    and e.state in ('completed', 'failed')
    and not exists (
      select 1 from storage.objects as o where o.bucket_id = 'exports' and o.name = e.object_path
    );
  return query
    select o.name
    from storage.objects as o
    left join public.exports as e on e.id = private.export_of_file(o.name)
    where o.bucket_id = 'exports'
      -- A younger file may belong to an export that is just being finished.
      and o.created_at < now() - interval '1 hour'
      and (e.id is null or (e.expires_at < now() and e.state in ('completed', 'failed')))
    order by o.created_at, o.name
    limit least(greatest(p_limit, 1), 1000);
end;
$$;
comment on function public.sweep_exports is
'Tells which files in bucket exports to remove now: those of expired exports, and of exports and
projects that were deleted. Removes the rows of expired exports whose file is gone: call it, remove
the files, call it again.
For workers (service_role). Refuses nothing.';
revoke all on function public.sweep_exports from public, anon, authenticated, service_role;
grant execute on function public.sweep_exports to service_role;

alter table private.tasks
add constraint tasks_export_exists foreign key (export_id) references public.exports (id) on delete cascade;

-- What an export reads: pages of the table, the codebook, the quality sheet.

-- The keys of the variables that an export was asked for; null for all.
create function private.export_variables(p_task private.tasks)
returns jsonb
language sql immutable set search_path = ''
as $$
  select nullif(p_task.payload #> '{options,variables}', 'null');
$$;
revoke all on function private.export_variables from public, anon, authenticated, service_role;

-- definer: the worker reads through the task it holds, so it reads one project.
create function public.read_export(
  p_task bigint, p_lease_token uuid, p_after uuid default null, p_limit int default 100
)
returns setof json
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'export');
  v_variables jsonb := private.export_variables(v_task);
  v_after_id uuid := coalesce(p_after, '00000000-0000-0000-0000-000000000000');
  v_after_created timestamptz := '-infinity';
begin
  if p_after is not null then
    select d.created_at into v_after_created
    from public.documents as d
    where d.id = p_after and d.project_id = v_task.project_id;
    if not found then
      perform private.refuse(
        409, 'document_gone', 'The document to go on from is gone', 'Start the export again.'
      );
    end if;
  end if;
  return query
    with page as (
      select d.*
      from public.documents as d
      where d.project_id = v_task.project_id
        and d.deleted_at is null
        and (d.created_at, d.id) > (v_after_created, v_after_id)
      order by d.created_at, d.id
      limit least(greatest(p_limit, 1), 1000)
    )
    select json_build_object(
      'id', p.id,
      'name', p.name,
      'state', p.state,
      'page_count', p.page_count,
      'failure_code', p.failure_code,
      'flags', p.flags,
      'unread', case
        when p.unread_pages > 0 then array(
          select g.number
          from public.pages as g
          where g.document_id = p.id and g.source = 'none'
          order by g.number
        )
        else '{}'
      end,
      'units', coalesce(u.units, '[{"row": 0, "cells": {}}]')
    )
    from page as p
    -- Not a function of its own: to start one for each document would take a third of the time of
    -- the read.
    cross join lateral (
      with cells as (
        select e.*, v.key
        from public.extractions as e
        inner join public.variables as v on v.id = e.variable_id
        where e.document_id = p.id and (v_variables is null or v_variables ? v.key)
        order by e.row_index, v.position, v.key
      ),
      units as (
        select
          c.row_index,
          json_build_object(
            'key', array_agg(c.key),
            'state', array_agg(c.state),
            'value', array_agg(c.value),
            'verified', array_agg(c.verified),
            'quote', array_agg(c.quote),
            'page', array_agg(c.page),
            'box', array_agg(to_json(c.box)),
            'evidence', array_agg(c.evidence),
            'flags', array_agg(to_json(c.flags)),
            'confidence', array_agg(c.confidence),
            'absent_reason', array_agg(c.absent_reason),
            'origin', array_agg(c.origin),
            'job', array_agg(c.job_id),
            'version', array_agg(c.schema_version_id)
          ) as cells
        from cells as c
        group by c.row_index
      )
      select json_agg(json_build_object('row', u.row_index, 'cells', u.cells) order by u.row_index) as units
      from units as u
    ) as u
    order by p.created_at, p.id;
end;
$$;
comment on function public.read_export is
'Gives one page of an export: documents in the order they were added, behind the document p_after.
Each has its units (rows of the table); the cells of a unit are parallel lists, one a column, the
keys of their variables first; a document without cells has one empty unit.
For workers (service_role). Refuses lease_lost, document_gone.';
revoke all on function public.read_export from public, anon, authenticated, service_role;
grant execute on function public.read_export to service_role;

-- Variables in schema order with what became of their cells in all documents, whatever the export
-- filters.
create function private.codebook(p_project uuid)
returns jsonb
language sql stable security definer set search_path = ''
as $$
  with counted as (
    select
      e.variable_id,
      count(*) as cells,
      count(*) filter (where e.value is not null and e.state <> 'rejected') as "values",
      max(case when jsonb_typeof(e.value) = 'array' then jsonb_array_length(e.value) end) as most_values,
      count(*) filter (
        where e.state in ('absent', 'rejected') or (e.value is null and e.state <> 'failed')
      ) as nulls,
      count(*) filter (where e.state = 'failed') as failed,
      count(*) filter (where cardinality(e.flags) > 0) as flagged,
      count(*) filter (where e.verified) as verified,
      count(*) filter (where e.state = 'accepted') as accepted,
      count(*) filter (where e.state = 'corrected') as corrected,
      count(*) filter (where e.state = 'rejected') as rejected,
      avg(e.confidence) filter (where e.value is not null and e.state <> 'rejected') as average_confidence
    from public.extractions as e
    inner join public.documents as d on d.id = e.document_id and d.deleted_at is null
    where e.project_id = p_project
    group by e.variable_id
  ),
  entries as (
    select
      v.key,
      v.label,
      v.type,
      v.instructions,
      v.aliases,
      v.categories,
      v.multiple,
      v.required,
      v.rules,
      v."default",
      v.revision,
      v.position,
      coalesce(n.cells, 0) as cells,
      coalesce(n."values", 0) as "values",
      greatest(n.most_values, 1) as most_values,
      coalesce(n.nulls, 0) as nulls,
      coalesce(n.failed, 0) as failed,
      coalesce(n.flagged, 0) as flagged,
      coalesce(n.verified, 0) as verified,
      coalesce(n.accepted, 0) as accepted,
      coalesce(n.corrected, 0) as corrected,
      coalesce(n.rejected, 0) as rejected,
      n.average_confidence
    from public.variables as v
    left join counted as n on n.variable_id = v.id
    where v.project_id = p_project
  )
  select coalesce(jsonb_agg(to_jsonb(e) - 'position' order by e.position, e.key), '[]')
  from entries as e;
$$;
revoke all on function private.codebook from public, anon, authenticated, service_role;

-- The quality sheet, as [[what, which, how many]]: documents by state, pages, evidence, failures by
-- code, what runs cost.
create function private.quality(p_project uuid)
returns jsonb
language sql stable security definer set search_path = ''
as $$
  with live_documents as materialized (
    select d.id, d.state, d.page_count, d.unread_pages, d.failure_code
    from public.documents as d
    where d.project_id = p_project and d.deleted_at is null
  ),
  -- Materialized, so that the cells are read once for three counts.
  cell_counts as materialized (
    select e.state, e.evidence, case when e.state = 'failed' then e.flags end as failure_flags, count(*) as cells
    from public.extractions as e
    inner join live_documents as d on d.id = e.document_id
    where e.project_id = p_project
    group by 1, 2, 3
  ),
  failed_values as (
    select f.flag, c.cells
    from cell_counts as c
    cross join unnest(
      case when cardinality(c.failure_flags) > 0 then c.failure_flags else array['unknown'] end
    ) as f (flag)
    where c.state = 'failed'
  ),
  costs as (
    select
      sum(j.model_calls) as calls,
      sum(j.input_tokens) as input_tokens,
      sum(j.output_tokens) as output_tokens,
      sum(j.cost_micros) as cost_micros
    from public.jobs as j
    where j.project_id = p_project
  ),
  lines (place, what, which, amount) as (
    select 1, 'documents', d.state, count(*) from live_documents as d group by d.state
    union all
    select 2, 'pages', 'all', coalesce(sum(d.page_count), 0) from live_documents as d
    union all
    select 2, 'pages', 'unread', coalesce(sum(d.unread_pages), 0) from live_documents as d
    union all
    select 3, 'cells', c.state, sum(c.cells) from cell_counts as c group by c.state
    union all
    select 4, 'evidence', c.evidence, sum(c.cells) from cell_counts as c group by c.evidence
    union all
    select 5, 'failed documents', d.failure_code, count(*)
    from live_documents as d
    where d.failure_code is not null
    group by d.failure_code
    union all
    select 6, 'failed values', f.flag, sum(f.cells) from failed_values as f group by f.flag
    union all
    select 7, 'runs', w.which, w.amount
    from costs as c
    cross join lateral (
      values
      ('model calls', c.calls),
      ('input tokens', c.input_tokens),
      ('output tokens', c.output_tokens),
      ('cost in millionths', c.cost_micros)
    ) as w (which, amount)
  )
  select coalesce(
    jsonb_agg(jsonb_build_array(l.what, l.which, coalesce(l.amount, 0)) order by l.place, l.which), '[]'
  )
  from lines as l;
$$;
revoke all on function private.quality from public, anon, authenticated, service_role;

-- What the reader of a file should know that it does not show: failed_documents, unread_pages,
-- failed_values. Failed values of variables that are not exported are no warning.
create function private.export_warnings(p_project uuid, p_codebook jsonb, p_variables jsonb)
returns jsonb
language sql stable set search_path = ''
as $$
  with failed_variables as (
    select 1
    from jsonb_array_elements(p_codebook) as e (entry)
    where (e.entry -> 'failed')::int > 0
      and (p_variables is null or p_variables ? (e.entry ->> 'key'))
  )
  select to_jsonb(array_remove(
    array[
      case when bool_or(d.failure_code is not null) then 'failed_documents' end,
      case when bool_or(d.unread_pages > 0) then 'unread_pages' end,
      case when exists (select 1 from failed_variables) then 'failed_values' end
    ],
    null
  ))
  from public.documents as d
  where d.project_id = p_project and d.deleted_at is null;
$$;
revoke all on function private.export_warnings from public, anon, authenticated, service_role;

-- The models that answered each job, as {job: "name, name"}.
create function private.job_models(p_project uuid)
returns jsonb
language sql stable set search_path = ''
as $$
  with models as (
    select c.job_id, string_agg(distinct c.model, ', ' order by c.model) as names
    from public.llm_calls as c
    where c.project_id = p_project and c.job_id is not null
    group by c.job_id
  )
  select coalesce(jsonb_object_agg(m.job_id, m.names), '{}') from models as m;
$$;
revoke all on function private.job_models from public, anon, authenticated, service_role;

-- The numbers of schema versions, as {id: number}.
create function private.version_numbers(p_project uuid)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_object_agg(s.id, s.number), '{}')
  from public.schema_versions as s
  where s.project_id = p_project;
$$;
revoke all on function private.version_numbers from public, anon, authenticated, service_role;

-- definer: the worker reads through the task it holds, so it reads one project.
create function public.describe_export(p_task bigint, p_lease_token uuid)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'export');
  v_codebook jsonb := private.codebook(v_task.project_id);
begin
  return jsonb_build_object(
    'codebook', v_codebook,
    'quality', private.quality(v_task.project_id),
    'warnings', private.export_warnings(v_task.project_id, v_codebook, private.export_variables(v_task)),
    'models', private.job_models(v_task.project_id),
    'versions', private.version_numbers(v_task.project_id)
  );
end;
$$;
comment on function public.describe_export is
'Gives what stands beside the table of an export: the codebook, the quality sheet, the warnings, the
models by job and the numbers of schema versions by id.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.describe_export from public, anon, authenticated, service_role;
grant execute on function public.describe_export to service_role;

-- Buckets: documents (what people upload) and exports (what the worker writes), with the media types each takes.

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values
('documents', 'documents', false, 524288000, array[
  'application/pdf', 'image/png', 'image/jpeg', 'image/tiff', 'text/plain', 'text/html', 'text/csv',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
]),
('exports', 'exports', false, 524288000, array[
  'text/csv', 'application/json', 'application/x-ndjson', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
])
on conflict (id) do update
  set
    public = excluded.public,
    file_size_limit = excluded.file_size_limit,
    allowed_mime_types = excluded.allowed_mime_types;

-- Ready-made schema templates: six kinds of documents that many projects begin with.

insert into public.schema_templates (name, description, context, variables)
values
('Invoice', 'Who bills whom, for how much, and until when it is to be paid.', '{"document_kind": "invoice", "row_unit": "document"}', $json$[
  {"key": "invoice_number", "label": "Invoice number", "type": "text", "required": true,
   "instructions": "The number that the issuer gave the invoice, as printed.", "aliases": ["Invoice no.", "Invoice #", "Bill number"]},
  {"key": "invoice_date", "label": "Invoice date", "type": "date", "required": true,
   "instructions": "The date of issue, not that of delivery or payment.", "aliases": ["Date of issue"]},
  {"key": "seller", "label": "Seller", "type": "text", "required": true, "instructions": "The business that issues the invoice: its name alone."},
  {"key": "buyer", "label": "Buyer", "type": "text", "instructions": "Who is billed: the name alone.", "aliases": ["Bill to", "Customer"]},
  {"key": "net_amount", "label": "Net amount", "type": "money", "instructions": "The sum before taxes.", "aliases": ["Subtotal"]},
  {"key": "tax_amount", "label": "Tax", "type": "money", "instructions": "The sum of all taxes.", "aliases": ["VAT", "Sales tax", "GST"]},
  {"key": "total_amount", "label": "Total", "type": "money", "required": true, "instructions": "What is to be paid in the end, taxes included.",
   "aliases": ["Amount due", "Grand total"]},
  {"key": "due_date", "label": "Due date", "type": "date", "instructions": "The day by which it is to be paid, where one is printed.",
   "aliases": ["Payment due", "Pay by"]},
  {"key": "account", "label": "Account", "type": "text", "instructions": "The IBAN or account number to pay to.", "aliases": ["IBAN"]}
]$json$),
('Contract', 'Parties, term, money and the ways out.', '{"document_kind": "contract", "row_unit": "document"}', $json$[
  {"key": "parties", "label": "Parties", "type": "text", "multiple": true, "required": true, "instructions": "Each party by its full name."},
  {"key": "contract_kind", "label": "Kind of contract", "type": "category",
   "categories": ["service", "sale", "lease", "employment", "licence", "confidentiality", "loan", "partnership"],
   "instructions": "What the contract mainly is, judged by its title and purpose.", "rules": {"other_allowed": true}},
  {"key": "signed_on", "label": "Signed on", "type": "date", "instructions": "The latest date of signature."},
  {"key": "effective_from", "label": "Effective from", "type": "date", "instructions": "The day from which it binds the parties."},
  {"key": "ends_on", "label": "Ends on", "type": "date", "instructions": "The day on which it ends by itself, where one is fixed."},
  {"key": "contract_value", "label": "Value", "type": "money", "instructions": "The price or fee that is agreed in all, not an instalment."},
  {"key": "notice_period", "label": "Notice period", "type": "text", "instructions": "How long before its end notice is to be given, as worded."},
  {"key": "renews", "label": "Renews by itself", "type": "boolean", "instructions": "Whether it goes on unless somebody gives notice."},
  {"key": "governing_law", "label": "Governing law", "type": "location", "instructions": "The country or state whose law applies."}
]$json$),
('Curriculum vitae', 'A person''s way: contact, education, work and skills.', '{"document_kind": "curriculum vitae", "row_unit": "document"}', $json$[
  {"key": "full_name", "label": "Name", "type": "text", "required": true, "instructions": "The full name of the person."},
  {"key": "email", "label": "E-mail", "type": "text", "instructions": "The e-mail address.",
   "rules": {"pattern": "[^@\\s]+@[^@\\s]+\\.[^@\\s]+", "message": "This is no e-mail address."}},
  {"key": "lives_in", "label": "Lives in", "type": "location", "instructions": "The town or country of residence."},
  {"key": "current_position", "label": "Current position", "type": "text", "instructions": "The latest position by its title."},
  {"key": "current_employer", "label": "Current employer", "type": "text", "instructions": "The organisation of the latest position."},
  {"key": "highest_degree", "label": "Highest degree", "type": "category", "categories": ["none", "school", "vocational", "bachelor", "master", "doctorate"],
   "instructions": "The highest degree that was completed."},
  {"key": "work_since", "label": "Works since", "type": "date", "instructions": "When the first position after education began."},
  {"key": "skills", "label": "Skills", "type": "text", "multiple": true, "max_values": 50, "instructions": "Each skill that is listed, as worded."},
  {"key": "languages", "label": "Languages", "type": "text", "multiple": true, "instructions": "Each language that the person speaks."}
]$json$),
('Research article', 'What was asked, how, with whom and what came out.', '{"document_kind": "research article", "row_unit": "document"}', $json$[
  {"key": "title", "label": "Title", "type": "text", "required": true, "instructions": "The full title of the article."},
  {"key": "authors", "label": "Authors", "type": "text", "multiple": true, "max_values": 100, "instructions": "Each author as named under the title."},
  {"key": "published", "label": "Published", "type": "date", "instructions": "The date of publication, as precise as printed."},
  {"key": "journal", "label": "Journal", "type": "text", "instructions": "The journal or conference that published it."},
  {"key": "study_design", "label": "Study design", "type": "category",
   "categories": ["experiment", "randomised trial", "cohort", "case-control", "cross-sectional", "survey", "qualitative", "review", "theory"],
   "instructions": "How the study was made, in its own words.", "rules": {"other_allowed": true}},
  {"key": "sample_size", "label": "Sample size", "type": "number", "rules": {"min": 0},
   "instructions": "How many units were analysed in the end, not how many were invited."},
  {"key": "study_country", "label": "Country", "type": "location", "multiple": true, "instructions": "Each country in which data were collected."},
  {"key": "main_finding", "label": "Main finding", "type": "text", "instructions": "The sentence that states the main result, verbatim."},
  {"key": "funded", "label": "Funding stated", "type": "boolean", "instructions": "Whether the article names who paid for the study."},
  {"key": "funders", "label": "Funders", "type": "text", "multiple": true, "depends_on": {"key": "funded", "equals": true},
   "instructions": "Each funder by name."}
]$json$),
('Incident report', 'What happened, where, to whom and what followed.', '{"document_kind": "incident report", "row_unit": "entity",
  "entity_pattern": "One incident: something that happened at one place and time. Several reports of the same event are one incident."}', $json$[
  {"key": "incident_date", "label": "Date", "type": "date", "required": true, "instructions": "When it happened, not when it was reported."},
  {"key": "place", "label": "Place", "type": "location", "required": true, "instructions": "Where it happened, as precise as the document says."},
  {"key": "incident_kind", "label": "Kind", "type": "category",
   "categories": ["accident", "fire", "violence", "theft", "natural event", "technical failure", "health", "protest"],
   "instructions": "What happened in the first place.", "rules": {"other_allowed": true}},
  {"key": "summary", "label": "What happened", "type": "text", "instructions": "The sentence that says it best, verbatim."},
  {"key": "injured", "label": "Injured", "type": "number", "rules": {"min": 0}, "instructions": "How many people were injured; 0 only where the document says so."},
  {"key": "killed", "label": "Killed", "type": "number", "rules": {"min": 0}, "instructions": "How many people died; 0 only where the document says so."},
  {"key": "cause", "label": "Cause", "type": "text", "instructions": "The cause, where one is stated; suspected causes are none."},
  {"key": "damage", "label": "Damage", "type": "money", "instructions": "The damage in money, where it is stated."}
]$json$),
('Court decision', 'Court, parties, question and outcome.', '{"document_kind": "court decision", "row_unit": "document"}', $json$[
  {"key": "court", "label": "Court", "type": "text", "required": true, "instructions": "The court that decides, by its full name."},
  {"key": "case_number", "label": "Case number", "type": "text", "required": true, "instructions": "The number of the case, as printed.",
   "aliases": ["Docket no.", "File number"]},
  {"key": "decided_on", "label": "Decided on", "type": "date", "required": true, "instructions": "The date of the decision, not that of the hearing."},
  {"key": "claimant", "label": "Claimant", "type": "text", "instructions": "Who claims, appeals or prosecutes.", "aliases": ["Plaintiff", "Appellant"]},
  {"key": "defendant", "label": "Defendant", "type": "text", "instructions": "Against whom.", "aliases": ["Respondent", "Appellee"]},
  {"key": "legal_field", "label": "Field of law", "type": "category",
   "categories": ["civil", "criminal", "administrative", "constitutional", "labour", "tax", "family"],
   "instructions": "The field of law that the case belongs to.", "rules": {"other_allowed": true}},
  {"key": "outcome", "label": "Outcome", "type": "category", "categories": ["granted", "granted in part", "dismissed", "remanded", "settled"],
   "instructions": "What became of the claim or appeal."},
  {"key": "provisions", "label": "Provisions", "type": "text", "multiple": true, "max_values": 100, "instructions": "Each provision that the decision rests on."},
  {"key": "amount_awarded", "label": "Amount awarded", "type": "money", "depends_on": {"key": "outcome", "in": ["granted", "granted in part"]},
   "instructions": "The sum that is to be paid under the decision."}
]$json$);
