-- Takes back 20261122092200_import_verbs: no imports any more.
set local lock_timeout = '5s';
drop trigger tasks_imports on private.tasks;
drop function public.start_import(uuid, text, text, text, bigint, text, text, text[]), public.add_import_rows(bigint, uuid, jsonb),
public.finish_import(bigint, uuid), private.follow_import();
