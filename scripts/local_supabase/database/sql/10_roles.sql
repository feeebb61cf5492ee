-- Roles, schemas and extensions of a hosted project, made before anything else.
-- Runs as the superuser supabase_admin. Hosted also preloads safeupdate (an UPDATE or DELETE without
-- WHERE fails in the Data API); it is not to be had here, so a lint refuses such statements instead.

-- Migrations run as postgres: no superuser, but owner of the database.
create role postgres login createdb createrole replication bypassrls password 'postgres';
create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create role authenticator login noinherit password 'postgres';
create role supabase_auth_admin login noinherit createrole password 'postgres';
create role supabase_storage_admin login noinherit createrole password 'postgres';
create role supabase_realtime_admin nologin noinherit;
create role supabase_replication_admin login replication password 'postgres';
create role supabase_etl_admin login replication password 'postgres';
create role supabase_read_only_user login bypassrls password 'postgres';
create role dashboard_user nologin createdb createrole replication;
create role pgbouncer login password 'postgres';

grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role to supabase_storage_admin;
grant anon, authenticated, service_role, authenticator to postgres;
grant pg_read_all_data, pg_monitor, pg_signal_backend to postgres;
grant pg_read_all_data to supabase_etl_admin, supabase_read_only_user;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = '60s';
alter role supabase_storage_admin set search_path = storage;
alter role postgres set search_path = "$user", public, extensions;
alter role supabase_admin set search_path = "$user", public, auth, extensions;

alter database postgres owner to postgres;
grant all on schema public to postgres;
grant usage on schema public to anon, authenticated, service_role;

create schema extensions authorization postgres;
grant usage on schema extensions to public;
create extension "uuid-ossp" with schema extensions;
create extension pgcrypto with schema extensions;

-- Owned by supabase_admin, as hosted: nothing can be created here, and `db reset` leaves them.
create schema auth;
create schema storage;
create schema realtime;
grant usage on schema auth, storage, realtime to anon, authenticated, service_role;
grant usage on schema auth, storage, realtime to postgres with grant option;
grant all on schema auth to supabase_auth_admin;
grant all on schema storage to supabase_storage_admin;
grant all on schema realtime to supabase_realtime_admin;

create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;
