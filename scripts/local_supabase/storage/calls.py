"""One Storage request: who asks, which operation it is, and its way into the database."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from psycopg import AsyncConnection
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt
from pydantic.alias_generators import to_camel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from scripts.local_supabase.stack import AuthError, Row, Stack, as_role, caller
from scripts.local_supabase.storage import errors

Connection = AsyncConnection[Row]
Keys = Annotated[list[str], Field(max_length=1000)]
log = logging.getLogger("local_supabase.storage")


class Sort(BaseModel):
    """What to sort by."""

    column: Literal["id", "name", "updated_at", "created_at", "last_accessed_at"] = "name"
    order: Literal["asc", "desc"] = "asc"


class Body(BaseModel):
    """Every field that the JSON of some call may have; a call reads those it knows."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    prefix: str = ""
    search: str = ""
    limit: PositiveInt = 100
    offset: NonNegativeInt = 0
    cursor: str = ""
    with_delimiter: bool = False
    sort_by: Sort = Sort()
    prefixes: Keys = []
    paths: Keys = []
    expires_in: PositiveInt = 60
    bucket_id: str = ""
    source_key: str = ""
    destination_bucket: str = ""
    destination_key: str = ""
    copy_metadata: bool = True
    metadata: dict[str, Any] = {}
    id: str = ""
    name: str = ""
    public: bool = False
    file_size_limit: int | str | None = None
    allowed_mime_types: list[str] | None = None


class Call:
    """A request with the verified claims of its caller, {} for one without a key.

    `where` has `bucket` and `key` of the path. Raises InvalidBucketName, InvalidKey.
    """

    def __init__(self, request: Request, stack: Stack, claims: Row, operation: str) -> None:
        self.request, self.stack, self.claims, self.operation = request, stack, claims, operation
        self.owner: str | None = claims.get("sub")
        self.upsert = request.method == "PUT" or request.headers.get("x-upsert") == "true"
        self.files = stack.state_dir / "storage"
        limit = stack.settings.get("storage", {}).get("file_size_limit", "50MiB")
        self.size_limit = errors.parse_size(limit)
        checks = {"bucket": errors.checked_bucket, "key": errors.checked_key}
        path = request.path_params
        self.where = {name: check(path[name]) for name, check in checks.items() if name in path}

    async def body(self) -> Body:
        """The JSON body. Raises ValidationError."""
        return Body.model_validate_json(await self.request.body() or b"{}")

    @asynccontextmanager
    async def user(self, *, undo: bool = False) -> AsyncIterator[Connection]:
        """A transaction in the caller's role, so that policies decide; `undo` only asks them."""
        gucs = {"storage.operation": self.operation, "storage.allow_delete_query": "true"}
        async with self.stack.pool.connection() as conn, conn.transaction(force_rollback=undo):
            await as_role(conn, self.claims, **gucs)
            yield conn

    async def bucket(self) -> Row:
        """The bucket of the path, whoever asks. Raises NoSuchBucket."""
        async with self.stack.pool.connection() as conn:
            sql = "select * from storage.buckets where id = %(bucket)s"
            return await first(conn, sql, self.where, "NoSuchBucket")


Handler = Callable[[Call], Awaitable[Response]]


async def rows(conn: Connection, sql: str, params: Row) -> list[Row]:
    """All rows of a statement, [] for one that returns none."""
    cursor = await conn.execute(sql, params)
    return await cursor.fetchall() if cursor.description else []


async def first(conn: Connection, sql: str, params: Row, missing: str = "NoSuchKey") -> Row:
    """The first row of a statement. Raises `missing` without one."""
    for row in await rows(conn, sql, params):
        return row
    raise errors.StorageError(missing)


def reply(data: Any) -> Response:
    """`data` as JSON: ids as text, moments as ISO 8601."""
    text = json.dumps(data, default=lambda value: str(value).replace(" ", "T"))
    return Response(text, media_type="application/json")


def route(stack: Stack, line: str, operation: str, handler: Handler) -> Route:
    """The route of a line like "POST /object/move"; "?" at its end also lets in who has no key."""
    method, path = line.removesuffix("?").split()

    async def endpoint(request: Request) -> Response:
        try:
            return await handler(Call(request, stack, _claims(request, stack, line), operation))
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:
            refusal = errors.told(error)
            if refusal is None:
                raise
            if refusal.status >= 500:
                log.warning("storage.failed call=%s", line, exc_info=error)
            return refusal.response()

    return Route(path, endpoint, methods=[method])


def _claims(request: Request, stack: Stack, line: str) -> Row:
    try:
        return caller(request, stack)
    except AuthError:
        if not line.endswith("?"):
            raise
        return {}
