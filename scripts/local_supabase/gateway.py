"""The one address of a local stack: CORS, then REST, Auth, Storage and Realtime under their paths.

`python -m scripts.local_supabase.gateway STATE_DIR` serves it.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import uvicorn
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from scripts.local_supabase import auth, realtime, rest, storage
from scripts.local_supabase.keys import PUBLISHABLE_KEY, SECRET_KEY, StackError
from scripts.local_supabase.stack import AuthError, Pool, Stack
from scripts.local_supabase.state import State, load, read_config
from scripts.local_supabase.tokens import load_tokens

EXPOSED_HEADERS = (
    "accept-ranges, content-disposition, content-encoding, content-length, content-range, etag,"
    " link, location, preference-applied, x-sb-error-code, x-supabase-api-version, x-total-count,"
    " tus-extension, tus-max-size, tus-resumable, tus-version, upload-length, upload-offset"
)


def stack_of(state: State) -> Stack:
    """What the gateway's parts share, its pool not yet open."""
    values = state.values()
    pool: Pool = AsyncConnectionPool(
        values["ADMIN_DB_URL"],
        min_size=2,
        max_size=16,
        kwargs={"row_factory": dict_row},
        check=AsyncConnectionPool.check_connection,
        open=False,
    )
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
        pool=pool,
    )


def create_gateway(stack: Stack) -> Starlette:
    """The ASGI app of one stack; its lifespan opens the pools and the Realtime listener."""
    # No time limit on answers: how long a statement may take is the database's business.
    client = httpx.AsyncClient(
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
        timeout=httpx.Timeout(None, connect=5.0),
        trust_env=False,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client, stack.pool, realtime.lifespan(stack):
            yield

    unknown = Route("/{path:path}", _not_here, methods=rest.METHODS)
    parts: dict[str, list[BaseRoute]] = {
        "/rest/v1": rest.routes(stack, client),
        "/auth/v1": auth.routes(stack),
        "/storage/v1": storage.routes(stack),
        "/realtime/v1": realtime.routes(stack),
    }
    cors = Middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=[EXPOSED_HEADERS],
        max_age=3600,
    )
    mounts = [Mount(path, routes=[*inner, unknown]) for path, inner in parts.items()]
    return Starlette(
        routes=[*mounts, unknown], middleware=[cors], exception_handlers={AuthError: _refused}, lifespan=lifespan
    )


async def _not_here(request: Request) -> Response:
    message = f"The local Supabase does not do {request.method} {request.url.path}."
    return JSONResponse({"code": "not_implemented", "message": message}, status_code=501)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, AuthError)
    return JSONResponse({"code": error.code, "message": error.message}, status_code=error.status)


def serve(state_dir: Path) -> None:
    """Serve the stack of a folder until SIGTERM."""
    state = load(state_dir)
    if state is None:
        raise StackError(f"There is no stack in {state_dir}.", "not_running")
    uvicorn.run(
        create_gateway(stack_of(state)),
        port=state.api,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=65,
    )


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
