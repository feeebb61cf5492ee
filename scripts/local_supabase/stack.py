"""What every part of the gateway shares: the stack's addresses and keys, and who is calling.

Auth, Storage and Realtime each expose `routes(stack) -> list[BaseRoute]` with paths relative to
their mount (/auth/v1, /storage/v1, /realtime/v1); Realtime also exposes `lifespan(stack)`, an async
context manager. Their SQL files (20_, 30_, 40_) run as the superuser `supabase_admin` after
10_roles.sql has made all roles and schemas; 50_platform.sql then hands the tables of auth, storage
and realtime to their owner roles.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from starlette.requests import HTTPConnection

from scripts.local_supabase.keys import LEGACY_KEYS
from scripts.local_supabase.tokens import Tokens

Row = dict[str, Any]
Pool = AsyncConnectionPool[AsyncConnection[Row]]


@dataclass(frozen=True)
class Stack:
    """One running local Supabase.

    `admin_dsn` logs in as the superuser `supabase_admin`, `db_dsn` as `postgres` (no superuser).
    `settings` is supabase/config.toml as parsed: `settings["auth"]["jwt_expiry"]`.
    `pool` holds superuser connections, autocommit off, rows as dicts; open while the gateway runs.
    """

    api_url: str
    admin_dsn: str
    db_dsn: str
    rest_url: str
    state_dir: Path
    publishable_key: str
    secret_key: str
    tokens: Tokens
    settings: dict[str, Any]
    pool: Pool


class AuthError(Exception):
    """The request carries no usable key or token; `status` is what to answer."""

    def __init__(self, message: str, code: str, status: int = 401) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


def effective_token(conn: HTTPConnection, stack: Stack) -> str | None:
    """The JWT a request or websocket stands for after the gateway's key rule; None without one.

    A user's Authorization wins; otherwise the `apikey` header (or query value) is mapped: the
    publishable key to the anon JWT, the secret key to the service_role JWT, any other value is
    taken as a token itself.
    """
    authorization = conn.headers.get("authorization", "")
    scheme, _, bearer = authorization.partition(" ")
    if authorization and not bearer.startswith("sb_"):
        return bearer.strip() if scheme.lower() == "bearer" else authorization
    key = conn.headers.get("apikey") or conn.query_params.get("apikey")
    role = {stack.publishable_key: "anon", stack.secret_key: "service_role"}.get(key or "")
    return LEGACY_KEYS[role] if role else key or None


def caller(conn: HTTPConnection, stack: Stack) -> Row:
    """Verified claims of the effective token: always `role`, for users also `sub` and the rest.

    Works on requests and websockets. Raises `AuthError` (401) without a key or on a bad token.
    """
    token = effective_token(conn, stack)
    if not token:
        raise AuthError("No API key found in request", "no_api_key")
    try:
        claims = stack.tokens.verify(token)
    except jwt.InvalidTokenError as error:
        raise AuthError(f"Invalid JWT: {error}", "bad_jwt") from error
    if claims.get("role") not in {"anon", "authenticated", "service_role"}:
        raise AuthError("Invalid JWT: unknown role", "bad_jwt")
    return claims


async def as_role(conn: AsyncConnection[Row], claims: Row, **gucs: str) -> None:
    """Act as the caller until the transaction of `conn` ends.

    Sets `request.jwt.claims`, `request.jwt.claim.sub`, `request.jwt.claim.role`, each of `gucs`
    (`as_role(conn, claims, **{"storage.operation": "storage.object.list"})`), then the role.
    """
    settings = {
        "request.jwt.claims": json.dumps(claims),
        "request.jwt.claim.sub": str(claims.get("sub") or ""),
        "request.jwt.claim.role": claims["role"],
        **gucs,
        "role": claims["role"],
    }
    await conn.execute(
        "select set_config(s.name, s.value, true)"
        " from unnest(%s::text[], %s::text[]) with ordinality as s (name, value, place)"
        " order by s.place",
        [list(settings), list(settings.values())],
    )
