"""Suggestions: a newer answer beside a judged cell never takes its place by itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from httpx import Response

from tests.support.jobs import start
from tests.support.review import cell, cells, refused, reviews, run
from tests.support.seed import Seed

SAME = (
    "state",
    "value",
    "quote",
    "box",
    "flags",
    "judged_by",
    "original",
    "revision",
    "updated_at",
    "job_id",
    "input_hash",
)


def test_suggestion__is_laid_beside_and_changes_nothing(ready: Seed) -> None:
    """E-FB-02: a correction survives every run; the newer answer of the run is a suggestion."""
    first = run(ready)
    for row in cells(ready):
        ready.owner.call("correct_cell", extraction=row["id"], value=99)
    before = cells(ready)
    second = run(
        ready, ready.cell(ready.ids["variable"], value=14, quote="Total 14", input_hash="new")
    )
    after = cells(ready)
    assert [[row[name] for name in SAME] for row in after] == [
        [row[name] for name in SAME] for row in before
    ]
    for row in after:
        beside = row["suggestion"]
        assert (row["job_id"], beside["job_id"]) == (first["id"], second["id"])
        assert (beside["value"], beside["quote"], beside["input_hash"]) == (14, "Total 14", "new")
    told = ready.owner.rows(
        "extraction_events", job_id=f"eq.{second['id']}", project_id=f"eq.{ready.project_id}"
    )
    assert [(event["action"], event["value"]) for event in told] == [("suggest", 14)] * 3


def test_suggestion__a_failure_is_none(ready: Seed) -> None:
    """E-EXT-06: a run that failed has nothing to suggest."""
    run(ready)
    target = cells(ready)[0]["id"]
    ready.owner.call("accept_cells", extractions=[target])
    nothing = {
        "value": None,
        "quote": None,
        "box": None,
        "page": None,
        "verified": False,
        "evidence": "none",
    }
    run(ready, ready.cell(ready.ids["variable"], state="failed", input_hash="new", **nothing))
    assert cell(ready, target)["suggestion"] is None
    refused(ready.owner, "take_suggestion", 409, "no_suggestion", extraction=target)


def test_suggestion__taken_and_given_back(ready: Seed) -> None:
    """E-FB-04: the newer answer counts from when a person takes it, and can be given back."""
    run(ready)
    target, reviewer = cells(ready)[0]["id"], ready.team["reviewer"]
    ready.owner.call("correct_cell", extraction=target, value=99)
    second = run(ready, ready.cell(ready.ids["variable"], value=14, quote="Total 14"))
    [taken] = reviewer.call("take_suggestion", extraction=target, note="better")
    assert (taken["state"], taken["value"], taken["quote"]) == ("accepted", 14, "Total 14")
    assert (taken["suggestion"], taken["original"]["value"], taken["job_id"]) == (
        None,
        14,
        second["id"],
    )
    assert (reviews(ready, target, reviewer)[0]["kind"], taken["judged_by"]) == (
        "accept",
        reviewer.id,
    )
    [back] = reviewer.call("undo_judgement", extraction=target)
    assert (back["state"], back["value"], back["original"]["value"]) == ("corrected", 99, 12.5)
    assert back["suggestion"]["value"] == 14


def test_failure__does_not_take_away_the_answer_to_the_same_question(ready: Seed) -> None:
    """E-EXT-02: asked the same again and failed, the answer stays; asked anew and failed, the cell
    says so.
    """
    run(ready)
    nothing = {
        "value": None,
        "quote": None,
        "box": None,
        "page": None,
        "verified": False,
        "evidence": "none",
    }
    run(ready, ready.cell(ready.ids["variable"], state="failed", **nothing))
    assert {row["state"] for row in cells(ready)} == {"proposed"}
    run(ready, ready.cell(ready.ids["variable"], state="failed", input_hash="new", **nothing))
    assert {row["state"] for row in cells(ready)} == {"failed"}


def test_finish__judging_while_a_run_stores_does_not_lock(ready: Seed) -> None:
    """Workers that store and reviewers who judge the same cells wait for each other, never for
    ever.
    """
    numbers = range(12)
    run(ready, *(ready.cell(ready.ids["variable"], row_index=n) for n in numbers))
    start(ready)
    again = [ready.cell(ready.ids["variable"], row_index=n, value=n) for n in reversed(numbers)]
    ids = [row["id"] for row in cells(ready)]
    calls: list[Callable[[], Response]] = [
        partial(
            ready.worker.rpc,
            "finish_extract",
            **ready.held(task),
            extractor="model",
            extractions=again,
        )
        for task in ready.claim("extract", 3)
    ]
    for order in (ids, ids[::-1]):
        calls += [partial(ready.owner.rpc, "flag_cells", extractions=order)] * 3
    with ThreadPoolExecutor(9) as pool:
        answers = list(pool.map(lambda call: call(), calls))
    assert [answer.text for answer in answers if answer.status_code != 200] == []
    assert {(row["value"], tuple(row["flags"])) for row in cells(ready)} == {
        (n, ("flagged",)) for n in numbers
    }
