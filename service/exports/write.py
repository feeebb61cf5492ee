"""A table -> bytes of a file, page by page.

Pure: the same rows give the same bytes, and no clock is in them.
"""

import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import IO, Any, NamedTuple

from service.exports.read_models import CodebookVariable, StoredDocument
from service.exports.table import Table, Value, join_values
from service.exports.xlsx import FORMULA, Workbook

_DEFINITION_AND_COUNTS = (
    "key",
    "label",
    "type",
    "instructions",
    "aliases",
    "categories",
    "multiple",
    "required",
    "rules",
    "default",
    "revision",
    "cells",
    "values",
    "nulls",
    "failed",
    "flagged",
    "verified",
    "accepted",
    "corrected",
    "rejected",
    "average_confidence",
)
_SHARES = ("nulls", "failed", "flagged", "verified", "corrected")
BOOK_COLUMNS = (*_DEFINITION_AND_COUNTS, *(f"share_{name}" for name in _SHARES))
_QUALITY_COLUMNS = ("what", "which", "how_many")
_DOCUMENT_COLUMNS = (
    "document",
    "document_id",
    "state",
    "pages",
    "unread_pages",
    "failure_code",
    "flags",
)

# What is counted beside the rows: what, which, how many.
QualityLine = tuple[str, str | None, int | float | None]


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _book_value(value: Any) -> Value:
    if isinstance(value, dict):
        return _to_json(value)
    if isinstance(value, list):
        return join_values(value)
    plain: Value = value
    return plain


def book_row(variable: CodebookVariable) -> list[Value]:
    """A variable: its definition, its counts, and their shares of the cells that were asked for."""
    row = [_book_value(getattr(variable, name)) for name in _DEFINITION_AND_COUNTS]
    for name in _SHARES:
        count: int = getattr(variable, name)
        row.append(round(count / variable.cells, 4) if variable.cells else None)
    return row


class Writer:
    """Takes pages of documents and writes a file, whole after `write_end`.

    `count`: rows that were written. `warnings`: what the form could not hold.
    """

    def __init__(self, file: IO[bytes], table: Table) -> None:
        self.file = file
        self.table = table
        self.count = 0
        self.warnings = set[str]()
        self.write_head()

    def write_head(self) -> None:
        """Writes what stands before the rows."""

    def write_documents(self, documents: Sequence[StoredDocument]) -> None:
        """Writes documents below those that are there."""
        raise NotImplementedError

    def write_end(self, quality: Sequence[QualityLine]) -> None:
        """Writes what stands at the end."""


class CsvWriter(Writer):
    """The table alone; text that a spreadsheet would run is text again behind an apostrophe."""

    def write_head(self) -> None:
        """As `Writer`."""
        if self.table.options.bom:
            self.file.write(b"\xef\xbb\xbf")
        self._write_rows([self.table.columns])

    def write_documents(self, documents: Sequence[StoredDocument]) -> None:
        """As `Writer`."""
        rows = [row for document in documents for row in self.table.rows(document)]
        self.count += len(rows)
        self._write_rows(rows)

    def _write_rows(self, rows: Sequence[Sequence[Value]]) -> None:
        text = io.StringIO()
        lines = csv.writer(text, delimiter=self.table.options.delimiter, lineterminator="\r\n")
        lines.writerows([csv_text(value) for value in row] for row in rows)
        self.file.write(text.getvalue().encode())


def csv_text(value: Value) -> str:
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


class JsonlWriter(Writer):
    """One row a line."""

    def write_documents(self, documents: Sequence[StoredDocument]) -> None:
        """As `Writer`."""
        for document in documents:
            for row in self.table.json_rows(document):
                self.file.write(self.join_row(_to_json(row)).encode())
                self.count += 1

    def join_row(self, row: str) -> str:
        """A row with what parts it from the others."""
        return f"{row}\n"


class JsonWriter(JsonlWriter):
    """`{"codebook": […], "rows": […], "quality": […]}`."""

    def write_head(self) -> None:
        """As `Writer`."""
        book = [
            dict(zip(BOOK_COLUMNS, book_row(variable), strict=True))
            for variable in self.table.variables
        ]
        self.file.write(f'{{"codebook": {_to_json(book)},\n"rows": ['.encode())

    def join_row(self, row: str) -> str:
        """As `JsonlWriter`."""
        comma = "," if self.count else ""
        return f"{comma}\n{row}"

    def write_end(self, quality: Sequence[QualityLine]) -> None:
        """As `Writer`."""
        self.file.write(f'\n],\n"quality": {_to_json(quality)}}}\n'.encode())


class XlsxWriter(Writer):
    """Sheets data, codebook, quality and documents."""

    def write_head(self) -> None:
        """As `Writer`."""
        self._document_rows = list[list[Value]]()
        self._book = Workbook(self.file)
        self.warnings = self._book.cut
        self._book.begin_sheet(self.table.columns)

    def write_documents(self, documents: Sequence[StoredDocument]) -> None:
        """As `Writer`."""
        for document in documents:
            rows = list(self.table.rows(document))
            self.count += len(rows)
            self._book.write_rows(rows)
            self._document_rows.append(_document_row(document))

    def write_end(self, quality: Sequence[QualityLine]) -> None:
        """As `Writer`."""
        self._book.begin_sheet(BOOK_COLUMNS)
        self._book.write_rows(map(book_row, self.table.codebook))
        self._book.begin_sheet(_QUALITY_COLUMNS)
        self._book.write_rows(quality)
        self._book.write_rows(("left out", name, None) for name in sorted(self.warnings))
        self._book.begin_sheet(_DOCUMENT_COLUMNS)
        self._book.write_rows(self._document_rows)
        self._book.close()


def _document_row(document: StoredDocument) -> list[Value]:
    return [
        document.name,
        document.id,
        document.state,
        document.page_count,
        join_values(document.unread) or None,
        document.failure_code,
        join_values(document.flags) or None,
    ]


class Form(NamedTuple):
    """How a format is written: the ending and the media type of its files, and who writes them."""

    ending: str
    media_type: str
    writer: type[Writer]


_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS: dict[str, Form] = {
    "csv": Form("csv", "text/csv", CsvWriter),
    "csv_long": Form("csv", "text/csv", CsvWriter),
    "xlsx": Form("xlsx", _SPREADSHEET, XlsxWriter),
    "json": Form("json", "application/json", JsonWriter),
    "jsonl": Form("jsonl", "application/x-ndjson", JsonlWriter),
}
