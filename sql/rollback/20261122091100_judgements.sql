-- Takes back 20261122091100_judgements.
set local lock_timeout = '5s';
drop function public.accept_cells(uuid[], text, int[]);
drop function public.reject_cells(uuid[], text, int[]);
drop function public.flag_cells(uuid[], text, int[]);
drop function public.unflag_cells(uuid[], text, int[]);
drop function private.first_answer(public.extractions);
