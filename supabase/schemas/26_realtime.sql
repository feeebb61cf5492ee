-- Realtime: who may listen on which topic, and what the database tells. Topics: project:<id>, user:<id>.

-- The uuid behind p_prefix in a topic, or null where the topic is malformed: a policy must not raise.
create function private.topic_id(p_topic text, p_prefix text)
returns uuid
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_topic ~ ('^' || p_prefix || ':[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$')
      then split_part(p_topic, ':', 2)::uuid
  end;
$$;
revoke all on function private.topic_id from public, anon, authenticated, service_role;
grant execute on function private.topic_id to authenticated;

create policy dossier_messages_select_member on realtime.messages for select to authenticated
using (
  extension in ('broadcast', 'presence')
  and (
    private.topic_id((select realtime.topic()), 'project') = any((select private.my_projects('viewer'))::uuid[])
    or private.topic_id((select realtime.topic()), 'user') = (select auth.uid())
  )
);

-- Clients may write presence alone: everything that is broadcast on these topics comes from the database.
create policy dossier_messages_insert_member on realtime.messages for insert to authenticated
with check (
  extension = 'presence'
  and private.topic_id((select realtime.topic()), 'project') = any((select private.my_projects('viewer'))::uuid[])
);

-- Sends the row to project:<id> as <table without its s>.changed.
-- definer: where a permission is missing, realtime.send only warns, and the message would be lost.
create function private.broadcast_row()
returns trigger
language plpgsql volatile security definer set search_path = ''
as $$
begin
  perform realtime.broadcast_changes(
    'project:' || new.project_id, rtrim(tg_table_name, 's') || '.changed', tg_op, tg_table_name, tg_table_schema, new, old
  );
  return null;
end;
$$;
revoke all on function private.broadcast_row from public, anon, authenticated, service_role;
