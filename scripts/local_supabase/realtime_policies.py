"""Who may do what on a channel: tokens to claims, and the policies of realtime.messages."""

from __future__ import annotations

import logging

import jwt
import psycopg

from scripts.local_supabase.keys import LEGACY_KEYS
from scripts.local_supabase.realtime_frames import RefusedError
from scripts.local_supabase.stack import Row, Stack, as_role

DENIED = "42501"
log = logging.getLogger(__name__)
INSERT = "insert into realtime.messages (topic, private, extension) values (%s, true, %s)"
PLANT = f"{INSERT}, (%s, true, %s) returning id"
FIND = "select extension from realtime.messages where id = any(%s)"


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
