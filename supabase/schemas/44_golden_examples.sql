-- Golden examples: answers that a person calls right, shown to the model with their variable.

create table public.golden_examples (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references public.projects (id) on delete cascade,
  variable_id uuid not null references public.variables (id) on delete cascade,
  document_id uuid references public.documents (id) on delete set null,
  value jsonb,
  quote text,
  note text not null default '',
  reference_only boolean not null default false,
  active boolean not null default true,
  position int not null default 0,
  created_by uuid default auth.uid(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint golden_examples_value_bounded check (octet_length(value::text) <= 16384),
  constraint golden_examples_quote_length check (char_length(quote) <= 4000),
  constraint golden_examples_note_length check (char_length(note) <= 1000)
);
comment on table public.golden_examples is
'A right answer of a variable, for the prompt: at most 5 active ones a variable reach it, those for reference only never.';
comment on column public.golden_examples.value is 'As a cell holds it; null: the document does not say.';
comment on column public.golden_examples.document_id is 'Where it is from: never shown when that document is asked.';
create index golden_examples_variable on public.golden_examples (variable_id, position, created_at, id); -- serves the snapshot
create index golden_examples_project on public.golden_examples (project_id); -- serves the policy
create index golden_examples_document on public.golden_examples (document_id); -- serves the foreign key

alter table public.golden_examples enable row level security;
create policy golden_examples_select_member on public.golden_examples for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
create policy golden_examples_insert_editor on public.golden_examples for insert to authenticated
with check (project_id = any((select private.my_projects('editor'))::uuid[]));
create policy golden_examples_update_editor on public.golden_examples for update to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]))
with check (project_id = any((select private.my_projects('editor'))::uuid[]));
create policy golden_examples_delete_editor on public.golden_examples for delete to authenticated
using (project_id = any((select private.my_projects('editor'))::uuid[]));
revoke all on table public.golden_examples from public, anon, authenticated, service_role;
grant select on table public.golden_examples to authenticated, service_role;
grant insert (project_id, variable_id, document_id, value, quote, note, reference_only, active, position), update (value, quote, note, reference_only, active, position), delete
on table public.golden_examples to authenticated;

-- The examples of a variable that reach the prompt, in order: the first five that are active and not for reference
-- only.
create function private.examples(p_variable uuid)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(to_jsonb(g) order by g.position, g.created_at, g.id), '[]')
  from (
    select e.id, e.document_id, e.value, e.quote, e.note, e.position, e.created_at
    from public.golden_examples as e
    where e.variable_id = p_variable and e.active and not e.reference_only
    order by e.position, e.created_at, e.id
    limit 5
  ) as g;
$$;
revoke all on function private.examples from public, anon, authenticated, service_role;

-- Checks an example against its variable and its document.
-- definer: reads both, whatever the caller may see.
create function private.before_example_write()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_variable public.variables;
begin
  new.updated_at := now();
  select v.* into v_variable from public.variables as v where v.id = new.variable_id and v.project_id = new.project_id;
  if v_variable.id is null then
    perform private.refuse(422, 'variable_not_found', 'The variable is not part of the project', 'variable_id: Use one of the same project.');
  elsif (tg_op = 'INSERT' or new.document_id is distinct from old.document_id) and new.document_id is not null and not exists (
    select 1 from public.documents as d where d.id = new.document_id and d.project_id = new.project_id and d.deleted_at is null
  ) then
    perform private.refuse(422, 'document_not_found', 'The document is not part of the project', 'document_id: Use one of the same project.');
  elsif (tg_op = 'INSERT' or new.value is distinct from old.value) and new.value is not null and not private.is_cell_of(v_variable, new.value) then
    perform private.refuse(422, 'value_invalid', 'The value is none of the type', 'value: Give it as a cell of the variable holds it.');
  elsif char_length(new.quote) > 4000 or coalesce(char_length(new.note), 1001) > 1000 then
    perform private.refuse(422, 'note_invalid', 'The note or the quote is too long', 'note: at most 1000 characters; quote: at most 4000.');
  end if;
  return new;
end;
$$;
revoke all on function private.before_example_write from public, anon, authenticated, service_role;
create trigger golden_examples_before_write before insert or update on public.golden_examples
for each row execute function private.before_example_write();

-- Gives a variable its next revision when its examples no longer are those that the active version asks with.
-- definer: people may not write revisions.
create function private.after_example_change()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_variable uuid := (case tg_op when 'DELETE' then to_jsonb(old) else to_jsonb(new) end ->> 'variable_id')::uuid;
begin
  update public.variables as v
  set last_revision = greatest(v.last_revision, v.revision) + 1, revision = greatest(v.last_revision, v.revision) + 1
  where v.id = v_variable and private.told(private.examples(v.id)) is distinct from private.told(coalesce((
    select a.held -> 'examples'
    from public.schema_versions as s
    cross join lateral jsonb_array_elements(s.snapshot -> 'variables') as a (held)
    where s.project_id = v.project_id and s.active and a.held ->> 'id' = v.id::text and (a.held ->> 'revision')::int = v.revision
  ), '[]'));
  return null;
end;
$$;
revoke all on function private.after_example_change from public, anon, authenticated, service_role;
create trigger golden_examples_after_change
after insert or delete or update of value, quote, note, reference_only, active, position on public.golden_examples
for each row execute function private.after_example_change();

-- What a model is told of examples. Their documents are left out, so that the deletion of one makes nothing stale.
create function private.told(p_examples jsonb)
returns jsonb
language sql immutable set search_path = ''
as $$
  select jsonb_agg(e.held - array['id', 'document_id', 'position', 'created_at'] order by e.place)
  from jsonb_array_elements(p_examples) with ordinality as e (held, place);
$$;
revoke all on function private.told from public, anon, authenticated, service_role;
