-- Takes back 20261122091600_results.
set local lock_timeout = '5s';
drop view public.results_long;
drop view private.answers;
drop index public.extraction_events_replaced;
drop function private.result_documents(uuid, uuid);
drop index public.extractions_added;
