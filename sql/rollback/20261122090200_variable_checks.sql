-- Takes back 20261122090200_variable_checks: the trigger function as 20261121090400_variables made it.
create or replace function private.before_variable_write()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    -- The project row is the lock: two inserts cannot both be the fiftieth.
    perform 1 from public.projects as p where p.id = new.project_id for update;
    if (select count(*) from public.variables as v where v.project_id = new.project_id) >= 50 then
      perform private.refuse(422, 'too_many_variables', 'A project has at most 50 variables', 'Delete one first.');
    end if;
    return new;
  end if;
  if (new.key, new.label, new.type, new.instructions, new.aliases, new.categories, new.multiple, new.required, new.rules, new."default")
    is distinct from (old.key, old.label, old.type, old.instructions, old.aliases, old.categories, old.multiple, old.required, old.rules, old."default")
  then
    new.revision := old.revision + 1;
  end if;
  new.updated_at := now();
  return new;
end;
$$;
revoke insert (uncertainty_threshold, uncertainty_action, several, max_values, depends_on),
update (uncertainty_threshold, uncertainty_action, several, max_values, depends_on) on table public.variables from authenticated;
drop function private.asked(public.variables);
drop function private.dependency_fault(uuid);
drop function private.variable_fault(public.variables);
drop function private.condition_fits(jsonb);
drop function private.rules_fault(public.variables);
drop function private.own_columns();
