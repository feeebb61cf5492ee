"""Fixtures every tier may use: the Supabase of this test process, a team on it, a project a test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from scripts.rig.people import People, Person
from scripts.rig.stacks import RunningStack, read_stack, real_project, supabase
from tests.support.seed import Seed


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Against a real project, what looks into the local stack is skipped."""
    if os.environ.get("DOSSIER_TEST_AGAINST"):
        for item in items:
            if item.get_closest_marker("local"):
                item.add_marker(pytest.mark.skip("a real project is not ours to look into"))


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    """One stack on free ports for the whole session, made new and removed at the end.

    DOSSIER_TEST_STACK_STATE names the state folder of a running stack to use instead;
    `scripts/test --against` a real project.
    """
    if os.environ.get("DOSSIER_TEST_AGAINST"):
        yield real_project(os.environ)
        return
    reused = os.environ.get("DOSSIER_TEST_STACK_STATE")
    if reused:
        yield read_stack(Path(reused).absolute())
        return
    state = Path(tempfile.mkdtemp(prefix="dossier-test-"))
    started = supabase("start", state, "--ports", "free")
    try:
        assert started.returncode == 0, started.stderr
        yield read_stack(state)
    finally:
        supabase("destroy", state)


@pytest.fixture(scope="session")
def people(stack: RunningStack) -> Iterator[People]:
    # More than 20 threads at once: httpcore closes what is idle beyond that, also where a thread
    # is about to read it.
    with httpx.Client(timeout=30, limits=httpx.Limits(max_keepalive_connections=None)) as http:
        yield People(stack, http)


@pytest.fixture(scope="session")
def team(people: People) -> dict[str, Person]:
    return people.team()


@pytest.fixture
def seed(people: People, team: dict[str, Person], stack: RunningStack) -> Iterator[Seed]:
    """A new project, empty but for its members. What it leaves in the queue is nobody's work."""
    made = Seed(team, people.worker)
    made.project()
    yield made
    with psycopg.connect(stack.db_url) as admin:
        admin.execute("delete from private.tasks where project_id = %s", [made.project_id])


@pytest.fixture
def ready(seed: Seed) -> Seed:
    """A project with three documents and one variable."""
    for number in range(3):
        seed.document(f"{number}.pdf")
    seed.ids["variable"] = seed.variable()
    return seed


@pytest.fixture
def db(stack: RunningStack) -> Iterator[psycopg.Connection[Any]]:
    """The database as postgres, the role that migrations run as. Rolled back at the end."""
    with psycopg.connect(stack.db_url) as connection:
        yield connection
        connection.rollback()
