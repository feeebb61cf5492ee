-- Takes back 20261122090300_golden_examples.
drop function public.pin_example(uuid, text);
drop table public.golden_examples;
drop function private.after_example_change();
drop function private.before_example_write();
drop function private.told(jsonb);
drop function private.examples(uuid);
