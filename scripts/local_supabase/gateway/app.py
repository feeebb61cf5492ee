"""The one address of a local stack: CORS, then REST, Auth, Storage and Realtime under their paths.

`python -m scripts.local_supabase.gateway.app STATE_DIR` serves it.
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
from starlette.routing import BaseRoute, Mount, Route

from scripts.local_supabase.auth import routes as auth
from scripts.local_supabase.callers import AuthError
from scripts.local_supabase.gateway import rest
from scripts.local_supabase.keys import PUBLISHABLE_KEY, SECRET_KEY
from scripts.local_supabase.realtime import routes as realtime
from scripts.local_supabase.stack import Pool, Row, Stack
from scripts.local_supabase.state import State, load_state, read_config
from scripts.local_supabase.storage import routes as storage
from scripts.local_supabase.tokens import load_tokens

POOL_SIZE = 16
EXPOSED_HEADERS = (
    "accept-ranges, content-disposition, content-encoding, content-length, content-range, etag,"
    " link, location, preference-applied, x-sb-error-code, x-supabase-api-version, x-total-count,"
    " tus-extension, tus-max-size, tus-resumable, tus-version, upload-length, upload-offset"
)


def serve_stack(state_dir: Path) -> None:
    """Serve the stack of a folder until SIGTERM."""
    state = load_state(state_dir)
    assert state, f"there is no stack in {state_dir}"
    uvicorn.run(
        create_gateway(_stack_of(state)),
        port=state.api,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=2,
    )


def _stack_of(state: State) -> Stack:
    """What the gateway's parts share; its pool is not open yet."""
    values = state.addresses_and_keys()
    return Stack(
        api_url=values["API_URL"],
        admin_dsn=values["ADMIN_DB_URL"],
        db_dsn=values["DB_URL"],
        rest_url=f"http://127.0.0.1:{state.rest}",
        state_dir=state.dir,
        publishable_key=PUBLISHABLE_KEY,
        secret_key=SECRET_KEY,
        tokens=load_tokens(state.dir),
        settings=read_config(),
        pool=_make_pool(values["ADMIN_DB_URL"]),
    )


def _make_pool(admin_dsn: str) -> Pool:
    async def check_connection(conn: AsyncConnection[Row]) -> None:
        try:
            await AsyncConnectionPool.check_connection(conn)
        except OperationalError:
            # A database that was away took every connection along. If the pool had to find that out
            # one connection after the other, it would wait twice as long each time.
            await pool.drain()
            raise

    pool: Pool = AsyncConnectionPool(
        admin_dsn,
        max_size=POOL_SIZE,
        kwargs={"row_factory": dict_row},
        check=check_connection,
        open=False,
    )
    return pool


def create_gateway(stack: Stack) -> Starlette:
    """The ASGI app of one stack; its lifespan opens the pools and the Realtime listener."""
    client = _make_rest_client()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client, stack.pool, realtime.lifespan(stack):
            yield

    unknown = Route("/{path:path}", _refuse_unknown, methods=rest.METHODS)
    mounts: list[BaseRoute] = [
        Mount("/rest/v1", routes=rest.routes(stack, client)),
        Mount("/auth/v1", routes=[*auth.routes(stack), unknown]),
        Mount("/storage/v1", routes=[*storage.routes(stack), unknown]),
        Mount("/realtime/v1", routes=[*realtime.routes(stack), unknown]),
    ]
    cors = Middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=[EXPOSED_HEADERS],
        max_age=3600,
    )
    fault_answers: Any = {AuthError: _answer_auth_error}
    return Starlette(
        routes=[*mounts, unknown],
        middleware=[cors],
        exception_handlers=fault_answers,
        lifespan=lifespan,
    )


def _make_rest_client() -> httpx.AsyncClient:
    # Where the caller names no content type, the session would add "octet-stream": PostgREST then
    # looks for a function that takes raw bytes, not JSON.
    transport = AiohttpTransport(client=lambda: ClientSession(skip_auto_headers=["Content-Type"]))
    # No time limit on answers: how long a statement may take is the database's business.
    timeout = httpx.Timeout(None, connect=5.0)
    return httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False)


async def _refuse_unknown(request: Request) -> Response:
    message = f"The local Supabase does not do {request.method} {request.url.path}."
    return JSONResponse({"code": "not_implemented", "message": message}, status_code=501)


async def _answer_auth_error(_: Request, error: AuthError) -> Response:
    return JSONResponse({"code": error.code, "message": error.message}, status_code=error.status)


if __name__ == "__main__":
    serve_stack(Path(sys.argv[1]))
