-- Takes back 20261122090100_variable_rules.
comment on column public.variables.rules is null;
drop function private.rules_allow(jsonb, jsonb);
drop function private.rule_fits(public.variables, text, jsonb);
drop function private.texts_fit(jsonb);
drop function private.pattern_compiles(text);
drop function private.cell_fits(public.variables, jsonb);
drop function private.value_fits(text, text[], jsonb);
drop function private.date_fits(text);
alter table public.variables
drop column uncertainty_threshold, drop column uncertainty_action, drop column several, drop column max_values,
drop column depends_on, drop column last_revision;
