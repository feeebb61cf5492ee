"""Fixtures of tests that start the service as processes: a project of their own, and a model that they script."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.scripted_model import Script, Serving, serving
from tests.support.local_stack import RunningStack
from tests.support.numbered import answer
from tests.support.people import People, Person
from tests.support.processes import Processes, processes
from tests.support.seed import Seed


@pytest.fixture(scope="module")
def people(stack: RunningStack) -> Iterator[People]:
    with httpx.Client(timeout=30) as http:
        yield People(stack.api_url, stack.publishable_key, stack.secret_key, http)


@pytest.fixture(scope="module")
def team(people: People) -> dict[str, Person]:
    return people.team()


@pytest.fixture
def seed(people: People, team: dict[str, Person]) -> Seed:
    made = Seed(team, people.worker)
    made.project()
    return made


@pytest.fixture
def service(stack: RunningStack, tmp_path: Path) -> Iterator[Processes]:
    with processes(stack, tmp_path) as made:
        yield made


@pytest.fixture
def model() -> Iterator[Serving]:
    with serving(Script(answer=answer, latency=0.2)) as served:
        yield served
