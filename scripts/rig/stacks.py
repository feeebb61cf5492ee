"""Starting, asking and ending local Supabase stacks, and what a started one says of itself."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.local_supabase.state import load_state

KILL_SECONDS = 10
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RunningStack:
    """Addresses and keys of a Supabase, migrations applied.

    `db_url` logs in as postgres (no superuser), `admin_url` as the superuser supabase_admin;
    `postgrest_url` is PostgREST without the gateway before it. A real project has neither
    superuser, state folder nor an address of PostgREST: they are empty.
    """

    api_url: str
    db_url: str
    publishable_key: str
    secret_key: str
    admin_url: str = ""
    state_dir: Path = Path()
    jwt_secret: str = ""
    anon_key: str = ""
    service_role_key: str = ""
    postgrest_url: str = ""

    @property
    def data_api_url(self) -> str:
        """Where tables and functions are: PostgREST itself, or a real project's gateway."""
        return self.postgrest_url or f"{self.api_url}/rest/v1"


def supabase(
    command: str, state: Path, *flags: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`scripts/supabase COMMAND` on one state folder, without the set-up check; never raises."""
    program = [sys.executable, "-P", "-m", "scripts.local_supabase"]
    return subprocess.run(
        [*program, command, "--runtime", "local", "--state", str(state), *flags],
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def read_stack(folder: Path) -> RunningStack:
    """Addresses and keys of the stack that was started in a folder."""
    state = load_state(folder)
    assert state is not None, f"No stack was started in {folder}."
    assert state.dead_parts() == [], f"Not all of the stack in {folder} runs."
    values = state.addresses_and_keys()
    return RunningStack(
        api_url=values["API_URL"],
        db_url=values["DB_URL"],
        publishable_key=values["PUBLISHABLE_KEY"],
        secret_key=values["SECRET_KEY"],
        admin_url=values["ADMIN_DB_URL"],
        state_dir=folder,
        jwt_secret=values["JWT_SECRET"],
        anon_key=values["ANON_KEY"],
        service_role_key=values["SERVICE_ROLE_KEY"],
        postgrest_url=f"http://127.0.0.1:{state.rest}",
    )


def kill_part(folder: Path, name: str) -> None:
    """kill -9 of one part of a stack; returns once it is gone."""
    state = load_state(folder)
    assert state is not None, f"No stack was started in {folder}."
    pid = state.parts[name].pid
    watched = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    gone, _, _ = select.select([watched], [], [], KILL_SECONDS)
    os.close(watched)
    assert gone, f"{name}, process {pid}, did not die."


def real_project(env: Mapping[str, str]) -> RunningStack:
    """The project that `scripts/test --against ENVFILE` names."""
    return RunningStack(
        api_url=env["SUPABASE_URL"],
        db_url=env["DB_URL"],
        publishable_key=env["SUPABASE_PUBLISHABLE_KEY"],
        secret_key=env["SUPABASE_SECRET_KEY"],
    )
