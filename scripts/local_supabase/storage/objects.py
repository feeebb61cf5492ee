"""Changing objects: upload, update, signed upload, copy, move, remove.

Policies are asked in a transaction that is undone; the real row is written as superuser. Whatever
fails leaves neither file nor row.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from psycopg.types.json import Jsonb
from starlette.responses import Response

from scripts.local_supabase.stack import Row
from scripts.local_supabase.storage import bytes as disk
from scripts.local_supabase.storage.calls import Call, Connection, first, reply, rows
from scripts.local_supabase.storage.errors import check_media_type, checked_bucket, checked_key
from scripts.local_supabase.storage.reads import OBJECT, sign, verify

UPLOAD_URL_SECONDS = 7200
INSERT = """
insert into storage.objects (bucket_id, name, owner, owner_id, version, metadata, user_metadata)
values (%(bucket)s, %(key)s, storage.local_uuid(%(owner)s), %(owner)s, %(version)s, %(metadata)s,
  %(user_metadata)s)
"""
REPLACE = """
on conflict (bucket_id, name) do update set
  version = excluded.version, metadata = excluded.metadata,
  user_metadata = excluded.user_metadata, owner = coalesce(excluded.owner, objects.owner),
  owner_id = coalesce(excluded.owner_id, objects.owner_id)
"""
MOVE = """
update storage.objects set bucket_id = %(bucket)s, name = %(key)s,
  owner = coalesce(storage.local_uuid(%(owner)s), owner), owner_id = coalesce(%(owner)s, owner_id)
where bucket_id = %(from_bucket)s and name = %(from_key)s returning id, name
"""
LOCK = "select pg_advisory_xact_lock(hashtextextended(%(bucket)s || '/' || %(key)s, 0))"
REMOVE = """
delete from storage.objects where bucket_id = %(bucket)s and name = any(%(names)s)
returning id, bucket_id, name, owner, owner_id, version, created_at, updated_at,
  last_accessed_at, metadata, user_metadata
"""


async def upload(call: Call) -> Response:
    """POST a new object, which replaces one only with `x-upsert: true`; PUT whatever was there."""
    return await _store(call, {"owner": call.owner, "upsert": call.upsert}, ask=True)


async def upload_signed(call: Call) -> Response:
    """PUT with an upload token: no policy is asked, the object belongs to the token's owner."""
    return await _store(call, verify(call, "upload"), ask=False)


async def sign_upload(call: Call) -> Response:
    """A token that lets anyone upload this key for two hours; policies decide here and now."""
    headers, url = call.request.headers, "/".join(call.where.values())
    about = {"mimetype": headers.get("content-type"), "contentLength": 0}
    values = _values(call.where, call.owner, about, disk.decoded(headers.get("x-metadata")))
    async with call.user(undo=True) as conn:
        await _insert(conn, values, upsert=call.upsert)
    claims = {"url": url, "upsert": call.upsert, "scope": "upload", "owner": call.owner}
    token = sign(call, claims, UPLOAD_URL_SECONDS)
    return reply({"url": f"/object/upload/sign/{url}?token={token}", "token": token})


async def _store(call: Call, granted: Row, *, ask: bool) -> Response:
    bucket = await call.bucket()
    own = bucket["file_size_limit"]
    limit = call.size_limit if own is None else min(own, call.size_limit)
    with disk.arrival(call.files) as path:
        metadata, user_metadata = await disk.receive(call.request, path, limit)
        check_media_type(metadata["mimetype"], bucket["allowed_mime_types"])
        values = _values(call.where, granted.get("owner"), metadata, user_metadata)
        return await _record(call, path, values, upsert=bool(granted["upsert"]), ask=ask)


def _values(where: Row, owner: str | None, metadata: Row, user_metadata: Row | None) -> Row:
    texts = {"metadata": Jsonb(metadata), "user_metadata": Jsonb(user_metadata)}
    return {**where, **texts, "owner": owner, "version": ""}


async def _record(
    call: Call, path: Path, values: Row, *, upsert: bool, ask: bool = True
) -> Response:
    if ask:
        async with call.user(undo=True) as conn:
            await _insert(conn, values, upsert=upsert)
    values["version"] = path.name
    async with call.stack.pool.connection() as conn:
        await conn.execute(LOCK, values)
        before = await rows(conn, OBJECT, values)
        [row] = await _insert(conn, values, upsert=upsert, returning="returning id")
        disk.keep(call.files, path)
    disk.remove(call.files, before)
    return reply({"Id": row["id"], "Key": f"{values['bucket']}/{values['key']}"})


async def _insert(conn: Connection, values: Row, *, upsert: bool, returning: str = "") -> list[Row]:
    # Under RLS, returning needs SELECT as well: an upsert asks for it, a plain insert does not.
    return await rows(conn, INSERT + (REPLACE + "returning id" if upsert else returning), values)


async def copy(call: Call) -> Response:
    """A second object with the same bytes: SELECT on the source, then as an upload."""
    target, source = await _transfer(call)
    async with call.user() as conn:
        row = await first(conn, OBJECT, source)
    metadata, user_metadata, body = row["metadata"] or {}, row["user_metadata"], await call.body()
    if not body.copy_metadata:
        chosen = {"cacheControl", "mimetype"} & set(body.metadata)
        metadata |= {name: body.metadata[name] for name in chosen}
        user_metadata = disk.decoded(call.request.headers.get("x-metadata"))
    with disk.arrival(call.files) as path:
        await asyncio.to_thread(shutil.copyfile, disk.stored(call.files, row["version"]), path)
        values = _values(target, call.owner, metadata, user_metadata)
        return await _record(call, path, values, upsert=call.upsert)


async def _transfer(call: Call) -> tuple[Row, Row]:
    body = await call.body()
    bucket = checked_bucket(body.destination_bucket or body.bucket_id)
    target = {"bucket": bucket, "key": checked_key(body.destination_key)}
    return target, {"bucket": body.bucket_id, "key": body.source_key}


async def move(call: Call) -> Response:
    """Another bucket or key for the same object: SELECT and UPDATE."""
    target, source = await _transfer(call)
    values = {**target, **{f"from_{name}": value for name, value in source.items()}}
    values["owner"] = call.owner
    async with call.user(undo=True) as conn:
        await first(conn, MOVE, values)
    async with call.stack.pool.connection() as conn:
        row = await first(conn, MOVE, values)
    return reply({"message": "Successfully moved", "Id": row["id"], "Key": row["name"]})


async def remove_many(call: Call) -> Response:
    """Delete the named objects that the caller may see and delete; others are left out."""
    body = await call.body()
    async with call.user() as conn:
        gone = await rows(conn, REMOVE, {**call.where, "names": body.prefixes})
    disk.remove(call.files, gone)
    return reply(gone)
