"""The api: routers, lifespan, errors, CORS. It acts as the caller and holds no secret."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from service import errors, health, log, supabase
from service.auth import Verifier
from service.documents import routes as documents
from service.exports import routes as exports
from service.jobs import routes as jobs
from service.metrics import Metrics
from service.middleware import Around
from service.settings import ApiSettings

DESCRIPTION = """The processing face of Dossier: uploads, jobs and exports, each in the caller's name.
Lists, edits and results are tables and functions of Supabase itself."""


def create_app(settings: ApiSettings) -> FastAPI:
    """The ASGI app for `settings`. Connects when it starts, not when it is made."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with supabase.connect(settings) as gateway:
            app.state.gateway = gateway
            app.state.verifier = Verifier(gateway)
            log.get().info("api.started", supabase=settings.supabase_url)
            yield
        log.get().info("api.stopped")

    app = FastAPI(
        title="Dossier",
        version="0.1.0",
        description=DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url="/v1/docs",
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.metrics = Metrics()
    errors.install(app)
    for router in (health.router, documents.router, jobs.router, exports.router):
        app.include_router(router)
    app.add_middleware(Around, metrics=app.state.metrics, max_request_bytes=settings.max_request_bytes)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "X-Request-Id"],
        expose_headers=["X-Request-Id"],
        max_age=600,
    )
    return app


def from_environment() -> FastAPI:
    """The app of the process environment, for a server that wants a factory."""
    return create_app(ApiSettings.load())
