"""Rows of a CSV or XLSX as text, a window at a time.

Runs in the reading child: a table can be as hostile as a PDF.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

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


def read_rows(
    path: Path, media_type: str, columns: list[str], after: int, limit: int
) -> list[list[str]]:
    """The columns of up to `limit` rows after the first `after` below the header.

    Blank rows do not count. Raises `Unreadable`.
    """
    try:
        every_row = _xlsx_rows(path) if media_type == sniff.XLSX else _csv_rows(path)
        filled = filter(any, every_row)
        header = [name.strip() for name in next(filled, [])]
        window = [
            dict(zip(header, row, strict=False)) for row in islice(filled, after, after + limit)
        ]
    except _FAULTS as error:
        raise Unreadable("corrupt", "The table is damaged beyond repair.") from error
    if missing := set(columns).difference(header):
        raise Unreadable("column_missing", f"The table has no column {', '.join(sorted(missing))}.")
    if not window and after == 0:
        raise Unreadable("no_rows", "The table has no row below its header.")
    return [[row.get(name, "") for name in columns] for row in window]


def _csv_rows(path: Path) -> Iterator[list[str]]:
    text = encoding.decode_text(path.read_bytes()) or ""
    # A field may be as long as the file; the module's own limit would refuse it.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    delimiter = _guess_delimiter(text.splitlines()[:1])
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _guess_delimiter(header: list[str]) -> str:
    """The sign that parts the first line into most columns."""
    return max(",;\t|", key=lambda sign: len(next(csv.reader(header, delimiter=sign), [])))


def _xlsx_rows(path: Path) -> Iterator[list[str]]:
    import openpyxl  # a child that reads documents starts in half the time without it

    with path.open("rb") as file:  # an open file, because openpyxl judges a path by its ending
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True):
            yield [_shown_text(value) for value in row]


def _shown_text(value: Any) -> str:
    """A cell as a spreadsheet shows it: a day without its midnight, a whole number without .0."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return str(value).removesuffix(" 00:00:00").removesuffix(".0")
