"""The real Supabase CLI on a database: it asks nothing and tells nobody."""

import os
import subprocess

from scripts.local_supabase.keys import StackError
from scripts.local_supabase.machine import ROOT, SUPABASE_CLI


def on(db_url: str, *arguments: str) -> str:
    """What the CLI prints for a command on this database. Raises `StackError` with all it said."""
    remote = db_url if "sslmode=" in db_url else f"{db_url}?sslmode=disable"
    done = subprocess.run(
        [str(SUPABASE_CLI), *arguments, f"--remote={remote}"],
        cwd=ROOT,
        env={**os.environ, "SUPABASE_TELEMETRY_DISABLED": "1", "SUPABASE_YES": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StackError(
            f"supabase {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}", "cli_failed"
        )
    return done.stdout
