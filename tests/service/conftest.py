"""The api and the worker in this process, on the real stack: so that coverage sees them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest

from scripts.rig.people import Person
from service import worker as run
from service.api import create_app
from service.settings import ApiSettings, WorkerSettings

DEADLINE_SECONDS = 60


def api_settings(stack: Any, **changes: Any) -> ApiSettings:
    """Settings of an api on the stack, without any file or environment of this machine."""
    given = {"SUPABASE_URL": stack.api_url, "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key}
    return ApiSettings.model_validate(given | changes)


def worker_settings(stack: Any, **changes: Any) -> WorkerSettings:
    """Settings of a quick worker on the stack."""
    given = {
        "SUPABASE_URL": stack.api_url,
        "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        "SUPABASE_SECRET_KEY": stack.secret_key,
        "DOSSIER_POLL_SECONDS": 0.05,
        "DOSSIER_LEASE_SECONDS": 30,
    }
    return WorkerSettings.model_validate(given | changes)


@asynccontextmanager
async def running_api(stack: Any, **changes: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an api that lives in this process."""
    app = create_app(api_settings(stack, **changes))
    async with AsyncExitStack() as opened:
        await opened.enter_async_context(app.router.lifespan_context(app))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://api", timeout=60)
        yield await opened.enter_async_context(client)


@pytest.fixture
async def api(stack: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with running_api(stack) as client:
        yield client


@asynccontextmanager
async def running_worker(stack: Any, **changes: Any) -> AsyncIterator[None]:
    """A worker in this process, drained at the end."""
    stop = asyncio.Event()
    working = asyncio.create_task(run.work(worker_settings(stack, **changes), stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(working, DEADLINE_SECONDS)


def bearer(person: Person) -> dict[str, str]:
    """Headers of a request of the service in a person's name."""
    return {"Authorization": f"Bearer {person.token}"}
