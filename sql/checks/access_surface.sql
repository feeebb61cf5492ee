-- Anything that anon or PUBLIC can reach, definer functions that nobody listed, tables without row-level security.
-- The definer functions that are meant are those of the verbs: their names are here, and a new one must be added.
with meant (name) as (
  values
  ('create_project'), ('invite_member'), ('accept_invitation'), ('set_member_role'), ('remove_member'),
  ('add_document'), ('parse_document'), ('delete_document'),
  ('start_job'), ('pause_job'), ('resume_job'), ('cancel_job'), ('retry_job'), ('job_documents'),
  ('accept_cells'), ('reject_cells'), ('flag_cells'), ('unflag_cells'), ('correct_cell'), ('mark_absent'), ('add_value'),
  ('undo_judgement'), ('take_suggestion'), ('review_queue'), ('result_rows'), ('variable_statistics'), ('job_log'),
  ('start_export'), ('start_import'),
  ('project_overview'), ('project_list'), ('delete_project'), ('save_schema'), ('duplicate_variable'), ('schema_diff'), ('restore_version'),
  ('approve_schema'), ('pin_example'), ('apply_template'), ('save_as_template'),
  ('active_job'), ('estimate_job'), ('raise_cap'), ('set_project_cap'), ('set_call_limit'),
  ('start_suggestion'), ('start_refinement'), ('compare_refinement'), ('refinement_report'), ('apply_refinement'), ('read_prompt')
),

functions as (
  select
    p.oid,
    p.proname,
    p.prosecdef,
    n.nspname
  from pg_catalog.pg_proc as p
  inner join pg_catalog.pg_namespace as n on p.pronamespace = n.oid
  where n.nspname in ('public', 'private')
),

tables as (
  select
    c.oid,
    c.relname,
    -- A view asks the policies of its tables when it runs as who reads it.
    case c.relkind when 'v' then coalesce(c.reloptions @> '{security_invoker=true}', false) else c.relrowsecurity end as relrowsecurity,
    n.nspname
  from pg_catalog.pg_class as c
  inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
  where n.nspname in ('public', 'private') and c.relkind in ('r', 'p', 'v', 'm')
)

select
  'access_surface' as name,
  'error' as severity,
  f.nspname || '.' || f.proname as subject,
  'anon can execute it' as detail,
  null::timestamptz as since,
  'revoke execute from public and anon' as next_step
from functions as f
where pg_catalog.has_function_privilege('anon', f.oid, 'execute')
union all
select
  'access_surface' as name,
  'error' as severity,
  'public.' || f.proname as subject,
  'a definer function that authenticated can execute and nobody listed' as detail,
  null as since,
  'revoke it, or list it in sql/checks/access_surface.sql' as next_step
from functions as f
where
  f.nspname = 'public' and f.prosecdef and pg_catalog.has_function_privilege('authenticated', f.oid, 'execute')
  and f.proname not in (select m.name from meant as m)
union all
select
  'access_surface' as name,
  'error' as severity,
  t.nspname || '.' || t.relname as subject,
  'anon has a privilege on it' as detail,
  null as since,
  'revoke all from anon' as next_step
from tables as t
where pg_catalog.has_table_privilege('anon', t.oid, 'select, insert, update, delete, truncate, references, trigger')
union all
select
  'access_surface' as name,
  'error' as severity,
  t.nspname || '.' || t.relname as subject,
  'row-level security is off' as detail,
  null as since,
  'enable row level security' as next_step
from tables as t
where not t.relrowsecurity
order by subject, detail;
