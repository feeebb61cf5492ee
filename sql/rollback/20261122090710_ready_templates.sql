-- Takes back 20261122090710_ready_templates: those that nobody owns.
delete from public.schema_templates
where owner_id is null;
