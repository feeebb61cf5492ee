-- Takes back 20261122090800_project_overview.
drop function public.project_list(text, uuid, int);
drop function public.project_overview(uuid);
drop function private.overview(uuid);
drop function private.project_status(bigint, text, text);
drop index public.documents_counted;
