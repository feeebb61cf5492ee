"""A table -> bytes of a file, page by page. Pure: the same rows give the same bytes, and no clock is in them."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import IO, Any, Protocol

from service.exports.table import Row, Table, Value, plain
from service.exports.xlsx import FORMULA, Workbook

_BOOK = (
    "key", "label", "type", "instructions", "aliases", "categories", "multiple", "required", "rules", "default",
    "revision", "cells", "values", "nulls", "failed", "flagged", "verified", "accepted", "corrected", "rejected",
    "average_confidence",
)  # fmt: skip
_SHARES = ("nulls", "failed", "flagged", "verified", "corrected")
_DOCUMENT = ("name", "id", "state", "page_count", "unread", "failure_code", "flags")
_dumps = partial(json.dumps, ensure_ascii=False, sort_keys=True)


class Writer(Protocol):
    """Takes pages of documents and writes a file. `warnings` are those of the form; complete after `close`."""

    count: int
    warnings: set[str]

    def add(self, documents: Sequence[Row]) -> None:
        """Writes documents below those that are there."""

    def close(self, quality: Sequence[Sequence[Any]]) -> None:
        """Writes what stands at the end."""


def book_columns() -> list[str]:
    """Columns of the codebook."""
    return [*_BOOK, *(f"share_{name}" for name in _SHARES)]


def book_row(variable: Row) -> list[Value]:
    """A variable of the codebook: its definition, its counts, and shares of the cells that were asked for."""
    given = (variable.get(name) for name in _BOOK)
    shares = (round(variable[name] / variable["cells"], 4) if variable["cells"] else None for name in _SHARES)
    return [*(_dumps(x) if isinstance(x, dict) else plain(x) if isinstance(x, list) else x for x in given), *shares]


class CsvWriter:
    """The table alone; text that a spreadsheet would run is text again behind an apostrophe."""

    def __init__(self, file: IO[bytes], table: Table) -> None:
        self.count, self.warnings, self._table, self._file = 0, set[str](), table, file
        if table.options.bom:
            file.write(b"\xef\xbb\xbf")
        self._write([table.columns])

    def _write(self, rows: Sequence[Sequence[Value]]) -> None:
        text = io.StringIO()
        lines = csv.writer(text, delimiter=self._table.options.delimiter, lineterminator="\r\n")
        lines.writerows([self.cell(value) for value in row] for row in rows)
        self._file.write(text.getvalue().encode())

    def cell(self, value: Value) -> str:
        """A value as a cell that no spreadsheet takes for a formula."""
        match value:
            case None:
                return ""
            case bool():
                return str(value).lower()
            case str():
                return f"'{value}" if value.startswith(FORMULA) else value
            case date():
                # %Y alone does not fill up years before 1000.
                return value.strftime(self._table.options.dates.replace("%Y", f"{value.year:04}"))
        shown = format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
        return shown.replace(".", self._table.options.decimal)

    def add(self, documents: Sequence[Row]) -> None:
        """As `Writer`."""
        rows = [row for document in documents for row in self._table.rows(document)]
        self.count += len(rows)
        self._write(rows)

    def close(self, quality: Sequence[Sequence[Any]]) -> None:
        """A table has no end: the row of the export holds its warnings."""


class JsonWriter:
    """`{"codebook": […], "rows": […], "quality": […]}`, or with `lines` one row a line."""

    def __init__(self, file: IO[bytes], table: Table, *, lines: bool = False) -> None:
        self.count, self.warnings, self._table, self._file = 0, set[str](), table, file
        self._lines = lines
        if not lines:
            book = [dict(zip(book_columns(), book_row(v), strict=True)) for v in table.variables]
            file.write(f'{{"codebook": {_dumps(book)},\n"rows": ['.encode())

    def add(self, documents: Sequence[Row]) -> None:
        """As `Writer`."""
        for document in documents:
            for row in self._table.nested(document):
                before, after = ("", "\n") if self._lines else (",\n" if self.count else "\n", "")
                self._file.write(f"{before}{_dumps(row)}{after}".encode())
                self.count += 1

    def close(self, quality: Sequence[Sequence[Any]]) -> None:
        """As `Writer`."""
        if not self._lines:
            self._file.write(f'\n],\n"quality": {_dumps(quality)}}}\n'.encode())


class XlsxWriter:
    """Sheets data, codebook, quality and documents."""

    def __init__(self, file: IO[bytes], table: Table) -> None:
        self.count, self._table, self._documents, self._book = 0, table, list[list[Value]](), Workbook(file)
        self.warnings = self._book.cut
        self._book.begin("data", table.columns)

    def add(self, documents: Sequence[Row]) -> None:
        """As `Writer`."""
        for document in documents:
            rows = list(self._table.rows(document))
            self.count += len(rows)
            self._book.rows(rows)
            given = (document[name] for name in _DOCUMENT)
            self._documents.append([(plain(x) or None) if isinstance(x, list) else x for x in given])

    def close(self, quality: Sequence[Sequence[Any]]) -> None:
        """As `Writer`."""
        self._book.begin("codebook", book_columns())
        self._book.rows(map(book_row, self._table.codebook))
        self._book.begin("quality", ("what", "which", "how_many"))
        self._book.rows([*quality, *(("left out", name, None) for name in sorted(self.warnings))])
        self._book.begin(
            "documents", ("document", "document_id", "state", "pages", "unread_pages", "failure_code", "flags")
        )
        self._book.rows(self._documents)
        self._book.close()


_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# format -> ending of the file, media type, writer
FORMS: dict[str, tuple[str, str, Any]] = {
    "csv": ("csv", "text/csv", CsvWriter),
    "csv_long": ("csv", "text/csv", CsvWriter),
    "xlsx": ("xlsx", _SHEET, XlsxWriter),
    "json": ("json", "application/json", JsonWriter),
    "jsonl": ("jsonl", "application/x-ndjson", partial(JsonWriter, lines=True)),
}
