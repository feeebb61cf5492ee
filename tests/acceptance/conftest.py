"""Fixtures of tests that start the service as processes: with a model that they script."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.rig.scripted_model import Script, Serving, serving
from scripts.rig.service_processes import Processes, processes
from scripts.rig.stacks import RunningStack
from tests.support.numbered import answer


@pytest.fixture
def service(stack: RunningStack, tmp_path: Path) -> Iterator[Processes]:
    with processes(stack, tmp_path) as made:
        yield made


@pytest.fixture
def model() -> Iterator[Serving]:
    with serving(Script(answer=answer, latency=0.2)) as served:
        yield served
