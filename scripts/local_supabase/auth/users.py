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

from scripts.local_supabase.auth.wire import AuthFault, Call, ValidationFailed
from scripts.local_supabase.stack import Row

_ADDRESS = re.compile(
    r"""
    [a-z0-9.!#$%&'*+/=?^_`{|}~-]+           # the name before the @
    @
    [a-z0-9] (?: [a-z0-9.-]* [a-z0-9] )?    # the host begins and ends with a letter or digit
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
LONGEST_ADDRESS = 255

_SPAN = re.compile(
    r"""
    (\d{1,7} (?: \.\d{1,9} )?)  # how many
    (ms|s|m|h)                  # of which unit
    """,
    re.VERBOSE | re.ASCII,
)
_DURATION = re.compile(f"(?: {_SPAN.pattern} ){{1,4}}", re.VERBOSE | re.ASCII)
_UNITS = {"h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds"}

LONGEST_PASSWORD = 72  # bytes: bcrypt reads no more
BCRYPT_ROUNDS = 10

ALWAYS_SHOWN = {
    "id",
    "aud",
    "role",
    "email",
    "phone",
    "app_metadata",
    "user_metadata",
    "is_anonymous",
    "identities",
}
SHOWN_WHEN_SET = ("_at", "_until", "new_email")  # how the names of these fields end

# An account as JSON. Auth calls an identity's own id `identity_id`, and the provider's `id`.
_ACCOUNT: LiteralString = """
select
  to_jsonb(u) || jsonb_build_object(
    'email', coalesce(u.email, ''),
    'phone', coalesce(u.phone, ''),
    'app_metadata', coalesce(u.raw_app_meta_data, '{}'),
    'user_metadata', coalesce(u.raw_user_meta_data, '{}'),
    'new_email', u.email_change,
    'banned', coalesce(u.banned_until > now(), false),
    'identities', (
      select coalesce(
        jsonb_agg(to_jsonb(i) || jsonb_build_object('identity_id', i.id, 'id', i.provider_id)),
        '[]'
      )
      from identities as i where i.user_id = u.id
    )
  ) as account
from users as u
"""
_INSERT: LiteralString = """
with new_identity as (
  insert into identities (
    provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at
  )
  values (%(id)s::text, %(id)s, %(identity)s, 'email', now(), now(), now())
)
insert into users (
  id, email, encrypted_password, raw_user_meta_data, raw_app_meta_data,
  aud, role, created_at, updated_at, instance_id
)
values (
  %(id)s, %(email)s, %(password)s, %(metadata)s, %(providers)s,
  'authenticated', 'authenticated', now(), now(), '00000000-0000-0000-0000-000000000000'
)
"""


def user_json(user: Row) -> Row:
    """The User object of the wire: moments and a wished address are there only if they are set."""
    return {name: value for name, value in user.items() if _is_shown(name, value)}


def _is_shown(name: str, value: Any) -> bool:
    return name in ALWAYS_SHOWN or (bool(value) and name.endswith(SHOWN_WHEN_SET))


def checked_address(text: str) -> str:
    """An address in lower case. Raises `ValidationFailed`."""
    if len(text) > LONGEST_ADDRESS or not _ADDRESS.fullmatch(text):
        raise ValidationFailed("Unable to validate email address: invalid format")
    return text.lower()


async def hash_new_password(call: Call) -> str:
    """The hash of the password a person chose. Raises 422 weak_password, 400 if it is too long."""
    password = call.body.get("password", "")
    shortest = call.option("minimum_password_length", 6)
    if len(password) < shortest:
        message = f"Password should be at least {shortest} characters."
        raise AuthFault(422, "weak_password", message, weak_password={"reasons": ["length"]})
    return await hash_password(password)


async def hash_password(password: str) -> str:
    """The bcrypt hash, made beside the event loop. Raises 400 for more than bcrypt reads."""
    if len(password.encode()) > LONGEST_PASSWORD:
        raise ValidationFailed(f"Password cannot be longer than {LONGEST_PASSWORD} characters")
    salt = bcrypt.gensalt(BCRYPT_ROUNDS)
    return (await asyncio.to_thread(bcrypt.hashpw, password.encode(), salt)).decode()


async def password_matches(call: Call, user: Row) -> bool:
    """Whether the call's password is the user's; False too for what bcrypt cannot read."""
    given = call.body.get("password", "")
    kept = user["encrypted_password"] or ""
    try:
        return await asyncio.to_thread(bcrypt.checkpw, given.encode(), kept.encode())
    except ValueError:
        return False


def ban_end(duration: str) -> datetime | None:
    """When a ban of `1h30m` that starts now is over; None for `none`. Raises 400."""
    if duration == "none":
        return None
    if not _DURATION.fullmatch(duration):
        raise ValidationFailed(f"invalid format for ban duration: {duration[:40]!r}")
    end = datetime.now(UTC)
    for number, unit in _SPAN.findall(duration):
        end += timedelta(**{_UNITS[unit]: float(number)})
    return end


async def select_users(call: Call, condition: LiteralString, *values: Any) -> list[Row]:
    """Users with their identities; `condition` is what follows `from users as u`."""
    return [row["account"] for row in await call.run(_ACCOUNT + condition, *values)]


async def user_by_email(call: Call, email: str) -> Row | None:
    """The account that has an address, if there is one."""
    for user in await select_users(call, "where u.email = %s", email):
        return user
    return None


async def user_by_id(call: Call, user_id: UUID | str, lock: LiteralString = "") -> Row:
    """One user, or 404 user_not_found; `lock` may be `for update of u`."""
    for user in await select_users(call, "where u.id = %s " + lock, user_id):
        return user
    raise AuthFault(404, "user_not_found", "User not found")


async def create_user(call: Call, email: str, password_hash: str, metadata: Row) -> Row:
    """Insert an unconfirmed user with an e-mail identity."""
    user_id = _chosen_id(call)
    identity = {
        "sub": str(user_id),
        "email": email,
        "email_verified": False,
        "phone_verified": False,
    }
    values = {
        "id": user_id,
        "identity": Jsonb(identity),
        "email": email,
        "password": password_hash,
        "metadata": Jsonb(metadata),
        "providers": Jsonb({"provider": "email", "providers": ["email"]}),
    }
    await call.conn.execute(_INSERT, values)
    return await user_by_id(call, user_id)


def _chosen_id(call: Call) -> UUID:
    """The id that an admin gives the account, else a new one."""
    try:
        return UUID(call.body.get("id") or str(uuid4()))
    except ValueError as error:
        raise ValidationFailed("ID must conform to the uuid v4 format") from error


async def change_user(call: Call, user_id: UUID | str, columns: Row) -> Row:
    """Write columns of one user; a dict is merged into what is there, a None in it removes."""
    user = await user_by_id(call, user_id, "for update of u")
    changes: Row = {"updated_at": datetime.now(UTC)}
    for name, value in columns.items():
        if isinstance(value, dict):
            changes[name] = Jsonb(_merged(user[name] or {}, value))
        else:
            changes[name] = value
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in changes
    )
    update = sql.SQL("update users set {} where id = %(key)s").format(assignments)
    await call.conn.execute(update, {**changes, "key": user_id})
    return await user_by_id(call, user_id)


def _merged(kept: Row, change: Row) -> Row:
    removed = {name for name, value in change.items() if value is None}
    return {name: value for name, value in (kept | change).items() if name not in removed}
