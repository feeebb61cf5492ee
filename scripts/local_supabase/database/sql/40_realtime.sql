-- Realtime's table and functions as on hosted, and what hands committed messages to the gateway.
-- Runs as the superuser supabase_admin; 50_platform.sql then gives realtime.messages to its owner.

create table realtime.messages (
  id uuid not null default gen_random_uuid(),
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp not null default now(),
  inserted_at timestamp not null default now(),
  binary_payload bytea,
  primary key (id, inserted_at)
) partition by range (inserted_at);
comment on table realtime.messages is
  'Messages for Realtime channels, kept 72 hours. Its policies say who may receive (select) and send (insert).';
create index messages_inserted_at_topic on realtime.messages (inserted_at desc, topic)
  where extension = 'broadcast' and private;
-- Takes what arrives while no partition of its day exists.
create table realtime.messages_default partition of realtime.messages default;
alter table realtime.messages enable row level security;
grant select, insert, update on realtime.messages to postgres, anon, authenticated, service_role;

create function realtime.topic()
returns text language sql stable
as $$ select nullif(current_setting('realtime.topic', true), ''); $$;

-- As on hosted, a message that cannot be stored is a warning: the caller's own work goes on.
create function realtime.send(payload jsonb, event text, topic text, private boolean default true)
returns void language plpgsql as $$
declare
  v_id constant uuid := gen_random_uuid();
begin
  perform set_config('realtime.topic', topic, true);
  insert into realtime.messages (id, payload, event, topic, private, extension)
  values (v_id, jsonb_build_object('id', v_id) || payload, event, topic, private, 'broadcast');
exception when others then
  raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end;
$$;

create function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text,
  new record, old record, level text default 'ROW')
returns void language plpgsql as $$
begin
  if level = 'STATEMENT' then
    raise exception 'broadcast_changes works in triggers for each row, not for each statement';
  elsif operation not in ('INSERT', 'UPDATE', 'DELETE') then
    raise exception 'broadcast_changes does not know the operation %', operation;
  end if;
  perform realtime.send(
    jsonb_build_object(
      'schema', table_schema, 'table', table_name, 'operation', operation,
      'record', case when operation <> 'DELETE' then to_jsonb(new) end,
      'old_record', case when operation <> 'INSERT' then to_jsonb(old) end),
    event_name, topic_name);
end;
$$;

-- What the gateway has not delivered yet. Hosted reads the write-ahead log instead. A row lives from
-- the commit of its message to its delivery, so a gateway that lost its connection misses nothing.
create schema _realtime;
create table _realtime.outbox (
  place bigint generated always as identity primary key,
  id uuid not null,
  topic text not null,
  event text not null,
  private boolean not null,
  payload jsonb,
  binary_payload bytea
);

create function _realtime.keep_for_delivery()
returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into _realtime.outbox (id, topic, event, private, payload, binary_payload)
  values (new.id, new.topic, new.event, coalesce(new.private, false), new.payload, new.binary_payload);
  notify realtime_messages;
  return null;
end;
$$;
create trigger keep_for_delivery after insert on realtime.messages
  for each row when (new.extension = 'broadcast' and new.event is not null)
  execute function _realtime.keep_for_delivery();

-- Makes the partitions of today and the two days after, drops those older than 72 hours. Rows of a
-- new partition's day that fell into the default one move over.
create function _realtime.keep_partitions()
returns void language plpgsql set search_path = '' set lock_timeout = '1s' as $$
declare
  v_today constant date := (now() at time zone 'utc')::date;
  v_day date;
  v_name text;
begin
  for v_day in select generate_series(v_today, v_today + 2, interval '1 day') loop
    v_name := to_char(v_day, '"messages_"YYYY_MM_DD');
    continue when to_regclass('realtime.' || v_name) is not null;
    execute format('create table realtime.%I (like realtime.messages including all)', v_name);
    execute format(
      'with moved as (delete from realtime.messages_default where inserted_at >= %1$L and inserted_at < %2$L returning *)'
      ' insert into realtime.%3$I select * from moved', v_day, v_day + 1, v_name);
    execute format('alter table realtime.%I enable row level security', v_name);
    execute format('alter table realtime.%I owner to supabase_realtime_admin', v_name);
    execute format('alter table realtime.messages attach partition realtime.%I for values from (%L) to (%L)',
      v_name, v_day, v_day + 1);
  end loop;
  for v_name in
    select c.relname from pg_catalog.pg_inherits as i
    inner join pg_catalog.pg_class as c on c.oid = i.inhrelid
    where i.inhparent = 'realtime.messages'::regclass and c.relname ~ '^messages_\d{4}_\d\d_\d\d$'
      and to_date(right(c.relname, 10), 'YYYY_MM_DD') < v_today - 3
  loop
    execute format('drop table realtime.%I', v_name);
  end loop;
  delete from realtime.messages_default where inserted_at < v_today - 3;
end;
$$;
revoke all on function _realtime.keep_for_delivery(), _realtime.keep_partitions() from public;
select _realtime.keep_partitions();
