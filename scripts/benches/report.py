"""How a bench shows its figures: one table on the screen, and as JSON where a path is given."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

WIDTH_OF_A_FILE = 200


def make_parser(name: str, purpose: str | None) -> argparse.ArgumentParser:
    """A parser that knows `--json PATH`."""
    parser = argparse.ArgumentParser(prog=f"scripts/bench {name}", description=purpose)
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    return parser


def publish(
    title: str,
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    result: Any,
    path: Path | None,
) -> None:
    """Print a table; write `result` to `path` if there is one.

    Columns after the first are right-aligned; fractions are shown as shares.
    """
    first, *others = head
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*map(_shown_cell, row))
    make_console().print(table)
    if path:
        path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def make_console() -> Console:
    """A console that cuts nothing off in a pipe or a file, which have no width."""
    if sys.stdout.isatty():
        return Console(soft_wrap=True)
    return Console(soft_wrap=True, width=WIDTH_OF_A_FILE)


def share(part: int, whole: int) -> float:
    """A share between 0 and 1; nothing of nothing is 0."""
    if whole == 0:
        return 0.0
    return part / whole


def _shown_cell(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:.2%}"
    return str(cell)
