-- Takes back 20261122094300_model_plans.
drop function public.announce_model(text, float8, float8, int, int);
drop trigger documents_text_bytes on public.documents;
drop function private.before_document_ready(), private.text_bytes(uuid);
alter table public.documents drop column text_bytes;
alter table public.llm_calls drop column variables;
alter table public.llm_calls drop column input_bytes;
drop table private.model_plans;
