"""The real Supabase CLI on a database: it asks nothing and tells nobody."""

import os
import subprocess
from itertools import dropwhile

from scripts.local_supabase.errors import StackError
from scripts.local_supabase.machine import ROOT, SUPABASE_CLI

_SIGNS = ("│", "▲", "●")


def on(db_url: str, *arguments: str) -> str:
    """What the CLI prints for a command on this database. Raises `StackError` with all it said."""
    return _run(arguments, [f"--remote={_without_tls(db_url)}"])


def diff(from_url: str, to_url: str) -> str:
    """The SQL that turns one database into the other. Raises `StackError` with all the CLI said."""
    ends = ["--from", _without_tls(from_url), "--to", _without_tls(to_url)]
    lines = _run(("db", "diff", "--experimental"), ends).splitlines(keepends=True)
    # Notes about objects that it does not manage stand before the SQL, with signs of their own.
    return "".join(dropwhile(lambda line: line[:1] in _SIGNS, lines))


def _without_tls(db_url: str) -> str:
    """A local server speaks no TLS, and the CLI would write notes about that among its answers."""
    return db_url if "sslmode=" in db_url else f"{db_url}?sslmode=disable"


def _run(arguments: tuple[str, ...], addresses: list[str]) -> str:
    """Addresses hold passwords: they are left out of what an error says."""
    done = subprocess.run(
        [str(SUPABASE_CLI), *arguments, *addresses],
        cwd=ROOT,
        env={**os.environ, "SUPABASE_TELEMETRY_DISABLED": "1", "SUPABASE_YES": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = f"{done.stdout}{done.stderr}"
        raise StackError(f"supabase {' '.join(arguments)} failed:\n{said}", "cli_failed")
    return done.stdout
