"""The local Storage: which call goes where, and buckets. Paths are relative to /storage/v1.

What the real service knows and this one does not (resumable uploads, images, S3) is answered by the
gateway: 501, naming the call.
"""

from __future__ import annotations

import shutil

from starlette.responses import Response
from starlette.routing import BaseRoute

from scripts.local_supabase.stack import Row, Stack
from scripts.local_supabase.storage import objects, reads
from scripts.local_supabase.storage.bytes import remove
from scripts.local_supabase.storage.calls import Body, Call, Handler, first, reply, route, rows
from scripts.local_supabase.storage.errors import StorageError, checked_bucket, parse_size

COLUMNS = "public, file_size_limit, allowed_mime_types"
LIST = f"""
select id, name, coalesce(owner::text, '') as owner, type, created_at, updated_at, {COLUMNS}
from storage.buckets
"""
INSERT = f"""
insert into storage.buckets (id, name, owner, owner_id, {COLUMNS})
values (%(id)s, %(name)s, storage.local_uuid(%(owner)s), %(owner)s, %(public)s,
  %(file_size_limit)s, %(allowed_mime_types)s)
"""


async def list_buckets(call: Call) -> Response:
    """Every bucket the caller may see, a page by offset."""
    query = dict(call.request.query_params)
    sort = {"column": query.pop("sortColumn", "name"), "order": query.pop("sortOrder", "asc")}
    body = Body.model_validate({"limit": 1000, **query, "sort_by": sort})
    order = f"{body.sort_by.column} {body.sort_by.order} limit {body.limit} offset {body.offset}"
    sql = f"{LIST} where strpos(lower(name), lower(%(search)s)) > 0 order by {order}"
    async with call.user() as conn:
        return reply(await rows(conn, sql, {"search": body.search}))


async def get_bucket(call: Call) -> Response:
    """One bucket."""
    async with call.user() as conn:
        sql = f"{LIST} where id = %(bucket)s"
        return reply(await first(conn, sql, call.where, "NoSuchBucket"))


def _limits(call: Call, body: Body) -> Row:
    size = body.file_size_limit
    size = parse_size(size) if isinstance(size, str) else size
    if (size or 0) > call.size_limit:
        raise StorageError("EntityTooLarge")
    limits = {"file_size_limit": size, "allowed_mime_types": body.allowed_mime_types}
    return {"public": body.public, **limits}


async def create_bucket(call: Call) -> Response:
    """A new bucket, private unless it says otherwise."""
    body = await call.body()
    name = checked_bucket(body.name)
    named = {"id": checked_bucket(body.id or name), "name": name, "owner": call.owner}
    async with call.user() as conn:
        await rows(conn, INSERT, {**named, **_limits(call, body)})
    return reply({"name": name})


async def update_bucket(call: Call) -> Response:
    """Change what was sent; null takes a limit away."""
    body = await call.body()
    sent = {name: v for name, v in _limits(call, body).items() if name in body.model_fields_set}
    changes = "".join(f"{name} = %({name})s, " for name in sent)
    sql = f"update storage.buckets set {changes} updated_at = now() where id = %(bucket)s returning id"
    async with call.user() as conn:
        await first(conn, sql, {**sent, **call.where}, "NoSuchBucket")
    return reply({"message": "Successfully updated"})


async def empty_bucket(call: Call) -> Response:
    """Remove every object of a bucket; for the service role alone."""
    await call.bucket()
    if call.claims["role"] != "service_role":
        raise StorageError("AccessDenied")
    sql = "delete from storage.objects where bucket_id = %(bucket)s returning version"
    async with call.user() as conn:
        gone = await rows(conn, sql, call.where)
    remove(call.files, gone)
    return reply({"message": "Successfully emptied"})


async def delete_bucket(call: Call) -> Response:
    """Remove an empty bucket."""
    await call.bucket()
    held = "select id from storage.objects where bucket_id = %(bucket)s limit 1"
    async with call.stack.pool.connection() as conn:
        if await rows(conn, held, call.where):
            raise StorageError("ResourceNotEmpty")
    sql = "delete from storage.buckets where id = %(bucket)s returning id"
    async with call.user() as conn:
        await first(conn, sql, call.where, "NoSuchBucket")
    return reply({"message": "Successfully deleted"})


PATH = "/{bucket}/{key:path}"
# The call, the storage.operation that policies read, its handler; "?" also serves who has no key.
# The first match wins: what looks like the name of a bucket (sign, public) comes before buckets.
CALLS: list[tuple[str, str, Handler]] = [
    ("GET /bucket", "storage.bucket.list", list_buckets),
    ("POST /bucket", "storage.bucket.create", create_bucket),
    ("GET /bucket/{bucket}", "storage.bucket.get", get_bucket),
    ("PUT /bucket/{bucket}", "storage.bucket.update", update_bucket),
    ("POST /bucket/{bucket}/empty", "storage.bucket.empty", empty_bucket),
    ("DELETE /bucket/{bucket}", "storage.bucket.delete", delete_bucket),
    ("POST /object/list/{bucket}", "storage.object.list", reads.list_objects),
    ("POST /object/list-v2/{bucket}", "storage.object.list_v2", reads.list_objects_v2),
    ("POST /object/move", "storage.object.move", objects.move),
    ("POST /object/copy", "storage.object.copy", objects.copy),
    ("POST /object/sign/{bucket}", "storage.object.sign_many", reads.sign_many),
    (f"POST /object/sign{PATH}", "storage.object.sign", reads.sign_one),
    (f"GET /object/sign{PATH} ?", "storage.object.get_signed", reads.download_signed),
    (f"POST /object/upload/sign{PATH}", "storage.object.sign_upload_url", objects.sign_upload),
    (f"PUT /object/upload/sign{PATH} ?", "storage.object.upload_signed", objects.upload_signed),
    (f"GET /object/public{PATH} ?", "storage.object.get_public", reads.download),
    (f"GET /object/info/public{PATH} ?", "storage.object.info_public", reads.info),
    (f"GET /object/info/authenticated{PATH}", "object.get_authenticated_info", reads.info),
    (f"GET /object/info{PATH} ?", "object.get_authenticated_info", reads.info),
    (f"HEAD /object/authenticated{PATH}", "object.head_authenticated_info", reads.download),
    (f"GET /object/authenticated{PATH}", "storage.object.get_authenticated", reads.download),
    (f"HEAD /object{PATH} ?", "object.head_authenticated_info", reads.download),
    (f"GET /object{PATH} ?", "storage.object.get_authenticated", reads.download),
    (f"POST /object{PATH}", "storage.object.upload", objects.upload),
    (f"PUT /object{PATH}", "storage.object.upload_update", objects.upload),
    ("DELETE /object/{bucket}", "storage.object.delete_many", objects.remove_many),
]


def routes(stack: Stack) -> list[BaseRoute]:
    """The routes of Storage; makes its folders, and clears what an earlier process half wrote."""
    files = stack.state_dir / "storage"
    shutil.rmtree(files / "incoming", ignore_errors=True)
    for folder in ("incoming", "objects"):
        (files / folder).mkdir(parents=True, exist_ok=True)
    return [route(stack, *call) for call in CALLS]
