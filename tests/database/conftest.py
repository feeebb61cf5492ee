"""What database tests share: projects with something in them, and the database as postgres."""

import pytest

from scripts.rig.people import People, Person
from tests.support.seed import Seed


@pytest.fixture(scope="session")
def full(people: People, team: dict[str, Person]) -> Seed:
    """A project with a row in every table, for tests that only read or are refused."""
    return Seed(team, people.worker).everything()
