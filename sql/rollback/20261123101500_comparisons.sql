-- Takes back 20261123101500_comparisons: no comparisons any more.
set local lock_timeout = '5s';
drop table public.comparison_answers;
drop function private.marked_cells(uuid), private.is_right(public.extractions, text, jsonb), private.same_value(jsonb, jsonb);
