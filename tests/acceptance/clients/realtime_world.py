"""Tables, policies and functions that the Realtime suites of both clients use.

`rt_members` says who may receive (and with `writes`, send) on a topic; a change of `rt_notes` is
broadcast by a trigger. Only service_role reaches these tables and functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from scripts.rig.stacks import RunningStack
from tests.support.served import wait_until_served

WORLD = """
create table public.rt_members (topic text, user_id uuid, writes boolean not null default false);
create table public.rt_notes (id bigint generated always as identity primary key,
  topic text not null, body text);
alter table public.rt_members enable row level security;
alter table public.rt_notes enable row level security;
create policy rt_members_self on public.rt_members for select to authenticated
  using (user_id = (select auth.uid()));
create policy rt_read on realtime.messages for select to authenticated using (exists (
  select 1 from public.rt_members as m where m.topic = (select realtime.topic())));
create policy rt_write on realtime.messages for insert to authenticated with check (exists (
  select 1 from public.rt_members as m where m.topic = (select realtime.topic()) and m.writes));

create function public.rt_note_changed() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform realtime.broadcast_changes(
    coalesce(new.topic, old.topic), tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
  return null;
end; $$;
create trigger rt_note_changed after insert or update or delete on public.rt_notes
  for each row execute function public.rt_note_changed();

create function public.rt_send(topic text, event text, payload jsonb, private boolean,
  fails boolean default false) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform realtime.send(payload, event, topic, private);
  if fails then raise exception 'taken back'; end if;
end; $$;

revoke all on public.rt_members, public.rt_notes from public, anon, authenticated, service_role;
revoke all on function public.rt_send, public.rt_note_changed from public, anon, authenticated;
grant select on public.rt_members to authenticated;
grant all on public.rt_members, public.rt_notes to service_role;
grant execute on function public.rt_send to service_role;
notify pgrst, 'reload schema';
"""
GONE = """
drop policy if exists rt_read on realtime.messages;
drop policy if exists rt_write on realtime.messages;
drop function if exists public.rt_send, public.rt_note_changed cascade;
drop table if exists public.rt_notes, public.rt_members;
notify pgrst, 'reload schema';
"""


@pytest.fixture(scope="module")
def realtime_world(stack: RunningStack) -> Iterator[None]:
    """There while a module runs; PostgREST serves it before the first test starts."""
    with psycopg.connect(stack.db_url, autocommit=True) as conn:
        conn.execute(GONE)
        # A world before this one had all these names. PostgREST knows this one by a function that
        # no other had, committed with the rest.
        name = f"rt_world_{uuid4().hex}"
        conn.execute(
            f"create function public.{name}() returns int language sql set search_path = ''"
            f" as 'select 1'; grant execute on function public.{name} to service_role; {WORLD}"
        )
        try:
            wait_until_served(stack, ["rt_members", "rt_notes"], [name])
            yield
        finally:
            conn.execute(f"drop function public.{name}")
            conn.execute(GONE)
