"""Documents in, over HTTP and by a worker on the real stack: files of every kind, pasted text and
tables.
"""

import io
import json
from typing import Any
from uuid import uuid4

import httpx
import openpyxl
import pytest

from scripts.samples import OFFICE_SAMPLES
from service.documents import import_task as imports
from service.queue.files import Files
from tests.service.conftest import bearer, running_worker
from tests.support.seed import Seed
from tests.support.waiting import until_async


def _docx() -> bytes:
    return (OFFICE_SAMPLES / "en_minutes.docx").read_bytes()


async def _upload(
    api: httpx.AsyncClient, seed: Seed, files: dict[str, bytes], **form: str
) -> list[dict[str, Any]]:
    parts = [
        ("files", (name, content, "application/octet-stream")) for name, content in files.items()
    ]
    url = f"/v1/projects/{seed.project_id}/documents"
    response = await api.post(url, files=parts, data=form, headers=bearer(seed.owner))
    assert response.is_success, response.text
    answers: list[dict[str, Any]] = response.json()["documents"]
    return answers


async def _paste(api: httpx.AsyncClient, seed: Seed, **body: Any) -> httpx.Response:
    url = f"/v1/projects/{seed.project_id}/documents/text"
    return await api.post(url, json=body, headers=bearer(seed.owner))


async def _import(
    api: httpx.AsyncClient, seed: Seed, content: bytes, who: str = "owner", **form: Any
) -> httpx.Response:
    url = f"/v1/projects/{seed.project_id}/imports"
    files = {"file": ("reviews.csv", content, "application/octet-stream")}
    return await api.post(url, files=files, data=form, headers=bearer(seed.team[who]))


def _documents(seed: Seed) -> list[dict[str, Any]]:
    return seed.owner.rows("documents", project_id=f"eq.{seed.project_id}", order="source_row,name")


async def _settled(seed: Seed) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await until_async(
        lambda: _documents(seed),
        lambda rows: rows and all(row["state"] in ("ready", "failed") for row in rows),
    )
    return rows


async def _imported(seed: Seed, made: dict[str, Any]) -> dict[str, Any]:
    [row] = await until_async(
        lambda: seed.owner.rows("document_imports", id=f"eq.{made['id']}"),
        lambda rows: rows[0]["state"] in ("completed", "failed"),
    )
    return dict(row)


async def test_upload__of_every_kind_is_ready_with_text_and_its_original(
    api: httpx.AsyncClient, seed: Seed, stack: Any
) -> None:
    """E-DOC-01, E-DOC-07: DOCX, HTML, TXT and pasted text; the text of each page, and words where
    it stands.
    """
    files = {
        path.name: path.read_bytes()
        for path in OFFICE_SAMPLES.iterdir()
        if path.suffix in (".docx", ".html", ".txt")
    }
    assert {answer["outcome"] for answer in await _upload(api, seed, files)} == {"created"}
    await _paste(api, seed, name="pasted", text="Total: 12.50 EUR\n<b>not bold</b>")
    async with running_worker(stack):
        rows = {row["name"]: row for row in await _settled(seed)}
    assert {row["state"] for row in rows.values()} == {"ready"}
    assert all(row["word_count"] > 3 and row["notice"] is None for row in rows.values())
    for name, content in files.items():
        row = rows[name]
        truth = json.loads((OFFICE_SAMPLES / name).with_suffix(".json").read_text())
        assert row["media_type"] == truth["media_type"]
        assert (
            seed.owner.storage("GET", f"object/documents/{row['object_path']}").content == content
        )
        pages = seed.team["viewer"].rows("pages", document_id=f"eq.{row['id']}", order="number")
        zones = seed.team["viewer"].rows("zones", document_id=f"eq.{row['id']}", order="position")
        text = "\n".join(page["text"] for page in pages)
        assert all(line in text for line in truth["reads"])
        for page in pages:
            assert page["text"] == "\n".join(
                zone["text"] for zone in zones if zone["page"] == page["number"]
            )
    [page] = seed.owner.rows("pages", document_id=f"eq.{rows['pasted']['id']}")
    assert page["text"] == "Total: 12.50 EUR\n<b>not bold</b>"


async def test_upload__three_good_and_the_rest_with_distinct_codes(
    api: httpx.AsyncClient, seed: Seed
) -> None:
    """E-DOC-03, E-DOC-06: each file is answered for itself, by its content and not by its name."""
    answers = await _upload(
        api,
        seed,
        {
            "letter.pdf": b"Dear Ada, the total is 12.50.",
            "notes.txt": b"%PDF-1.4 " + uuid4().bytes,
            "minutes.bin": _docx(),
            "run.txt": b"MZ\x90\x00\x03\x00",
            "old.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "table.docx": b"PK\x03\x04 xl/workbook.xml",
            "empty.html": b"",
        },
    )
    codes = [(answer["refusal"] or {}).get("code") for answer in answers]
    refused = ["type_unsupported", "type_legacy", "type_unsupported", "file_empty"]
    assert codes == [None, None, None, *refused]
    media_types = {row["name"]: row["media_type"].rpartition(".")[2] for row in _documents(seed)}
    assert media_types == {
        "letter.pdf": "text/plain",
        "notes.txt": "application/pdf",
        "minutes.bin": "document",
    }


async def test_upload__a_broken_file_keeps_a_failed_record(
    api: httpx.AsyncClient, seed: Seed, stack: Any
) -> None:
    """E-DOC-02: junk named .pdf is taken, fails with a reason and is listed."""
    answers = await _upload(api, seed, {"junk.pdf": b"%PDF-1.4 junk", "cut.docx": _docx()[:-200]})
    assert [answer["outcome"] for answer in answers] == ["created", "created"]
    async with running_worker(stack):
        rows = await _settled(seed)
    assert [(row["state"], row["failure_code"]) for row in rows] == [("failed", "corrupt")] * 2
    assert all(row["failure_detail"] for row in rows)


async def test_upload__takes_metadata_with_the_files(api: httpx.AsyncClient, seed: Seed) -> None:
    """E-DOC-11: told once for all files of a request."""
    metadata = {"publication_date": "2025-03-01", "author": "Ada"}
    files = {"a.txt": uuid4().hex.encode(), "b.txt": uuid4().hex.encode()}
    await _upload(api, seed, files, metadata=json.dumps(metadata))
    assert [row["metadata"] for row in _documents(seed)] == [metadata] * 2
    [refused] = await _upload(api, seed, {"c.txt": b"c"}, metadata='{"publication_date": "soon"}')
    assert refused["refusal"]["code"] == "metadata_invalid"
    url = f"/v1/projects/{seed.project_id}/documents"
    broken = await api.post(
        url, files={"files": b"x"}, data={"metadata": "[1"}, headers=bearer(seed.owner)
    )
    assert (broken.status_code, broken.json()["code"]) == (422, "request_invalid")


async def test_paste__is_a_file_of_plain_text(api: httpx.AsyncClient, seed: Seed) -> None:
    """E-DOC-01: pasted text goes the way of an upload, whatever it looks like."""
    made = (
        await _paste(api, seed, name="Call", text="<html>%PDF-", metadata={"source": "phone"})
    ).json()
    assert (made["outcome"], made["name"]) == ("created", "Call")
    again = (await _paste(api, seed, name="Again", text="<html>%PDF-")).json()
    assert (again["outcome"], again["document_id"]) == ("duplicate", made["document_id"])
    [row] = _documents(seed)
    assert (row["media_type"], row["metadata"], row["bytes"]) == (
        "text/plain",
        {"source": "phone"},
        11,
    )
    assert (await _paste(api, seed, name="x", text="MZ, they said.")).json()["outcome"] == "created"
    assert (await _paste(api, seed, name="x", text="")).status_code == 422
    stranger = bearer(seed.team["viewer"])
    url = f"/v1/projects/{seed.project_id}/documents/text"
    assert (
        await api.post(url, json={"name": "x", "text": "x"}, headers=stranger)
    ).status_code == 403


async def test_import__of_a_csv_makes_a_document_a_row(
    api: httpx.AsyncClient, seed: Seed, stack: Any
) -> None:
    """Rows with their names and metadata; duplicates and empty rows are told, not made."""
    columns: dict[str, Any] = {
        "text_column": "body",
        "name_column": "title",
        "metadata_columns": ["publication_date", "author"],
    }
    started = await _import(api, seed, (OFFICE_SAMPLES / "en_reviews.csv").read_bytes(), **columns)
    assert (started.status_code, started.json()["state"]) == (202, "queued")
    async with running_worker(stack):
        done = await _imported(seed, started.json())
        rows = await _settled(seed)
    assert (done["state"], done["rows_done"], done["documents_created"]) == ("completed", 5, 3)
    assert [(remark["row"], remark["code"]) for remark in done["remarks"]] == [
        (3, "duplicate"),
        (4, "text_empty"),
    ]
    assert [(row["source_row"], row["name"], row["state"]) for row in rows] == [
        (1, "Good", "ready"),
        (2, "Late", "ready"),
        (5, "Lines", "ready"),
    ]
    assert rows[1]["metadata"] == {"publication_date": "2025-05-09", "author": "Séan"}
    [page] = seed.owner.rows("pages", document_id=f"eq.{rows[2]['id']}")
    assert page["text"] == "First line.\nSecond line; still the same review."
    body = {"prefix": seed.project_id, "limit": 100, "offset": 0}
    assert len(seed.owner.storage("POST", "object/list/documents", json=body).json()) == 4


async def test_import__of_an_xlsx(api: httpx.AsyncClient, seed: Seed, stack: Any) -> None:
    book, made = openpyxl.Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for row in (["text", "year"], ["Größe", 1998], ["Next", 2001]):
        sheet.append(row)
    book.save(made)
    started = await _import(
        api, seed, made.getvalue(), text_column="text", metadata_columns=["year"]
    )
    async with running_worker(stack):
        assert (await _imported(seed, started.json()))["documents_created"] == 2
    assert [row["metadata"] for row in _documents(seed)] == [{"year": "1998"}, {"year": "2001"}]
    assert [row["name"] for row in _documents(seed)] == ["reviews.csv, row 1", "reviews.csv, row 2"]


@pytest.mark.parametrize(
    ("content", "form", "status", "code"),
    [
        (b"%PDF-1.4", {"text_column": "x"}, 415, "type_unsupported"),
        (b"", {"text_column": "x"}, 422, "file_empty"),
        (b"text\nA", {}, 422, "request_invalid"),
        (b"text\nA", {"text_column": "x" * 300}, 422, "request_invalid"),
    ],
)
async def test_import__is_refused(
    content: bytes, form: dict[str, str], status: int, code: str, api: httpx.AsyncClient, seed: Seed
) -> None:
    response = await _import(api, seed, content, **form)
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_import__without_the_column_fails_with_a_sentence(
    api: httpx.AsyncClient, seed: Seed, stack: Any
) -> None:
    started = await _import(api, seed, b"title\nA\n", text_column="body")
    async with running_worker(stack):
        done = await _imported(seed, started.json())
    assert (done["failure_code"], done["failure_detail"]) == (
        "column_missing",
        "The table has no column body.",
    )
    assert (
        await _import(api, seed, b"title\nA\n", who="viewer", text_column="title")
    ).status_code == 403


async def test_import__begun_again_makes_nothing_twice(
    seed: Seed, stack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies in the middle: the next goes on after the last batch that was kept."""
    monkeypatch.setattr(imports, "_ROWS_A_TRANSACTION", 3)
    made = seed.table(b"text\n" + b"".join(b"Row %d\n" % number for number in range(8)))
    store = Files.store_object

    async def dying(files: Files, bucket: str, path: str, content: Any, media_type: str) -> None:
        if content == b"Row 4":
            raise httpx.ConnectError("gone")
        await store(files, bucket, path, content, media_type)

    monkeypatch.setattr(Files, "store_object", dying)
    async with running_worker(stack, DOSSIER_LEASE_SECONDS=1):
        await until_async(
            lambda: seed.owner.rows("document_imports", id=f"eq.{made['id']}"),
            lambda rows: rows[0]["rows_done"] == 3,
        )
        monkeypatch.setattr(Files, "store_object", store)
        done = await _imported(seed, made)
        rows = await _settled(seed)
    assert (done["rows_done"], done["documents_created"], done["remarks"]) == (8, 8, [])
    assert [row["source_row"] for row in rows] == list(range(1, 9))
