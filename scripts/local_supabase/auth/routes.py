"""Supabase Auth as the local stack has it: the routes, and what people do for themselves.

E-mail and password only. No mail is ever sent: where confirmation is asked for, an admin confirms.
What the real service can do beyond this is answered 501 with the name of the call, by the gateway
where the path is unknown.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from scripts.local_supabase.auth import admin, sessions, users, wire
from scripts.local_supabase.auth import limits as auth_limits
from scripts.local_supabase.auth.wire import AuthFault, Call, Handler
from scripts.local_supabase.stack import Row, Stack


def routes(stack: Stack) -> list[BaseRoute]:
    """The routes of /auth/v1, paths relative to it."""
    one = "/admin/users/{user_id:uuid}"
    # The last word is the sentence of hosted Auth for a database error in this call.
    calls: list[tuple[str, str, Handler, str]] = [
        ("POST", "/signup", sign_up, "Database error saving new user"),
        ("POST", "/token", grant, "Database error granting user"),
        ("POST", "/logout", sign_out, "Error logging out user"),
        ("GET", "/user", get_user, "Database error loading user"),
        ("PUT", "/user", update_user, "Error updating user"),
        ("GET", "/admin/users", admin.list_users, "Database error finding users"),
        ("POST", "/admin/users", admin.create_user, "Database error creating new user"),
        ("GET", one, admin.get_user, "Database error loading user"),
        ("PUT", one, admin.update_user, "Error updating user"),
        ("DELETE", one, admin.delete_user, "Database error deleting user"),
        ("GET", "/.well-known/jwks.json", jwks, "Database error"),
        ("GET", "/settings", settings, "Database error"),
        ("GET", "/health", health, "Database error"),
    ]
    guarded = [(*c[:2], admin.for_admins(c[2]) if "/admin" in c[1] else c[2], c[3]) for c in calls]
    return [
        Route(path, partial(wire.answer, handler, failure, stack), methods=[verb])
        for verb, path, handler, failure in guarded
    ]


async def sign_up(call: Call) -> Response:
    """A new account: a Session, or the bare User where config.toml asks for confirmation."""
    auth_limits.count(call, "sign_in_sign_ups", 30)
    body, confirm = call.body, _confirmation(call)
    if not body.get("email"):
        raise AuthFault(422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled")
    if not call.option("enable_signup", True):
        raise AuthFault(422, "signup_disabled", "Signups not allowed for this instance")
    email, hashed = users.address(body["email"]), await users.new_password(call)
    user = await users.create(call, email, hashed, body.get("data", {}))
    about = user["identities"][0]["identity_data"] | {"email_verified": not confirm}
    confirmed: Row = {} if confirm else {"email_confirmed_at": datetime.now(UTC)}
    user = await users.change(call, user["id"], {"raw_user_meta_data": about, **confirmed})
    if confirm:
        return JSONResponse(users.user_json(user))
    return await sessions.open_session(call, user["id"])


def _confirmation(call: Call) -> bool:
    return bool(call.option("email", {}).get("enable_confirmations", False))


async def grant(call: Call) -> Response:
    """/token: Authorization is never looked at, it may carry the token that has expired."""
    kind = call.request.query_params.get("grant_type")
    if kind == "refresh_token":
        auth_limits.count(call, "token_refresh", 150)
        return await sessions.refresh(call)
    if kind != "password":
        raise wire.not_implemented(call.request, f"?grant_type={kind}")
    auth_limits.count(call, "sign_in_sign_ups", 30)
    found = await users.select(call, "where u.email = %s", call.body.get("email", "").lower())
    if found and found[0]["banned"]:
        raise AuthFault(400, "user_banned", "User is banned")
    if not found or not await users.matches(call, found[0]):
        raise AuthFault(400, "invalid_credentials", "Invalid login credentials")
    if not found[0]["confirmed_at"]:
        raise AuthFault(400, "email_not_confirmed", "Email not confirmed")
    return await sessions.open_session(call, found[0]["id"])


async def sign_out(call: Call) -> Response:
    user, session = await sessions.signed_in(call)
    scope = call.request.query_params.get("scope") or "global"
    if scope not in {"global", "local", "others"}:
        raise wire.invalid(f"Unsupported logout scope {scope[:40]!r}")
    await sessions.close_sessions(call, user["id"], scope, session)
    return Response(status_code=204)


async def get_user(call: Call) -> Response:
    user, _ = await sessions.signed_in(call)
    return JSONResponse(users.user_json(user))


async def update_user(call: Call) -> Response:
    """Own metadata, password (ends the other sessions), or the wish for another address."""
    (user, session), body = await sessions.signed_in(call), call.body
    columns: Row = {"raw_user_meta_data": body.get("data", {})}
    if "app_metadata" in body:
        raise AuthFault(403, "not_admin", "Updating app_metadata requires admin privileges")
    if body.get("email") and (email := users.address(body["email"])) != user["email"]:
        if await users.select(call, "where u.email = %s", email):
            raise AuthFault(422, *wire.EMAIL_EXISTS)
        columns |= {"email_change": email, "email_change_sent_at": datetime.now(UTC)}
    if "password" in body:
        columns["encrypted_password"] = await users.new_password(call)
        if await users.matches(call, user):
            message = "New password should be different from the old password."
            raise AuthFault(422, "same_password", message)
        await sessions.close_sessions(call, user["id"], "others", session)
    return JSONResponse(users.user_json(await users.change(call, user["id"], columns)))


async def jwks(call: Call) -> Response:
    return JSONResponse(call.stack.tokens.jwks(), headers={"cache-control": "public, max-age=600"})


async def settings(call: Call) -> Response:
    """What a sign-in page asks before it shows a form."""
    shown: Row = {"external": {"email": True, "phone": False, "anonymous_users": False}}
    shown["disable_signup"] = not call.option("enable_signup", True)
    return JSONResponse(shown | {"mailer_autoconfirm": not _confirmation(call)})


async def health(_: Call) -> Response:
    return JSONResponse({"name": "GoTrue", "version": "local", "description": "Local Supabase"})
