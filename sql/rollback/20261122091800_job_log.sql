-- Takes back 20261122091800_job_log.
set local lock_timeout = '5s';
drop function public.job_log(uuid, bigint, int);
drop trigger tasks_events on private.tasks;
drop function private.record_document_end();
