-- Events: the append-only trail of what happened in a project, filled by triggers.

create table public.events (
  id bigint generated always as identity primary key,
  project_id uuid not null,
  subject text not null,
  subject_id uuid not null,
  action text not null,
  actor uuid,
  detail jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp()
);
comment on table public.events is 'Append-only. subject is the table, action is created | deleted | the state it moved to. Outlives what it tells of.';
create index events_listed on public.events (project_id, id desc); -- serves the feed
create index events_subject on public.events (subject_id, id); -- serves the story of one document or job

alter table public.events enable row level security;
create policy events_select_member on public.events for select to authenticated
using (project_id = any((select private.my_projects('viewer'))::uuid[]));
revoke all on table public.events from public, anon, authenticated, service_role;
revoke all on sequence public.events_id_seq from public, anon, authenticated, service_role;
grant select on table public.events to authenticated, service_role;

create function private.add_event(p_project uuid, p_subject text, p_subject_id uuid, p_action text, p_detail jsonb)
returns void
language sql volatile security definer set search_path = ''
as $$
  insert into public.events (project_id, subject, subject_id, action, actor, detail)
  values (p_project, p_subject, p_subject_id, p_action, (select auth.uid()), p_detail);
$$;
revoke all on function private.add_event from public, anon, authenticated, service_role;

-- Records each state that a document, a job, an import, a suggestion or an export comes into.
-- definer: fires for callers who may not write the trail.
create function private.record_state()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row jsonb := to_jsonb(new);
  v_detail jsonb;
begin
  if tg_op = 'INSERT' or new.state is distinct from old.state then
    v_detail := jsonb_strip_nulls(jsonb_build_object('failure_code', v_row -> 'failure_code', 'pause_reason', v_row -> 'pause_reason'));
    perform private.add_event(new.project_id, tg_table_name, new.id, new.state, v_detail);
  end if;
  if tg_table_name = 'documents' and tg_op = 'UPDATE' and v_row ->> 'deleted_at' is not null and to_jsonb(old) ->> 'deleted_at' is null then
    perform private.add_event(new.project_id, tg_table_name, new.id, 'deleted', '{}');
  end if;
  return null;
end;
$$;
revoke all on function private.record_state from public, anon, authenticated, service_role;

-- Records that a variable or a membership was created, changed or deleted.
-- definer: fires for callers who may not write the trail.
create function private.record_change()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_row jsonb := case when tg_op = 'DELETE' then to_jsonb(old) else to_jsonb(new) end;
begin
  perform private.add_event(
    (v_row ->> 'project_id')::uuid,
    tg_table_name,
    coalesce(v_row ->> 'id', v_row ->> 'user_id')::uuid,
    case tg_op when 'INSERT' then 'created' when 'UPDATE' then 'changed' else 'deleted' end,
    jsonb_strip_nulls(jsonb_build_object('key', v_row -> 'key', 'role', v_row -> 'role', 'revision', v_row -> 'revision'))
  );
  return null;
end;
$$;
revoke all on function private.record_change from public, anon, authenticated, service_role;
create trigger project_members_events after insert or update or delete on public.project_members
for each row execute function private.record_change();
