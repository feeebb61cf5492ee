"""The one address of a local stack: CORS, then REST, Auth, Storage and Realtime under their paths.

`python -m scripts.local_supabase.gateway STATE_DIR` serves it.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from aiohttp import ClientSession
from httpx_aiohttp import AiohttpTransport
from psycopg import AsyncConnection, OperationalError
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from scripts.local_supabase.auth import routes as auth
from scripts.local_supabase.gateway import rest
from scripts.local_supabase.keys import PUBLISHABLE_KEY, SECRET_KEY
from scripts.local_supabase.realtime import routes as realtime
from scripts.local_supabase.stack import AuthError, Pool, Row, Stack
from scripts.local_supabase.state import State, load, read_config
from scripts.local_supabase.storage import routes as storage
from scripts.local_supabase.tokens import load_tokens

EXPOSED_HEADERS = (
    "accept-ranges, content-disposition, content-encoding, content-length, content-range, etag,"
    " link, location, preference-applied, x-sb-error-code, x-supabase-api-version, x-total-count,"
    " tus-extension, tus-max-size, tus-resumable, tus-version, upload-length, upload-offset"
)


def stack_of(state: State) -> Stack:
    """What the gateway's parts share, its pool not yet open."""
    values = state.values()
    admin = values["ADMIN_DB_URL"]

    async def check(conn: AsyncConnection[Row]) -> None:
        try:
            await AsyncConnectionPool.check_connection(conn)
        except OperationalError:
            # A database that was away took every connection along. To find that out one by one, the pool
            # waits twice as long each time.
            await pool.drain()
            raise

    pool: Pool = AsyncConnectionPool(
        admin, max_size=16, kwargs={"row_factory": dict_row}, check=check, open=False
    )
    urls = (values["API_URL"], admin, values["DB_URL"], f"http://127.0.0.1:{state.rest}")
    tokens = load_tokens(state.dir)
    return Stack(*urls, state.dir, PUBLISHABLE_KEY, SECRET_KEY, tokens, read_config(), pool)


def create_gateway(stack: Stack) -> Starlette:
    """The ASGI app of one stack; its lifespan opens the pools and the Realtime listener."""
    # No header that the caller did not send: PostgREST takes bytes of a named type for another function than JSON.
    transport = AiohttpTransport(client=lambda: ClientSession(skip_auto_headers=["Content-Type"]))
    # No time limit on answers: how long a statement may take is the database's business.
    client = httpx.AsyncClient(
        transport=transport, timeout=httpx.Timeout(None, connect=5.0), trust_env=False
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client, stack.pool, realtime.lifespan(stack):
            yield

    unknown = Route("/{path:path}", _not_here, methods=rest.METHODS)
    mounts = [
        Mount("/rest/v1", routes=rest.routes(stack, client)),
        Mount("/auth/v1", routes=[*auth.routes(stack), unknown]),
        Mount("/storage/v1", routes=[*storage.routes(stack), unknown]),
        Mount("/realtime/v1", routes=[*realtime.routes(stack), unknown]),
    ]
    every = ["*"]
    cors = Middleware(
        CORSMiddleware, every, every, every, expose_headers=[EXPOSED_HEADERS], max_age=3600
    )
    errors: Any = {AuthError: _refused}
    return Starlette(
        routes=[*mounts, unknown], middleware=[cors], exception_handlers=errors, lifespan=lifespan
    )


async def _not_here(request: Request) -> Response:
    message = f"The local Supabase does not do {request.method} {request.url.path}."
    return JSONResponse({"code": "not_implemented", "message": message}, status_code=501)


async def _refused(_: Request, error: AuthError) -> Response:
    return JSONResponse({"code": error.code, "message": error.message}, status_code=error.status)


def serve(state_dir: Path) -> None:
    """Serve the stack of a folder until SIGTERM."""
    state = load(state_dir)
    assert state, f"there is no stack in {state_dir}"
    app = create_gateway(stack_of(state))
    uvicorn.run(
        app, port=state.api, log_level="warning", server_header=False, timeout_graceful_shutdown=2
    )


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
