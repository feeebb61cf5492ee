"""Who is calling: the token a request stands for, its verified claims, and acting as its role."""

import json

import jwt
from psycopg import AsyncConnection
from starlette.requests import HTTPConnection

from scripts.local_supabase.keys import LEGACY_KEYS
from scripts.local_supabase.stack import Row, Stack

ROLES = {"anon", "authenticated", "service_role"}
_SET_CONFIG = """
select set_config(s.name, s.value, true)
from unnest(%s::text[], %s::text[]) with ordinality as s (name, value, place)
order by s.place
"""


class AuthError(Exception):
    """The request carries no usable key or token; `status` is what to answer."""

    def __init__(self, message: str, code: str, status: int = 401) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


def effective_token(conn: HTTPConnection, stack: Stack) -> str | None:
    """The JWT a request or websocket stands for after the gateway's key rule; None without one.

    A user's Authorization wins. Otherwise the `apikey` header (or query value) counts: the
    publishable key stands for the anon JWT, the secret key for the service_role JWT, and any other
    value is taken as a token itself.
    """
    authorization = conn.headers.get("authorization", "")
    scheme, _, bearer = authorization.partition(" ")
    if authorization and not bearer.startswith("sb_"):
        return bearer.strip() if scheme.lower() == "bearer" else authorization
    key = conn.headers.get("apikey") or conn.query_params.get("apikey")
    if key == stack.publishable_key:
        return LEGACY_KEYS["anon"]
    if key == stack.secret_key:
        return LEGACY_KEYS["service_role"]
    return key or None


def verified_claims(conn: HTTPConnection, stack: Stack) -> Row:
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
    if claims.get("role") not in ROLES:
        raise AuthError("Invalid JWT: unknown role", "bad_jwt")
    return claims


async def act_as(conn: AsyncConnection[Row], claims: Row, **settings: str) -> None:
    """Act as the caller until the transaction of `conn` ends.

    Sets `request.jwt.claims`, `request.jwt.claim.sub`, `request.jwt.claim.role` and each of
    `settings` (`act_as(conn, claims, **{"storage.operation": "storage.object.list"})`). The role
    comes last: the caller's role may not set some of the others.
    """
    ordered = {
        "request.jwt.claims": json.dumps(claims),
        "request.jwt.claim.sub": str(claims.get("sub") or ""),
        "request.jwt.claim.role": claims["role"],
        **settings,
        "role": claims["role"],
    }
    await conn.execute(_SET_CONFIG, [list(ordered), list(ordered.values())])
