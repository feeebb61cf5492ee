-- Variables: the columns of the table to be.

create table public.variables (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  key text not null,
  label text not null,
  type text not null,
  instructions text not null default '',
  aliases text[] not null default '{}',
  categories text[] not null default '{}',
  multiple boolean not null default false,
  required boolean not null default false,
  rules jsonb not null default '{}',
  "default" jsonb,
  position int not null default 0,
  revision int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  uncertainty_threshold float8 not null default 0.5,
  uncertainty_action text not null default 'flag',
  several text not null default 'all',
  max_values int,
  depends_on jsonb,
  last_revision int not null default 1,
  constraint variables_key_unique unique (project_id, key),
  constraint variables_key_form check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint variables_label_length check (char_length(btrim(label)) between 1 and 255),
  constraint variables_instructions_length check (char_length(instructions) <= 4000),
  constraint variables_type_known check (type in ('text', 'number', 'date', 'boolean', 'category', 'money', 'location')),
  constraint variables_categories_iff_category check (
    case when type = 'category' then cardinality(categories) >= 2 else cardinality(categories) = 0 end
  ),
  constraint variables_lists_bounded check (cardinality(aliases) <= 50 and cardinality(categories) <= 200),
  constraint variables_rules_object check (jsonb_typeof(rules) = 'object' and octet_length(rules::text) <= 16384),
  constraint variables_uncertainty_threshold_bounded check (uncertainty_threshold between 0 and 1),
  constraint variables_uncertainty_action_known check (uncertainty_action in ('flag', 'skip', 'best_guess')),
  constraint variables_several_known check (several in ('first', 'last', 'all', 'joined')),
  constraint variables_max_values_bounded check (max_values between 1 and 1000)
);
comment on table public.variables is 'One column of the table to be: what to find and how to read it. At most 50 a project.';
comment on column public.variables.revision is 'Rises with every change that reaches the prompt: answers to the old one are stale.';
comment on column public.variables.aliases is 'Other words that documents print for the label.';
comment on column public.variables.uncertainty_action is
'What becomes of a value below the threshold: flagged, left out, or kept as the best guess.';
comment on column public.variables.several is
'Where multiple: keep the first, the last, all (at most max_values), or all joined to one text.';
comment on column public.variables.depends_on is
'{"key": …} with one of equals, in, present: asked only where that variable says so.';
comment on column public.variables.last_revision is
'The highest revision ever given: a rollback brings an old revision back, and the next change must not give it to something else.';
comment on column public.variables.rules is
'min, max (number, money, date); pattern, enum (text, location, number, date); synonyms, other_allowed (category); decimal (number, money); day_first (date); currency (money); sum_of: keys (number, money); after, before: a key (date; the same day will do); message (what people read when a rule does not hold).';
create trigger variables_events after insert or update or delete on public.variables
for each row execute function private.record_change();

alter table public.variables enable row level security;
create policy variables_select_member on public.variables for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
create policy variables_insert_editor on public.variables for insert to authenticated
with check (project_id = any((select private.my_projects('editor'))::uuid[]));
create policy variables_update_editor on public.variables for update to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]))
with check (project_id = any((select private.my_projects('editor'))::uuid[]));
create policy variables_delete_editor on public.variables for delete to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]));
revoke all on table public.variables from public, anon, authenticated, service_role;
grant select on table public.variables to authenticated, service_role;
grant insert (
  project_id, key, label, type, instructions, aliases, categories, multiple, required, rules, "default",
  position, uncertainty_threshold, uncertainty_action, several, max_values, depends_on
), update (
  key, label, type, instructions, aliases, categories, multiple, required, rules, "default", position,
  uncertainty_threshold, uncertainty_action, several, max_values, depends_on
), delete
on table public.variables to authenticated;

-- Checks what is stored, keeps a project to fifty variables, and gives the next revision to every change of what is
-- asked. A revision is never given twice, because answers are known by it.
create function private.before_variable_write()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform private.refuse_fault(private.variable_fault(new));
  if tg_op = 'INSERT' then
    -- The project is locked, so that two inserts cannot both be the fiftieth.
    perform 1 from public.projects as p where p.id = new.project_id for no key update;
    if (select count(*) from public.variables as v where v.project_id = new.project_id) >= 50 then
      perform private.refuse(422, 'too_many_variables', 'A project has at most 50 variables', 'Delete one first.');
    end if;
    new.last_revision := greatest(new.last_revision, new.revision);
    return new;
  end if;
  new.last_revision := greatest(old.last_revision, old.revision, new.revision);
  -- A verb sets the revision itself when it restores a version or changes an example; that one holds.
  if new.revision = old.revision and private.asked(new) is distinct from private.asked(old) then
    new.last_revision := new.last_revision + 1;
    new.revision := new.last_revision;
  end if;
  new.updated_at := now();
  return new;
end;
$$;
revoke all on function private.before_variable_write from public, anon, authenticated, service_role;
create trigger variables_before_write before insert or update on public.variables
for each row execute function private.before_variable_write();
