"""Fixtures every tier may use: the private Supabase of this test process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class RunningStack:
    """Addresses and keys of a running local Supabase, migrations applied.

    `db_url` logs in as postgres (no superuser), `admin_url` as the superuser supabase_admin.
    """

    state_dir: Path
    api_url: str
    rest_url: str
    db_url: str
    admin_url: str
    publishable_key: str
    secret_key: str
    jwt_secret: str
    anon_key: str
    service_role_key: str


def supabase(
    command: str, state: Path, *flags: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`scripts/supabase COMMAND` on one state folder, without the set-up check; never raises."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "scripts.local_supabase", command]
        + ["--runtime", "local", "--state", str(state), *flags],
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def read_stack(state: Path) -> RunningStack:
    """What a started stack says of itself."""
    status = supabase("status", state, "-o", "json")
    assert status.returncode == 0, status.stderr
    values = json.loads(status.stdout)
    return RunningStack(
        state_dir=state,
        api_url=values["API_URL"],
        rest_url=values["REST_URL"],
        db_url=values["DB_URL"],
        admin_url=values["ADMIN_DB_URL"],
        publishable_key=values["PUBLISHABLE_KEY"],
        secret_key=values["SECRET_KEY"],
        jwt_secret=values["JWT_SECRET"],
        anon_key=values["ANON_KEY"],
        service_role_key=values["SERVICE_ROLE_KEY"],
    )


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    """One stack on free ports for the whole session, made new and removed at the end.

    DOSSIER_TEST_STACK_STATE names the state folder of a running stack to use instead.
    """
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
