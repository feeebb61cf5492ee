-- Access: people, projects and memberships. A project is the tenant; membership decides everything.
set local lock_timeout = '5s';

-- One row a person, made by the trigger on auth.users; read by the person and by those who share a project.
create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  display_name text not null default '',
  created_at timestamptz not null default now(),
  constraint profiles_display_name_short check (char_length(display_name) <= 200)
);
comment on table public.profiles is 'What others may see of a person.';

-- The tenant. Made by create_project, hidden by delete_project; context columns are part of every prompt.
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
  constraint projects_name_length check (char_length(btrim(name)) between 1 and 255),
  constraint projects_description_length check (char_length(description) <= 4000),
  constraint projects_domain_length check (char_length(domain) <= 255),
  constraint projects_language_form check (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
  constraint projects_concurrency_bounded check (max_concurrency between 1 and 256)
);
comment on table public.projects is 'A pile of documents, one table to fill, and the people who may.';
comment on column public.projects.revision is 'Rises when domain, language or time zone changes: answers asked before are stale.';
comment on column public.projects.created_by is 'No foreign key: the project outlives the account.';

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

-- Projects in which the caller has at least p_role: read once a statement by every policy.
-- definer: membership is looked up without asking the policies that ask this function.
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

-- People who share a project with the caller, the caller included.
-- definer: as my_projects.
create function private.my_colleagues()
returns uuid[]
language sql stable security definer set search_path = ''
as $$
  select coalesce(array_agg(distinct m.user_id), '{}'::uuid[]) || (select auth.uid())
  from public.project_members as m
  where m.project_id = any(private.my_projects('viewer'));
$$;

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

create function private.before_project_update()
returns trigger
language plpgsql set search_path = ''
as $$
begin
  if not exists (select 1 from pg_catalog.pg_timezone_names as z where z.name = new.time_zone) then
    perform private.refuse(422, 'time_zone_unknown', 'The time zone is not known', 'Use an IANA name such as Europe/Berlin.');
  end if;
  if tg_op = 'UPDATE' then
    if (new.domain, new.language, new.time_zone) is distinct from (old.domain, old.language, old.time_zone) then
      new.revision := old.revision + 1;
    end if;
    new.updated_at := now();
  end if;
  return new;
end;
$$;
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
create trigger dossier_add_profile after insert on auth.users
for each row execute function private.add_profile();

alter table public.profiles enable row level security;
alter table public.projects enable row level security;
alter table public.project_members enable row level security;
alter table public.invitations enable row level security;

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

revoke all on table public.profiles, public.projects, public.project_members, public.invitations from public, anon, authenticated, service_role;
grant select on table public.profiles, public.projects, public.project_members, public.invitations to authenticated, service_role;
grant update (display_name) on table public.profiles to authenticated;
grant update (name, description, domain, language, time_zone) on table public.projects to authenticated;

revoke all on function private.my_projects(text), private.my_colleagues(), private.require_role(uuid, text),
private.before_project_update(), private.add_profile() from public, anon, authenticated, service_role;
grant execute on function private.my_projects(text), private.my_colleagues() to authenticated;
