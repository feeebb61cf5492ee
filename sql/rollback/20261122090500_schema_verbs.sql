-- Takes back 20261122090500_schema_verbs.
drop function public.save_schema(uuid, jsonb, jsonb, int);
drop function private.store_context(uuid, jsonb);
drop function private.lock_schema(uuid);
drop function private.store_variables(uuid, public.variables[]);
drop function private.read_entry(uuid, jsonb);
drop function private.new_variable(uuid);
drop function private.entry_fault(jsonb);
drop function private.passed_over();
drop function private.variable_fields();
