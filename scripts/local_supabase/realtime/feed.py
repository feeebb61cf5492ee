"""What Realtime hears from the database: messages of committed transactions, in order.

NOTIFY says that there are some; they are read from the outbox that 40_realtime.sql keeps.
"""

from __future__ import annotations

import asyncio
import logging

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from scripts.local_supabase.realtime.hub import Hub, Topic
from scripts.local_supabase.stack import Row

log = logging.getLogger(__name__)
BATCH = 200
RETRY_SECONDS = 0.2
# How long to wait for a message before partitions of the coming days are looked after again.
PARTITIONS_SECONDS = 3600
_NEXT_MESSAGES = "select * from _realtime.outbox order by place limit %s"
_FORGET_MESSAGES = "delete from _realtime.outbox where place = any(%s)"


async def deliver_forever(hub: Hub) -> None:
    """Deliver on every commit and after every reconnect, until cancelled; once each, in order."""
    # Messages that sockets were given although it is not known yet that their deletion committed.
    given: set[int] = set()
    while True:
        try:
            await _listen(hub, given)
        except psycopg.Error as error:
            log.warning("realtime.feed.reconnecting reason=%s", error)
            await asyncio.sleep(RETRY_SECONDS)


async def _listen(hub: Hub, given: set[int]) -> None:
    async with await AsyncConnection.connect(
        hub.stack.admin_dsn, autocommit=True, row_factory=dict_row, application_name="realtime_feed"
    ) as conn:
        await conn.execute("listen realtime_messages")
        while True:
            while await _deliver_batch(conn, hub, given):
                pass
            await conn.execute("select _realtime.keep_partitions()")
            async for _ in conn.notifies(timeout=PARTITIONS_SECONDS, stop_after=1):
                pass


async def _deliver_batch(conn: AsyncConnection[Row], hub: Hub, given: set[int]) -> bool:
    """Hand the next messages to the sockets; False when there are none.

    A message in `given` was handed over before a connection broke: it is only deleted.
    """
    async with conn.transaction():
        messages = await (await conn.execute(_NEXT_MESSAGES, [BATCH])).fetchall()
        for message in messages:
            if message["place"] not in given:
                given.add(message["place"])
                topic = Topic(message["topic"], message["private"])
                hub.broadcast(topic, _broadcast_body(message))
        if messages:
            await conn.execute(_FORGET_MESSAGES, [[message["place"] for message in messages]])
    given.clear()
    return bool(messages)


def _broadcast_body(message: Row) -> Row:
    payload = message["payload"]
    if message["binary_payload"] is not None:
        payload = message["binary_payload"]
    return {"event": message["event"], "payload": payload, "meta": {"id": str(message["id"])}}
