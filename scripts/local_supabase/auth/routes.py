"""Supabase Auth as the local stack has it: the routes, and what people do for themselves.

E-mail and password only. No mail is ever sent: where confirmation is asked for, an admin confirms.
What the real service can do beyond this is answered 501 with the name of the call, by the gateway
where the path is unknown.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from scripts.local_supabase.auth import admin, limits, sessions, users
from scripts.local_supabase.auth.wire import (
    AuthFault,
    Call,
    EmailExists,
    Handler,
    NotImplementedHere,
    UserBanned,
    ValidationFailed,
    answer_call,
)
from scripts.local_supabase.stack import Row, Stack

LOGOUT_SCOPES = {"global", "local", "others"}


class Endpoint(NamedTuple):
    """A call of Auth; `failure` is hosted Auth's sentence for a database error in it."""

    method: str
    path: str
    handler: Handler
    failure: str


def routes(stack: Stack) -> list[BaseRoute]:
    """The routes of /auth/v1, paths relative to it."""
    users_path = "/admin/users"
    user_path = "/admin/users/{user_id:uuid}"
    create_user = admin.for_admins(admin.create_user)
    list_users = admin.for_admins(admin.list_users)
    get_any_user = admin.for_admins(admin.get_user)
    update_any_user = admin.for_admins(admin.update_user)
    delete_user = admin.for_admins(admin.delete_user)
    endpoints = [
        Endpoint("POST", "/signup", sign_up, "Database error saving new user"),
        Endpoint("POST", "/token", grant_session, "Database error granting user"),
        Endpoint("POST", "/logout", sign_out, "Error logging out user"),
        Endpoint("GET", "/user", get_user, "Database error loading user"),
        Endpoint("PUT", "/user", update_user, "Error updating user"),
        Endpoint("GET", users_path, list_users, "Database error finding users"),
        Endpoint("POST", users_path, create_user, "Database error creating new user"),
        Endpoint("GET", user_path, get_any_user, "Database error loading user"),
        Endpoint("PUT", user_path, update_any_user, "Error updating user"),
        Endpoint("DELETE", user_path, delete_user, "Database error deleting user"),
        Endpoint("GET", "/.well-known/jwks.json", show_key_set, "Database error"),
        Endpoint("GET", "/settings", show_settings, "Database error"),
        Endpoint("GET", "/health", show_health, "Database error"),
    ]
    return [
        Route(path, partial(answer_call, handler, failure, stack), methods=[method])
        for method, path, handler, failure in endpoints
    ]


async def sign_up(call: Call) -> Response:
    """A new account: a Session, or the bare User where config.toml asks for confirmation."""
    limits.count_try(call, "sign_in_sign_ups", 30)
    body = call.body
    if not body.get("email"):
        raise AuthFault(422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled")
    if not call.option("enable_signup", True):
        raise AuthFault(422, "signup_disabled", "Signups not allowed for this instance")
    email = users.checked_address(body["email"])
    password_hash = await users.hash_new_password(call)
    user = await users.create_user(call, email, password_hash, body.get("data", {}))
    needs_confirmation = _needs_confirmation(call)
    identity = user["identities"][0]["identity_data"]
    columns: Row = {"raw_user_meta_data": identity | {"email_verified": not needs_confirmation}}
    if not needs_confirmation:
        columns["email_confirmed_at"] = datetime.now(UTC)
    user = await users.change_user(call, user["id"], columns)
    if needs_confirmation:
        return JSONResponse(users.user_json(user))
    return await sessions.open_session(call, user["id"])


def _needs_confirmation(call: Call) -> bool:
    return bool(call.option("email", {}).get("enable_confirmations", False))


async def grant_session(call: Call) -> Response:
    """/token: Authorization is never looked at, it may carry the token that has expired."""
    kind = call.request.query_params.get("grant_type")
    if kind == "refresh_token":
        limits.count_try(call, "token_refresh", 150)
        return await sessions.refresh_session(call)
    if kind == "password":
        limits.count_try(call, "sign_in_sign_ups", 30)
        return await _sign_in_with_password(call)
    raise NotImplementedHere(call.request, f"?grant_type={kind}")


async def _sign_in_with_password(call: Call) -> Response:
    user = await users.user_by_email(call, call.body.get("email", "").lower())
    if user and user["banned"]:
        raise UserBanned(400)
    if not user or not await users.password_matches(call, user):
        raise AuthFault(400, "invalid_credentials", "Invalid login credentials")
    if not user["confirmed_at"]:
        raise AuthFault(400, "email_not_confirmed", "Email not confirmed")
    return await sessions.open_session(call, user["id"])


async def sign_out(call: Call) -> Response:
    """End sessions of the caller: all, this one, or the others."""
    user, session_id = await sessions.signed_in_user(call)
    scope = call.request.query_params.get("scope") or "global"
    if scope not in LOGOUT_SCOPES:
        raise ValidationFailed(f"Unsupported logout scope {scope[:40]!r}")
    await sessions.close_sessions(call, user["id"], scope, session_id)
    return Response(status_code=204)


async def get_user(call: Call) -> Response:
    """The caller's own account."""
    user, _ = await sessions.signed_in_user(call)
    return JSONResponse(users.user_json(user))


async def update_user(call: Call) -> Response:
    """Own metadata, password (ends the other sessions), or the wish for another address."""
    user, session_id = await sessions.signed_in_user(call)
    body = call.body
    if "app_metadata" in body:
        raise AuthFault(403, "not_admin", "Updating app_metadata requires admin privileges")
    columns: Row = {"raw_user_meta_data": body.get("data", {})}
    if body.get("email"):
        columns |= await _wished_address(call, user)
    if "password" in body:
        columns["encrypted_password"] = await _changed_password(call, user)
        await sessions.close_sessions(call, user["id"], "others", session_id)
    return JSONResponse(users.user_json(await users.change_user(call, user["id"], columns)))


async def _wished_address(call: Call, user: Row) -> Row:
    """The columns that note the wish; none if the address is the user's already."""
    email = users.checked_address(call.body["email"])
    if email == user["email"]:
        return {}
    if await users.user_by_email(call, email):
        raise EmailExists
    return {"email_change": email, "email_change_sent_at": datetime.now(UTC)}


async def _changed_password(call: Call, user: Row) -> str:
    """The hash of the new password. Raises 422 weak_password, 422 same_password."""
    password_hash = await users.hash_new_password(call)
    if await users.password_matches(call, user):
        message = "New password should be different from the old password."
        raise AuthFault(422, "same_password", message)
    return password_hash


async def show_key_set(call: Call) -> Response:
    """The public keys that access tokens are checked with."""
    headers = {"cache-control": "public, max-age=600"}
    return JSONResponse(call.stack.tokens.key_set(), headers=headers)


async def show_settings(call: Call) -> Response:
    """What a sign-in page asks before it shows a form."""
    return JSONResponse(
        {
            "external": {"email": True, "phone": False, "anonymous_users": False},
            "disable_signup": not call.option("enable_signup", True),
            "mailer_autoconfirm": not _needs_confirmation(call),
        }
    )


async def show_health(_: Call) -> Response:
    """That Auth answers."""
    return JSONResponse({"name": "GoTrue", "version": "local", "description": "Local Supabase"})
