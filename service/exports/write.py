"""Rows of an export -> text of a file. Pure: the same rows give the same bytes, and no clock is in them."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

# A spreadsheet runs a cell that begins with one of these; a leading apostrophe makes it text again.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
DOCUMENT_FIELDS = ("name", "id", "state", "page_count", "unread_pages", "failure_code")
DOCUMENT_COLUMNS = ("document", "document_id", "document_state", "pages", "unread_pages", "failure_code")
EVIDENCE_COLUMNS = ("state", "evidence", "verified", "confidence", "quote", "page", "box", "flags", "origin")

Row = dict[str, Any]


@dataclass(frozen=True)
class Form:
    """A form of file: what stands before the rows, between them and after them, and the text of one."""

    media_type: str
    before: str
    between: str
    after: str
    row: Callable[[Row], str]


def cell(value: Any) -> str:
    """A JSON value as a cell that no spreadsheet takes for a formula; lists are joined by '; '."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list():
            return cell("; ".join(map(_plain, value)))
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else str(value)


def _plain(value: Any) -> str:
    """One of many values: of money its amount and its currency."""
    if isinstance(value, dict):
        return f"{value.get('amount')} {value.get('currency') or ''}".strip()
    return str(value)


def _columns(row: Row, variables: Sequence[Row]) -> Iterator[tuple[str, Any]]:
    """Names and values of a document's columns: its own, then each variable with its evidence."""
    for name, field in zip(DOCUMENT_COLUMNS, DOCUMENT_FIELDS, strict=True):
        yield name, row.get(field)
    for variable in variables:
        key = variable["key"]
        found = row["cells"].get(key) or {}
        value = found.get("value")
        money = value if isinstance(value, dict) else {"amount": value}
        yield key, money.get("amount")
        if variable["type"] == "money":
            yield f"{key}_currency", money.get("currency")
        yield from ((f"{key}_{name}", found.get(name)) for name in EVIDENCE_COLUMNS)


def _csv_line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()


def csv_form(variables: Sequence[Row]) -> Form:
    """The wide table: one row a document, columns in schema order."""

    def line(row: Row) -> str:
        return _csv_line(cell(value) for _, value in _columns(row, variables))

    header = _csv_line(name for name, _ in _columns({"cells": {}}, variables))
    return Form("text/csv", before=header, between="", after="", row=line)


def json_form(_: Sequence[Row]) -> Form:
    """An array of the rows as the database gives them."""
    line = partial(json.dumps, ensure_ascii=False, sort_keys=True)
    return Form("application/json", before="[\n", between=",\n", after="\n]\n", row=line)


FORMS = {"csv": csv_form, "json": json_form}
