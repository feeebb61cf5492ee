"""Reading objects: download, head, info, list, signed URLs."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response

from scripts.local_supabase.stack import Row
from scripts.local_supabase.storage.calls import (
    Body,
    Call,
    Sort,
    fetch_first,
    fetch_rows,
    json_reply,
)
from scripts.local_supabase.storage.errors import StorageError
from scripts.local_supabase.storage.files import version_path
from scripts.local_supabase.storage.signing import sign_url_token, verified_url_token

UNPRINTABLE = re.compile(r"[^ -~]")
HIDDEN = "Either the object does not exist or you do not have access to it"
MAX_PAGE = 1500
MAX_CURSOR_PAGE = 1000
OPEN_ATTEMPTS = 100
OBJECT = "select * from storage.objects where bucket_id = %(bucket)s and name = %(key)s"
INFO = """
select id, name, version, bucket_id, created_at, updated_at as last_modified,
  metadata -> 'size' as size, metadata ->> 'mimetype' as content_type, metadata ->> 'eTag' as etag,
  metadata ->> 'cacheControl' as cache_control, user_metadata as metadata
from storage.objects where bucket_id = %(bucket)s and name = %(key)s
"""
VISIBLE = "select name from storage.objects where bucket_id = %(bucket)s and name = any(%(paths)s)"
PAGE = """
select * from storage.local_page(
  %(bucket)s, %(under)s, %(flat)s, %(fold)s, %(column)s, %(up)s)
where %(after)s::jsonb is null or case when %(up)s then place > %(after)s else place < %(after)s end
"""


async def get_object_info(call: Call) -> Response:
    """What is known of an object."""
    return json_reply(await _find_object(call, INFO))


async def download_signed(call: Call) -> Response:
    """GET with a download token; no policy is asked."""
    token = verified_url_token(call, "download")
    return await _send_object(call, expires=datetime.fromtimestamp(token["exp"], UTC))


async def download_object(call: Call) -> Response:
    """GET and HEAD of an object's bytes, or of ranges of them."""
    return await _send_object(call)


async def _find_object(call: Call, sql: str) -> Row:
    """A token or a public bucket shows the object to anyone, policies to a caller with a key."""
    has_token = "get_signed" in call.operation
    if has_token or (await call.bucket())["public"]:
        async with call.as_admin() as conn:
            return await fetch_first(conn, sql, call.where)
    asks_as_public = "_public" in call.operation
    if asks_as_public or not call.claims:
        raise StorageError("NoSuchBucket")
    async with call.as_caller() as conn:
        return await fetch_first(conn, sql, call.where)


async def _send_object(call: Call, expires: datetime | None = None) -> Response:
    for _ in range(OPEN_ATTEMPTS):
        row = await _find_object(call, OBJECT)
        # If the object is replaced before its file is opened, the row names another file by now.
        with suppress(FileNotFoundError):
            return _file_response(call, row, expires)
    raise StorageError("NoSuchKey")


def _file_response(call: Call, row: Row, expires: datetime | None) -> Response:
    headers = _object_headers(call, row, expires)
    if _is_unchanged(call.request.headers, headers):
        return Response(status_code=304, headers=headers)
    # Opened here and read by its number: it may be replaced and deleted before it is sent.
    file = version_path(call.files, row["version"]).open("rb")
    return FileResponse(
        f"/proc/self/fd/{file.fileno()}",
        headers=headers,
        media_type=headers["content-type"],
        stat_result=os.fstat(file.fileno()),
        background=BackgroundTask(file.close),
    )


def _is_unchanged(asked: Headers, headers: dict[str, str]) -> bool:
    """Whether the caller has this version already; a tag that is sent decides alone (RFC 9110)."""
    if "if-none-match" in asked:
        tags = {tag.strip().removeprefix("W/") for tag in asked["if-none-match"].split(",")}
        return bool(tags & {"*", headers["etag"]})
    try:
        since = parsedate_to_datetime(asked.get("if-modified-since", ""))
    except ValueError:
        return False
    return since >= parsedate_to_datetime(headers["last-modified"])


def _object_headers(call: Call, row: Row, expires: datetime | None) -> dict[str, str]:
    metadata = row["metadata"] or {}
    headers = {
        "content-type": _safe_media_type(metadata),
        "etag": metadata.get("eTag"),
        "last-modified": _http_date(row["updated_at"]),
        "x-robots-tag": "none",
    }
    if expires:
        headers["expires"] = _http_date(expires)
    else:
        headers["cache-control"] = metadata.get("cacheControl")
    file_name = call.request.query_params.get("download")
    if file_name is not None:
        headers["content-disposition"] = _attachment(file_name)
    # Some of these came with the upload: a line break in one would be a header of its own.
    return {name: UNPRINTABLE.sub("", value or "") for name, value in headers.items()}


def _safe_media_type(metadata: Row) -> str:
    """A page that somebody uploaded must not run as a page of this origin: it is shown as text."""
    media_type: str = metadata.get("mimetype") or "application/octet-stream"
    if "text/html" in media_type:
        return "text/plain"
    return media_type


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _attachment(file_name: str) -> str:
    if not file_name:
        return "attachment;"
    quoted = quote(file_name, safe="!~*'()")
    return f"attachment; filename={quoted}; filename*=UTF-8''{quoted}"


async def list_objects(call: Call) -> Response:
    """One folder, a page by offset; names are relative to it, case does not matter."""
    body = await call.body()
    folder = f"{body.prefix.removesuffix('/')}/" if body.prefix else ""
    filters: Row = {"under": (folder + body.search).lower(), "fold": True, "flat": False}
    found = await _fetch_page(
        call, filters, body.sort_by, limit=min(body.limit, MAX_PAGE), offset=body.offset
    )
    # By length: the folder may be written with other capitals than the prefix.
    return json_reply([{**row, "name": row["name"][len(folder) :]} for row, _ in found])


async def list_objects_v2(call: Call) -> Response:
    """All keys below a prefix, or one level of them; a page by cursor."""
    body = await call.body()
    filters: Row = {"under": body.prefix, "fold": False, "flat": not body.with_delimiter}
    sort = body.sort_by
    if body.cursor:
        sort, filters["after"] = _parse_cursor(body.cursor)
    limit = min(body.limit, MAX_CURSOR_PAGE)
    found = await _fetch_page(call, filters, sort, limit=limit + 1)
    page = [{**row, "key": row["name"].rsplit("/", 1)[-1]} for row, _ in found[:limit]]
    answer: Row = {
        "hasNext": len(found) > limit,
        "folders": [
            {"name": f"{row['name']}/", "key": row["key"]} for row in page if not row["id"]
        ],
        "objects": [row for row in page if row["id"]],
    }
    if answer["hasNext"]:
        _, last_place = found[limit - 1]
        answer["nextCursor"] = json.dumps([sort.model_dump(), last_place])
    return json_reply(answer)


def _parse_cursor(cursor: str) -> tuple[Sort, str]:
    """The order that a cursor goes on in, and the place it goes on after, as JSON."""
    try:
        sort, place = json.loads(cursor)
        return Sort.model_validate(sort), json.dumps(place)
    except ValueError as error:
        raise StorageError("InvalidRequest", "Invalid Parameter cursor") from error


async def _fetch_page(
    call: Call, filters: Row, sort: Sort, *, limit: int, offset: int = 0
) -> list[tuple[Row, Any]]:
    """Rows of a listing, each with its place in the order."""
    params = {
        "after": None,
        **call.where,
        "column": sort.column,
        "up": sort.order == "asc",
        **filters,
    }
    span = f" order by place {sort.order} limit {limit} offset {offset}"
    async with call.as_caller() as conn:
        found = await fetch_rows(conn, PAGE + span, params)
    return [(row, row.pop("place")) for row in found]


async def sign_one(call: Call) -> Response:
    """A URL that anyone may read until it expires; needs SELECT now."""
    body = await call.body()
    async with call.as_caller() as conn:
        await fetch_first(conn, OBJECT, call.where)
    return json_reply({"signedURL": _signed_url(call, call.where["key"], body)})


async def sign_many(call: Call) -> Response:
    """As `sign_one` for each path, in the order asked; what is hidden says so."""
    body = await call.body()
    async with call.as_caller() as conn:
        found = await fetch_rows(conn, VISIBLE, {**call.where, "paths": body.paths})
    visible = {row["name"] for row in found}
    answers = []
    for path in body.paths:
        if path in visible:
            url = _signed_url(call, path, body)
            answers.append({"error": None, "path": path, "signedURL": url})
        else:
            answers.append({"error": HIDDEN, "path": path, "signedURL": None})
    return json_reply(answers)


def _signed_url(call: Call, key: str, body: Body) -> str:
    url = f"{call.where['bucket']}/{key}"
    token = sign_url_token(call, {"url": url, "scope": "download"}, body.expires_in)
    return f"/object/sign/{url}?token={token}"
