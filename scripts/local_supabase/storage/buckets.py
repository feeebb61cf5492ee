"""Buckets: list, get, create, update, empty, delete."""

from __future__ import annotations

from starlette.responses import Response

from scripts.local_supabase.stack import Row
from scripts.local_supabase.storage.calls import Body, Call, fetch_first, fetch_rows, json_reply
from scripts.local_supabase.storage.errors import StorageError, checked_bucket, parse_size
from scripts.local_supabase.storage.files import remove_versions

DEFAULT_PAGE = 1000
LIST = """
select id, name, coalesce(owner::text, '') as owner, type, created_at, updated_at,
  public, file_size_limit, allowed_mime_types
from storage.buckets
"""
INSERT = """
insert into storage.buckets (
  id, name, owner, owner_id, public, file_size_limit, allowed_mime_types
)
values (
  %(id)s, %(name)s, storage.local_uuid(%(owner)s), %(owner)s,
  %(public)s, %(file_size_limit)s, %(allowed_mime_types)s
)
"""


async def list_buckets(call: Call) -> Response:
    """Every bucket the caller may see, a page by offset."""
    query = dict(call.request.query_params)
    sort = {"column": query.pop("sortColumn", "name"), "order": query.pop("sortOrder", "asc")}
    body = Body.model_validate({"limit": DEFAULT_PAGE, **query, "sort_by": sort})
    order = f"{body.sort_by.column} {body.sort_by.order} limit {body.limit} offset {body.offset}"
    sql = f"{LIST} where strpos(lower(name), lower(%(search)s)) > 0 order by {order}"
    async with call.as_caller() as conn:
        return json_reply(await fetch_rows(conn, sql, {"search": body.search}))


async def get_bucket(call: Call) -> Response:
    """One bucket."""
    sql = f"{LIST} where id = %(bucket)s"
    async with call.as_caller() as conn:
        return json_reply(await fetch_first(conn, sql, call.where, "NoSuchBucket"))


async def create_bucket(call: Call) -> Response:
    """A new bucket, private unless it says otherwise."""
    body = await call.body()
    name = checked_bucket(body.name)
    values = {
        "id": checked_bucket(body.id or name),
        "name": name,
        "owner": call.owner,
        **_checked_limits(call, body),
    }
    async with call.as_caller() as conn:
        await fetch_rows(conn, INSERT, values)
    return json_reply({"name": name})


def _checked_limits(call: Call, body: Body) -> Row:
    """What a bucket holds its objects to. Raises EntityTooLarge beyond what config.toml allows."""
    size = body.file_size_limit
    if isinstance(size, str):
        size = parse_size(size)
    if size is not None and size > call.size_limit:
        raise StorageError("EntityTooLarge")
    return {
        "public": body.public,
        "file_size_limit": size,
        "allowed_mime_types": body.allowed_mime_types,
    }


async def update_bucket(call: Call) -> Response:
    """Change what was sent; null takes a limit away."""
    body = await call.body()
    limits = _checked_limits(call, body)
    sent = {name: value for name, value in limits.items() if name in body.model_fields_set}
    assignments = [f"{name} = %({name})s" for name in sent] + ["updated_at = now()"]
    sql = f"update storage.buckets set {', '.join(assignments)} where id = %(bucket)s returning id"
    async with call.as_caller() as conn:
        await fetch_first(conn, sql, {**sent, **call.where}, "NoSuchBucket")
    return json_reply({"message": "Successfully updated"})


async def empty_bucket(call: Call) -> Response:
    """Remove every object of a bucket; for the service role alone."""
    await call.bucket()
    if call.claims["role"] != "service_role":
        raise StorageError("AccessDenied")
    sql = "delete from storage.objects where bucket_id = %(bucket)s returning version"
    async with call.as_caller() as conn:
        gone = await fetch_rows(conn, sql, call.where)
    remove_versions(call.files, gone)
    return json_reply({"message": "Successfully emptied"})


async def delete_bucket(call: Call) -> Response:
    """Remove an empty bucket."""
    await call.bucket()
    held = "select id from storage.objects where bucket_id = %(bucket)s limit 1"
    async with call.as_admin() as conn:
        if await fetch_rows(conn, held, call.where):
            raise StorageError("ResourceNotEmpty")
    sql = "delete from storage.buckets where id = %(bucket)s returning id"
    async with call.as_caller() as conn:
        await fetch_first(conn, sql, call.where, "NoSuchBucket")
    return json_reply({"message": "Successfully deleted"})
