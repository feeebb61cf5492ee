"""supabase/migrations applied by the real CLI as the role postgres, and taken back by sql/rollback."""

import psycopg

from scripts.local_supabase.cli import supabase_cli as cli
from scripts.local_supabase.keys import StackError
from scripts.local_supabase.machine import ROOT


def _applied(dsn: str) -> list[str]:
    """Versions in the migration history, newest first."""
    with psycopg.connect(dsn) as conn:
        history = "supabase_migrations.schema_migrations"
        if conn.execute("select to_regclass(%s)", [history]).fetchone() == (None,):
            return []
        rows = conn.execute(
            "select version from supabase_migrations.schema_migrations order by 1 desc"
        )
        return [row[0] for row in rows]


def push(dsn: str) -> int:
    """Apply what is pending, and the seed; the number of migrations applied.

    Raises `StackError` on a database that migrations made which are no longer there.
    """
    files = (ROOT / "supabase" / "migrations").glob("[0-9]*_*.sql")
    versions = {path.name.partition("_")[0] for path in files}
    applied = set(_applied(dsn))
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


def down(dsn: str, count: int) -> list[str]:
    """Take back the newest `count` migrations, each in one transaction; their versions.

    Runs sql/rollback/<version>_*.sql and marks the version as reverted. Raises `StackError`,
    with nothing changed, when one of them has no such file.
    """
    scripts = {
        v: list((ROOT / "sql" / "rollback").glob(f"{v}_*.sql")) for v in _applied(dsn)[:count]
    }
    for version, found in scripts.items():
        if not found:
            raise StackError(f"Migration {version} has no file in sql/rollback.", "no_rollback")
    done: list[str] = []
    try:
        for version, found in scripts.items():
            with psycopg.connect(dsn) as conn:
                conn.execute(found[0].read_bytes())
            done.append(version)
    finally:  # one that failed leaves the history true for those before it
        if done:
            cli.on(dsn, "migration", "repair", "--status", "reverted", *done)
    return done
