"""A table -> bytes of a file, page by page. Pure: the same rows give the same bytes, and no clock is in them."""

import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import IO, Any, NamedTuple

from service.exports.table import Row, Table, Value, plain
from service.exports.xlsx import FORMULA, Workbook

_BOOK = (
    "key", "label", "type", "instructions", "aliases", "categories", "multiple", "required", "rules", "default",
    "revision", "cells", "values", "nulls", "failed", "flagged", "verified", "accepted", "corrected", "rejected",
    "average_confidence",
)  # fmt: skip
_SHARES = ("nulls", "failed", "flagged", "verified", "corrected")
BOOK_COLUMNS = (*_BOOK, *(f"share_{name}" for name in _SHARES))
_DOCUMENT = ("name", "id", "state", "page_count", "unread", "failure_code", "flags")
_dumps = partial(json.dumps, ensure_ascii=False, sort_keys=True)


def book_row(variable: Row) -> list[Value]:
    """A variable of the codebook: its definition, its counts, and shares of the cells that were asked for."""
    given = (variable.get(name) for name in _BOOK)
    shares = (
        round(variable[name] / variable["cells"], 4) if variable["cells"] else None
        for name in _SHARES
    )
    return [
        *(
            _dumps(x) if isinstance(x, dict) else plain(x) if isinstance(x, list) else x
            for x in given
        ),
        *shares,
    ]


class Writer:
    """Takes pages of documents and writes a file. `warnings` are those of the form; complete after `close`."""

    def __init__(self, file: IO[bytes], table: Table) -> None:
        self.count, self.warnings, self.table, self.file = 0, set[str](), table, file
        self.begin()

    def begin(self) -> None:
        """Writes what stands before the rows."""

    def add(self, documents: Sequence[Row]) -> None:
        """Writes documents below those that are there."""
        raise NotImplementedError

    def close(self, quality: Sequence[Sequence[Any]]) -> None:
        """Writes what stands at the end."""


class CsvWriter(Writer):
    """The table alone; text that a spreadsheet would run is text again behind an apostrophe."""

    def begin(self) -> None:
        """As `Writer`."""
        self.file.write(b"\xef\xbb\xbf" if self.table.options.bom else b"")
        self._write([self.table.columns])

    def _write(self, rows: Sequence[Sequence[Value]]) -> None:
        text = io.StringIO()
        lines = csv.writer(text, delimiter=self.table.options.delimiter, lineterminator="\r\n")
        lines.writerows([self.cell(value) for value in row] for row in rows)
        self.file.write(text.getvalue().encode())

    def cell(self, value: Value) -> str:
        """A value as a cell that no spreadsheet takes for a formula."""
        match value:
            case None:
                return ""
            case bool():
                return str(value).lower()
            case str():
                return f"'{value}" if value.startswith(FORMULA) else value
            case float():
                return format(Decimal(repr(value)), "f")
        return str(value)

    def add(self, documents: Sequence[Row]) -> None:
        """As `Writer`."""
        rows = [row for document in documents for row in self.table.rows(document)]
        self.count += len(rows)
        self._write(rows)


class JsonlWriter(Writer):
    """One row a line."""

    def add(self, documents: Sequence[Row]) -> None:
        """As `Writer`."""
        for row in chain.from_iterable(map(self.table.nested, documents)):
            self.file.write(self.line(_dumps(row)).encode())
            self.count += 1

    def line(self, row: str) -> str:
        """A row with what parts it from the others."""
        return f"{row}\n"


class JsonWriter(JsonlWriter):
    """`{"codebook": […], "rows": […], "quality": […]}`."""

    def begin(self) -> None:
        """As `Writer`."""
        book = [dict(zip(BOOK_COLUMNS, book_row(v), strict=True)) for v in self.table.variables]
        self.file.write(f'{{"codebook": {_dumps(book)},\n"rows": ['.encode())

    def line(self, row: str) -> str:
        """As `JsonlWriter`."""
        return f"{',' if self.count else ''}\n{row}"

    def close(self, quality: Sequence[Sequence[Any]]) -> None:
        """As `Writer`."""
        self.file.write(f'\n],\n"quality": {_dumps(quality)}}}\n'.encode())


class XlsxWriter(Writer):
    """Sheets data, codebook, quality and documents."""

    def begin(self) -> None:
        """As `Writer`."""
        self._documents, self._book = list[list[Value]](), Workbook(self.file)
        self.warnings = self._book.cut
        self._book.begin(self.table.columns)

    def add(self, documents: Sequence[Row]) -> None:
        """As `Writer`."""
        for document in documents:
            rows = list(self.table.rows(document))
            self.count += len(rows)
            self._book.rows(rows)
            given = (document[name] for name in _DOCUMENT)
            self._documents.append(
                [(plain(x) or None) if isinstance(x, list) else x for x in given]
            )

    def close(self, quality: Sequence[Sequence[Any]]) -> None:
        """As `Writer`."""
        self._book.begin(BOOK_COLUMNS)
        self._book.rows(map(book_row, self.table.codebook))
        self._book.begin(("what", "which", "how_many"))
        self._book.rows([*quality, *(("left out", name, None) for name in sorted(self.warnings))])
        self._book.begin(
            ("document", "document_id", "state", "pages", "unread_pages", "failure_code", "flags")
        )
        self._book.rows(self._documents)
        self._book.close()


_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Form(NamedTuple):
    """How a format is written: the ending and the media type of its files, and who writes them."""

    ending: str
    media_type: str
    writer: type[Writer]


FORMS: dict[str, Form] = {
    "csv": Form("csv", "text/csv", CsvWriter),
    "csv_long": Form("csv", "text/csv", CsvWriter),
    "xlsx": Form("xlsx", _SHEET, XlsxWriter),
    "json": Form("json", "application/json", JsonWriter),
    "jsonl": Form("jsonl", "application/x-ndjson", JsonlWriter),
}
