"""An export of any form -> what it claims: this quote, on this page, around this box. Needs no database."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_EVIDENCE = ("verified", "quote", "page", "box")


class Unusable(Exception):
    """The file holds nothing that could be checked."""


@dataclass(frozen=True)
class Claim:
    """One value of the table and the proof that is given for it."""

    document: str
    row: str
    variable: str
    verified: bool
    quote: str
    page: int | None
    box: tuple[float, ...] | None


def read(path: Path) -> list[Claim]:
    """The claims of an export, by its ending. Raises `Unusable`."""
    match path.suffix.lower():
        case ".xlsx":
            with path.open("rb") as file:
                sheet = openpyxl.load_workbook(file, read_only=True)["data"]
                claims = list(_of_table(list(sheet.iter_rows(values_only=True))))
        case ".json" | ".jsonl":
            text = path.read_text(encoding="utf-8")
            lines = text.split("\n") if path.suffix == ".jsonl" else ()
            rows = (
                [json.loads(line) for line in lines if line] if lines else json.loads(text)["rows"]
            )
            claims = list(_of_objects(rows))
        case ".csv":
            claims = list(_of_table(_csv(path.read_text(encoding="utf-8-sig"))))
        case other:
            raise Unusable(
                f"An export ends with .csv, .json, .jsonl or .xlsx, not {other or 'nothing'}."
            )
    return claims


def _csv(text: str) -> list[list[str]]:
    # The header begins with the same name always: what stands behind it is the delimiter.
    if not text.startswith("document"):
        raise Unusable("The first column of an export is document.")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=text[len("document")])
    return [
        [
            cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
            for cell in row
        ]
        for row in rows
    ]


def _of_table(rows: Sequence[Sequence[Any]]) -> Iterator[Claim]:
    head = [str(name) for name in rows[0]] if rows else []
    if "variable" in head and "number" in head:
        prefixes = [("", "")]
    else:
        prefixes = [
            (name[: -len("quote")], name[: -len("_quote")])
            for name in head
            if name.endswith("_quote")
        ]
    named = {name: place for place, name in enumerate(head)}
    if not prefixes or any(
        f"{prefix}{name}" not in named for prefix, _ in prefixes for name in _EVIDENCE
    ):
        raise Unusable("The export was written without evidence: there is nothing to check.")
    for row in rows[1:]:
        for prefix, key in prefixes:
            told = {name: row[named[f"{prefix}{name}"]] for name in _EVIDENCE}
            yield _claim(row, named, key or str(row[named["variable"]]), told)


def _claim(
    row: Sequence[Any], named: Mapping[str, int], key: str, told: Mapping[str, Any]
) -> Claim:
    box = tuple(float(part) for part in str(told["box"]).split(";")) if told["box"] else None
    page = int(told["page"]) if told["page"] not in (None, "") else None
    verified = told["verified"] in (True, "true")
    document, unit = str(row[named["document"]]), str(row[named["row"]])
    return Claim(document, unit, key, verified, str(told["quote"] or ""), page, box)


def _of_objects(rows: Sequence[Mapping[str, Any]]) -> Iterator[Claim]:
    for row in rows:
        for key, told in row["values"].items():
            if not set(_EVIDENCE) <= told.keys():
                raise Unusable(
                    "The export was written without evidence: there is nothing to check."
                )
            box = tuple(told["box"]) if told["box"] else None
            yield Claim(
                row["document"],
                str(row["row"]),
                key,
                bool(told["verified"]),
                told["quote"] or "",
                told["page"],
                box,
            )
