"""XLSX, read back by another library: types, limits, formulas, names."""

import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from service.exports import xlsx
from tests.unit.test_export_write import BOOK, DOCUMENTS, cell, document, file, variable


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    """Cells of every sheet."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: [[c.value for c in row] for row in sheet.iter_rows()] for sheet in book}


def test_xlsx__typed_cells_in_four_sheets() -> None:
    """E-EXP-03: real numbers, dates and booleans; partial dates as text; entity mode gives a row a
    unit.
    """
    book = [
        *BOOK,
        variable("yes", "boolean", cells=4, nulls=1, flagged=3, rules={"min": 1}, label="Já?"),
    ]
    papers = [
        DOCUMENTS[0]
        | {"units": [*DOCUMENTS[0]["units"], {"row": 2, "cells": {"yes": cell(True)}}]},
        DOCUMENTS[1],
    ]
    told = sheets(file("xlsx", book, *papers, evidence=False))
    assert list(told) == ["data", "codebook", "quality", "documents"]
    head, first, second, third, failed = told["data"]
    named = [dict(zip(head, row, strict=True)) for row in (first, second, third, failed)]
    assert [row["row"] for row in named] == [1, 2, 3, 1]
    assert (named[0]["total"], named[0]["total_currency"]) == (0, "EUR")
    assert (named[0]["day"], named[1]["day"]) == (datetime(2026, 3, 1), "2026-03")
    assert named[2]["yes"] is True
    assert (named[0]["document"], named[0]["unread_pages"], named[3]["failure_code"]) == (
        "=a.pdf",
        "2; 3",
        "corrupt",
    )
    keys = dict(zip(told["codebook"][0], told["codebook"][4], strict=True))
    assert (keys["key"], keys["label"], keys["rules"]) == ("yes", "Já?", '{"min": 1}')
    assert (keys["share_nulls"], keys["share_flagged"]) == (0.25, 0.75)
    assert told["quality"] == [["what", "which", "how_many"], ["pages", "unread", 0]]
    assert [row[4] for row in told["documents"][1:]] == ["2; 3", None]


def test_xlsx__header_is_bold_and_stays_in_view() -> None:
    """E-EXP-03: header style."""
    data = openpyxl.load_workbook(io.BytesIO(file("xlsx", BOOK)))["data"]
    assert data["A1"].font.b
    assert data["A1"].fill.fgColor.rgb == "FFDDE3EA"
    assert data.freeze_panes == "A2"
    assert data.max_row == 1


ODD = [
    "=1+1",
    "+1",
    "-1",
    "@A1",
    "\t=1",
    "=HYPERLINK(1)",
    "http://x",
    "<b>&amp;</b>",
    " padded ",
    "日本語 עברית 😀",
]


@pytest.mark.parametrize("text", ODD)
def test_xlsx__text_is_text(text: str) -> None:
    """E-EXP-10: nothing that a document says is a formula, markup or a link."""
    sheet = openpyxl.load_workbook(
        io.BytesIO(file("xlsx", [variable("t", "text")], document({"t": cell(text)})))
    )["data"]
    [shown] = [c for c in sheet[2] if c.column_letter == "H"]
    assert (shown.value, shown.data_type, shown.hyperlink) == (text, "s", None)
    assert shown.quotePrefix == text.startswith(("=", "+", "-", "@", "\t"))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\x00b\x1f", "a\ufffdb\ufffd"),
        ("_x0041_", "_x005F_x0041_"),
        (10**17, str(10**17)),
        (float("inf"), "inf"),
    ],
)
def test_xlsx__what_excel_cannot_hold_is_text(value: Any, shown: str) -> None:
    """E-EXP-10: control characters, Excel's own escapes, numbers beyond its digits."""
    told = sheets(file("xlsx", [variable("t", "text")], document({"t": cell(value)})))
    assert told["data"][1][7] == shown


def _book(rows: list[list[Any]]) -> tuple[set[str], list[list[Any]]]:
    written = io.BytesIO()
    book = xlsx.Workbook(written)
    for _ in range(4):
        book.begin_sheet(["h"])
    book.write_rows(rows)
    book.close()
    return book.cut, sheets(written.getvalue())["documents"][1:]


@pytest.mark.parametrize(
    ("text", "fits"), [("x" * 32767, True), ("x" * 32768, False), ("😀" * 16384, False)]
)
def test_xlsx__a_cell_too_long_is_cut_and_said(text: str, fits: bool) -> None:
    """E-EXP-03: 32,767 characters a cell, counted as Excel counts."""
    cut, [[shown]] = _book([[text]])
    assert (cut == set()) == fits == (shown == text)
    assert len(shown.encode("utf-16-le")) <= 32767 * 2
    assert fits or (cut == {"cells_cut"} and shown.endswith(" [cut]"))


def test_xlsx__too_many_columns_and_rows_are_cut_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """E-EXP-03: the limits of a sheet."""
    monkeypatch.setattr(xlsx, "MAX_ROWS", 3)
    monkeypatch.setattr(xlsx, "MAX_COLUMNS", 2)
    assert _book([[1, 2, 3], [4, 5], [6, 7]]) == ({"columns_cut", "rows_cut"}, [[1, 2], [4, 5]])


def test_xlsx__numbered_columns_and_old_dates() -> None:
    """E-EXP-02: several values, each typed for itself; days that Excel cannot count stay text."""
    book = [variable("d", "date"), variable("n", multiple=True, most_values=2)]
    head, row = sheets(
        file("xlsx", book, document({"d": cell("1871-01-18"), "n": cell([1, 2.5])}))
    )["data"]
    told = dict(zip(head, row, strict=True))
    assert (told["d"], told["n_1"], told["n_2"]) == ("1871-01-18", 1, 2.5)
