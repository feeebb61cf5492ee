"""The calls of /admin/users, for service_role alone."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import LiteralString

from starlette.responses import JSONResponse, Response

from scripts.local_supabase.auth import sessions, users
from scripts.local_supabase.auth.wire import AuthFault, Call, Handler, ValidationFailed
from scripts.local_supabase.stack import Row

_CHANGE_IDENTITY_EMAIL: LiteralString = """
update identities set identity_data = identity_data || jsonb_build_object('email', %s::text)
where user_id = %s
"""


def for_admins(handler: Handler) -> Handler:
    """The handler, behind 403 not_admin for everybody but service_role."""

    async def guarded(call: Call) -> Response:
        if sessions.claims_of_call(call)["role"] != "service_role":
            raise AuthFault(403, "not_admin", "User not allowed")
        return await handler(call)

    return guarded


async def create_user(call: Call) -> Response:
    """Insert, then change, as on hosted: a trigger on insert sees the account unconfirmed."""
    body = call.body
    if not body.get("email"):
        raise ValidationFailed("Cannot create a user without either an email or phone")
    email = users.checked_address(body["email"])
    columns = _columns_of(body)
    # An account that an admin makes without a password must not be open to an empty one.
    password = body.get("password") or secrets.token_urlsafe(48)
    password_hash = await users.hash_password(password)
    user = await users.create_user(call, email, password_hash, body.get("user_metadata", {}))
    return JSONResponse(users.user_json(await users.change_user(call, user["id"], columns)))


def _columns_of(body: Row) -> Row:
    """What create and update both write, in the names of auth.users."""
    user_metadata = dict(body.get("user_metadata", {}))
    columns: Row = {"raw_app_meta_data": body.get("app_metadata", {})}
    if body.get("role"):
        columns["role"] = body["role"]
    if body.get("ban_duration"):
        columns["banned_until"] = users.ban_end(body["ban_duration"])
    if body.get("email_confirm"):
        columns["email_confirmed_at"] = datetime.now(UTC)
        user_metadata["email_verified"] = True
    return {**columns, "raw_user_meta_data": user_metadata}


async def get_user(call: Call) -> Response:
    """One user."""
    return JSONResponse(users.user_json(await _user_of_path(call)))


async def update_user(call: Call) -> Response:
    """Change anything of a user; a new password ends all their sessions."""
    user = await _user_of_path(call)
    columns = _columns_of(call.body)
    if call.body.get("email"):
        columns["email"] = users.checked_address(call.body["email"])
        await call.run(_CHANGE_IDENTITY_EMAIL, columns["email"], user["id"])
    if "password" in call.body:
        columns["encrypted_password"] = await users.hash_new_password(call)
        await sessions.close_sessions(call, user["id"], "global", None)
    return JSONResponse(users.user_json(await users.change_user(call, user["id"], columns)))


async def delete_user(call: Call) -> Response:
    """Delete a user, and by the foreign keys their identities and sessions."""
    user = await _user_of_path(call)
    await call.run("delete from users where id = %s", user["id"])
    return JSONResponse({})


async def _user_of_path(call: Call) -> Row:
    return await users.user_by_id(call, call.request.path_params["user_id"])


async def list_users(call: Call) -> Response:
    """One page, newest first, with the total and the links that the clients read."""
    page = _positive_number(call, "page", default=1)
    size = _positive_number(call, "per_page", default=50)
    order = "order by u.created_at desc, u.id limit %s offset %s"
    found = await users.select_users(call, order, size, (page - 1) * size)
    total = (await call.run("select count(*) as total from users"))[0]["total"]
    headers = {"link": _page_links(page, size, total), "x-total-count": str(total)}
    listed = {"users": [users.user_json(user) for user in found], "aud": "authenticated"}
    return JSONResponse(listed, headers=headers)


def _positive_number(call: Call, name: str, default: int) -> int:
    text = call.request.query_params.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 10**6:
        raise ValidationFailed("Bad Pagination Parameters")
    return int(text)


def _page_links(page: int, size: int, total: int) -> str:
    last_page = -(-total // size)
    links = [(last_page, "last")]
    if page < last_page:
        links.insert(0, (page + 1, "next"))
    return ", ".join(
        f'</admin/users?page={number}&per_page={size}>; rel="{relation}"'
        for number, relation in links
    )
