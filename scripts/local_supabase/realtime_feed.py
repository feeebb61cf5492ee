"""From committed rows of realtime.messages to sockets: pushed by NOTIFY, read from the outbox."""

from __future__ import annotations

import asyncio
import logging

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from scripts.local_supabase.realtime_hub import Hub
from scripts.local_supabase.stack import Row

log = logging.getLogger(__name__)
BATCH = 200
RETRY_SECONDS = 0.2
HOUR = 3600
NEXT = "select * from _realtime.outbox order by place limit %s"
DELIVERED = "delete from _realtime.outbox where place = any(%s)"


async def feed(hub: Hub) -> None:
    """Deliver on every commit and after every reconnect, until cancelled; once each, in order."""
    # Given to sockets, their deletion not yet known to be committed.
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
            while await _deliver(conn, hub, given):
                pass
            await conn.execute("select _realtime.keep_partitions()")
            async for _ in conn.notifies(timeout=HOUR, stop_after=1):
                pass


async def _deliver(conn: AsyncConnection[Row], hub: Hub, given: set[int]) -> bool:
    async with conn.transaction():
        rows = await (await conn.execute(NEXT, [BATCH])).fetchall()
        for row in rows:
            if row["place"] not in given:
                given.add(row["place"])
                payload = row["payload"] if row["binary_payload"] is None else row["binary_payload"]
                body = {"event": row["event"], "payload": payload, "meta": {"id": str(row["id"])}}
                hub.broadcast((row["topic"], row["private"]), body)
        if rows:
            await conn.execute(DELIVERED, [[row["place"] for row in rows]])
    given.clear()
    return bool(rows)
