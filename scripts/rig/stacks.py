"""Starting, asking and ending local Supabase stacks, and what a started one says of itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RunningStack:
    """Addresses and keys of a Supabase, migrations applied.

    `db_url` logs in as postgres (no superuser), `admin_url` as the superuser supabase_admin;
    `admin_url` and `state_dir` are empty for a real project, which has neither.
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

    @property
    def rest_url(self) -> str:
        return f"{self.api_url}/rest/v1"


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


def read_stack(state: Path) -> RunningStack:
    """What the started stack of a folder says of itself."""
    status = supabase("status", state, "-o", "json")
    assert status.returncode == 0, status.stderr
    values = json.loads(status.stdout)
    return RunningStack(
        api_url=values["API_URL"],
        db_url=values["DB_URL"],
        publishable_key=values["PUBLISHABLE_KEY"],
        secret_key=values["SECRET_KEY"],
        admin_url=values["ADMIN_DB_URL"],
        state_dir=state,
        jwt_secret=values["JWT_SECRET"],
        anon_key=values["ANON_KEY"],
        service_role_key=values["SERVICE_ROLE_KEY"],
    )


def real_project(env: Mapping[str, str]) -> RunningStack:
    """The project that `scripts/test --against ENVFILE` names."""
    return RunningStack(
        api_url=env["SUPABASE_URL"],
        db_url=env["DB_URL"],
        publishable_key=env["SUPABASE_PUBLISHABLE_KEY"],
        secret_key=env["SUPABASE_SECRET_KEY"],
    )
