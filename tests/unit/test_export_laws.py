"""What an export must never hide: flags, absence, failure, unread pages, and every unit of a
document.
"""

import io
import json
from typing import Any

import openpyxl
import pytest

from service.exports.write import FORMS
from tests.unit.test_export_write import cell, document, file, rows, variable

NOTHING = {
    "verified": False,
    "quote": None,
    "page": None,
    "box": None,
    "evidence": "none",
    "confidence": 0.0,
}
CELLS = [
    cell(1, flags=["default"], origin="offline", **NOTHING),
    cell(2, flags=["low_confidence", "best_guess"], verified=False),
    cell(3, flags=["incomplete"]),
    cell(
        None, state="absent", absent_reason="illegible", flags=["skipped_by_dependency"], **NOTHING
    ),
    cell(None, state="failed", flags=["no_answer"], **NOTHING),
]
SAID = [
    (1, "default", "default"),
    (2, "unproven", "low_confidence; best_guess"),
    (3, "proven", "incomplete"),
    (None, "absent: illegible", "skipped_by_dependency"),
    (None, "failed", "no_answer"),
]


def told(form: str, paper: dict[str, Any], **options: Any) -> list[tuple[Any, ...]]:
    """Row, unread pages, failure, value, status and flags, as each form says them."""
    book = [variable("n")]
    names = ("row", "unread_pages", "failure_code", "value", "status", "flags")
    content = file(form, book, paper, **options)
    if form == "xlsx":
        head, *found = openpyxl.load_workbook(io.BytesIO(content))["data"].iter_rows(
            values_only=True
        )
        lines = [dict(zip(head, row, strict=True)) for row in found]
    elif form in ("json", "jsonl"):
        held = (
            json.loads(content)["rows"]
            if form == "json"
            else map(json.loads, content.decode().splitlines())
        )
        lines = [row | row["values"]["n"] for row in held]
        for line in lines:
            line |= {
                name: "; ".join(map(str, line[name] or [])) or None
                for name in ("unread_pages", "flags")
            }
    else:
        lines = [
            {k: v or None for k, v in row.items()} for row in rows(form, book, paper, **options)
        ]
        for line in lines:
            line |= {
                name: value and int(value)
                for name, value in line.items()
                if name in ("row", "n", "value")
            }
    own = (
        {"value": "n", "status": "n_status", "flags": "n_flags"} if form in ("csv", "xlsx") else {}
    )
    return [tuple(line[own.get(name, name)] for name in names) for line in lines]


@pytest.mark.parametrize("evidence", [True, False])
@pytest.mark.parametrize("form", FORMS)
def test_export__says_of_every_unit_what_is_wrong_with_it(form: str, evidence: bool) -> None:
    """E-EXP-03: rows of entities stay rows, and each flag, absence, failure and unread page is
    told, asked or not.
    """
    paper = document(*({"n": one} for one in CELLS), unread=[2, 3])
    wanted = [(row, "2; 3", None, *said) for row, said in enumerate(SAID, 1)]
    assert told(form, paper, evidence=evidence) == wanted


@pytest.mark.parametrize("form", FORMS)
def test_export__a_document_that_failed_is_a_row_that_says_so(form: str) -> None:
    """E-EXP-03: nothing was asked of it, and the row says why."""
    paper = document(state="failed", failure_code="corrupt")
    assert told(form, paper) == [(1, None, "corrupt", None, "not asked", None)]
