-- Takes back 20261122090700_schema_templates.
drop function public.save_as_template(uuid, text, text);
drop function public.apply_template(uuid, uuid);
drop table public.schema_templates;
