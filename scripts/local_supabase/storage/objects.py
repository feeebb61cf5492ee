"""Changing objects: upload, update, signed upload, copy, move, remove.

Policies are asked in a transaction that is undone; then the row is written as superuser. If
anything fails, neither file nor row stays.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from psycopg.types.json import Jsonb
from starlette.responses import Response

from scripts.local_supabase.stack import Row
from scripts.local_supabase.storage import files
from scripts.local_supabase.storage.calls import (
    Call,
    Connection,
    fetch_first,
    fetch_rows,
    json_reply,
)
from scripts.local_supabase.storage.errors import check_media_type, checked_bucket, checked_key
from scripts.local_supabase.storage.reads import OBJECT
from scripts.local_supabase.storage.signing import sign_url_token, verified_url_token

UPLOAD_URL_SECONDS = 7200
# What a copy may say of itself in place of its source.
COPIED_METADATA = ("cacheControl", "mimetype")
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
RETURN_ID = "returning id"
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


async def upload_object(call: Call) -> Response:
    """POST a new object, which replaces one only with `x-upsert: true`; PUT whatever was there."""
    return await _store_upload(call, call.owner, upsert=call.upsert, ask_policies=True)


async def upload_signed(call: Call) -> Response:
    """PUT with an upload token: no policy is asked, the object belongs to the token's owner."""
    granted = verified_url_token(call, "upload")
    upsert = bool(granted["upsert"])
    return await _store_upload(call, granted.get("owner"), upsert=upsert, ask_policies=False)


async def sign_upload(call: Call) -> Response:
    """A token that lets anyone upload this key for two hours; policies decide here and now."""
    headers = call.request.headers
    metadata = {"mimetype": headers.get("content-type"), "contentLength": 0}
    user_metadata = files.decode_metadata(headers.get("x-metadata"))
    values = _row_values(call.where, call.owner, metadata, user_metadata)
    await _ask_policies(call, values, upsert=call.upsert)
    url = "/".join(call.where.values())
    claims = {"url": url, "upsert": call.upsert, "scope": "upload", "owner": call.owner}
    token = sign_url_token(call, claims, UPLOAD_URL_SECONDS)
    return json_reply({"url": f"/object/upload/sign/{url}?token={token}", "token": token})


async def _store_upload(
    call: Call, owner: str | None, *, upsert: bool, ask_policies: bool
) -> Response:
    bucket = await call.bucket()
    limit = call.size_limit
    if bucket["file_size_limit"] is not None:
        limit = min(limit, bucket["file_size_limit"])
    with files.new_version(call.files) as path:
        metadata, user_metadata = await files.receive_upload(call.request, path, limit)
        check_media_type(metadata["mimetype"], bucket["allowed_mime_types"])
        values = _row_values(call.where, owner, metadata, user_metadata)
        if ask_policies:
            await _ask_policies(call, values, upsert=upsert)
        return await _record_version(call, path, values, upsert=upsert)


def _row_values(where: Row, owner: str | None, metadata: Row, user_metadata: Row | None) -> Row:
    """A row of storage.objects whose version is not known yet."""
    return {
        **where,
        "metadata": Jsonb(metadata),
        "user_metadata": Jsonb(user_metadata),
        "owner": owner,
        "version": "",
    }


async def _ask_policies(call: Call, values: Row, *, upsert: bool) -> None:
    async with call.as_caller(undo=True) as conn:
        # Under RLS "returning" needs the right to select as well: hosted asks for it in an upsert,
        # not in a plain insert.
        await _insert_row(conn, values, upsert=upsert, returning=RETURN_ID if upsert else "")


async def _record_version(call: Call, path: Path, values: Row, *, upsert: bool) -> Response:
    """Write the row, give the file its place, and delete the file of the version before."""
    values = {**values, "version": path.name}
    async with call.as_admin() as conn:
        await conn.execute(LOCK, values)
        replaced = await fetch_rows(conn, OBJECT, values)
        [row] = await _insert_row(conn, values, upsert=upsert, returning=RETURN_ID)
        files.keep_version(call.files, path)
    files.remove_versions(call.files, replaced)
    return json_reply({"Id": row["id"], "Key": f"{values['bucket']}/{values['key']}"})


async def _insert_row(conn: Connection, values: Row, *, upsert: bool, returning: str) -> list[Row]:
    replace = REPLACE if upsert else ""
    return await fetch_rows(conn, INSERT + replace + returning, values)


async def copy_object(call: Call) -> Response:
    """A second object with the same bytes: SELECT on the source, then as an upload."""
    source, target = await _source_and_target(call)
    async with call.as_caller() as conn:
        row = await fetch_first(conn, OBJECT, source)
    metadata = row["metadata"] or {}
    user_metadata = row["user_metadata"]
    body = await call.body()
    if not body.copy_metadata:
        chosen = {name: body.metadata[name] for name in COPIED_METADATA if name in body.metadata}
        metadata = {**metadata, **chosen}
        user_metadata = files.decode_metadata(call.request.headers.get("x-metadata"))
    with files.new_version(call.files) as path:
        version = files.version_path(call.files, row["version"])
        await asyncio.to_thread(shutil.copyfile, version, path)
        values = _row_values(target, call.owner, metadata, user_metadata)
        await _ask_policies(call, values, upsert=call.upsert)
        return await _record_version(call, path, values, upsert=call.upsert)


async def _source_and_target(call: Call) -> tuple[Row, Row]:
    body = await call.body()
    source = {"bucket": body.bucket_id, "key": body.source_key}
    target = {
        "bucket": checked_bucket(body.destination_bucket or body.bucket_id),
        "key": checked_key(body.destination_key),
    }
    return source, target


async def move_object(call: Call) -> Response:
    """Another bucket or key for the same object: SELECT and UPDATE."""
    source, target = await _source_and_target(call)
    values = {
        **target,
        "from_bucket": source["bucket"],
        "from_key": source["key"],
        "owner": call.owner,
    }
    async with call.as_caller(undo=True) as conn:
        await fetch_first(conn, MOVE, values)
    async with call.as_admin() as conn:
        row = await fetch_first(conn, MOVE, values)
    return json_reply({"message": "Successfully moved", "Id": row["id"], "Key": row["name"]})


async def remove_objects(call: Call) -> Response:
    """Delete the named objects that the caller may see and delete; others are left out."""
    body = await call.body()
    async with call.as_caller() as conn:
        gone = await fetch_rows(conn, REMOVE, {**call.where, "names": body.prefixes})
    files.remove_versions(call.files, gone)
    return json_reply(gone)
