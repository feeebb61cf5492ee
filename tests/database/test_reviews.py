"""Judgements: one current mark a person and cell, bulk, flags, and two people at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.support.review import cell, cells, refused, reviews, run
from tests.support.seed import Seed


@pytest.fixture
def answered(ready: Seed) -> Seed:
    """Three documents with one proposed cell each; `cell` is the first."""
    run(ready)
    ready.ids["cell"] = cells(ready)[0]["id"]
    return ready


def test_review__toggled_thrice_is_one_current_mark(answered: Seed) -> None:
    """E-FB-01: kind, value, note and author; one current mark per person and cell, the history
    beside it.
    """
    reviewer, target = answered.team["reviewer"], answered.ids["cell"]
    reviewer.call("accept_cells", extractions=[target], note="fine")
    reviewer.call("reject_cells", extractions=[target], note="no")
    reviewer.call("correct_cell", extraction=target, value=13.5, note="a three")
    [mark] = reviews(answered, target)
    assert (mark["author"], mark["kind"], mark["value"], mark["note"], mark["undone"]) == (
        reviewer.id, "correct", 13.5, "a three", False,
    )  # fmt: skip
    story = answered.owner.rows("extraction_events", extraction_id=f"eq.{target}", order="id")
    assert [event["action"] for event in story] == ["model_run", "accept", "reject", "correct"]
    assert [event["note"] for event in story] == [None, "fine", "no", "a three"]
    answered.owner.call("accept_cells", extractions=[target])
    assert len(reviews(answered, target)) == 2


def test_review__a_note_has_at_most_1000_characters(answered: Seed) -> None:
    """E-FB-01: 1000 characters are kept, 1001 are 422 and change nothing."""
    target = [answered.ids["cell"]]
    refused(
        answered.owner, "accept_cells", 422, "note_too_long", extractions=target, note="x" * 1001
    )
    assert (reviews(answered, target[0]), cell(answered, target[0])["state"]) == ([], "proposed")
    answered.owner.call("accept_cells", extractions=target, note="x" * 1000)
    assert len(reviews(answered, target[0])[0]["note"]) == 1000


def test_accept__keeps_value_and_proof(answered: Seed) -> None:
    """E-FB-02: accepted is validated: the value stands, judged by a person."""
    [accepted] = answered.team["reviewer"].call("accept_cells", extractions=[answered.ids["cell"]])
    assert (accepted["state"], accepted["value"], accepted["verified"]) == ("accepted", 12.5, True)
    assert accepted["judged_by"] == answered.team["reviewer"].id


def test_reject__takes_the_value_out_and_keeps_the_original(answered: Seed) -> None:
    """E-FB-02: a wrong value without a right one leaves the table; what the model said is kept."""
    [rejected] = answered.owner.call("reject_cells", extractions=[answered.ids["cell"]])
    assert (rejected["state"], rejected["value"], rejected["verified"]) == ("rejected", None, False)
    assert (rejected["original"]["value"], rejected["original"]["quote"]) == (12.5, "Total 12.50")
    refused(
        answered.owner, "accept_cells", 409, "cell_rejected", extractions=[answered.ids["cell"]]
    )


def test_bulk__is_all_or_nothing(answered: Seed) -> None:
    """E-FB-01: one cell that may not be accepted, and none is."""
    ids = [row["id"] for row in cells(answered)]
    answered.owner.call("reject_cells", extractions=ids[2:])
    refused(answered.owner, "accept_cells", 409, "cell_rejected", extractions=ids)
    refused(
        answered.owner, "accept_cells", 404, "cell_not_found", extractions=[*ids[:2], str(uuid4())]
    )
    assert [row["state"] for row in cells(answered)] == ["proposed", "proposed", "rejected"]
    assert len(answered.owner.call("accept_cells", extractions=ids[:2])) == 2


@pytest.mark.parametrize(
    ("count", "code"),
    [(0, "no_cells"), (1001, "too_many_cells")],
    ids=["none", "one more than a thousand"],
)
def test_bulk__is_bounded(count: int, code: str, answered: Seed) -> None:
    refused(
        answered.owner, "accept_cells", 422, code, extractions=[str(uuid4()) for _ in range(count)]
    )


def test_bulk__names_each_cell_once(answered: Seed) -> None:
    refused(
        answered.owner,
        "reject_cells",
        422,
        "cells_repeated",
        extractions=[answered.ids["cell"]] * 2,
    )


def test_bulk__of_another_project_is_not_found(answered: Seed, full: Seed) -> None:
    both = [answered.ids["cell"], full.ids["cell"]]
    answered.owner.call(
        "remove_member", project=answered.project_id, user=answered.team["reviewer"].id
    )
    refused(answered.team["reviewer"], "accept_cells", 404, "cell_not_found", extractions=both)
    refused(answered.team["viewer"], "accept_cells", 403, "role_too_low", extractions=both[:1])


def test_flag__single_and_bulk_with_a_note(answered: Seed) -> None:
    """E-FB-08: flag and unflag with a note, single and bulk; the flagged are found by a filter."""
    reviewer, ids = answered.team["reviewer"], [row["id"] for row in cells(answered)]
    reviewer.call("flag_cells", extractions=ids[:1], note="smudged")
    reviewer.call("flag_cells", extractions=ids[1:], note="both odd")
    assert len(cells(answered, flags='cs.{"flagged"}')) == 3
    assert [mark["note"] for mark in reviews(answered, ids[0])] == ["smudged"]
    answered.owner.call("unflag_cells", extractions=ids[:2], note="seen")
    assert [row["id"] for row in cells(answered, flags='cs.{"flagged"}')] == ids[2:]
    assert [mark["undone"] for mark in reviews(answered, ids[0])] == [True]
    assert [row["state"] for row in cells(answered)] == ["proposed"] * 3


def test_flag__outlives_a_run(answered: Seed) -> None:
    """E-FB-08: a flag asks for another look until a person takes it away."""
    answered.owner.call("flag_cells", extractions=[answered.ids["cell"]])
    run(answered, answered.cell(answered.ids["variable"], value=7, flags=["rule_range"]))
    row = cell(answered, answered.ids["cell"])
    assert (row["value"], sorted(row["flags"])) == (7, ["flagged", "rule_range"])
    answered.owner.call("correct_cell", extraction=row["id"], value=8)
    assert cell(answered, row["id"])["flags"] == ["flagged"]


def test_revision__two_reviewers_at_once(answered: Seed) -> None:
    """E-FB-01: the second of two who saw the same cell is told that it changed."""
    target, seen = answered.ids["cell"], cell(answered, answered.ids["cell"])["revision"]
    people = [answered.team["reviewer"], answered.team["editor"]]
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda p: p.rpc(
                    "correct_cell", extraction=target, value=int(p.name == "editor"), seen=seen
                ),
                people,
            )
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [late] = [answer for answer in answers if answer.status_code == 409]
    assert late.json()["details"] == "cell_changed"
    assert len(reviews(answered, target)) == 1


def test_revision__bulk_compares_each_cell(answered: Seed) -> None:
    rows = cells(answered)
    ids, seen = [row["id"] for row in rows], [row["revision"] for row in rows]
    answered.owner.call("accept_cells", extractions=ids[1:2], seen=seen[1:2])
    refused(answered.owner, "accept_cells", 409, "cell_changed", extractions=ids, seen=seen)
    refused(answered.owner, "accept_cells", 422, "seen_incomplete", extractions=ids, seen=seen[:2])
    answered.owner.call("accept_cells", extractions=ids, seen=[seen[0], None, seen[2]])


def test_revision__two_bulks_in_opposite_order_do_not_lock_each_other(answered: Seed) -> None:
    ids = [row["id"] for row in cells(answered)]
    with ThreadPoolExecutor(4) as pool:
        orders = [ids, ids[::-1]] * 6
        answers = list(
            pool.map(lambda order: answered.owner.rpc("flag_cells", extractions=order), orders)
        )
    assert {answer.status_code for answer in answers} == {200}


def test_failed__cannot_be_accepted_or_rejected(ready: Seed) -> None:
    """E-EXT-06: a failure is not an answer; it can only be answered."""
    blank = {
        "value": None,
        "quote": None,
        "box": None,
        "page": None,
        "verified": False,
        "evidence": "none",
    }
    run(ready, ready.cell(ready.ids["variable"], state="failed", confidence=0, **blank))
    target = cells(ready)[0]["id"]
    refused(ready.owner, "accept_cells", 409, "cell_failed", extractions=[target])
    refused(ready.owner, "reject_cells", 409, "cell_failed", extractions=[target])
    [absent] = ready.owner.call("mark_absent", extraction=target, reason="illegible")
    assert (absent["state"], absent["absent_reason"], absent["original"]["state"]) == (
        "absent",
        "illegible",
        "failed",
    )
    refused(ready.owner, "mark_absent", 422, "reason_unknown", extraction=target, reason="lazy")


def test_accept__an_absence_and_never_a_value_that_is_not_there(ready: Seed) -> None:
    none = {"value": None, "verified": False}
    nothing = {"quote": None, "box": None, "page": None, "evidence": "none"}
    run(ready, ready.cell(ready.ids["variable"], flags=["ambiguous_number"], **none))
    refused(ready.owner, "accept_cells", 422, "no_value", extractions=[cells(ready)[0]["id"]])
    run(
        ready,
        ready.cell(
            ready.ids["variable"], state="absent", absent_reason="absent", **none, **nothing
        ),
    )
    [kept] = ready.owner.call("accept_cells", extractions=[cells(ready)[0]["id"]])
    assert (kept["state"], kept["judged_by"]) == ("absent", ready.owner.id)


def test_trail__people_cannot_write_it(answered: Seed, db: psycopg.Connection[Any]) -> None:
    granted = db.execute(
        "select privilege_type from information_schema.role_table_grants"
        " where table_name in ('reviews', 'extraction_events', 'results_long') and privilege_type <> 'SELECT'"
        " and grantee in ('anon', 'authenticated', 'service_role')"
    ).fetchall()
    assert granted == []
