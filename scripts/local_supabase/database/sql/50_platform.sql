-- Hands the platform's tables to their owner roles, grants postgres what hosted grants
-- it, and lets it make policies and drop triggers there, which hosted does through supautils.

set local search_path = '';

-- Not in extensions: postgres owns that schema and could drop what is in it.
create schema _platform;

-- The tables on which postgres may create and drop policies and triggers.
create function _platform.open_platform_tables()
returns text[]
language sql immutable set search_path = ''
as $$
  select array[
    'auth.audit_log_entries', 'auth.flow_state', 'auth.identities', 'auth.instances',
    'auth.mfa_amr_claims', 'auth.mfa_challenges', 'auth.mfa_factors', 'auth.oauth_clients',
    'auth.one_time_tokens', 'auth.refresh_tokens', 'auth.saml_providers', 'auth.saml_relay_states',
    'auth.sessions', 'auth.sso_domains', 'auth.sso_providers', 'auth.users',
    'realtime.messages', 'realtime.subscription',
    'storage.buckets', 'storage.buckets_analytics', 'storage.objects', 'storage.prefixes',
    'storage.s3_multipart_uploads', 'storage.s3_multipart_uploads_parts'
  ];
$$;

do $$
declare
  v_owners constant jsonb := jsonb_build_object(
    'auth', 'supabase_auth_admin', 'storage', 'supabase_storage_admin', 'realtime', 'supabase_realtime_admin');
  v_it record;
begin
  for v_it in
    select n.nspname as place, c.oid::regclass::text as name
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    where v_owners ? n.nspname and c.relkind in ('r', 'p', 'v')
  loop
    execute format('alter table %s owner to %I', v_it.name, v_owners ->> v_it.place);
    if v_it.name = any (_platform.open_platform_tables()) then
      execute format('grant references, trigger on %s to postgres', v_it.name);
    end if;
  end loop;
end;
$$;

grant select, insert, update, delete on all tables in schema auth to postgres;
grant select on all tables in schema auth to postgres with grant option;
grant all on all sequences in schema auth, storage to postgres;
grant select, insert, update, delete on all tables in schema storage to postgres with grant option;
grant select, insert, update on all tables in schema realtime to postgres;
-- A trigger on messages is made on every partition, today's and those to come.
grant references, trigger on all tables in schema realtime to postgres;
alter default privileges in schema realtime grant references, trigger on tables to postgres;

-- Lends the owner roles to postgres for the length of one command. The grant is never committed:
-- lend_owners adds it when the command starts, take_back_owners removes it when it ends, and a
-- command that fails rolls both back. Every other owner-only command fails with "must be owner".
create function _platform.lend_owners()
returns event_trigger
language plpgsql security definer set search_path = ''
as $$
begin
  grant supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin
    to postgres with inherit true, set false;
end;
$$;

create function _platform.take_back_owners()
returns event_trigger
language plpgsql security definer set search_path = ''
as $$
declare
  v_table text;
begin
  for v_table in
    select p.polrelid::regclass::text
    from pg_catalog.pg_event_trigger_ddl_commands() as d
    inner join pg_catalog.pg_policy as p on p.oid = d.objid and d.classid = 'pg_catalog.pg_policy'::regclass
  loop
    perform _platform.refuse_closed_table(v_table);
  end loop;
  revoke supabase_auth_admin, supabase_storage_admin, supabase_realtime_admin from postgres;
end;
$$;

create function _platform.check_dropped()
returns event_trigger
language plpgsql security definer set search_path = ''
as $$
declare
  v_names text[];
begin
  for v_names in
    select d.address_names
    from pg_catalog.pg_event_trigger_dropped_objects() as d
    where d.original and d.object_type in ('policy', 'trigger')
  loop
    perform _platform.refuse_closed_table(format('%s.%s', v_names[1], v_names[2]));
  end loop;
end;
$$;

create function _platform.refuse_closed_table(p_table text)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  if split_part(p_table, '.', 1) in ('auth', 'storage', 'realtime')
    and not p_table = any (_platform.open_platform_tables())
  then
    raise exception 'must be owner of relation %', p_table using errcode = 'insufficient_privilege';
  end if;
end;
$$;

create event trigger supabase_lend_owners on ddl_command_start
  when tag in ('CREATE POLICY', 'ALTER POLICY', 'DROP POLICY', 'DROP TRIGGER')
  execute function _platform.lend_owners();
create event trigger supabase_check_dropped on sql_drop
  when tag in ('DROP POLICY', 'DROP TRIGGER')
  execute function _platform.check_dropped();
create event trigger supabase_take_back_owners on ddl_command_end
  when tag in ('CREATE POLICY', 'ALTER POLICY', 'DROP POLICY', 'DROP TRIGGER')
  execute function _platform.take_back_owners();

-- PostgREST reloads its schema cache after DDL outside the platform's schemas.
create function extensions.pgrst_ddl_watch()
returns event_trigger
language plpgsql set search_path = ''
as $$
begin
  if exists (
    select 1 from pg_catalog.pg_event_trigger_ddl_commands() as d
    where coalesce(d.schema_name, '') not in ('auth', 'storage', 'realtime', 'pg_temp')
      and d.command_tag not in ('GRANT', 'REVOKE')
  ) then
    notify pgrst, 'reload schema';
  end if;
end;
$$;

create function extensions.pgrst_drop_watch()
returns event_trigger
language plpgsql set search_path = ''
as $$
begin
  if exists (
    select 1 from pg_catalog.pg_event_trigger_dropped_objects() as d
    where not d.is_temporary and coalesce(d.schema_name, '') not in ('auth', 'storage', 'realtime')
  ) then
    notify pgrst, 'reload schema';
  end if;
end;
$$;

create event trigger pgrst_ddl_watch on ddl_command_end execute function extensions.pgrst_ddl_watch();
create event trigger pgrst_drop_watch on sql_drop execute function extensions.pgrst_drop_watch();
