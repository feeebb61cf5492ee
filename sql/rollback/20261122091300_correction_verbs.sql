-- Takes back 20261122091300_correction_verbs.
set local lock_timeout = '5s';
drop function public.correct_cell(uuid, jsonb, text, int, float8[], text, int);
drop function public.mark_absent(uuid, text, text, int);
drop function public.add_value(uuid, uuid, jsonb, int, text, int, float8[], text);
drop function public.undo_judgement(uuid, int);
drop function private.restore_review(uuid, uuid);
drop function private.last_judgement(uuid, uuid);
