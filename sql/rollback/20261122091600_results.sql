-- Takes back 20261122091600_results.
set local lock_timeout = '5s';
drop view public.results_long;
drop function private.result_cells(uuid, timestamptz);
drop function private.result_documents(uuid, uuid);
