"""`scripts/inspect`: every check of sql/checks in one page; exit code 1 if one finds an error."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from rich.console import Console
from rich.table import Table

from scripts.commands import stack

CHECKS = stack.ROOT / "sql" / "checks"
COLUMNS = ("name", "severity", "subject", "detail", "since", "next_step")


def read_findings(db_url: str, folder: Path = CHECKS) -> Iterator[dict[str, Any]]:
    """Rows of every check in `folder`, in file order, with the columns of `COLUMNS`."""
    with psycopg.connect(db_url, row_factory=dict_row) as connection:
        connection.read_only = True
        for path in sorted(folder.glob("*.sql")):
            yield from connection.execute(path.read_bytes()).fetchall()


def main(argv: list[str]) -> int:
    """Prints the findings; 0 when there is no error among them."""
    parser = argparse.ArgumentParser(prog="scripts/inspect", description=__doc__)
    parser.add_argument("--db-url", help="a Postgres URL; default: the local Supabase")
    arguments = parser.parse_args(argv)
    if arguments.db_url:
        rows = list(read_findings(arguments.db_url))
    else:
        with stack.borrowed() as values:
            rows = list(read_findings(values["DB_URL"]))
    if not rows:
        print("All is well.")
        return 0
    table = Table(*COLUMNS)
    for row in rows:
        table.add_row(*(_shown(row[name]) for name in COLUMNS))
    Console().print(table)
    return int(any(row["severity"] == "error" for row in rows))


def _shown(value: object) -> str:
    return "" if value is None else str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
