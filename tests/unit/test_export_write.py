"""Documents -> files: columns, status, filters and what a spreadsheet sees of values, money, lists
and formulas.
"""

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from service.exports.models import Options
from service.exports.read_models import CodebookVariable, StoredCell, StoredDocument
from service.exports.table import Table
from service.exports.write import FORMS, csv_text


def variable(key: str, type_: str = "number", **changes: Any) -> CodebookVariable:
    """A variable as the codebook tells of it."""
    return CodebookVariable.model_validate({"key": key, "type": type_, "cells": 1} | changes)


def cell(value: Any = 12.5, **changes: Any) -> dict[str, Any]:
    """A proven cell as read_export gives it."""
    return {
        "state": "proposed",
        "value": value,
        "verified": True,
        "quote": "Total 12.50",
        "page": 1,
        "box": [90, 50, 120, 60.5],
        "evidence": "exact",
        "flags": [],
        "confidence": 0.97,
        "absent_reason": None,
        "origin": "model",
        "job": "j1",
        "version": "s1",
    } | changes


def document(*units: dict[str, Any], name: str = "a.pdf", **changes: Any) -> dict[str, Any]:
    """A document with a unit for each set of cells, by key."""
    told = [{"row": row, "cells": cells} for row, cells in enumerate(units)] or [
        {"row": 0, "cells": {}}
    ]
    return {
        "id": "d1",
        "name": name,
        "state": "ready",
        "page_count": 3,
        "failure_code": None,
        "flags": [],
        "unread": [],
        "units": told,
    } | changes


def stored(document: dict[str, Any]) -> StoredDocument:
    """The document as it comes over the wire, the fields of the cells of a unit each a column."""
    units = [{"row": unit["row"], "cells": _columns(unit["cells"])} for unit in document["units"]]
    return StoredDocument.from_row(document | {"units": units})


def _columns(cells: dict[str, dict[str, Any]]) -> dict[str, list[Any]]:
    rows = [{"key": key, **cell} for key, cell in cells.items()]
    return {name: [row[name] for row in rows] for name in StoredCell._fields} if rows else {}


def file(
    form: str, book: list[CodebookVariable], *documents: dict[str, Any], **options: Any
) -> bytes:
    """The file that options make of documents."""
    table = Table(Options(**options), book, form == "csv_long", {"j1": "gpt"}, {"s1": 3})
    written = io.BytesIO()
    writer = FORMS[form][2](written, table)
    writer.write_documents([stored(document) for document in documents])
    writer.write_end([("pages", "unread", 0)])
    return written.getvalue()


def rows(
    form: str, book: list[CodebookVariable], *documents: dict[str, Any], **options: Any
) -> list[dict[str, str]]:
    """The rows of a CSV file by column."""
    text = file(form, book, *documents, **options).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=options.get("delimiter", ",")))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (False, "false"),
        (-12.5, "-12.5"),
        (1e21, "1000000000000000000000"),
        (date(2026, 3, 1), "2026-03-01"),
        ("-12.5", "'-12.5"),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1+1", "'＝1+1"),
        ("Grüße, 東京", "Grüße, 東京"),
    ],
)
def test_csv__a_cell_is_never_a_formula(value: Any, shown: str) -> None:
    """E-EXP-10: text that begins like a formula stays text; numbers stay numbers."""
    assert csv_text(value) == shown


GOLDEN = """\
document,document_id,row,document_state,pages,unread_pages,failure_code,total,total_currency,total_status,total_flags,day,day_status,day_flags,\
names_1,names_2,names_status,names_flags\r
'=a.pdf,d1,1,ready,3,2; 3,,0,EUR,proven,,2026-03-01,corrected,,Ann,'=B,unproven,\r
'=a.pdf,d1,2,ready,3,2; 3,,,,absent: illegible,,2026-03,accepted,,,,failed,\r
b.pdf,d1,1,failed,3,,corrupt,,,not asked,,,not asked,,,,not asked,\r
"""
BOOK = [
    variable("total", "money"),
    variable("day", "date"),
    variable("names", "text", multiple=True, most_values=2),
]
FIRST = {
    "total": cell({"amount": 0, "currency": "EUR"}),
    "day": cell("2026-03-01", state="corrected", verified=False),
    "names": cell(["Ann", "=B"], verified=False),
}
SECOND = {
    "total": cell(None, state="absent", absent_reason="illegible", verified=False),
    "day": cell("2026-03", state="accepted"),
    "names": cell(None, state="failed"),
}
DOCUMENTS = (
    document(FIRST, SECOND, name="=a.pdf", unread=[2, 3]),
    document(name="b.pdf", state="failed", failure_code="corrupt"),
)


def test_csv__wide_golden() -> None:
    """E-EXP-01, E-EXP-02: a row a unit in schema order, lists in numbered columns, every way to be
    empty.
    """
    assert file("csv", BOOK, *DOCUMENTS, evidence=False).decode() == GOLDEN


def test_csv__long_golden() -> None:
    """E-EXP-02: one row a value; what has no value has one row that says why."""
    table = rows("csv_long", BOOK, *DOCUMENTS, evidence=False)
    told = [
        (
            r["document"],
            r["row"],
            r["variable"],
            r["number"],
            r["value"],
            r["currency"],
            r["status"],
        )
        for r in table
    ]
    assert told == [
        ("'=a.pdf", "1", "total", "1", "0", "EUR", "proven"),
        ("'=a.pdf", "1", "day", "1", "2026-03-01", "", "corrected"),
        ("'=a.pdf", "1", "names", "1", "Ann", "", "unproven"),
        ("'=a.pdf", "1", "names", "2", "'=B", "", "unproven"),
        ("'=a.pdf", "2", "total", "1", "", "", "absent: illegible"),
        ("'=a.pdf", "2", "day", "1", "2026-03", "", "accepted"),
        ("'=a.pdf", "2", "names", "1", "", "", "failed"),
        *(("b.pdf", "1", key, "1", "", "", "not asked") for key in ("total", "day", "names")),
    ]


@pytest.mark.parametrize(
    ("option", "columns"),
    [
        ("evidence", ["verified", "quote", "page", "box", "evidence"]),
        ("confidence", ["confidence"]),
        ("source", ["origin", "model"]),
        ("versions", ["version"]),
    ],
)
def test_options__columns_appear_only_when_asked(option: str, columns: list[str]) -> None:
    """E-EXP-04: each group of columns by its option, in every layout."""
    bare = dict.fromkeys(("evidence", "confidence", "source", "versions"), False)
    one = document({"n": cell()})
    for form, start in (("csv", "n_"), ("csv_long", "")):
        [without] = rows(form, [variable("n")], one, **bare)
        [with_] = rows(form, [variable("n")], one, **bare | {option: True})
        assert [name for name in with_ if name not in without] == [start + name for name in columns]
    told = json.loads(file("jsonl", [variable("n")], one, **bare | {option: True}))["values"]["n"]
    assert told.keys() == {"value", "status", "flags", *columns}


def test_options__source_and_version_name_model_and_number() -> None:
    """E-EXP-04: which model said it, and under which version of the schema."""
    [row] = rows(
        "csv", [variable("n")], document({"n": cell(flags=["a", "b"])}), source=True, versions=True
    )
    assert (row["n_origin"], row["n_model"], row["n_version"], row["n_flags"]) == (
        "model",
        "gpt",
        "3",
        "a; b",
    )
    assert (row["n_verified"], row["n_quote"], row["n_box"]) == (
        "true",
        "Total 12.50",
        "90; 50; 120; 60.5",
    )


def test_options__filters_leave_out_values_and_then_rows() -> None:
    """E-EXP-06: below the least confidence or of the wrong flag nothing is shown; a judgement is
    never left out.
    """
    book = [variable("a"), variable("b")]
    low, flagged = cell(1, confidence=0.4), cell(2, flags=["ambiguous_number"])
    judged = cell(3, confidence=0.1, state="accepted")
    papers = [document({"a": low, "b": flagged}), document({"a": low}), document({"b": judged})]

    def shown(**options: Any) -> list[tuple[str, str, str]]:
        return [(r["a"], r["a_status"], r["b"]) for r in rows("csv", book, *papers, **options)]

    assert shown(min_confidence=0.9) == [("", "left out", "2"), ("", "not asked", "3")]
    assert shown(flagged="only") == [("", "left out", "2")]
    assert shown(flagged="without") == [
        ("1", "proven", ""),
        ("1", "proven", ""),
        ("", "not asked", "3"),
    ]
    assert rows("csv", book, *papers[:2], min_confidence=1) == []
    assert file("csv", book, *papers[:2], min_confidence=1).decode().count("\n") == 1


def test_options__variables_are_chosen_in_schema_order() -> None:
    """E-EXP-01: the order of the schema, not of the choice."""
    [row] = rows(
        "csv", [variable(k) for k in "abc"], document(), variables=["c", "a"], evidence=False
    )
    assert [name for name in row if len(name) == 1] == ["a", "c"]


def test_options__csv_speaks_to_a_german_excel() -> None:
    """E-EXP-01: delimiter and byte order mark."""
    asked = {"delimiter": ";", "bom": True, "evidence": False}
    book, one = (
        [variable("n"), variable("d", "date")],
        document({"n": cell(-1234.5), "d": cell("0987-03-01")}),
    )
    assert file("csv", book, one, **asked).startswith(b"\xef\xbb\xbfdocument;")
    [row] = rows("csv", book, one, **asked)
    assert (row["n"], row["d"]) == ("-1234.5", "0987-03-01")


@pytest.mark.parametrize(
    "wrong",
    [
        {"unknown": 1},
        {"min_confidence": 2},
        {"flagged": "maybe"},
        {"delimiter": "x"},
        {"variables": []},
    ],
)
def test_options__wrong_ones_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Options(**wrong)


def test_columns__each_name_once() -> None:
    """E-EXP-01: a variable whose key is the name of another column loses nothing."""
    book = [
        variable("pages"),
        variable("a", "money"),
        variable("a_currency", "text"),
        variable("a_status"),
    ]
    columns = Table(Options(), book).columns
    assert len(set(columns)) == len(columns) == 7 + 4 * 8 + 4 - 3
    assert {"pages_", "a", "a_currency", "a_currency_", "a_status", "a_status_"} <= set(columns)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_json__holds_codebook_rows_and_quality(count: int) -> None:
    """E-EXP-06: without a row it is whole JSON as well."""
    papers = [document({"n": cell([1, 2], quote="a\u2028b")})] * count
    told = json.loads(file("json", [variable("n", multiple=True)], *papers))
    assert (len(told["rows"]), told["codebook"][0]["key"], told["quality"]) == (
        count,
        "n",
        [["pages", "unread", 0]],
    )
    lines = file("jsonl", [variable("n", multiple=True)], *papers).decode()
    assert [json.loads(line) for line in lines.split("\n")[:-1]] == told["rows"]
    assert all(
        row["values"]["n"]["value"] == [1, 2] and row["values"]["n"]["box"] for row in told["rows"]
    )


@pytest.mark.parametrize("form", FORMS)
def test_bytes__the_same_for_the_same_cells(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """E-EXP-01: no clock in files, so an unchanged table is an unchanged file."""
    first = file(form, BOOK, *DOCUMENTS)
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert file(form, BOOK, *DOCUMENTS) == first


def test_csv__a_document_without_entities_is_no_row() -> None:
    """E-EXT-08: zero rows; a document that nobody asked about is an empty one."""
    none = document(name="none.pdf", flags=["no_entities"])
    told = rows("csv", [variable("total")], document(name="new.pdf"), none)
    assert [row["document"] for row in told] == ["new.pdf"]


def test_status__tells_a_default_apart() -> None:
    """E-PP-06: until somebody accepts it."""
    given = {"flags": ["default"], "verified": False, "quote": None, "evidence": "none"}
    units = ({"total": cell(7, **given)}, {"total": cell(7, state="accepted", **given)})
    told = rows("csv", [variable("total")], document(*units))
    assert [row["total_status"] for row in told] == ["default", "accepted"]
