-- Takes back 20261122091500_review_queue.
set local lock_timeout = '5s';
drop function public.review_queue(uuid, int, float8, uuid);
drop function private.worth_parts(public.extractions, boolean);
drop index public.extractions_worth;
alter table public.extractions drop column worth;
