-- Takes back 20261123101000_schema_suggestions: no suggestions any more.
set local lock_timeout = '5s';
drop table public.schema_suggestions;
