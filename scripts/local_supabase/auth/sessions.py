"""Sessions: opening one, exchanging its refresh token, who holds one, and ending them."""

from __future__ import annotations

import secrets
import time
from typing import LiteralString
from uuid import uuid4

from starlette.responses import JSONResponse, Response

from scripts.local_supabase.auth import users
from scripts.local_supabase.auth.wire import AuthFault, Call
from scripts.local_supabase.stack import AuthError, Row, caller

COPIED = ("aud", "role", "email", "phone", "app_metadata", "user_metadata", "is_anonymous")


async def open_session(call: Call, user_id: str) -> Response:
    """Sign a user in: a new session, its first refresh token, the Session object."""
    session = str(uuid4())
    insert: LiteralString = """
      insert into sessions (id, user_id, created_at, updated_at, aal)
      values (%s, %s, now(), now(), 'aal1')"""
    await call.run(insert, session, user_id)
    await call.run("update users set last_sign_in_at = now() where id = %s", user_id)
    token, user = await _new_token(call, user_id, session), await users.by_id(call, user_id)
    return _session_response(call, user, session, int(time.time()), token)


async def _new_token(call: Call, user_id: str, session: str, parent: str | None = None) -> str:
    token = secrets.token_urlsafe(16)
    insert: LiteralString = """
      insert into refresh_tokens (token, user_id, parent, session_id, revoked, created_at,
      updated_at) values (%s, %s, %s, %s, false, now(), now())"""
    await call.run(insert, token, user_id, parent, session)
    return token


def _session_response(call: Call, user: Row, session: str, since: int, token: str) -> Response:
    now, life = int(time.time()), call.option("jwt_expiry", 3600)
    claims = {name: user[name] for name in COPIED} | {"sub": user["id"], "session_id": session}
    claims |= {"iss": f"{call.stack.api_url}/auth/v1", "iat": now, "exp": now + life, "aal": "aal1"}
    claims["amr"] = [{"method": "password", "timestamp": since}]
    shown = {"access_token": call.stack.tokens.sign(claims), "token_type": "bearer"}
    shown |= {"expires_in": life, "expires_at": now + life, "refresh_token": token}
    return JSONResponse(shown | {"user": users.user_json(user)})


async def refresh(call: Call) -> Response:
    """Exchange a refresh token for a new Session object.

    A used token within the reuse interval, or whose successor is the active one (the client may
    never have received it), gets the active token: a session has one at a time. Otherwise 400
    refresh_token_not_found, user_banned, or refresh_token_already_used, which ends the session.
    """
    token = call.body.get("refresh_token", "")
    given = await _lock_token(call, token)
    user, session = await users.by_id(call, given["user_id"]), given["session"]
    if user["banned"]:
        raise AuthFault(400, "user_banned", "Invalid Refresh Token: User Banned")
    issued = given["active"] if given["reusable"] else None
    if not given["revoked"]:
        exchange: LiteralString = "update refresh_tokens set revoked = true, updated_at = now()"
        await call.run(exchange + " where token = %s", token)
        issued = await _new_token(call, user["id"], session, token)
        await call.run("update sessions set refreshed_at = now() where id = %s", session)
    if issued:
        return _session_response(call, user, session, given["since"], issued)
    await call.run("delete from sessions where id = %s", session)
    fault = AuthFault(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used")
    return fault.response(call.request)  # not raised, which would give the session back


async def _lock_token(call: Call, token: str) -> Row:
    """What is known of a token, its session locked: refreshes come one after the other."""
    mine: LiteralString = "(select session_id from refresh_tokens where token = %s)"
    await call.run(f"select 1 from sessions where id = {mine} for update", token)
    # Read after the lock was granted: whoever held it may have exchanged this token.
    read: LiteralString = """
      select t.user_id, s.id::text as session, t.revoked, a.token as active,
        extract(epoch from s.created_at)::bigint as since,
        (a.parent = t.token or t.updated_at + make_interval(secs => %s) >= now()) as reusable
      from refresh_tokens as t inner join sessions as s on s.id = t.session_id left join
        refresh_tokens as a on a.session_id = s.id and not a.revoked where t.token = %s"""
    for row in await call.run(read, call.option("refresh_token_reuse_interval", 10), token):
        return row
    message = "Invalid Refresh Token: Refresh Token Not Found"
    raise AuthFault(400, "refresh_token_not_found", message)


def claims_of(call: Call) -> Row:
    """The verified claims of a call. Raises 401 no_authorization, 403 bad_jwt."""
    try:
        return caller(call.request, call.stack)
    except AuthError as error:
        if error.code == "bad_jwt":
            raise AuthFault(403, "bad_jwt", error.message) from error
        message = "This endpoint requires a valid Bearer token"
        raise AuthFault(401, "no_authorization", message) from error


async def signed_in(call: Call) -> tuple[Row, str | None]:
    """The user who calls and their session. Raises 403 when either is gone or the user is banned.

    A signature alone does not tell: only the rows know of sign-out, deletion and bans.
    """
    claims = claims_of(call)
    if not claims.get("sub"):
        raise AuthFault(403, "bad_jwt", "invalid claim: missing sub claim")
    session = claims.get("session_id")
    found = await users.select(call, "where u.id = %s", claims["sub"])
    if not found:
        raise AuthFault(403, "user_not_found", "User from sub claim in JWT does not exist")
    if session and not await call.run("select 1 from sessions where id = %s", session):
        message = "Session from session_id claim in JWT does not exist"
        raise AuthFault(403, "session_not_found", message)
    if found[0]["banned"]:
        raise AuthFault(403, "user_banned", "User is banned")
    return found[0], session


async def close_sessions(call: Call, user_id: str, scope: str, session: str | None) -> None:
    """End the user's sessions: `global` all, `local` this one, `others` all but this one."""
    ended: LiteralString = "case %s when 'local' then id = %s when 'others' then id <> %s"
    delete: LiteralString = f"delete from sessions where user_id = %s and {ended} else true end"
    await call.run(delete, user_id, scope if session else "global", session, session)
