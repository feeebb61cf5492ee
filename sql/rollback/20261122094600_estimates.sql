-- Takes back 20261122094600_estimates.
drop function public.estimate_job(uuid, uuid[], int, int, bigint);
drop function private.stale_cells(uuid, uuid[], jsonb, text), private.variable_bytes(jsonb);
