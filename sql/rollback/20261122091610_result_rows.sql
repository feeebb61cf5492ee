-- Takes back 20261122091610_result_rows.
set local lock_timeout = '5s';
drop function public.result_rows(uuid, uuid, float8, boolean, uuid, text, text, text, int, jsonb);
drop function private.result_units(uuid, uuid, float8, boolean, uuid, text, text, text, int, jsonb);
drop function private.sort_number(jsonb);
drop function private.row_cells(uuid, uuid, timestamptz, int);
