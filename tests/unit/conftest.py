"""Fixtures of unit tests."""

from collections.abc import AsyncIterator

import httpx
import pytest
import respx

from service.extraction.model import ModelClient
from tests.support.model_bench import PLAN, URL, Bench, Book, completion


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    with respx.mock(assert_all_called=False) as router:
        route = router.post(f"{URL}/chat/completions")
        route.return_value = completion()
        async with httpx.AsyncClient(verify=False) as http:
            yield Bench(Book(), waits, ModelClient(PLAN, http=http, sleep=sleep), route)
