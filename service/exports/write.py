"""Rows of an export -> bytes of a file. Pure: the same rows give the same bytes, and no clock is in them."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

# A spreadsheet runs a cell that begins with one of these; a leading apostrophe makes it text again.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
DOCUMENT_COLUMNS = ("document", "document_id", "document_state", "pages", "unread_pages", "failure_code")
EVIDENCE_COLUMNS = ("state", "evidence", "verified", "confidence", "quote", "page", "box", "flags", "origin")

Row = dict[str, Any]


def safe(text: str) -> str:
    """`text` as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def cell(value: Any) -> str:
    """A JSON value as a cell: numbers stay numbers, money is its amount, lists are joined by '; '."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list):
        return safe("; ".join(_plain(item) for item in value))
    if isinstance(value, dict):
        return cell(value.get("amount"))
    return safe(str(value))


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value.get('amount')} {value.get('currency') or ''}".strip()
    return str(value)


def _headers(variables: Sequence[Row], evidence: bool) -> Iterator[str]:
    yield from DOCUMENT_COLUMNS
    for variable in variables:
        yield variable["key"]
        if variable["type"] == "money":
            yield f"{variable['key']}_currency"
        if evidence:
            yield from (f"{variable['key']}_{name}" for name in EVIDENCE_COLUMNS)


def _document(row: Row) -> Iterator[str]:
    yield safe(row["name"])
    yield row["id"]
    yield row["state"]
    yield from (cell(row[name]) for name in ("page_count", "unread_pages", "failure_code"))


def _proof(found: Row) -> Iterator[str]:
    for name in EVIDENCE_COLUMNS:
        value = found.get(name)
        if name == "box" and value:
            yield " ".join(f"{edge:g}" for edge in value)
        else:
            yield cell(value)


def _cells(row: Row, variables: Sequence[Row], evidence: bool) -> Iterator[str]:
    for variable in variables:
        found = row["cells"].get(variable["key"]) or {}
        value = found.get("value")
        yield cell(value)
        if variable["type"] == "money":
            yield safe(str(value.get("currency") or "")) if isinstance(value, dict) else ""
        if evidence:
            yield from _proof(found)


def csv_lines(rows: Iterable[Row], variables: Sequence[Row], evidence: bool, header: bool) -> str:
    """Lines of the wide CSV: one row a document, columns in schema order."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    if header:
        writer.writerow(_headers(variables, evidence))
    for row in rows:
        writer.writerow([*_document(row), *_cells(row, variables, evidence)])
    return buffer.getvalue()


def json_lines(rows: Iterable[Row], first: bool) -> str:
    """Members of the JSON array, each on its line, comma first after the first page."""
    lines = [json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows]
    lead = "" if first or not lines else ",\n"
    return lead + ",\n".join(lines)
