"""How a bench shows its figures: one table on the screen and the same as JSON where a path is given."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def options(name: str, purpose: str | None) -> argparse.ArgumentParser:
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
    """Print a table; write `result` to `path` if there is one. Columns after the first are right-aligned."""
    table = Table(title=title, title_justify="left")
    for index, name in enumerate(head):
        table.add_column(name, justify="right" if index else "left")
    for row in rows:
        table.add_row(*map(_shown, row))
    # A pipe or a file has no width: nothing is cut off there.
    width = None if sys.stdout.isatty() else 200
    Console(soft_wrap=True, width=width).print(table)
    if path:
        path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def share(part: int, whole: int) -> float:
    """A share between 0 and 1; nothing of nothing is 0."""
    return part / whole if whole else 0.0


def _shown(cell: object) -> str:
    return f"{cell:.2%}" if isinstance(cell, float) else str(cell)
