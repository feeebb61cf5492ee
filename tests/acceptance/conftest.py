"""Fixtures of tests that start the service as processes: with a model that they script."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.local_supabase.state import load_state
from scripts.rig.scripted_model import Script, Serving, serving
from scripts.rig.service_processes import Processes, processes
from scripts.rig.stacks import RunningStack, supabase
from tests.support.numbered import answer


@pytest.fixture(scope="session")
def spare_stack() -> Iterator[Path]:
    """The state folder of a second stack, for the tests that break one; see `spare`."""
    folder = Path(tempfile.mkdtemp(prefix="dossier-spare-"))
    started = supabase("start", folder, "--ports", "free")
    assert started.returncode == 0, started.stderr
    yield folder
    supabase("destroy", folder)
    assert not folder.exists(), "A stack that is destroyed leaves nothing."


@pytest.fixture
def spare(spare_stack: Path) -> Iterator[Path]:
    """The state folder of a whole stack that a test may break; it is mended afterwards."""
    yield spare_stack
    state = load_state(spare_stack)
    if state is None or state.dead_parts():
        mended = supabase("start", spare_stack, "--ports", "free")
        assert mended.returncode == 0, mended.stderr


@pytest.fixture
def service(stack: RunningStack, tmp_path: Path) -> Iterator[Processes]:
    with processes(stack, tmp_path) as made:
        yield made


@pytest.fixture
def model() -> Iterator[Serving]:
    with serving(Script(answer=answer, latency=0.2)) as served:
        yield served
