"""Fixtures of unit tests."""

from collections.abc import AsyncIterator

import httpx
import pytest
import respx
from hypothesis import HealthCheck, settings
from pydantic import SecretStr

from service.model.client import PATIENCE, ModelClient
from tests.support.model_bench import SETTINGS, URL, Bench, Book, completion

# No example fails for being slow: how fast it is says something of the machine alone.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(PATIENCE, "sleep", sleep)
    with respx.mock(assert_all_called=False) as router:
        route = router.post(f"{URL}/chat/completions")
        route.return_value = completion()
        async with httpx.AsyncClient(verify=False) as http:
            yield Bench(Book(), waits, ModelClient(SETTINGS, SecretStr("sk-secret"), http), route)
