"""Rows of a CSV or XLSX as text, a window at a time. Runs in the child: a table can be as hostile as a PDF."""

import csv
import io
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl

from service.parsing import encoding, sniff
from service.parsing.models import Unreadable

_FAULTS = (
    csv.Error,
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    OSError,
    SyntaxError,
    IndexError,
)


def rows(
    path: Path, media_type: str, columns: list[str], after: int, limit: int
) -> list[list[str]]:
    """The columns of up to `limit` rows after the first `after` below the header; blank rows do not count.

    Raises `Unreadable`.
    """
    try:
        found = filter(any, _xlsx(path) if media_type == sniff.XLSX else _csv(path))
        header = [name.strip() for name in next(found, [])]
        window = [
            dict(zip(header, row, strict=False)) for row in islice(found, after, after + limit)
        ]
    except _FAULTS as error:
        raise Unreadable("corrupt", "The table is damaged beyond repair.") from error
    if missing := set(columns).difference(header):
        raise Unreadable("column_missing", f"The table has no column {', '.join(sorted(missing))}.")
    if not (window or after):
        raise Unreadable("no_rows", "The table has no row below its header.")
    return [[row.get(name, "") for name in columns] for row in window]


def _csv(path: Path) -> Iterator[list[str]]:
    text = encoding.decode(path.read_bytes()) or ""
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    header = text.splitlines()[:1]
    delimiter = max(",;\t|", key=lambda sign: len(next(csv.reader(header, delimiter=sign), [])))
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _xlsx(path: Path) -> Iterator[list[str]]:
    with path.open("rb") as file:  # a file, because a path is judged by its ending
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield [_shown(value) for value in row]


def _shown(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if isinstance(value, str) else text.removesuffix(" 00:00:00").removesuffix(".0")
