"""An export of any form -> what it claims: this quote, on this page, around this box.

Reads the file alone and needs no database.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl

# A CSV puts ' before a cell that a spreadsheet would take for a formula.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
EVIDENCE = ("verified", "quote", "page", "box")
FIRST_COLUMN = "document"

Box = tuple[float, ...]


class Unusable(Exception):
    """The file holds nothing that could be checked."""


class NoEvidence(Unusable):
    """The export has values and no proof of them."""

    def __init__(self) -> None:
        super().__init__("The export was written without evidence: there is nothing to check.")


@dataclass(frozen=True)
class Claim:
    """One value of the table and the proof that is given for it."""

    document: str
    row: str
    variable: str
    verified: bool
    quote: str
    page: int | None
    box: Box | None


class Evidence(NamedTuple):
    """Where a table has the proof of a variable: its columns begin with `prefix`.

    A table with a row a value has one set of columns, no prefix, and the variable in a column.
    """

    prefix: str
    variable: str | None

    def columns(self) -> list[str]:
        return [f"{self.prefix}{name}" for name in EVIDENCE]


def read_claims(path: Path) -> list[Claim]:
    """The claims of an export, by its ending. Raises `Unusable`."""
    match path.suffix.lower():
        case ".xlsx":
            return list(_claims_of_table(_read_xlsx(path)))
        case ".csv":
            return list(_claims_of_table(_read_csv(path.read_text(encoding="utf-8-sig"))))
        case ".json":
            rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
            return list(_claims_of_objects(rows))
        case ".jsonl":
            lines = path.read_text(encoding="utf-8").split("\n")
            return list(_claims_of_objects([json.loads(line) for line in lines if line]))
        case other:
            ending = other or "nothing"
            raise Unusable(f"An export ends with .csv, .json, .jsonl or .xlsx, not {ending}.")


def _read_xlsx(path: Path) -> list[Sequence[Any]]:
    with path.open("rb") as file:
        sheet = openpyxl.load_workbook(file, read_only=True)["data"]
        return list(sheet.iter_rows(values_only=True))


def _read_csv(text: str) -> list[Sequence[Any]]:
    # The header begins with the same name always: what stands behind it is the delimiter.
    if not text.startswith(FIRST_COLUMN):
        raise Unusable("The first column of an export is document.")
    delimiter = text[len(FIRST_COLUMN)]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [list(map(_unescape_formula, row)) for row in rows]


def _unescape_formula(cell: str) -> str:
    if cell.startswith("'") and cell[1:].startswith(FORMULA_SIGNS):
        return cell[1:]
    return cell


def _claims_of_table(rows: Sequence[Sequence[Any]]) -> Iterator[Claim]:
    head, *body = rows or [[]]
    names = [str(name) for name in head]
    evidences = _evidences_in(names)
    missing = [
        column for evidence in evidences for column in evidence.columns() if column not in names
    ]
    if not evidences or missing:
        raise NoEvidence
    for values in body:
        row = dict(zip(names, values, strict=False))
        for evidence in evidences:
            yield _claim_of_row(row, evidence)


def _evidences_in(names: list[str]) -> list[Evidence]:
    if "variable" in names and "number" in names:
        return [Evidence(prefix="", variable=None)]
    quoted = [name.removesuffix("_quote") for name in names if name.endswith("_quote")]
    return [Evidence(prefix=f"{variable}_", variable=variable) for variable in quoted]


def _claim_of_row(row: Mapping[str, Any], evidence: Evidence) -> Claim:
    verified, quote, page, box = (row[column] for column in evidence.columns())
    return Claim(
        document=str(row["document"]),
        row=str(row["row"]),
        variable=evidence.variable or str(row["variable"]),
        verified=verified in (True, "true"),
        quote=str(quote or ""),
        page=None if page in (None, "") else int(page),
        box=tuple(float(part) for part in str(box).split(";")) if box else None,
    )


def _claims_of_objects(rows: Sequence[Mapping[str, Any]]) -> Iterator[Claim]:
    for row in rows:
        for variable, cell in row["values"].items():
            if not set(EVIDENCE) <= cell.keys():
                raise NoEvidence
            yield Claim(
                document=row["document"],
                row=str(row["row"]),
                variable=variable,
                verified=bool(cell["verified"]),
                quote=cell["quote"] or "",
                page=cell["page"],
                box=tuple(cell["box"]) if cell["box"] else None,
            )
