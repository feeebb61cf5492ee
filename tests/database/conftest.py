"""What database tests share: projects with something in them, and the database as postgres."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.support.people import People, Person
from tests.support.seed import Seed


@pytest.fixture(scope="session")
def full(people: People, team: dict[str, Person]) -> Seed:
    """A project with a row in every table, for tests that only read or are refused."""
    return Seed(team, people.worker).everything()


@pytest.fixture
def db(stack: Any) -> Iterator[psycopg.Connection[Any]]:
    """The database as postgres, the role that migrations run as. Rolled back at the end."""
    with psycopg.connect(stack.db_url) as connection:
        yield connection
        connection.rollback()
