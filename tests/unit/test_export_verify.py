"""`scripts/verify_export` on the sample documents: true exports pass, each way of tampering goes
red.
"""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from scripts.benches import grounding
from scripts.samples import SAMPLES
from scripts.verify import __main__ as verify
from service.exports.read_models import CodebookVariable
from tests.unit.test_export_write import document, file, variable

FORMS = {"csv": "csv", "csv_long": "csv", "json": "json", "jsonl": "jsonl", "xlsx": "xlsx"}
# Much of the same: what runs here is traced where it is tested case by case.
pytestmark = pytest.mark.no_cover


@pytest.fixture(scope="module")
async def judged() -> tuple[list[CodebookVariable], list[dict[str, Any]]]:
    """Codebook and documents of a true run over the samples, as read_export would give them."""
    book: dict[str, CodebookVariable] = {}
    documents = []
    for paper in grounding.corpus_papers(shared=False):
        answers = {
            v.variable.key: grounding.quote_with_label(v, paper.parsed) for v in paper.values
        }
        cells = {}
        for key, found in (await grounding.judge_answers(paper, answers)).items():
            type_ = next(v.variable.type for v in paper.values if v.variable.key == key)
            book.setdefault(key, variable(key, type_))
            cells[key] = found.model_dump(mode="json") | {"job": None, "version": None}
        documents.append(document(cells, name=f"{paper.name}.pdf"))
    return list(book.values()), documents


@pytest.mark.parametrize("form", FORMS)
def test_verify__a_true_export_holds(form: str, judged: Any, tmp_path: Path, capsys: Any) -> None:
    """E-EXP-07: every quote that an export says is verified stands where it says, in every form."""
    path = tmp_path / f"export.{FORMS[form]}"
    path.write_bytes(file(form, judged[0], *judged[1]))
    assert verify.main([str(path), str(SAMPLES)]) == 0
    verified = [claim for claim, fault in verify.check_export(path, SAMPLES) if claim.verified]
    assert len(verified) > 50
    assert "printed there" in capsys.readouterr().out


TAMPERED = {
    "quote": lambda cell: cell | {"quote": cell["quote"] + " never printed"},
    "digit": lambda cell: (
        cell | {"quote": cell["quote"][:-1] + ("7" if cell["quote"][-1] != "7" else "8")}
    ),
    "page": lambda cell: cell | {"page": cell["page"] + 90},
    "empty box": lambda cell: cell | {"box": [1, 1, 2, 2]},
    "no box": lambda cell: cell | {"box": None},
    "no quote": lambda cell: cell | {"quote": None},
}


@pytest.mark.parametrize("form", FORMS)
def test_verify__a_tampered_export_goes_red(
    form: str, judged: Any, tmp_path: Path, capsys: Any
) -> None:
    """E-EXP-07: a changed quote, page or box among all of them is found, and nothing beside it."""
    first, *others = judged[1]
    cells = first["units"][0]["cells"]
    verified = [key for key, cell in cells.items() if cell["verified"]]
    tampered = dict(zip(TAMPERED, verified[: len(TAMPERED)], strict=True))
    changed = {key: TAMPERED[way](cells[key]) for way, key in tampered.items()}
    units = [{"row": 0, "cells": cells | changed}]
    path = tmp_path / f"export.{FORMS[form]}"
    path.write_bytes(file(form, judged[0], first | {"units": units}, *others))
    assert verify.main([str(path), str(SAMPLES)]) == 1
    faults = re.findall(r"^(.*\.pdf) row 1 (\w+), page", capsys.readouterr().out, re.MULTILINE)
    assert sorted(faults) == sorted((first["name"], key) for key in changed)


def test_verify__finds_what_was_changed_by_hand(judged: Any, tmp_path: Path) -> None:
    """E-EXP-07: in the file of a person who edits it, with another delimiter."""
    content = file("csv_long", judged[0], *judged[1], delimiter=";", bom=True).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))
    place = rows[0].index("quote")
    proven = next(row for row in rows[1:] if row[rows[0].index("verified")] == "true")
    proven[place] = proven[place].swapcase() + "1"
    path, written = tmp_path / "edited.csv", io.StringIO()
    csv.writer(written, delimiter=";").writerows(rows)
    path.write_text(written.getvalue(), encoding="utf-8-sig")
    assert verify.main([str(path), str(SAMPLES)]) == 1


def test_verify__a_missing_document_proves_nothing(
    judged: Any, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "export.json"
    path.write_bytes(file("json", judged[0], *judged[1]))
    assert verify.main([str(path), str(tmp_path)]) == 1
    assert "document not in the folder" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", file("csv", [variable("n")], document(), evidence=False)),
        ("a.csv", b"something,else\n"),
        ("a.json", json.dumps({"rows": []}).encode()),
        ("a.jsonl", file("jsonl", [variable("n")], document(), evidence=False)),
        ("a.txt", b""),
    ],
)
def test_verify__says_when_there_is_nothing_to_check(
    name: str, content: bytes, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert verify.main([str(path), str(SAMPLES)]) == 2
    assert capsys.readouterr().err
