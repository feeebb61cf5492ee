"""Documents in the database: metadata, what a person is told of unread pages, and what runs leave
out.
"""

from typing import Any

import pytest

from tests.support.seed import PAGE, PARSED, WORDS, Seed

UNREAD = {**PAGE, "text": "", "source": "none", "words": []}


def _parsed(seed: Seed, *pages: dict[str, Any], flags: tuple[str, ...] = ()) -> dict[str, Any]:
    document = seed.register(*seed.upload())["document_id"]
    [task] = seed.claim("parse")
    numbered = [page | {"number": number} for number, page in enumerate(pages, 1)]
    seed.worker.call(
        "finish_parse", **seed.held(task), parsed=PARSED | {"pages": numbered, "flags": list(flags)}
    )
    [row] = seed.owner.rows("documents", id=f"eq.{document}")
    return row


def _add(seed: Seed, metadata: Any) -> Any:
    path, content = seed.upload()
    given = {
        "media_type": "application/pdf",
        "bytes": len(content),
        "sha256": path[-12:].rjust(64, "0"),
    }
    return seed.owner.rpc(
        "add_document",
        project=seed.project_id,
        object_path=path,
        name="a.pdf",
        **given,
        metadata=metadata,
    )


def test_notice__a_scan_says_that_it_has_no_text_layer(seed: Seed) -> None:
    """E-DOC-04: a PDF of images only is never a silent READY."""
    row = _parsed(seed, UNREAD, UNREAD, flags=("no_text_layer",))
    assert (row["state"], row["unread_pages"], row["flags"]) == ("ready", 2, ["no_text_layer"])
    assert row["notice"].startswith("It has no text layer")


def test_notice__counts_the_pages_that_were_not_read(seed: Seed) -> None:
    """E-DOC-04: a scanned page among others is told too."""
    assert _parsed(seed, PAGE | {"words": WORDS}, UNREAD)["notice"].startswith(
        "1 of 2 pages have no text layer"
    )
    assert _parsed(seed, PAGE | {"words": WORDS})["notice"] is None


@pytest.mark.parametrize(
    "metadata",
    [
        {
            "publication_date": "2025-03-01",
            "author": "Ada",
            "source": "Gazette",
            "pages": 3,
            "open": True,
            "x": None,
        },
        {"publication_date": "2025-03"},
        {"publication_date": "1998"},
        {},
    ],
)
def test_metadata__is_kept_and_reaches_who_asks_the_model(
    metadata: dict[str, Any], ready: Seed
) -> None:
    """E-DOC-11: what is told at upload is handed over with the document."""
    assert _add(ready, metadata).is_success
    for task in ready.claim("parse"):
        ready.worker.call("finish_parse", **ready.held(task), parsed=PARSED)
    [row] = ready.owner.rows(
        "documents", project_id=f"eq.{ready.project_id}", order="created_at.desc", limit="1"
    )
    assert row["metadata"] == metadata
    ready.owner.call("start_job", project=ready.project_id, documents=[row["id"]])
    [task] = ready.claim("extract")
    assert ready.worker.call("read_extract", **ready.held(task))["document"]["metadata"] == metadata


@pytest.mark.parametrize(
    "metadata",
    [
        {"publication_date": "01.03.2025"},
        {"publication_date": "2025-13"},
        {"publication_date": "2025-02-29"},
        {"publication_date": 2025.5},
        {"nested": {"a": 1}},
        {"list": [1]},
        {"": "x"},
        {"k" * 65: "x"},
        {"long": "x" * 2001},
        {f"k{number}": "x" for number in range(51)},
        {f"k{number}": "ü" * 900 for number in range(20)},
        [],
        "x",
    ],
)
def test_metadata__is_bounded(metadata: Any, seed: Seed) -> None:
    """E-DOC-11: at upload with a code, and for edits by the table itself."""
    refused = _add(seed, metadata)
    assert (refused.status_code, refused.json()["details"]) == (422, "metadata_invalid")
    document = seed.document()
    edited = seed.owner.rest(
        "PATCH", "documents", params={"id": f"eq.{document}"}, json={"metadata": metadata}
    )
    assert edited.json()["code"] == "23514"


def test_metadata__is_edited_by_editors(seed: Seed) -> None:
    """E-DOC-11: a date that was missing at upload is added later."""
    change, where = (
        {"metadata": {"publication_date": "2025-03-01"}},
        {"id": f"eq.{seed.document()}"},
    )
    for persona, changed in (("editor", 1), ("reviewer", 0)):
        headers = {"Prefer": "return=representation"}
        response = seed.team[persona].rest(
            "PATCH", "documents", params=where, json=change, headers=headers
        )
        assert len(response.json()) == changed


def test_job__leaves_out_documents_that_failed(ready: Seed) -> None:
    """E-DOC-10: a FAILED document is part of no run, named or not."""
    failed = ready.register(*ready.upload(), name="broken.pdf")["document_id"]
    [task] = ready.claim("parse")
    ready.worker.call("fail_task", **ready.held(task), code="corrupt", detail="Broken.")
    job = ready.owner.call("start_job", project=ready.project_id)
    assert job["documents_total"] == 3
    asked = {task["document_id"] for task in ready.claim("extract", 10)}
    assert failed not in asked
    ready.owner.call("cancel_job", job=job["id"])
    only = ready.owner.rpc("start_job", project=ready.project_id, documents=[failed])
    assert (only.status_code, only.json()["details"]) == (422, "no_documents")
