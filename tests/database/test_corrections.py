"""Corrections: a person's value is typed and placed, the model's is kept, and every step can be
undone.
"""

from typing import Any

import httpx
import pytest

from tests.support.review import cell, cells, refused, reviews, run
from tests.support.schema import fault
from tests.support.seed import Seed

CATEGORIES = {"type": "category", "categories": ["paid", "open"]}
BLANK = {
    "value": None,
    "quote": None,
    "box": None,
    "page": None,
    "verified": False,
    "evidence": "none",
}
ABSENT = BLANK | {"state": "absent", "absent_reason": "absent", "confidence": 0}


def test_correct__is_used_and_the_original_is_kept(ready: Seed) -> None:
    """E-FB-02: incorrect with a value: the corrected value stands in the table, the original
    beside it.
    """
    run(ready)
    target = cells(ready)[0]["id"]
    [row] = ready.owner.call(
        "correct_cell",
        extraction=target,
        value=13.5,
        quote="Total  12.50",
        page=1,
        box=[50, 50, 120, 60],
    )
    assert (row["state"], row["value"], row["origin"], row["evidence"]) == (
        "corrected",
        13.5,
        "person",
        "exact",
    )
    assert (row["box"], row["boxes"], row["zone"]) == ([50, 50, 120, 60], [[50, 50, 120, 60]], 1)
    assert (row["original"]["value"], row["original"]["origin"], row["original"]["verified"]) == (
        12.5,
        "model",
        True,
    )
    [table_row, *_] = ready.owner.call("result_rows", project=ready.project_id)
    shown = table_row["cells"]["total"]
    assert (shown["value"], shown["original"]["value"], shown["state"]) == (13.5, 12.5, "corrected")


def test_correct__reaches_the_export(ready: Seed) -> None:
    """E-FB-02: an export after feedback has the corrected value; the original stays in the cell."""
    run(ready)
    first, second, _ = (row["id"] for row in cells(ready))
    ready.owner.call("correct_cell", extraction=first, value=13.5)
    ready.owner.call("reject_cells", extractions=[second])
    ready.owner.call("start_export", project=ready.project_id, format="json")
    [task] = ready.claim("export")
    told = [
        row["units"][0]["cells"] for row in ready.worker.call("read_export", **ready.held(task))
    ]
    assert [(cells["key"], cells["value"], cells["state"]) for cells in told] == [
        (["total"], [13.5], ["corrected"]), (["total"], [None], ["rejected"]), (["total"], [12.5], ["proposed"]),
    ]  # fmt: skip
    assert [(row["original"] or {}).get("value") for row in cells(ready)] == [12.5, 12.5, None]


def test_correct__a_quote_that_is_not_there_says_so(ready: Seed) -> None:
    run(ready)
    [row] = ready.owner.call(
        "correct_cell", extraction=cells(ready)[0]["id"], value=1, quote="Sum 1", page=1
    )
    assert (row["evidence"], row["verified"]) == ("not_found", False)


@pytest.mark.parametrize(
    ("columns", "good", "bad"),
    [
        ({"type": "number"}, [1, -2.5], ["1", True, None, [1]]),
        ({"type": "text"}, ["=1+1"], ["", "  ", 1]),
        ({"type": "boolean"}, [True, False], ["true", 1]),
        ({"type": "date"}, ["2024", "2024-02", "2024-02-29"], ["2023-02-29", "24", "2024-1-1", "2024-13", 2024]),
        (
            {"type": "money"},
            [{"amount": 1.5, "currency": "EUR"}, {"amount": 1, "currency": None}, {"amount": 5}],
            [1.5, {"amount": "1", "currency": "EUR"}, {"amount": 1, "currency": "eur"},
             {"amount": 1, "currency": "EUR", "x": 1}],
        ),
        (CATEGORIES, ["paid"], ["Paid", "other", ""]),
        (CATEGORIES | {"rules": {"other_allowed": True}}, ["other"], [1]),
        ({"type": "number", "multiple": True}, [[1, 2]], [1, [], [1, "2"]]),
        ({"type": "number", "multiple": True, "max_values": 2}, [[1, 2]], [[1, 2, 3]]),
        ({"type": "number", "multiple": True, "several": "first"}, [1], [[1]]),
        ({"type": "number", "multiple": True, "several": "joined"}, ["1; 2"], [[1, 2], 1]),
        ({"type": "location"}, ["Berlin"], [{"name": "Berlin"}]),
    ],
    ids=["number", "text", "boolean", "date", "money", "category", "other", "several", "bounded",
         "first", "joined", "location"],
)  # fmt: skip
def test_correct__the_value_has_the_type_of_its_variable(
    columns: dict[str, Any], good: list[Any], bad: list[Any], seed: Seed
) -> None:
    """E-FB-02: a correction is typed like an answer, or refused."""
    seed.document()
    seed.ids["variable"] = seed.variable("it", **columns)
    run(seed, seed.cell(seed.ids["variable"], **ABSENT))
    target = cells(seed)[0]["id"]
    for value in bad:
        code = "no_value" if value is None else "value_type"
        refused(seed.owner, "correct_cell", 422, code, extraction=target, value=value)
    for value in good:
        assert seed.owner.call("correct_cell", extraction=target, value=value)[0]["value"] == value


@pytest.mark.parametrize(
    ("columns", "value"),
    [
        (CATEGORIES | {"rules": {"other_allowed": True}}, "b"),
        ({"type": "money"}, {"amount": 5}),
        ({"type": "money"}, {"amount": 5, "currency": None}),
        ({"type": "date"}, "2024-02-29"),
        ({"type": "number", "multiple": True}, [1, 2]),
        ({"type": "number", "multiple": True, "several": "joined"}, "1; 2"),
        ({"type": "number", "multiple": True, "several": "last"}, 2),
        ({"type": "text"}, "x" * 4000),
    ],
    ids=["other", "amount alone", "no currency", "date", "several", "joined", "last", "long"],
)
def test_value__that_a_correction_takes_is_a_default_and_an_example_too(
    columns: dict[str, Any], value: Any, seed: Seed
) -> None:
    """E-FB-02: corrections, pinned examples, examples by hand and defaults ask one question."""
    seed.document()
    seed.ids["variable"] = seed.variable("it", default=value, **columns)
    run(seed, seed.cell(seed.ids["variable"], **ABSENT))
    target = cells(seed)[0]["id"]
    assert seed.owner.call("correct_cell", extraction=target, value=value)[0]["value"] == value
    assert seed.owner.call("pin_example", extraction=target)["value"] == value
    assert _by_hand(seed, value).is_success


@pytest.mark.parametrize(
    ("columns", "value", "code"),
    [
        (CATEGORIES, "b", "value_type"),
        ({"type": "money"}, {"amount": 5, "currency": "eur"}, "value_type"),
        ({"type": "date"}, "2023-02-29", "value_type"),
        ({"type": "number", "multiple": True, "max_values": 2}, [1, 2, 3], "value_type"),
        ({"type": "number", "multiple": True, "several": "joined"}, [1, 2], "value_type"),
        ({"type": "text"}, "x" * 4001, "value_too_long"),
    ],
    ids=["not listed", "currency", "date", "too many", "joined", "too long"],
)
def test_value__that_a_correction_refuses_is_no_default_and_no_example(
    columns: dict[str, Any], value: Any, code: str, seed: Seed
) -> None:
    seed.document()
    seed.ids["variable"] = seed.variable("it", **columns)
    run(seed, seed.cell(seed.ids["variable"], **ABSENT))
    target = cells(seed)[0]["id"]
    refused(seed.owner, "correct_cell", 422, code, extraction=target, value=value)
    assert fault(_by_hand(seed, value)) == (422, "value_invalid", "value")
    default = seed.owner.rest(
        "PATCH", "variables", params={"id": f"eq.{seed.ids['variable']}"}, json={"default": value}
    )
    assert fault(default) == (422, "default_invalid", "default")


def test_condition__on_another_category_is_taken_where_others_are_allowed(seed: Seed) -> None:
    seed.variable("status", **CATEGORIES | {"rules": {"other_allowed": True}})
    seed.variable("why", type="text", depends_on={"key": "status", "equals": "lost"})


def _by_hand(seed: Seed, value: Any) -> httpx.Response:
    row = {"project_id": seed.project_id, "variable_id": seed.ids["variable"], "value": value}
    return seed.owner.rest("POST", "golden_examples", json=row)


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ({"page": 2}, "page_unknown"),
        ({"quote": "Total"}, "page_unknown"),
        ({"box": [0, 0, 1, 1]}, "page_unknown"),
        ({"page": 1, "box": [0, 0, 900, 1]}, "box_outside_page"),
        ({"page": 1, "box": [5, 5, 1, 1]}, "box_outside_page"),
        ({"page": 1, "box": [1, 1, 2]}, "box_outside_page"),
        ({"page": 1, "quote": " "}, "quote_length"),
    ],
)
def test_correct__the_place_is_one_of_the_document(
    place: dict[str, Any], code: str, ready: Seed
) -> None:
    run(ready)
    refused(
        ready.owner, "correct_cell", 422, code, extraction=cells(ready)[0]["id"], value=1, **place
    )


def test_add__a_missed_value_from_selected_text(ready: Seed) -> None:
    """E-FB-01: a missed value is added with its quote, page and box."""
    run(ready, ready.cell(ready.ids["variable"], **ABSENT))
    target = cells(ready)[0]
    place = {"quote": "12.50", "page": 1, "box": [90, 50, 120, 60]}
    names = {"document": target["document_id"], "variable": ready.ids["variable"]}
    [row] = ready.team["reviewer"].call(
        "add_value", **names, value=12.5, note="it is there", **place
    )
    assert (row["id"], row["state"], row["value"], row["quote"]) == (
        target["id"],
        "corrected",
        12.5,
        "12.50",
    )
    assert row["original"]["state"] == "absent"
    assert reviews(ready, row["id"])[0]["kind"] == "add"
    refused(ready.owner, "add_value", 409, "cell_has_value", **names, value=1)
    refused(ready.owner, "add_value", 422, "row_index_range", **names, value=1, row_index=-1)
    ready.owner.call("undo_judgement", extraction=row["id"])
    assert cell(ready, row["id"])["state"] == "absent"


def test_add__a_row_that_was_not_found_and_back(ready: Seed) -> None:
    """E-FB-01: a value where no cell was; undoing it leaves no cell, and the trail says so."""
    run(ready)
    document = cells(ready)[0]["document_id"]
    [row] = ready.owner.call(
        "add_value", document=document, variable=ready.ids["variable"], value=3, row_index=1
    )
    assert (row["origin"], row["original"], row["row_index"]) == ("person", None, 1)
    assert len(ready.owner.call("result_rows", project=ready.project_id)) == 4
    ready.owner.call("undo_judgement", extraction=row["id"])
    assert len(cells(ready)) == 3
    [told] = ready.owner.rows("events", subject_id=f"eq.{row['id']}")
    assert (told["action"], told["detail"]["value"]) == ("deleted", 3)


def test_add__only_to_variables_and_documents_of_the_project(ready: Seed, full: Seed) -> None:
    document = ready.owner.rows("documents", project_id=f"eq.{ready.project_id}")[0]["id"]
    foreign = {"document": document, "variable": full.ids["variable"]}
    refused(ready.owner, "add_value", 404, "variable_not_found", **foreign, value=1)
    refused(ready.team["stranger"], "add_value", 404, "document_not_found", **foreign, value=1)


def test_undo__step_by_step_down_to_the_models_answer(ready: Seed) -> None:
    """E-FB-01: every judgement can be undone, one after the other, whoever made it."""
    run(ready)
    before = cells(ready)[0]
    target, reviewer, owner = before["id"], ready.team["reviewer"], ready.owner
    reviewer.call("accept_cells", extractions=[target], note="yes")
    owner.call("correct_cell", extraction=target, value=1)
    owner.call("mark_absent", extraction=target)
    assert owner.call("undo_judgement", extraction=target)[0]["value"] == 1
    assert (
        reviews(ready, target, owner)[0]["kind"],
        reviews(ready, target, owner)[0]["value"],
    ) == ("correct", 1)
    owner.call("accept_cells", extractions=[target])
    assert owner.call("undo_judgement", extraction=target)[0]["state"] == "corrected"
    [accepted] = reviewer.call("undo_judgement", extraction=target)
    assert (accepted["state"], accepted["value"], accepted["judged_by"]) == (
        "accepted",
        12.5,
        reviewer.id,
    )
    assert reviews(ready, target, owner)[0]["undone"] is True
    [back] = owner.call("undo_judgement", extraction=target)
    clock = ("revision", "updated_at")
    assert {k: v for k, v in back.items() if k not in clock} == {
        k: v for k, v in before.items() if k not in clock
    }
    assert back["revision"] > before["revision"]
    assert reviews(ready, target, reviewer)[0]["undone"] is True
    refused(owner, "undo_judgement", 409, "nothing_to_undo", extraction=target)


def test_undo__a_cell_that_changed_meanwhile_is_left_alone(ready: Seed) -> None:
    run(ready)
    target = cells(ready)[0]["id"]
    [first] = ready.owner.call("accept_cells", extractions=[target])
    ready.team["editor"].call("correct_cell", extraction=target, value=5)
    refused(
        ready.owner,
        "undo_judgement",
        409,
        "cell_changed",
        extraction=target,
        seen=first["revision"],
    )
    assert cell(ready, target)["value"] == 5
