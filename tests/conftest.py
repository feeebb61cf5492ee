"""Fixtures every tier may use: the Supabase of this test process, a team on it, a project a test."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from scripts.rig.people import People, Person
from scripts.rig.stacks import RunningStack, read_stack, real_project, supabase
from tests.support.inside import Inside
from tests.support.seed import Seed, Seeds


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
        running = read_stack(state)
        _write_without_waiting(running)
        yield running
    finally:
        supabase("destroy", state)


def _write_without_waiting(stack: RunningStack) -> None:
    """Postgres leaves it to the system when to write to the disk.

    What was committed still outlives a kill of any process; only the machine may not fail.
    """
    with psycopg.connect(stack.admin_url, autocommit=True) as admin:
        admin.execute("alter system set fsync = off")
        admin.execute("select pg_reload_conf()")


@pytest.fixture(scope="session")
def people(stack: RunningStack) -> Iterator[People]:
    # More than 20 threads at once: httpcore closes what is idle beyond that, also where a thread
    # is about to read it.
    with httpx.Client(timeout=30, limits=httpx.Limits(max_keepalive_connections=None)) as http:
        yield People(stack, http)


@pytest.fixture(scope="session")
def team(people: People) -> dict[str, Person]:
    return people.team()


@pytest.fixture(scope="session")
def inside(stack: RunningStack) -> Iterator[Inside]:
    """A connection that calls verbs in people's names, for what tests need before they begin."""
    opened = Inside(stack.db_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def module_seeds(people: People, team: dict[str, Person], inside: Inside) -> Iterator[Seeds]:
    """Makes projects that the tests of a module share; gone after the module."""
    made = Seeds(team, people.worker, inside)
    yield made
    made.forget()


@pytest.fixture
def seeds(module_seeds: Seeds) -> Iterator[Seeds]:
    """Makes projects for one test; gone after it."""
    made = replace(module_seeds, shared=module_seeds, made=[])
    yield made
    made.forget()


@pytest.fixture
def seed(seeds: Seeds) -> Seed:
    """A new project, empty but for its members."""
    return seeds.project()


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
