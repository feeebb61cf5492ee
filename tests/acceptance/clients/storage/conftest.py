"""A bucket a test, gone with its objects and policies when the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.storage import CHECKED, Place


@pytest.fixture
def make_bucket(people: Any) -> Iterator[Callable[..., Place]]:
    made: list[str] = []

    def make(
        public: bool = False, limit: int | None = None, kinds: list[str] | None = None
    ) -> Place:
        made.append(f"py-{uuid4()}")
        people.sql(
            "insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)"
            " values (%s, %s, %s, %s, %s)",
            *(made[-1], made[-1], public, limit, kinds),
        )
        return Place(made[-1], people)

    yield make
    storage = people.client(people.stack.secret_key).storage
    for name in made:
        for verb in CHECKED:
            people.sql(f'drop policy if exists "{name}_{verb}" on storage.objects')
        storage.empty_bucket(name)
        storage.delete_bucket(name)


@pytest.fixture
def bucket(make_bucket: Callable[..., Place]) -> Place:
    return make_bucket()


@pytest.fixture(scope="session")
def user(people: Any) -> Any:
    return people.sign_up()


@pytest.fixture
def service(people: Any) -> dict[str, str]:
    """Headers of the service role, for calls that the clients do not make."""
    return {"apikey": people.stack.secret_key}
