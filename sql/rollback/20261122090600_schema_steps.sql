-- Takes back 20261122090600_schema_steps.
drop function public.restore_version(uuid);
drop function private.restore_examples(uuid, jsonb);
drop function public.duplicate_variable(uuid);
