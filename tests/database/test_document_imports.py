"""Imports: rows become documents once, whatever dies on the way, and every row is told of."""

import hashlib
from typing import Any
from uuid import uuid4

import pytest

from tests.support.seed import Seed


def _line(seed: Seed, row: int, text: str = "", **columns: Any) -> dict[str, Any]:
    content = (text or f"Row {row} {uuid4()}").encode()
    return {
        "row": row, "object_path": f"{seed.project_id}/{uuid4()}", "name": f"Row {row}", "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(), "metadata": {},
    } | columns  # fmt: skip


def _import(seed: Seed, made: dict[str, Any]) -> dict[str, Any]:
    [row] = seed.owner.rows("document_imports", id=f"eq.{made['id']}")
    return row


def _documents(seed: Seed) -> list[dict[str, Any]]:
    return seed.owner.rows("documents", project_id=f"eq.{seed.project_id}", order="source_row")


def test_import__moves_by_its_task(seed: Seed) -> None:
    made = seed.table(b"text\nA\n", name_column="title", metadata_columns=["author"])
    assert (made["state"], made["rows_done"]) == ("queued", 0)
    [task] = seed.claim("import")
    assert _import(seed, made)["state"] == "running"
    payload = task["payload"]
    assert (payload["text_column"], payload["name_column"], payload["metadata_columns"]) == (
        "text",
        "title",
        ["author"],
    )
    seed.worker.call(
        "add_import_rows", **seed.held(task), rows=[_line(seed, 1, metadata={"author": "Ada"})]
    )
    seed.worker.call("finish_import", **seed.held(task))
    row = _import(seed, made)
    assert (row["state"], row["rows_done"], row["documents_created"]) == ("completed", 1, 1)
    assert row["finished_at"]
    [document] = _documents(seed)
    assert (document["import_id"], document["source_row"]) == (made["id"], 1)
    assert (document["media_type"], document["metadata"]) == ("text/plain", {"author": "Ada"})
    assert [task["document_id"] for task in seed.claim("parse", 5)] == [document["id"]]
    story = seed.owner.rows("events", subject_id=f"eq.{made['id']}", order="id")
    assert [event["action"] for event in story] == ["queued", "running", "completed"]


def test_rows__tells_what_became_of_each(seed: Seed) -> None:
    made = seed.table(b"text\nA\n")
    [task] = seed.claim("import")
    lines = [
        _line(seed, 1, "Same"),
        _line(seed, 2, "Same"),
        {"row": 3, "code": "text_empty"},
        _line(seed, 4, metadata={"publication_date": "yesterday"}),
        _line(seed, 5),
    ]
    spare = seed.worker.call("add_import_rows", **seed.held(task), rows=lines)
    assert spare == [lines[1]["object_path"], lines[3]["object_path"]]
    row = _import(seed, made)
    counts = [
        row[name] for name in ("rows_done", "documents_created", "rows_duplicate", "rows_failed")
    ]
    assert counts == [5, 2, 1, 2]
    first, last = _documents(seed)
    assert (first["source_row"], last["source_row"]) == (1, 5)
    assert row["remarks"] == [
        {"row": 2, "code": "duplicate", "document_id": first["id"]},
        {"row": 3, "code": "text_empty"},
        {"row": 4, "code": "metadata_invalid"},
    ]


def test_rows__sent_twice_are_counted_once(seed: Seed) -> None:
    made = seed.table(b"text\nA\n")
    [task] = seed.claim("import")
    lines = [_line(seed, number) for number in (1, 2)]
    for sent in (lines, lines, [*lines, _line(seed, 3)]):
        assert seed.worker.call("add_import_rows", **seed.held(task), rows=sent) == []
    assert len(_documents(seed)) == 3
    assert [_import(seed, made)[name] for name in ("rows_done", "documents_created")] == [3, 3]


def test_import__goes_on_where_a_lost_worker_stopped(seed: Seed) -> None:
    made = seed.table(b"text\nA\n")
    [task] = seed.claim("import")
    seed.worker.call("add_import_rows", **seed.held(task), rows=[_line(seed, 1)])
    seed.worker.call("release_tasks", worker="test", lease_tokens=[task["lease_token"]])
    assert _import(seed, made)["state"] == "running"
    lost = seed.worker.rpc("add_import_rows", **seed.held(task), rows=[_line(seed, 2)])
    assert (lost.status_code, lost.json()["details"]) == (409, "lease_lost")
    [again] = seed.claim("import")
    assert again["payload"]["rows_done"] == 1


def test_import__fails_with_the_code_of_its_task(seed: Seed) -> None:
    made = seed.table(b"other\nA\n")
    [task] = seed.claim("import")
    seed.worker.call(
        "fail_task",
        **seed.held(task),
        code="column_missing",
        detail="The table has no column text.",
    )
    row = _import(seed, made)
    assert (row["state"], row["failure_code"]) == ("failed", "column_missing")
    assert row["failure_detail"] == "The table has no column text."


def test_rows__at_most_a_thousand_at_once(seed: Seed) -> None:
    seed.table(b"text\nA\n")
    [task] = seed.claim("import")
    lines = [_line(seed, number) for number in range(1, 1002)]
    refused = seed.worker.rpc("add_import_rows", **seed.held(task), rows=lines)
    assert (refused.status_code, refused.json()["details"]) == (422, "too_many_rows")
    assert seed.worker.call("add_import_rows", **seed.held(task), rows=lines[:1000]) == []
    assert seed.worker.call("add_import_rows", **seed.held(task), rows=lines[1000:]) == []
    headers = {"Prefer": "count=exact", "Range": "0-0"}
    counted = seed.owner.rest(
        "GET", "documents", params={"project_id": f"eq.{seed.project_id}"}, headers=headers
    )
    assert counted.headers["content-range"] == "0-0/1001"


@pytest.mark.parametrize("persona", ["viewer", "reviewer", "stranger"])
def test_import__needs_an_editor(persona: str, full: Seed) -> None:
    given = {"name": "t.csv", "media_type": "text/csv", "bytes": 5, "text_column": "text"}
    refused = full.team[persona].rpc(
        "start_import", project=full.project_id, object_path="x", **given
    )
    assert refused.json()["details"] == (
        "project_not_found" if persona == "stranger" else "role_too_low"
    )


def test_import__its_file_stays(seed: Seed) -> None:
    made = seed.table(b"text\nA\n")
    removed = seed.owner.storage(
        "DELETE", "object/documents", json={"prefixes": [made["object_path"]]}
    )
    assert removed.json() == []
