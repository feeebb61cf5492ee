-- Takes back 20261122091500_review_queue.
set local lock_timeout = '5s';
drop function public.review_queue(uuid, int, float8, uuid);
drop function private.review_worth(public.extractions, boolean);
