"""The worker in this process, on the real stack: documents in, cells and files out, and nothing
lost on the way.
"""

import csv
import io
import json
from typing import Any

import psycopg
import pytest

from scripts.samples import SAMPLES
from service import worker as run
from service.documents import sweep_task as sweeps
from tests.service.conftest import api_settings, running_worker, worker_settings
from tests.support.seed import Seed
from tests.support.waiting import until_async


def _sample(name: str) -> bytes:
    return next(SAMPLES.glob(name)).read_bytes()


def _documents(seed: Seed) -> list[dict[str, Any]]:
    return seed.owner.rows("documents", project_id=f"eq.{seed.project_id}", order="created_at")


async def _parsed(seed: Seed) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await until_async(
        lambda: _documents(seed),
        lambda rows: all(row["state"] in ("ready", "failed") for row in rows),
    )
    return rows


async def test_worker__the_main_job_offline(seed: Seed, stack: Any) -> None:
    """E-LLM-06: no key: the offline extractor does all of it, and every value says so."""
    for path in sorted(SAMPLES.glob("en_invoice*.pdf")):
        seed.register(*seed.upload(path.read_bytes()), name=path.name)
    seed.variable(
        "total_amount",
        type="money",
        label="Total amount",
        aliases=["Total", "Gesamtbetrag", "Total TTC"],
    )
    seed.variable(
        "document_date", type="date", label="Invoice date", aliases=["Date", "Rechnungsdatum"]
    )
    async with running_worker(stack):
        documents = await _parsed(seed)
        assert [row["state"] for row in documents] == ["ready"] * 2
        job = seed.owner.call("start_job", project=seed.project_id)
        [job] = await until_async(
            lambda: seed.owner.rows("jobs", id=f"eq.{job['id']}"),
            lambda rows: rows[0]["state"] == "completed",
        )
        seed.owner.call("start_export", project=seed.project_id)
        [export] = await until_async(
            lambda: seed.owner.rows("exports", project_id=f"eq.{seed.project_id}"),
            lambda rows: rows[0]["state"] == "completed",
        )
    assert (job["extractor"], job["model_calls"], job["documents_done"]) == ("offline", 0, 2)
    cells = seed.owner.rows("extractions", project_id=f"eq.{seed.project_id}")
    assert len(cells) == 4
    found = [cell for cell in cells if cell["state"] == "proposed"]
    assert found
    assert all(cell["origin"] == "offline" for cell in cells)
    assert all(cell["quote"] and cell["page"] and cell["box"] for cell in found)
    file = seed.team["viewer"].storage("GET", f"object/exports/{export['object_path']}")
    table = list(csv.DictReader(io.StringIO(file.text)))
    assert [row["document"] for row in table] == [row["name"] for row in documents]
    assert {
        "total_amount",
        "total_amount_currency",
        "total_amount_quote",
        "document_date_box",
    } <= table[0].keys()


async def test_worker__an_unreadable_file_fails_with_a_code_and_the_others_go_on(
    seed: Seed, stack: Any
) -> None:
    """E-DOC-02: the record of a broken file stays, with a code."""
    seed.register(*seed.upload(b"%PDF-1.4 this is no PDF"), name="broken.pdf")
    seed.register(*seed.upload(_sample("en_invoice*.pdf")), name="good.pdf")
    async with running_worker(stack):
        broken, good = await _parsed(seed)
    assert (broken["state"], broken["failure_code"]) == ("failed", "corrupt")
    assert good["state"] == "ready"
    assert good["page_count"] >= 1
    assert seed.owner.rows("zones", document_id=f"eq.{good['id']}")


async def test_worker__a_scan_is_ready_and_says_that_it_was_not_read(
    seed: Seed, stack: Any
) -> None:
    """E-DOC-04: ready, and every page counted as unread."""
    seed.register(*seed.upload(_sample("de_scan*.pdf")), name="scan.pdf")
    seed.variable("total_amount")
    async with running_worker(stack):
        [scan] = await _parsed(seed)
        assert (scan["state"], scan["unread_pages"]) == ("ready", scan["page_count"])
        seed.owner.call("start_job", project=seed.project_id)
        [cell] = await until_async(
            lambda: seed.owner.rows("extractions", project_id=f"eq.{seed.project_id}"), bool
        )
    assert (cell["state"], cell["absent_reason"]) == ("absent", "illegible")
    assert "unread_pages" in cell["flags"]


async def test_worker__a_missing_object_is_a_failure_with_a_code(seed: Seed, stack: Any) -> None:
    path, content = seed.upload()
    seed.register(path, content)
    assert seed.worker.storage("DELETE", "object/documents", json={"prefixes": [path]}).is_success
    async with running_worker(stack):
        [document] = await _parsed(seed)
    assert document["failure_code"] == "object_missing"


async def test_worker__deleting_a_document_removes_its_object_and_every_row(
    seed: Seed, stack: Any
) -> None:
    """E-PRJ-06: row and object are gone."""
    document = seed.document()
    [row] = _documents(seed)
    seed.owner.call("delete_document", document=document)
    assert _documents(seed) == []

    def left() -> int:
        with psycopg.connect(stack.db_url) as db:
            counted = db.execute(
                "select count(*) from public.documents where id = %s", [document]
            ).fetchone()
        assert counted is not None
        return int(counted[0])

    async with running_worker(stack):
        await until_async(left, lambda count: count == 0)
    assert seed.worker.storage("GET", f"object/documents/{row['object_path']}").is_error


async def test_worker__sweeps_uploads_that_were_never_registered(seed: Seed, stack: Any) -> None:
    old, _ = seed.upload()
    new, _ = seed.upload()
    with psycopg.connect(stack.db_url) as admin:
        admin.execute(
            "update storage.objects set created_at = now() - interval '2 hours' where name = %s",
            [old],
        )
    async with run.connect(worker_settings(stack)) as (verbs, files):
        await sweeps.sweep_unclaimed(verbs, files)
    assert seed.owner.storage("GET", f"object/documents/{old}").is_error
    assert seed.owner.storage("GET", f"object/documents/{new}").is_success


async def test_worker__an_empty_table_is_a_file_with_a_header(seed: Seed, stack: Any) -> None:
    seed.variable("total_amount")
    ids = [
        seed.owner.call("start_export", project=seed.project_id, format=form)["id"]
        for form in ("csv", "json")
    ]
    async with running_worker(stack):
        rows = await until_async(
            lambda: seed.owner.rows("exports", project_id=f"eq.{seed.project_id}"),
            lambda rows: all(row["state"] == "completed" for row in rows),
        )
    files = {
        row["id"]: seed.owner.storage("GET", f"object/exports/{row['object_path']}").text
        for row in rows
    }
    assert files[ids[0]].startswith("document,document_id,")
    assert json.loads(files[ids[1]])["rows"] == []


@pytest.mark.parametrize("secret", ["SUPABASE_SECRET_KEY", "DOSSIER_MODEL_API_KEY"])
def test_settings__the_api_has_no_field_for_a_secret(secret: str, stack: Any) -> None:
    settings = api_settings(stack, **{secret: "s3cret-value"})
    assert "s3cret-value" not in repr(settings)
    assert not hasattr(settings, "supabase_secret_key")
