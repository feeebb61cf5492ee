-- Takes back 20261122091700_statistics.
set local lock_timeout = '5s';
drop function public.variable_statistics(uuid, uuid);
