"""Accounts: rows of auth.users and auth.identities, their User object, and what people type."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID, uuid4

import bcrypt
from psycopg import sql
from psycopg.types.json import Jsonb

from scripts.local_supabase.auth.wire import AuthFault, Call, invalid
from scripts.local_supabase.stack import Row

ADDRESS = r"(?ai)[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
SPAN = r"(\d{1,7}(?:\.\d{1,9})?)(ms|s|m|h)"
UNITS = {"h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds"}
SHOWN = {"id", "aud", "role", "email", "phone", "app_metadata", "user_metadata", "is_anonymous"}

# Everything as JSON has it; Auth calls an identity's own id `identity_id`, the provider's `id`.
ACCOUNT: LiteralString = """
  select to_jsonb(u) || jsonb_build_object(
    'email', coalesce(u.email, ''), 'phone', coalesce(u.phone, ''), 'app_metadata',
    coalesce(u.raw_app_meta_data, '{}'), 'user_metadata', coalesce(u.raw_user_meta_data, '{}'),
    'new_email', u.email_change, 'banned', coalesce(u.banned_until > now(), false), 'identities',
    (select coalesce(jsonb_agg(
      to_jsonb(i) || jsonb_build_object('identity_id', i.id, 'id', i.provider_id)
    ), '[]') from identities as i where i.user_id = u.id)) as account from users as u """


def user_json(user: Row) -> Row:
    """The User object of the wire: moments and a wished address only when they are set."""
    optional = ("_at", "_until", "new_email")
    shown = {k: v for k, v in user.items() if k in SHOWN or (v and k.endswith(optional))}
    return shown | {"identities": user["identities"]}


def address(text: str) -> str:
    """A checked address in lower case. Raises 400 validation_failed."""
    if len(text) > 255 or not re.fullmatch(ADDRESS, text):
        raise invalid("Unable to validate email address: invalid format")
    return text.lower()


async def new_password(call: Call) -> str:
    """The hash of the password a person chose. Raises 422 weak_password, 400 when too long."""
    password, least = call.body.get("password", ""), call.option("minimum_password_length", 6)
    if len(password) < least:
        message = f"Password should be at least {least} characters."
        raise AuthFault(422, "weak_password", message, weak_password={"reasons": ["length"]})
    return await hashed(password)


async def hashed(password: str) -> str:
    """The bcrypt hash, made beside the event loop. Raises 400 for more than bcrypt reads."""
    if len(password.encode()) > 72:
        raise invalid("Password cannot be longer than 72 characters")
    return (await asyncio.to_thread(bcrypt.hashpw, password.encode(), bcrypt.gensalt(10))).decode()


async def matches(call: Call, user: Row) -> bool:
    """Whether the call's password is the user's; False too for what bcrypt cannot read."""
    given, kept = call.body.get("password", ""), user["encrypted_password"] or ""
    try:
        return await asyncio.to_thread(bcrypt.checkpw, given.encode(), kept.encode())
    except ValueError:
        return False


def ban_end(duration: str) -> datetime | None:
    """When a ban of `1h30m` that starts now is over; None for `none`. Raises 400."""
    if duration == "none":
        return None
    if not re.fullmatch(f"(?:{SPAN}){{1,4}}", duration, re.ASCII):
        raise invalid(f"invalid format for ban duration: {duration[:40]!r}")
    spans = [timedelta(**{UNITS[unit]: float(n)}) for n, unit in re.findall(SPAN, duration)]
    return datetime.now(UTC) + sum(spans, timedelta())


async def select(call: Call, rest: LiteralString, *values: Any) -> list[Row]:
    """Users with their identities, `rest` being what follows `from users as u`."""
    return [row["account"] for row in await call.run(ACCOUNT + rest, *values)]


async def by_id(call: Call, user_id: UUID | str, lock: LiteralString = "") -> Row:
    """One user, or 404 user_not_found; `lock` may be `for update of u`."""
    for user in await select(call, "where u.id = %s " + lock, user_id):
        return user
    raise AuthFault(404, "user_not_found", "User not found")


async def create(call: Call, email: str, password: str, metadata: Row) -> Row:
    """Insert an unconfirmed user with an e-mail identity."""
    try:
        user_id = UUID(call.body.get("id") or str(uuid4()))
    except ValueError as error:
        raise invalid("ID must conform to the uuid v4 format") from error
    about = {"sub": str(user_id), "email": email, "email_verified": False, "phone_verified": False}
    insert: LiteralString = """
      with new_identity as (
        insert into identities (provider_id, user_id, identity_data, provider, last_sign_in_at,
          created_at, updated_at) values (%s, %s, %s, 'email', now(), now(), now()))
      insert into users (id, email, encrypted_password, raw_user_meta_data, raw_app_meta_data, aud,
        role, created_at, updated_at, instance_id) values (%s, %s, %s, %s, %s, 'authenticated',
        'authenticated', now(), now(), '00000000-0000-0000-0000-000000000000')"""
    identity = (str(user_id), user_id, Jsonb(about))
    providers = Jsonb({"provider": "email", "providers": ["email"]})
    await call.run(insert, *identity, user_id, email, password, Jsonb(metadata), providers)
    return await by_id(call, user_id)


async def change(call: Call, user_id: UUID | str, columns: Row) -> Row:
    """Write columns of one user; a dict is merged into what is there, a None in it removes."""
    user, row = await by_id(call, user_id, "for update of u"), columns.copy()
    for name, new in columns.items():
        if isinstance(new, dict):
            merged = (user[name] or {}) | new
            row[name] = Jsonb({k: v for k, v in merged.items() if not (k in new and v is None)})
    row["updated_at"] = datetime.now(UTC)
    sets = [sql.SQL("{} = {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in row]
    update = sql.SQL("update users set {} where id = %(key)s").format(sql.SQL(", ").join(sets))
    await call.conn.execute(update, {**row, "key": user_id})
    return await by_id(call, user_id)
