"""One Storage request: who asks, which operation it is, and its way into the database."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal, NamedTuple

from psycopg import AsyncConnection
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt
from pydantic.alias_generators import to_camel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from scripts.local_supabase.callers import AuthError, act_as, verified_claims
from scripts.local_supabase.stack import Row, Stack
from scripts.local_supabase.storage.errors import (
    StorageError,
    checked_bucket,
    checked_key,
    parse_size,
    refusal_for,
)

Connection = AsyncConnection[Row]
MAX_KEYS = 1000
Keys = Annotated[list[str], Field(max_length=MAX_KEYS)]
CLIENT_CLOSED_REQUEST = 499
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
        self.request = request
        self.stack = stack
        self.claims = claims
        self.operation = operation
        self.owner: str | None = claims.get("sub")
        self.upsert = request.method == "PUT" or request.headers.get("x-upsert") == "true"
        self.files = stack.state_dir / "storage"
        self.size_limit = parse_size(
            stack.settings.get("storage", {}).get("file_size_limit", "50MiB")
        )
        self.where: dict[str, str] = {}
        if "bucket" in request.path_params:
            self.where["bucket"] = checked_bucket(request.path_params["bucket"])
        if "key" in request.path_params:
            self.where["key"] = checked_key(request.path_params["key"])

    async def body(self) -> Body:
        """The JSON body. Raises ValidationError."""
        return Body.model_validate_json(await self.request.body() or b"{}")

    @asynccontextmanager
    async def as_caller(self, *, undo: bool = False) -> AsyncIterator[Connection]:
        """A transaction in the caller's role, so that policies decide; `undo` only asks them."""
        settings = {"storage.operation": self.operation, "storage.allow_delete_query": "true"}
        async with self.as_admin() as conn, conn.transaction(force_rollback=undo):
            await act_as(conn, self.claims, **settings)
            yield conn

    @asynccontextmanager
    async def as_admin(self) -> AsyncIterator[Connection]:
        """A transaction of the superuser, whom no policy stops."""
        async with self.stack.pool.connection() as conn:
            yield conn

    async def bucket(self) -> Row:
        """The bucket of the path, whoever asks. Raises NoSuchBucket."""
        sql = "select * from storage.buckets where id = %(bucket)s"
        async with self.as_admin() as conn:
            return await fetch_first(conn, sql, self.where, "NoSuchBucket")


Handler = Callable[[Call], Awaitable[Response]]


async def fetch_rows(conn: Connection, sql: str, params: Row) -> list[Row]:
    """All rows of a statement, [] for one that returns none."""
    cursor = await conn.execute(sql, params)
    if cursor.description is None:
        return []
    return await cursor.fetchall()


async def fetch_first(conn: Connection, sql: str, params: Row, missing: str = "NoSuchKey") -> Row:
    """The first row of a statement. Raises `missing` without one."""
    for row in await fetch_rows(conn, sql, params):
        return row
    raise StorageError(missing)


def json_reply(data: Any) -> Response:
    """`data` as JSON: ids as text, moments as ISO 8601."""
    text = json.dumps(data, default=lambda value: str(value).replace(" ", "T"))
    return Response(text, media_type="application/json")


class Endpoint(NamedTuple):
    """A call of Storage, and the `storage.operation` that policies read in it.

    A `keyless` call is also served to somebody who has no API key.
    """

    method: str
    path: str
    operation: str
    handler: Handler
    keyless: bool = False


def route_of(stack: Stack, endpoint: Endpoint) -> Route:
    """The route that serves an endpoint and answers what goes wrong in it."""

    async def serve(request: Request) -> Response:
        try:
            claims = _claims_of(request, stack, endpoint)
            return await endpoint.handler(Call(request, stack, claims, endpoint.operation))
        except ClientDisconnect:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        except Exception as error:
            refusal = refusal_for(error)
            if refusal is None:
                raise
            if refusal.status >= 500:
                name = f"{endpoint.method} {endpoint.path}"
                log.warning("storage.failed call=%s", name, exc_info=error)
            return refusal.response()

    return Route(endpoint.path, serve, methods=[endpoint.method])


def _claims_of(request: Request, stack: Stack, endpoint: Endpoint) -> Row:
    try:
        return verified_claims(request, stack)
    except AuthError:
        if not endpoint.keyless:
            raise
        return {}
