"""Rows -> text of a file: what a spreadsheet sees of values, money, lists and formulas."""

import csv
import io
import json
from typing import Any

import pytest

from service.exports.write import FORMS, Form, cell

VARIABLES = [{"key": "total", "type": "money"}, {"key": "pages", "type": "number"}]
TOTAL = {"value": {"amount": 0, "currency": "EUR"}, "quote": "0 €", "box": [1.5, 2, 3, 4], "verified": True}
ROW = {
    "id": "d1", "name": "=a.pdf", "state": "ready", "page_count": 2, "unread_pages": 0, "failure_code": None,
    "cells": {"total": TOTAL},
}  # fmt: skip


def _file(form: Form, rows: list[dict[str, Any]]) -> str:
    return form.before + form.between.join(map(form.row, rows)) + form.after


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (False, "false"),
        (-12.5, "-12.5"),
        ("-12.5", "'-12.5"),
        ("=1+1", "'=1+1"),
        (["a", "b"], "a; b"),
        (["=1", "b"], "'=1; b"),
        ([{"amount": 0, "currency": "EUR"}, {"amount": 2, "currency": None}], "0 EUR; 2"),
    ],
)
def test_cell__is_never_a_formula(value: Any, shown: str) -> None:
    assert cell(value) == shown


def test_csv__money_has_a_column_of_its_currency_and_no_column_is_lost() -> None:
    [header, line] = csv.reader(io.StringIO(_file(FORMS["csv"](VARIABLES), [ROW])))
    assert len(header) == len(line) == 6 + 2 + 9 + 1 + 9
    assert [place for place, name in enumerate(header) if name == "pages"] == [3, 17]
    named = dict(zip(header[:17], line[:17], strict=True))
    assert (named["document"], named["pages"]) == ("'=a.pdf", "2")
    assert (named["total"], named["total_currency"], named["total_verified"]) == ("0", "EUR", "true")
    assert named["total_box"] == "1.5; 2; 3; 4"
    assert set(line[17:]) == {""}


@pytest.mark.parametrize("rows", [[], [ROW], [ROW, ROW]])
def test_json__is_an_array(rows: list[dict[str, Any]]) -> None:
    assert json.loads(_file(FORMS["json"]([]), rows)) == rows
