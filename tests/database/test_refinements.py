"""Refinements: drawn from marked mistakes, compared on what people judged, applied by a person
alone.
"""

from typing import Any

import pytest

from tests.support.jobs import start
from tests.support.review import cells, refused, run
from tests.support.schema import active, saved, variables, versions
from tests.support.seed import Seed
from tests.support.suggestions import marked, offered, refinement, suggestion

ABSENT = {
    "state": "absent",
    "value": None,
    "absent_reason": "absent",
    "verified": False,
    "evidence": "none",
}


def _compared(seed: Seed, row: dict[str, Any], *answers: dict[str, Any]) -> None:
    """Compares, with the same answers in each document."""
    seed.owner.call("compare_refinement", suggestion=row["id"])
    for task in seed.claim("refine", 50):
        told = [
            seed.cell(seed.ids["variable"], candidate=n, **answer)
            for n, answer in enumerate(answers)
        ]
        seed.worker.call("finish_comparison", **seed.held(task), answers=told)


def _report(seed: Seed, row: dict[str, Any]) -> list[tuple[int, bool, int, int, int]]:
    told = seed.owner.call("refinement_report", suggestion=row["id"])
    counts = ("candidate", "held_out", "right_cells", "wrong_cells", "unknown_cells")
    return [tuple(line[name] for name in counts) for line in told]


def test_start__needs_a_wrong_mark(ready: Seed) -> None:
    """E-FB-03: from the first wrong mark."""
    refused(ready.owner, "start_refinement", 409, "no_wrong_mark", variable=ready.ids["variable"])
    [first, *_] = marked(ready, None, None, None)
    ready.owner.call("accept_cells", extractions=[first["id"]])
    refused(ready.owner, "start_refinement", 409, "no_wrong_mark", variable=ready.ids["variable"])
    ready.owner.call("reject_cells", extractions=[first["id"]], note="This is the net sum.")
    ready.owner.call("start_refinement", variable=ready.ids["variable"])
    [task] = ready.claim("suggest")
    [mistake] = ready.worker.call("read_suggestion", **ready.held(task))["mistakes"]
    assert mistake == {
        "document": "0.pdf", "said": {"value": 12.5, "quote": "Total 12.50"}, "right": None,
        "note": "This is the net sum.", "page": "Total 12.50",
    }  # fmt: skip


def test_start__is_not_tuned_on_what_is_held_out(ready: Seed) -> None:
    job = run(ready, kind="sample", holdout=0.4)
    told = ready.owner.call("job_documents", job=job["id"])
    [held] = [row["document_id"] for row in told if row["held_out"]]
    for cell in cells(ready, document_id=f"eq.{held}"):
        ready.owner.call("reject_cells", extractions=[cell["id"]])
    refused(ready.owner, "start_refinement", 409, "no_wrong_mark", variable=ready.ids["variable"])


def test_finish__wants_two_that_are_new_with_reason_and_focus(ready: Seed) -> None:
    """E-FB-03: two or three alternatives with reason and focus."""
    marked(ready, 99, None, None)
    row = ready.owner.call("start_refinement", variable=ready.ids["variable"])
    good = {"instructions": "The gross sum.", "reason": "Net was taken.", "focus": "gross"}
    assert not offered(
        ready, good, good, good | {"instructions": ""}, {"instructions": "x", "reason": "y"}
    )
    assert offered(
        ready, good, good | {"instructions": "Below the line."}, good | {"instructions": "C"}, good
    )
    assert len(suggestion(ready, row)["answer"]) == 3


def test_rules__offer_alternatives_without_a_model(ready: Seed) -> None:
    """E-FB-03: also without a model."""
    [first, *_] = marked(ready, None, None, None)
    ready.owner.call("correct_cell", extraction=first["id"], value=99, quote="Total 12.50", page=1)
    row = ready.owner.call("start_refinement", variable=ready.ids["variable"])
    assert offered(ready, origin="rules")
    answer = suggestion(ready, row)["answer"]
    assert [offer["focus"] for offer in answer] == ["place", "exclusion", "label"]
    assert all(offer["reason"] and offer["instructions"] for offer in answer)


def test_compare__counts_right_and_wrong_on_the_same_cells(ready: Seed) -> None:
    """E-FB-06: each candidate and the instructions as they were, on the same marked cells."""
    _, second, third = marked(ready, 99, None, None)
    ready.owner.call("reject_cells", extractions=[second["id"]])
    ready.owner.call("accept_cells", extractions=[third["id"]])
    row, before = refinement(ready), cells(ready)
    _compared(ready, row, {"value": 12.5}, {"value": 99.0}, ABSENT)
    assert _report(ready, row) == [(0, False, 1, 2, 0), (1, False, 1, 1, 1), (2, False, 0, 2, 1)]
    assert cells(ready) == before, "no cell is touched"
    shown = suggestion(ready, row)
    assert (shown["compare_total"], shown["compared"], shown["compare_failed"]) == (3, 3, 0)


def test_compare__tells_held_out_apart_and_skips_golden_examples(ready: Seed) -> None:
    """E-FB-06: on the held-out part, too; an example is never evaluated on its own document."""
    ready.document("3.pdf")
    job = run(ready, kind="sample", holdout=0.25)
    told = ready.owner.call("job_documents", job=job["id"])
    [held] = [line["document_id"] for line in told if line["held_out"]]
    for cell in cells(ready):
        ready.owner.call("correct_cell", extraction=cell["id"], value=99)
    row = refinement(ready)
    [example, *_] = [cell for cell in cells(ready) if cell["document_id"] != held]
    ready.owner.call("pin_example", extraction=example["id"])
    _compared(ready, row, {"value": 12.5}, {"value": 99}, {"value": 98})
    assert _report(ready, row) == [
        (0, False, 0, 2, 0), (0, True, 0, 1, 0), (1, False, 2, 0, 0),
        (1, True, 1, 0, 0), (2, False, 0, 2, 0), (2, True, 0, 1, 0),
    ]  # fmt: skip
    answers = ready.owner.rows("comparison_answers", suggestion_id=f"eq.{row['id']}")
    assert example["id"] not in {answer["extraction_id"] for answer in answers}


def test_compare__refuses_what_cannot_be_compared(ready: Seed) -> None:
    marked(ready, 99, None, None)
    row = refinement(ready)
    [first, *_] = cells(ready)
    ready.owner.call("undo_judgement", extraction=first["id"])
    refused(ready.owner, "compare_refinement", 409, "nothing_to_compare", suggestion=row["id"])
    ready.owner.call("correct_cell", extraction=first["id"], value=99)
    saved(ready, None, {"row_unit": "entity", "entity_pattern": "One line"})
    refused(ready.owner, "compare_refinement", 409, "rows_are_entities", suggestion=row["id"])
    saved(ready, None, {"row_unit": "document"})
    ready.owner.call("compare_refinement", suggestion=row["id"])
    refused(ready.owner, "compare_refinement", 409, "comparison_running", suggestion=row["id"])
    [task] = ready.claim("refine")
    ready.worker.call("fail_task", **ready.held(task), code="model_unavailable", detail="down")
    assert suggestion(ready, row)["compare_failed"] == 1
    _compared(ready, row, {"value": 99}, {"value": 99}, {"value": 99})
    assert _report(ready, row) == [(0, False, 1, 0, 0), (1, False, 1, 0, 0), (2, False, 1, 0, 0)]


def test_texts__are_compared_without_case_and_blanks(ready: Seed) -> None:
    ready.ids["variable"] = ready.variable("buyer", type="text")
    run(ready, ready.cell(ready.ids["variable"], value="Acme"))
    for cell in cells(ready):
        ready.owner.call("correct_cell", extraction=cell["id"], value="Bolt & Sons  Ltd")
    row = refinement(ready)
    _compared(
        ready,
        row,
        {"value": "bolt & sons ltd"},
        {"value": "Bolt and Sons"},
        {"value": ["Bolt & Sons Ltd"]},
    )
    assert _report(ready, row) == [(0, False, 3, 0, 0), (1, False, 0, 3, 0), (2, False, 0, 3, 0)]


def test_feedback__changes_no_prompt(seed: Seed) -> None:
    """E-FB-04: twenty judgements, and the active version is what it was; nothing is asked by
    itself.
    """
    for number in range(20):
        seed.document(f"{number}.pdf")
    seed.ids["variable"] = seed.variable()
    run(seed)
    before, held = versions(seed), variables(seed)
    for place, cell in enumerate(cells(seed)):
        if place % 2:
            seed.owner.call("reject_cells", extractions=[cell["id"]], note="Wrong.")
        else:
            seed.owner.call("correct_cell", extraction=cell["id"], value=place)
    assert (versions(seed), variables(seed)) == (before, held)
    assert seed.claim("suggest", 9) == seed.claim("refine", 9) == []


def test_apply__makes_a_version_that_keeps_all_else(ready: Seed) -> None:
    """E-FB-05: a new version with the chosen instructions, the rest as it was, taken back in one
    step.
    """
    marked(ready, 99, None, None)
    row = refinement(ready)
    [held], before = variables(ready), active(ready)
    [project] = ready.owner.rows("projects", id=f"eq.{ready.project_id}")
    version = ready.owner.call("apply_refinement", suggestion=row["id"], candidate=2)
    [now] = variables(ready)
    assert (now["instructions"], now["revision"]) == ("Way 2", held["revision"] + 1)
    moved = {"instructions", "revision", "last_revision", "updated_at"}
    assert {name for name in now if now[name] != held[name]} == moved
    assert (version["number"], active(ready)["id"]) == (before["number"] + 1, version["id"])
    assert ready.owner.rows("projects", id=f"eq.{ready.project_id}") == [project]
    shown = suggestion(ready, row)
    assert (shown["applied_candidate"], shown["applied_version_id"]) == (2, version["id"])
    assert shown["applied_by"] == ready.owner.id

    job = start(ready)
    assert job["schema_version_id"] == version["id"]
    ready.owner.call("cancel_job", job=job["id"])
    ready.owner.call("restore_version", version=before["id"])
    [back] = variables(ready)
    assert (back["instructions"], back["revision"]) == (held["instructions"], held["revision"])


@pytest.mark.parametrize("candidate", [0, 3, None])
def test_apply__refuses_a_candidate_that_is_not_there(ready: Seed, candidate: int | None) -> None:
    marked(ready, 99, None, None)
    about = {"suggestion": refinement(ready)["id"], "candidate": candidate}
    refused(ready.owner, "apply_refinement", 422, "candidate_unknown", **about)


def test_apply__refuses_what_was_drawn_from_other_instructions(ready: Seed) -> None:
    marked(ready, 99, None, None)
    row = refinement(ready)
    path = {"params": {"id": f"eq.{ready.ids['variable']}"}}
    ready.owner.rest("PATCH", "variables", json={"instructions": "Mine."}, **path)
    refused(
        ready.owner,
        "apply_refinement",
        409,
        "instructions_changed",
        suggestion=row["id"],
        candidate=1,
    )
    units = ready.owner.call("start_suggestion", project=ready.project_id, kind="row_unit")
    refused(
        ready.owner,
        "apply_refinement",
        409,
        "suggestion_not_fit",
        suggestion=units["id"],
        candidate=1,
    )
