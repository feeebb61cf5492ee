-- Classic hosted projects: whatever postgres creates in public is granted to the API roles.
-- Runs only for `--expose true`; newer projects grant nothing by themselves.
alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on functions to anon, authenticated, service_role;
