"""Sessions: opening one, exchanging its refresh token, who holds one, and ending them."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import LiteralString
from uuid import uuid4

from starlette.responses import JSONResponse, Response

from scripts.local_supabase.auth import users
from scripts.local_supabase.auth.wire import AuthFault, Call, UserBanned
from scripts.local_supabase.callers import AuthError, verified_claims
from scripts.local_supabase.stack import Row

# What the claims of an access token copy from the account.
COPIED_CLAIMS = ("aud", "role", "email", "phone", "app_metadata", "user_metadata", "is_anonymous")

_INSERT_SESSION: LiteralString = """
insert into sessions (id, user_id, created_at, updated_at, aal)
values (%s, %s, now(), now(), 'aal1')
"""
_INSERT_TOKEN: LiteralString = """
insert into refresh_tokens (token, user_id, parent, session_id, revoked, created_at, updated_at)
values (%s, %s, %s, %s, false, now(), now())
"""
_LOCK_SESSION: LiteralString = """
select 1 from sessions
where id = (select session_id from refresh_tokens where token = %s)
for update
"""
# `active` is the session's one token that is not revoked. `reusable`: the token asked about is its
# parent, or was used within the reuse interval.
_READ_TOKEN: LiteralString = """
select
  t.user_id, s.id::text as session_id, t.revoked, a.token as active,
  extract(epoch from s.created_at)::bigint as signed_in_at,
  (a.parent = t.token or t.updated_at + make_interval(secs => %s) >= now()) as reusable
from refresh_tokens as t
inner join sessions as s on s.id = t.session_id
left join refresh_tokens as a on a.session_id = s.id and not a.revoked
where t.token = %s
"""
_REVOKE_TOKEN: LiteralString = """
update refresh_tokens set revoked = true, updated_at = now() where token = %s
"""
_DELETE_SESSIONS: LiteralString = """
delete from sessions
where user_id = %s and case %s when 'local' then id = %s when 'others' then id <> %s else true end
"""


@dataclass(frozen=True)
class Session:
    """A session, and the refresh token that its holder is given."""

    id: str
    signed_in_at: int
    refresh_token: str


async def open_session(call: Call, user_id: str) -> Response:
    """Sign a user in: a new session, its first refresh token, the Session object."""
    session_id = str(uuid4())
    await call.run(_INSERT_SESSION, session_id, user_id)
    await call.run("update users set last_sign_in_at = now() where id = %s", user_id)
    token = await _insert_token(call, user_id, session_id)
    user = await users.user_by_id(call, user_id)
    return _session_response(call, user, Session(session_id, int(time.time()), token))


async def _insert_token(
    call: Call, user_id: str, session_id: str, parent: str | None = None
) -> str:
    token = secrets.token_urlsafe(16)
    await call.run(_INSERT_TOKEN, token, user_id, parent, session_id)
    return token


def _session_response(call: Call, user: Row, session: Session) -> Response:
    now = int(time.time())
    lifetime = call.option("jwt_expiry", 3600)
    claims = {
        **{name: user[name] for name in COPIED_CLAIMS},
        "sub": user["id"],
        "session_id": session.id,
        "iss": f"{call.stack.api_url}/auth/v1",
        "iat": now,
        "exp": now + lifetime,
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": session.signed_in_at}],
    }
    return JSONResponse(
        {
            "access_token": call.stack.tokens.sign(claims),
            "token_type": "bearer",
            "expires_in": lifetime,
            "expires_at": now + lifetime,
            "refresh_token": session.refresh_token,
            "user": users.user_json(user),
        }
    )


async def refresh_session(call: Call) -> Response:
    """Exchange a refresh token for a new Session object.

    A token that was used already gets the session's active token if it was used within the reuse
    interval, or if the active token is its successor: the client may never have received it.
    Otherwise 400 refresh_token_not_found, user_banned, or refresh_token_already_used, which ends
    the session.
    """
    token = call.body.get("refresh_token", "")
    given = await _lock_token(call, token)
    user = await users.user_by_id(call, given["user_id"])
    if user["banned"]:
        raise UserBanned(400, "Invalid Refresh Token: User Banned")
    session_id = given["session_id"]
    issued = given["active"] if given["reusable"] else None
    if not given["revoked"]:
        issued = await _exchange_token(call, token, user["id"], session_id)
    if issued:
        return _session_response(call, user, Session(session_id, given["signed_in_at"], issued))
    await call.run("delete from sessions where id = %s", session_id)
    fault = AuthFault(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
    # Answered, not raised: a raised fault would undo the end of the session.
    return fault.response(call.request)


async def _exchange_token(call: Call, token: str, user_id: str, session_id: str) -> str:
    await call.run(_REVOKE_TOKEN, token)
    successor = await _insert_token(call, user_id, session_id, parent=token)
    await call.run("update sessions set refreshed_at = now() where id = %s", session_id)
    return successor


async def _lock_token(call: Call, token: str) -> Row:
    """What is known of a token, its session locked: refreshes come one after the other."""
    await call.run(_LOCK_SESSION, token)
    # Read after the lock was granted: whoever held it may have exchanged this token.
    reuse_seconds = call.option("refresh_token_reuse_interval", 10)
    for row in await call.run(_READ_TOKEN, reuse_seconds, token):
        return row
    message = "Invalid Refresh Token: Refresh Token Not Found"
    raise AuthFault(400, "refresh_token_not_found", message)


def claims_of_call(call: Call) -> Row:
    """The verified claims of a call. Raises 401 no_authorization, 403 bad_jwt."""
    try:
        return verified_claims(call.request, call.stack)
    except AuthError as error:
        if error.code == "bad_jwt":
            raise AuthFault(403, "bad_jwt", error.message) from error
        message = "This endpoint requires a valid Bearer token"
        raise AuthFault(401, "no_authorization", message) from error


async def signed_in_user(call: Call) -> tuple[Row, str | None]:
    """The user who calls and the id of their session. Raises 403 if either is gone or banned.

    A signature alone does not tell: only the rows know of sign-out, deletion and bans.
    """
    claims = claims_of_call(call)
    if not claims.get("sub"):
        raise AuthFault(403, "bad_jwt", "invalid claim: missing sub claim")
    found = await users.select_users(call, "where u.id = %s", claims["sub"])
    if not found:
        raise AuthFault(403, "user_not_found", "User from sub claim in JWT does not exist")
    session_id = claims.get("session_id")
    if session_id and not await call.run("select 1 from sessions where id = %s", session_id):
        message = "Session from session_id claim in JWT does not exist"
        raise AuthFault(403, "session_not_found", message)
    if found[0]["banned"]:
        raise UserBanned(403)
    return found[0], session_id


async def close_sessions(call: Call, user_id: str, scope: str, session_id: str | None) -> None:
    """End the user's sessions: `global` all, `local` this one, `others` all but this one."""
    if not session_id:
        scope = "global"
    await call.run(_DELETE_SESSIONS, user_id, scope, session_id, session_id)
