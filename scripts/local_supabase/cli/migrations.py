"""supabase/migrations applied by the real CLI as role postgres; sql/rollback takes them back."""

from pathlib import Path

import psycopg

from scripts.local_supabase.cli import supabase_cli as cli
from scripts.local_supabase.errors import StackError
from scripts.local_supabase.machine import ROOT

_HISTORY = "supabase_migrations.schema_migrations"


def push(dsn: str) -> int:
    """Apply what is pending, and the seed; the number of migrations applied.

    Raises `StackError` on a database that migrations made which are no longer there.
    """
    files = (ROOT / "supabase" / "migrations").glob("[0-9]*_*.sql")
    versions = {path.name.partition("_")[0] for path in files}
    applied = set(_applied_versions(dsn))
    unknown = sorted(applied - versions)
    if unknown:
        raise StackError(
            f"This database holds migration {unknown[0]}, which is not in supabase/migrations."
            " Make it anew: scripts/supabase reset (its data go).",
            "history_unknown",
        )
    pending = versions - applied
    if pending:
        cli.on(dsn, "db", "push", "--include-all", "--include-seed")
    return len(pending)


def take_back(dsn: str, count: int) -> list[str]:
    """Take back the newest `count` migrations, each in one transaction; their versions.

    Runs sql/rollback/<version>_*.sql and marks the version as reverted. Raises `StackError`,
    with nothing changed, when one of them has no such file.
    """
    rollbacks = {version: _rollback_of(version) for version in _applied_versions(dsn)[:count]}
    taken_back: list[str] = []
    try:
        for version, rollback in rollbacks.items():
            with psycopg.connect(dsn) as conn:
                conn.execute(rollback.read_bytes())
            taken_back.append(version)
    finally:  # If one fails, the history must still be true for those before it.
        if taken_back:
            cli.on(dsn, "migration", "repair", "--status", "reverted", *taken_back)
    return taken_back


def _rollback_of(version: str) -> Path:
    for path in (ROOT / "sql" / "rollback").glob(f"{version}_*.sql"):
        return path
    raise StackError(f"Migration {version} has no file in sql/rollback.", "no_rollback")


def _applied_versions(dsn: str) -> list[str]:
    """Versions in the migration history, newest first."""
    with psycopg.connect(dsn) as conn:
        if conn.execute("select to_regclass(%s)", [_HISTORY]).fetchone() == (None,):
            return []
        rows = conn.execute(f"select version from {_HISTORY} order by version desc")
        return [row[0] for row in rows]
