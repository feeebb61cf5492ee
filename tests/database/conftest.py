"""What database tests share: one team for all, a new project a test, and the database as postgres."""

from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from tests.support.people import People, Person
from tests.support.seed import Seed


@pytest.fixture(scope="session")
def people(stack: Any) -> Iterator[People]:
    with httpx.Client(timeout=30) as http:
        yield People(stack.api_url, stack.publishable_key, stack.secret_key, http)


@pytest.fixture(scope="session")
def team(people: People) -> dict[str, Person]:
    return people.team()


@pytest.fixture
def seed(people: People, team: dict[str, Person], stack: Any) -> Iterator[Seed]:
    """A new project, empty but for its members. What it leaves in the queue is nobody's work."""
    made = Seed(team, people.worker)
    made.project()
    yield made
    with psycopg.connect(stack.db_url) as admin:
        admin.execute("delete from private.tasks where project_id = %s", [made.project_id])


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


@pytest.fixture
def ready(seed: Seed) -> Seed:
    """A project with three documents and one variable."""
    for number in range(3):
        seed.document(f"{number}.pdf")
    seed.ids["variable"] = seed.variable()
    return seed
