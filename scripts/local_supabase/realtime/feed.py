"""What Realtime asks the database (who may listen and send) and what it hears from it.

Committed messages are pushed by NOTIFY and read from the outbox that 40_realtime.sql keeps.
"""

from __future__ import annotations

import asyncio
import logging

import jwt
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from scripts.local_supabase.keys import LEGACY_KEYS
from scripts.local_supabase.realtime.frames import RefusedError
from scripts.local_supabase.realtime.hub import Hub
from scripts.local_supabase.stack import Row, Stack, as_role

log = logging.getLogger(__name__)
DENIED = "42501"
INSERT = "insert into realtime.messages (topic, private, extension) values (%s, true, %s)"
PLANT = f"{INSERT}, (%s, true, %s) returning id"
FIND = "select extension from realtime.messages where id = any(%s)"
BATCH = 200
RETRY_SECONDS = 0.2
HOUR = 3600
NEXT = "select * from _realtime.outbox order by place limit %s"
DELIVERED = "delete from _realtime.outbox where place = any(%s)"


def claims_of(token: str | None, stack: Stack) -> Row:
    """The claims of a token, `role` and `exp` among them; raises `RefusedError`."""
    try:
        claims = stack.tokens.verify(token or "")
        if claims.get("role") not in {"authenticated", *LEGACY_KEYS} or "exp" not in claims:
            raise jwt.InvalidTokenError("Fields `role` and `exp` are required in JWT")
    except jwt.InvalidTokenError as error:
        raise RefusedError(f"InvalidJWTToken: {error}") from error
    return claims


async def allowed(stack: Stack, claims: Row, topic: str, write: str | None = None) -> set[str]:
    """Which of `broadcast` and `presence` the caller may receive on a private topic.

    With `write`, one of the two: that one if the caller may send it, else nothing. The policies
    judge rows that are rolled back; one that fails denies, and the log says why.
    """
    try:
        async with stack.pool.connection() as conn, conn.transaction(force_rollback=True):
            planted = await conn.execute(PLANT, [topic, "broadcast", topic, "presence"])
            ids = [row["id"] async for row in planted]
            await as_role(conn, claims, **{"realtime.topic": topic, "statement_timeout": "5s"})
            if write:
                await conn.execute(INSERT, [topic, write])
                return {write}
            return {row["extension"] async for row in await conn.execute(FIND, [ids])}
    except psycopg.Error as error:
        if error.sqlstate != DENIED:
            log.warning("realtime.policies.failed topic=%s reason=%s", topic, error)
        return set()


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
