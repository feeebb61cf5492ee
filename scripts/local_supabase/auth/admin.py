"""The calls of /admin/users, for service_role alone."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from starlette.responses import JSONResponse, Response

from scripts.local_supabase.auth import sessions, users
from scripts.local_supabase.auth.wire import AuthFault, Call, Handler, invalid
from scripts.local_supabase.stack import Row


def for_admins(handler: Handler) -> Handler:
    """The handler, behind 403 not_admin for everybody but service_role."""

    async def guarded(call: Call) -> Response:
        if sessions.claims_of(call)["role"] != "service_role":
            raise AuthFault(403, "not_admin", "User not allowed")
        return await handler(call)

    return guarded


def _columns(body: Row) -> Row:
    """What create and update both write, in the names of auth.users."""
    columns: Row = {"raw_user_meta_data": dict(body.get("user_metadata", {}))}
    columns["raw_app_meta_data"] = body.get("app_metadata", {})
    if body.get("role"):
        columns["role"] = body["role"]
    if body.get("ban_duration"):
        columns["banned_until"] = users.ban_end(body["ban_duration"])
    if body.get("email_confirm"):
        columns["email_confirmed_at"] = datetime.now(UTC)
        columns["raw_user_meta_data"]["email_verified"] = True
    return columns


async def create_user(call: Call) -> Response:
    """Insert, then change, as on hosted: a trigger on insert sees the account unconfirmed."""
    body = call.body
    if not body.get("email"):
        raise invalid("Cannot create a user without either an email or phone")
    email, columns = users.address(body["email"]), _columns(body)
    hashed = await users.hashed(body.get("password") or secrets.token_urlsafe(48))
    user = await users.create(call, email, hashed, body.get("user_metadata", {}))
    return JSONResponse(users.user_json(await users.change(call, user["id"], columns)))


async def get_user(call: Call) -> Response:
    user = await users.by_id(call, call.request.path_params["user_id"])
    return JSONResponse(users.user_json(user))


async def update_user(call: Call) -> Response:
    """Change anything of a user; a new password ends all their sessions."""
    user = await users.by_id(call, call.request.path_params["user_id"])
    columns = _columns(call.body)
    if call.body.get("email"):
        columns["email"] = users.address(call.body["email"])
        about = "update identities set identity_data = identity_data || jsonb_build_object('email',"
        await call.run(about + " %s::text) where user_id = %s", columns["email"], user["id"])
    if "password" in call.body:
        columns["encrypted_password"] = await users.new_password(call)
        await sessions.close_sessions(call, user["id"], "global", None)
    return JSONResponse(users.user_json(await users.change(call, user["id"], columns)))


async def delete_user(call: Call) -> Response:
    user = await users.by_id(call, call.request.path_params["user_id"])
    await call.run("delete from users where id = %s", user["id"])
    return JSONResponse({})


async def list_users(call: Call) -> Response:
    """One page, newest first, with the total and the links that the clients read."""
    query = call.request.query_params
    asked = [query.get("page") or "1", query.get("per_page") or "50"]
    if not all(text.isdecimal() and 0 < int(text) < 10**6 for text in asked):
        raise invalid("Bad Pagination Parameters")
    page, size = map(int, asked)
    order = "order by u.created_at desc, u.id limit %s offset %s"
    found = await users.select(call, order, size, (page - 1) * size)
    total = (await call.run("select count(*) as total from users"))[0]["total"]
    last = -(-total // size)
    ways = [(page + 1, "next")] * (page < last) + [(last, "last")]
    link = [f'</admin/users?page={n}&per_page={size}>; rel="{way}"' for n, way in ways]
    listed = {"users": [users.user_json(user) for user in found], "aud": "authenticated"}
    return JSONResponse(listed, headers={"link": ", ".join(link), "x-total-count": str(total)})
