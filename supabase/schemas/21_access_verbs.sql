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
