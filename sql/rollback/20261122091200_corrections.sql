-- Takes back 20261122091200_corrections.
set local lock_timeout = '5s';
drop function private.write_answer(public.extractions, text, jsonb, text, text, int, float8[]);
drop function private.check_place(uuid, text, int, float8[]);
drop function private.check_value(uuid, jsonb);
drop function private.value_fits(public.variables, jsonb);
drop function private.is_iso_date(text);
