"""`scripts/inspect`: every check of sql/checks in one page. Exit 1 when a check of severity error has a row."""

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


def findings(db_url: str, folder: Path = CHECKS) -> Iterator[dict[str, Any]]:
    """Rows of every check in `folder`, in file order: name, severity, subject, detail, since, next_step."""
    with psycopg.connect(db_url, row_factory=dict_row) as connection:
        connection.read_only = True
        for path in sorted(folder.glob("*.sql")):
            yield from connection.execute(path.read_bytes()).fetchall()


def main(argv: list[str]) -> int:
    """Prints the findings; 0 when there is no error among them."""
    parser = argparse.ArgumentParser(prog="scripts/inspect")
    parser.add_argument("--db-url", help="a Postgres URL; default: the local Supabase")
    arguments = parser.parse_args(argv)
    if arguments.db_url:
        rows = list(findings(arguments.db_url))
    else:
        with stack.borrowed() as values:
            rows = list(findings(values["DB_URL"]))
    if not rows:
        print("All is well.")
        return 0
    table = Table(*COLUMNS)
    for row in rows:
        table.add_row(*(str(row[name] if row[name] is not None else "") for name in COLUMNS))
    Console().print(table)
    return int(any(row["severity"] == "error" for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
