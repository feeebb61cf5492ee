"""Statistics a variable and the log of a job."""

from typing import Any

from tests.support.jobs import fail, finish, start
from tests.support.review import cells, refused, run
from tests.support.seed import Seed

NOTHING = {
    "value": None,
    "quote": None,
    "box": None,
    "page": None,
    "verified": False,
    "evidence": "none",
}


def _statistics(seed: Seed, **arguments: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = seed.team["viewer"].call(
        "variable_statistics", project=seed.project_id, **arguments
    )
    return rows


def test_statistics__equal_a_hand_count(ready: Seed) -> None:
    """E-JOB-14: per variable success, average confidence, flagged, common errors; compared with a
    hand count.
    """
    ready.variable("unasked", position=9)
    variable = ready.ids["variable"]
    answers = [
        ready.cell(variable, row_index=0, confidence=0.9),
        ready.cell(
            variable,
            row_index=1,
            confidence=0.6,
            verified=False,
            flags=["rule_range", "extra_text"],
        ),
        ready.cell(
            variable, row_index=2, confidence=0, state="absent", absent_reason="absent", **NOTHING
        ),
        ready.cell(
            variable, row_index=3, confidence=0, state="failed", flags=["rule_range"], **NOTHING
        ),
    ]
    job = run(ready, *answers)
    total, unasked = _statistics(ready)
    assert {name: total[name] for name in ("asked", "found", "absent", "failed", "verified", "flagged", "judged")} == {
        "asked": 12, "found": 6, "absent": 3, "failed": 3, "verified": 3, "flagged": 6, "judged": 0,
    }  # fmt: skip
    assert round(total["average_confidence"], 4) == 0.75
    assert total["errors"] == [
        {"code": "rule_range", "cells": 6},
        {"code": "extra_text", "cells": 3},
    ]
    assert (total["accuracy"], unasked["asked"], unasked["errors"]) == (None, 0, [])
    assert _statistics(ready, job=job["id"])[0] == total


def test_statistics__accuracy_of_what_was_judged(ready: Seed) -> None:
    """E-JOB-14: the share of judged cells in which the run's answer stands; the run's own figures
    stay.
    """
    variable = ready.ids["variable"]
    absent = ready.cell(
        variable, row_index=2, confidence=0, state="absent", absent_reason="absent", **NOTHING
    )
    run(ready, ready.cell(variable), ready.cell(variable, row_index=1), absent)
    before = _statistics(ready)[0]
    rows = cells(ready)
    ready.owner.call("accept_cells", extractions=[rows[0]["id"], rows[2]["id"], rows[3]["id"]])
    ready.owner.call("correct_cell", extraction=rows[1]["id"], value=1)
    ready.owner.call("reject_cells", extractions=[rows[4]["id"]])
    ready.owner.call("mark_absent", extraction=rows[6]["id"])
    ready.owner.call(
        "correct_cell", extraction=rows[7]["id"], value=12.5, note="right, but read elsewhere"
    )
    place = {"document": rows[8]["document_id"], "variable": variable}
    ready.owner.call("add_value", **place, row_index=2, value=3)
    ready.owner.call("add_value", **place, row_index=5, value=3)
    after = _statistics(ready)[0]
    counted = ("accepted", "corrected", "rejected", "marked_absent", "judged")
    assert [after[name] for name in counted] == [3, 4, 1, 1, 9]
    assert round(after["accuracy"], 4) == round(4 / 9, 4)
    kept = ("asked", "found", "absent", "failed", "verified", "average_confidence", "errors")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


def test_statistics__of_a_named_job(ready: Seed, full: Seed) -> None:
    """E-JOB-14: a sample is counted by itself, also after a full run."""
    documents = [
        row["id"] for row in ready.owner.rows("documents", project_id=f"eq.{ready.project_id}")
    ]
    sample = run(
        ready,
        ready.cell(ready.ids["variable"], confidence=0.5),
        kind="sample",
        documents=documents[:2],
    )
    run(ready)
    of_sample, of_full = _statistics(ready, job=sample["id"])[0], _statistics(ready)[0]
    assert (of_sample["asked"], of_sample["average_confidence"]) == (2, 0.5)
    assert (of_full["asked"], round(of_full["average_confidence"], 2)) == (3, 0.97)
    refused(
        ready.owner,
        "variable_statistics",
        404,
        "job_not_found",
        project=ready.project_id,
        job=full.ids["job"],
    )


def test_log__tells_the_story_of_a_job_in_pages(ready: Seed) -> None:
    """E-JOB-15: start, pause, resume, each document with its code, end; paged by key, the same
    after a reload.
    """
    job = start(ready)
    first, second, third = ready.claim("extract", 3)
    ready.owner.call("pause_job", job=job["id"])
    ready.owner.call("resume_job", job=job["id"])
    fail(ready, first)
    finish(ready, second)
    finish(ready, third)
    viewer = ready.team["viewer"]
    log = viewer.call("job_log", job=job["id"])
    assert [(row["action"], row["code"]) for row in log] == [
        ("queued", None), ("started", None), ("paused", "asked"), ("resumed", None),
        ("document_failed", "model_unavailable"), ("document_done", None), ("document_done", None), ("completed", None),
    ]  # fmt: skip
    assert [row["document_id"] for row in log[4:7]] == [
        task["document_id"] for task in (first, second, third)
    ]
    assert {row["document"] for row in log[4:7]} == {"0.pdf", "1.pdf", "2.pdf"}
    assert (log[0]["actor"], log[2]["actor"], log[4]["actor"]) == (
        ready.owner.id,
        ready.owner.id,
        None,
    )
    paged: list[dict[str, Any]] = []
    page = viewer.call("job_log", job=job["id"], limit=3)
    while page:
        paged += page
        page = viewer.call("job_log", job=job["id"], limit=3, after=page[-1]["id"])
    assert paged == log


def test_log__keeps_the_failure_that_a_retry_made_good(ready: Seed) -> None:
    """E-JOB-15: history is not rewritten by a retry; the running job is found again."""
    job = start(ready)
    for task in ready.claim("extract", 3):
        fail(ready, task)
    ready.owner.call("retry_job", job=job["id"])
    [found] = ready.team["viewer"].rows(
        "jobs", project_id=f"eq.{ready.project_id}", state="in.(queued,running,paused)"
    )
    assert found["id"] == job["id"]
    for task in ready.claim("extract", 3):
        finish(ready, task)
    actions = [row["action"] for row in ready.owner.call("job_log", job=job["id"])]
    one, two = ["document_failed"] * 3, ["document_done"] * 3
    assert actions == ["queued", "started", *one, "failed", "retried", "started", *two, "completed"]
    refused(ready.team["stranger"], "job_log", 404, "job_not_found", job=job["id"])
