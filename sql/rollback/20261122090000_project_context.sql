-- Takes back 20261122090000_project_context: projects as 20261121090100_access and 20261121090200_access_verbs made them.
drop function public.create_project(text, text, text, text, text, text, text, text);
create function public.create_project(
  p_name text,
  p_description text default '',
  p_domain text default '',
  p_language text default 'en',
  p_time_zone text default 'UTC'
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
  insert into public.projects (name, description, domain, language, time_zone, created_by)
  values (p_name, p_description, p_domain, p_language, p_time_zone, (select auth.uid()))
  returning * into v_project;
  insert into public.project_members (project_id, user_id, role)
  values (v_project.id, (select auth.uid()), 'owner');
  return v_project;
end;
$$;
revoke all on function public.create_project(text, text, text, text, text) from public, anon, authenticated, service_role;
grant execute on function public.create_project(text, text, text, text, text) to authenticated;

create or replace function private.before_project_update()
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
drop function private.refuse_fault(text[], text);
drop function private.project_fault(public.projects);
alter table public.projects drop column row_unit, drop column entity_pattern, drop column document_kind;
comment on column public.projects.revision is 'Rises when domain, language or time zone changes: answers asked before are stale.';
