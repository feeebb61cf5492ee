"""What Realtime asks the database first: who may listen to a private topic, and who may send."""

from __future__ import annotations

import logging

import jwt
import psycopg

from scripts.local_supabase.callers import ROLES, act_as
from scripts.local_supabase.realtime.frames import RefusedError
from scripts.local_supabase.stack import Row, Stack

log = logging.getLogger(__name__)
DENIED_STATE = "42501"
# A policy that is slow must not hold up the join of everybody else.
POLICY_TIMEOUT = "5s"
_INSERT_MESSAGE = "insert into realtime.messages (topic, private, extension) values (%s, true, %s)"
_PLANT_BOTH = f"{_INSERT_MESSAGE}, (%s, true, %s) returning id"
_FIND_VISIBLE = "select extension from realtime.messages where id = any(%s)"


def verify_claims(token: str | None, stack: Stack) -> Row:
    """The claims of a token, `role` and `exp` among them; raises `RefusedError`."""
    try:
        claims = stack.tokens.verify(token or "")
    except jwt.InvalidTokenError as error:
        raise RefusedError(f"InvalidJWTToken: {error}") from error
    if claims.get("role") not in ROLES or "exp" not in claims:
        raise RefusedError("InvalidJWTToken: Fields `role` and `exp` are required in JWT")
    return claims


async def readable_extensions(stack: Stack, claims: Row, topic: str) -> set[str]:
    """Which of `broadcast` and `presence` the caller may receive on a private topic.

    A message of each kind is planted, the caller looks which of them the policies show, and all is
    rolled back. A policy that fails denies, and the log says why.
    """
    try:
        async with stack.pool.connection() as conn, conn.transaction(force_rollback=True):
            planted = await conn.execute(_PLANT_BOTH, [topic, "broadcast", topic, "presence"])
            ids = [row["id"] async for row in planted]
            await act_as(conn, claims, **_settings(topic))
            visible = await conn.execute(_FIND_VISIBLE, [ids])
            return {row["extension"] async for row in visible}
    except psycopg.Error as error:
        _log_failure(topic, error)
        return set()


async def may_send(stack: Stack, claims: Row, topic: str, extension: str) -> bool:
    """Whether the caller may send `broadcast` or `presence` to a private topic.

    The caller inserts such a message, which is rolled back. A policy that fails denies.
    """
    try:
        async with stack.pool.connection() as conn, conn.transaction(force_rollback=True):
            await act_as(conn, claims, **_settings(topic))
            await conn.execute(_INSERT_MESSAGE, [topic, extension])
            return True
    except psycopg.Error as error:
        _log_failure(topic, error)
        return False


def _settings(topic: str) -> dict[str, str]:
    return {"realtime.topic": topic, "statement_timeout": POLICY_TIMEOUT}


def _log_failure(topic: str, error: psycopg.Error) -> None:
    """A denial is an answer; anything else is a fault in a policy that somebody has to mend."""
    if error.sqlstate != DENIED_STATE:
        log.warning("realtime.policies.failed topic=%s reason=%s", topic, error)
