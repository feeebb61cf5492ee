"""`python -m service read|judge`: what the product makes of a file, shown from outside."""

import asyncio
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pymupdf
import pytest

from scripts.rig.scripted_model import Script, serving
from scripts.samples import OFFICE_SAMPLES, SAMPLES
from service import __main__ as service
from service.parsing import sniff, wire
from service.parsing.parse import parse_bytes
from service.parsing.reading_text import reading_text
from tests.service.conftest import bearer, running_api, running_worker
from tests.support.seed import Seed
from tests.support.waiting import until_async

ROOT = Path(__file__).resolve().parents[2]
INVOICE = SAMPLES / "en_invoice_joinery.pdf"
BROKEN = SAMPLES / "en_broken_invoice.pdf"
REVIEWS = OFFICE_SAMPLES / "en_reviews.csv"
TOTAL = {"id": "t", "key": "total", "label": "Total due", "type": "money"}
RIGHT = {"value": "£3,294.60", "quote": "Total due £3,294.60", "zone": 8, "reason": None}
WRONG = {"value": "£9,999.00", "quote": "Total due £9,999.00", "zone": 8, "reason": None}
ABSENT = {"value": None, "quote": None, "zone": None, "reason": "absent"}
Run = Callable[..., tuple[int, Any]]
Write = Callable[[str, Any], Path]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command with --json: how it ends, and the object that it prints."""

    def run(*arguments: Any) -> tuple[int, Any]:
        capsys.readouterr()  # what a worker said before
        code = service.main([*map(str, arguments), "--json"])
        printed = capsys.readouterr()
        assert printed.err == ""
        [line] = printed.out.splitlines()
        return code, json.loads(line)

    return run


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file: bytes and text as they are, anything else as JSON."""

    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


@pytest.fixture
def judge(run: Run, write: Write) -> Run:
    """Judges an answer about a file: how it ends, and what is printed."""

    def judge(file: Path, variables: Any, answers: Any) -> tuple[int, Any]:
        return run("judge", file, write("variables.json", variables), write("a.json", answers))

    return judge


def encrypted() -> bytes:
    document = pymupdf.open()
    document.new_page().insert_text((50, 60), "Total due: 184.20 EUR")
    made: bytes = document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret")
    return made


def archive(name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr(name, "<a/>")
    return made.getvalue()


REFUSED_BY_UPLOAD = {
    "file_empty": b"",
    "type_legacy": b"\xd0\xcf\x11\xe0" + bytes(512),
    "type_unsupported": archive("a.txt"),
}
REFUSED_BY_TASK = {
    "corrupt": b"%PDF-1.4\nnothing",
    "encrypted": encrypted(),
}


def test_read__is_what_the_product_stores(run: Run) -> None:
    code, answer = run("read", INVOICE)
    parsed = wire.from_rows(wire.to_rows(parse_bytes(INVOICE, "application/pdf")))
    assert code == 0
    assert answer["media_type"] == "application/pdf"
    assert answer["shown_text"] == reading_text(parsed)
    assert (answer["flags"], answer["unread_pages"]) == ([], [])
    [page] = answer["pages"]
    [stored] = parsed.pages
    for name in ("number", "width", "height", "rotation", "source", "text"):
        assert page[name] == getattr(stored, name)
    assert len(page["words"]) == len(stored.words) > 100
    assert page["words"][0] == {**stored.words[0]._asdict(), "box": list(stored.words[0].box)}
    assert answer["zones"] == [{**vars(zone), "box": list(zone.box)} for zone in parsed.zones]


def test_read__says_which_pages_are_unread(run: Run) -> None:
    code, answer = run("read", SAMPLES / "de_scan_rechnung.pdf")
    assert (code, answer["unread_pages"], answer["pages"][0]["source"]) == (0, [1], "none")
    assert answer["flags"] == ["no_text_layer"]


@pytest.mark.parametrize("code", [*REFUSED_BY_UPLOAD, *REFUSED_BY_TASK])
def test_read__refuses_as_json(code: str, run: Run, write: Write) -> None:
    file = write("file", {**REFUSED_BY_UPLOAD, **REFUSED_BY_TASK}[code])
    ended, answer = run("read", file)
    assert (ended, answer["refused"]["code"]) == (1, code)
    assert answer["refused"]["detail"].endswith(".")
    assert "pages" not in answer


async def test_read__refuses_what_an_upload_refuses(stack: Any, seed: Seed) -> None:
    files = [("files", (code, content)) for code, content in REFUSED_BY_UPLOAD.items()]
    async with running_api(stack) as api:
        response = await api.post(
            f"/v1/projects/{seed.project_id}/documents", files=files, headers=bearer(seed.owner)
        )
    refusals = {row["name"]: row["refusal"]["code"] for row in response.json()["documents"]}
    assert refusals == {code: code for code in REFUSED_BY_UPLOAD}


def test_read__survives_a_bomb(run: Run, write: Write) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", b"<a>" + b"0" * (65 << 20) + b"</a>")
    code, answer = run("read", write("bomb.docx", made.getvalue()))
    assert (code, answer["media_type"], answer["refused"]["code"]) == (1, sniff.DOCX, "too_large")


def test_read__several_files_are_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    files = [INVOICE, BROKEN, OFFICE_SAMPLES / "en_minutes.docx"]
    assert service.main(["read", *map(str, files), "--json"]) == 1
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["file"] for answer in answers] == list(map(str, files))
    assert ["refused" in answer for answer in answers] == [False, True, False]


def test_read__needs_no_environment_and_no_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "service", "read", str(INVOICE), "--json"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath},
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["pages"][0]["number"] == 1
    assert done.stderr == b""


def test_read__for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert service.main(["read", str(INVOICE), str(BROKEN)]) == 1
    printed = capsys.readouterr().out
    assert f"{INVOICE}: application/pdf, 1 pages, 14 zones, 177 words\n" in printed
    assert "[8] Subtotal  £2,745.50\n    VAT 20%  £549.10\n" in printed
    assert f"{BROKEN}: refused: corrupt: The file is damaged beyond repair.\n" in printed


def test_columns__are_rows_as_they_are_imported(run: Run) -> None:
    code, answer = run("read", REVIEWS, "--columns", "author, body")
    assert (code, answer["media_type"], answer["columns"]) == (0, "text/plain", ["author", "body"])
    assert len(answer["rows"]) == 5
    assert answer["rows"][1] == ["Séan", 'The board came "a week late"; the invoice was right.']


def test_columns__of_a_workbook_longer_than_a_window(run: Run, tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["text, long", "number"])
    for number in range(1100):
        sheet.append([f"Row {number}", number])
    path = tmp_path / "table"
    book.save(path)
    code, answer = run("read", path, "--columns", '"text, long",number')
    assert (code, answer["media_type"]) == (0, sniff.XLSX)
    assert answer["rows"] == [[f"Row {number}", str(number)] for number in range(1100)]


def test_columns__that_are_missing_or_of_no_table_are_refused(run: Run) -> None:
    code, answer = run("read", REVIEWS, "--columns", "body,mail")
    assert (code, answer["refused"]["code"]) == (1, "column_missing")
    assert answer["refused"]["detail"] == "The table has no column mail."
    code, answer = run("read", INVOICE, "--columns", "body")
    assert (code, answer["refused"]["code"]) == (1, "type_unsupported")


def test_judge__proves_what_is_printed_and_nothing_else(judge: Run) -> None:
    variables = [TOTAL, {**TOTAL, "id": "u", "key": "other"}, {**TOTAL, "id": "v", "key": "none"}]
    answers = {"total": RIGHT, "other": WRONG, "none": ABSENT}
    code, answer = judge(INVOICE, variables, answers)
    right, wrong, absent = answer["cells"]
    assert (code, answer["notes"]) == (0, [])
    assert right["value"] == {"amount": 3294.6, "currency": "GBP"}
    assert (right["key"], right["variable_id"], right["state"]) == ("total", "t", "proposed")
    assert (right["verified"], right["evidence"], right["page"]) == (True, "exact", 1)
    assert (wrong["verified"], wrong["evidence"]) == (False, "not_found")
    assert (absent["state"], absent["absent_reason"], absent["value"]) == ("absent", "absent", None)


async def test_judge__gives_the_cells_that_a_run_stores(
    stack: Any, seed: Seed, run: Run, write: Write
) -> None:
    """Every field of a cell, the hash of what was asked included."""
    seed.register(*seed.upload(INVOICE.read_bytes()), name=INVOICE.name)
    for key in ("total", "other", "nothing", "unanswered", "malformed"):
        seed.variable(key, type="money", label="Total due")
    seed.variable("numbers", type="text", label="Order number", multiple=True)
    answers = {
        "total": RIGHT,
        "other": {**RIGHT, "quote": "Total due £3,294.60", "zone": 2},
        "nothing": ABSENT,
        "malformed": {"quote": "Total due"},
        "numbers": [
            {"value": "HS-20417", "quote": "Invoice no. HS-20417", "zone": 6, "reason": None},
            {"value": "C-9999", "quote": "Customer no. C-9999", "zone": 6, "reason": None},
        ],
        "extra": RIGHT,
    }
    with serving(Script(answer=lambda _: answers)) as model:
        through = {"DOSSIER_MODEL_API_KEY": "key", "DOSSIER_MODEL_BASE_URL": model.base_url}
        async with running_worker(stack, **through):
            await until_async(
                lambda: seed.owner.rows("documents", project_id=f"eq.{seed.project_id}"),
                lambda rows: rows[0]["state"] == "ready",
            )
            job = seed.owner.call("start_job", project=seed.project_id)
            await until_async(
                lambda: seed.owner.rows("jobs", id=f"eq.{job['id']}"),
                lambda rows: rows[0]["state"] == "completed",
            )
    [project] = seed.owner.rows("projects", id=f"eq.{seed.project_id}")
    variables = seed.owner.rows("variables", project_id=f"eq.{seed.project_id}", order="position")
    questions = {"context": project, "variables": variables}
    files = (INVOICE, write("variables.json", questions), write("answers.json", answers))
    code, answer = await asyncio.to_thread(run, "judge", *files)
    stored = {
        cell["variable_id"]: cell
        for cell in seed.owner.rows("extractions", project_id=f"eq.{seed.project_id}")
    }
    assert code == 0
    assert len(answer["cells"]) == len(stored) == 6
    for cell in answer["cells"]:
        row = stored[cell["variable_id"]]
        beside = {"key", "entity", "entity_key"}
        assert {name: row[name] for name in cell.keys() - beside} == {
            name: value for name, value in cell.items() if name not in beside
        }


def test_judge__refuses_an_answer_of_no_use_as_a_run_does(judge: Run) -> None:
    code, answer = judge(INVOICE, [TOTAL], "I cannot help with that.")
    assert (code, answer["refused"]["code"]) == (1, "model_malformed")
    assert "cells" not in answer


def test_judge__refuses_a_file_that_cannot_be_read(judge: Run) -> None:
    code, answer = judge(BROKEN, [TOTAL], {"total": RIGHT})
    assert (code, answer["refused"]["code"]) == (1, "corrupt")


def test_judge__for_a_person(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    variables = write("variables.json", [{"key": "total", "label": "Total due", "type": "money"}])
    answers = write("answers.json", {"total": RIGHT})
    assert service.main(["judge", str(INVOICE), str(variables), str(answers)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        'total: {"amount": 3294.6, "currency": "GBP"}'
        " (proposed, verified, exact, page 1, confidence 0.99)",
        '    "Total due £3,294.60"',
        "note: Variable 1 has no id: total.",
    ]


def test_judge__says_what_is_wrong_with_its_files(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    variables = write("variables.json", [])
    answers = write("answers.json", {})
    assert service.main(["judge", str(INVOICE), str(variables), str(answers), "--json"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"{variables} holds no variable.\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["read", "no/such/file"], "no/such/file is no file"),
        (["read", str(ROOT)], "is no file"),
        (["read"], "the following arguments are required: FILE"),
        (["read", str(REVIEWS), "--columns", "a,,b"], "a column has no name"),
        (["judge", str(INVOICE)], "the following arguments are required: VARIABLES.json"),
        (["show", str(INVOICE)], "invalid choice: 'show'"),
    ],
)
def test_arguments__that_are_bad_are_told(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        service.main(arguments)
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    assert sentence in printed.err
