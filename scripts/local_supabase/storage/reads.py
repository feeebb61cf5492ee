"""Reading objects: download, head, info, list, signed URLs."""

from __future__ import annotations

import json
import os
import re
import time
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import jwt
from starlette.background import BackgroundTask
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response

from scripts.local_supabase.stack import Row
from scripts.local_supabase.storage.bytes import stored
from scripts.local_supabase.storage.calls import Body, Call, Sort, first, reply, rows
from scripts.local_supabase.storage.errors import StorageError

UNPRINTABLE = re.compile(r"[^ -~]")
HIDDEN = "Either the object does not exist or you do not have access to it"
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


async def _find(call: Call, sql: str = OBJECT) -> Row:
    """A token or a public bucket shows the object to anyone, policies to a caller with a key."""
    shown = "get_signed" in call.operation or (await call.bucket())["public"]
    if not shown and (not call.claims or "_public" in call.operation):
        raise StorageError("NoSuchBucket")
    async with call.stack.pool.connection() if shown else call.user() as conn:
        return await first(conn, sql, call.where)


async def info(call: Call) -> Response:
    """What is known of an object."""
    return reply(await _find(call, INFO))


async def download_signed(call: Call) -> Response:
    """GET with a download token; no policy is asked."""
    ends = datetime.fromtimestamp(verify(call, "download")["exp"], UTC)
    return await download(call, format_datetime(ends, usegmt=True))


async def download(call: Call, expires: str = "") -> Response:
    """GET and HEAD of an object's bytes, or of ranges of them."""
    for _ in range(100):
        # Replaced between reading the row and opening its file: the row names a new one.
        with suppress(FileNotFoundError):
            return _answer(call, await _find(call), expires)
    raise StorageError("NoSuchKey")


def _answer(call: Call, row: Row, expires: str) -> Response:
    headers = _headers(call, row, expires)
    if _unchanged(call.request.headers, headers):
        return Response(status_code=304, headers=headers)
    # Opened here and read by its number: it may be replaced and deleted before it is sent.
    file = stored(call.files, row["version"]).open("rb")
    return FileResponse(
        f"/proc/self/fd/{file.fileno()}",
        headers=headers,
        media_type=headers["content-type"],
        stat_result=os.fstat(file.fileno()),
        background=BackgroundTask(file.close),
    )


def _unchanged(asked: Headers, headers: dict[str, str]) -> bool:
    """Whether the caller has this version already; a tag that is sent decides alone (RFC 9110)."""
    if "if-none-match" in asked:
        tags = {tag.strip().removeprefix("W/") for tag in asked["if-none-match"].split(",")}
        return bool(tags & {"*", headers["etag"]})
    try:
        since = parsedate_to_datetime(asked.get("if-modified-since", ""))
    except ValueError:
        return False
    return since >= parsedate_to_datetime(headers["last-modified"])


def _headers(call: Call, row: Row, expires: str) -> dict[str, str]:
    about = row["metadata"] or {}
    kind = about.get("mimetype") or "application/octet-stream"
    headers = {
        # A page that somebody uploaded must not run as a page of this origin.
        "content-type": "text/plain" if "text/html" in kind else kind,
        "etag": about.get("eTag"),
        "last-modified": format_datetime(row["updated_at"].astimezone(UTC), usegmt=True),
        "x-robots-tag": "none",
        **({"expires": expires} if expires else {"cache-control": about.get("cacheControl")}),
    }
    name = call.request.query_params.get("download")
    if name is not None:
        file = quote(name, safe="!~*'()")
        named = f" filename={file}; filename*=UTF-8''{file}" if name else ""
        headers["content-disposition"] = f"attachment;{named}"
    # Some of these came with the upload: a line break in one would be a header of its own.
    return {name: UNPRINTABLE.sub("", value or "") for name, value in headers.items()}


async def list_objects(call: Call) -> Response:
    """One folder, a page by offset; names are relative to it, case does not matter."""
    body = await call.body()
    folder = f"{body.prefix.removesuffix('/')}/" if body.prefix else ""
    under = {"under": (folder + body.search).lower(), "fold": True, "flat": False}
    page = await _page(call, body, under, body.sort_by)
    return reply([{**row, "name": row["name"][len(folder) :]} for row, _ in page])


async def list_objects_v2(call: Call) -> Response:
    """All keys below a prefix, or one level of them; a page by cursor."""
    body = await call.body()
    params: Row = {"under": body.prefix, "fold": False, "flat": not body.with_delimiter}
    sort, limit = body.sort_by, min(body.limit, 1000)
    body.limit, body.offset = limit + 1, 0
    if body.cursor:
        try:
            sorted_by, after = json.loads(body.cursor)
            sort, params["after"] = Sort.model_validate(sorted_by), json.dumps(after)
        except ValueError as error:
            raise StorageError("InvalidRequest", "Invalid Parameter cursor") from error
    found = await _page(call, body, params, sort)
    named = [{**row, "key": row["name"].rsplit("/", 1)[-1]} for row, _ in found[:limit]]
    folders = [{"name": f"{row['name']}/", "key": row["key"]} for row in named if not row["id"]]
    answer: Row = {"folders": folders, "objects": [row for row in named if row["id"]]}
    if more := len(found) > limit:
        answer["nextCursor"] = json.dumps([sort.model_dump(), found[limit - 1][1]])
    return reply({"hasNext": more, **answer})


async def _page(call: Call, body: Body, params: Row, sort: Sort) -> list[tuple[Row, Any]]:
    order = {"column": sort.column, "up": sort.order == "asc"}
    span = f" order by place {sort.order} limit {min(body.limit, 1500)} offset {body.offset}"
    async with call.user() as conn:
        page = await rows(conn, PAGE + span, {"after": None, **call.where, **order, **params})
    return [(row, row.pop("place")) for row in page]


def sign(call: Call, claims: Row, seconds: int) -> str:
    """A token with `claims` that ends in `seconds`. It carries no role, so it is no login."""
    now = int(time.time())
    return call.stack.tokens.sign({**claims, "iat": now, "exp": now + seconds})


def verify(call: Call, scope: str) -> Row:
    """The claims of the `token` in the URL, which holds for one key and one direction.

    Raises InvalidJWT (broken, expired), InvalidSignature (other key or direction).
    """
    try:
        claims = call.stack.tokens.verify(call.request.query_params.get("token", ""))
    except jwt.InvalidTokenError as error:
        raise StorageError("InvalidJWT", str(error)) from error
    if (claims.get("scope"), claims.get("url")) != (scope, "/".join(call.where.values())):
        raise StorageError("InvalidSignature")
    return claims


async def sign_one(call: Call) -> Response:
    """A URL that anyone may read until it expires; needs SELECT now."""
    body = await call.body()
    async with call.user() as conn:
        await first(conn, OBJECT, call.where)
    return reply({"signedURL": _signed(call, call.where["key"], body)})


async def sign_many(call: Call) -> Response:
    """As `sign_one` for each path, in the order asked; what is hidden says so."""
    body = await call.body()
    async with call.user() as conn:
        found = await rows(conn, VISIBLE, {**call.where, "paths": body.paths})
    urls = {row["name"]: _signed(call, row["name"], body) for row in found}
    errors = {path: None if path in urls else HIDDEN for path in body.paths}
    return reply([{"error": errors[p], "path": p, "signedURL": urls.get(p)} for p in body.paths])


def _signed(call: Call, key: str, body: Body) -> str:
    claims = {"url": f"{call.where['bucket']}/{key}", "scope": "download"}
    return f"/object/sign/{claims['url']}?token={sign(call, claims, body.expires_in)}"
