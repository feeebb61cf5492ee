-- Takes back 20261122094200_project_limits.
drop trigger projects_add_limits on public.projects;
drop function private.adapt_concurrency(public.llm_calls, text, text), private.add_limits();
drop table public.project_limits;
