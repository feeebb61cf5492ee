"""The api: routers, lifespan, errors, CORS. It acts as the caller and holds no secret."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from service import connections
from service.documents import routes as documents
from service.exports import routes as exports
from service.http import errors, health
from service.http.auth import Verifier
from service.http.middleware import bound_bodies, observe_request
from service.jobs import routes as jobs
from service.log import logger
from service.settings import ApiSettings
from service.suggestions import routes as suggestions

DESCRIPTION = (
    "The processing face of Dossier: uploads, suggestions, jobs and exports, "
    "each in the caller's name.\n"
    "Lists, edits and results are tables and functions of Supabase itself."
)
EXAMPLES: dict[str, list[Any]] = json.loads(
    (Path(__file__).parent / "http" / "openapi_examples.json").read_text("utf-8")
)
ROUTERS = (health.router, documents.router, jobs.router, suggestions.router, exports.router)


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """The document, with openapi_examples.json in the schemas that it names."""
        document = super().openapi()
        for name, examples in EXAMPLES.items():
            document["components"]["schemas"][name]["examples"] = examples
        return document


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: ApiSettings = app.state.settings
    async with connections.open_pool(
        settings.supabase_url, settings.supabase_publishable_key
    ) as http:
        app.state.http = http
        app.state.verifier = Verifier(settings, http)
        logger.info("api.started", supabase=settings.supabase_url)
        yield
    logger.info("api.stopped")


def create_app(settings: ApiSettings) -> FastAPI:
    """The ASGI app for `settings`. Connects when it starts, not when it is made."""
    app = _Api(
        title="Dossier",
        version="0.1.0",
        description=DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url="/v1/docs",
        redoc_url=None,
        lifespan=_lifespan,
        exception_handlers=errors.HANDLERS,
    )
    app.state.settings = settings
    for router in ROUTERS:
        app.include_router(router)
    _add_middleware(app, settings)
    return app


def _add_middleware(app: FastAPI, settings: ApiSettings) -> None:
    """Added last stands outermost: whatever happens within, CORS headers are on the answer."""
    app.add_middleware(bound_bodies, max_bytes=settings.max_request_bytes)
    app.middleware("http")(observe_request)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins.replace(" ", "").split(","),
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "X-Request-Id"],
        expose_headers=["X-Request-Id"],
    )


def from_environment() -> FastAPI:
    """The app of the process environment, for a server that wants a factory."""
    return create_app(ApiSettings())
