"""Cells as they are stored: conditions, defaults, doubt; and which of it makes a cell stale."""

from typing import Any

import pytest
from pydantic import JsonValue

from service.extraction.conditions import applies, apply_conditions, current_hash
from service.extraction.models import Extraction
from service.reading.models import Variable

KIND = Variable(id="1", key="kind", label="Kind", type="category", categories=("grant", "loan"))
RATE = Variable(
    id="2", key="rate", label="Rate", type="number", depends_on={"key": "kind", "equals": "loan"}
)
FEE = Variable(
    id="3", key="fee", label="Fee", type="number", depends_on={"key": "rate", "present": True}
)


def cell(variable: Variable, value: JsonValue, **columns: Any) -> Extraction:
    """A cell as it is judged: proposed with a sure value, or absent."""
    state: dict[str, Any] = {
        "state": "proposed",
        "value": value,
        "raw": str(value),
        "verified": True,
        "confidence": 0.9,
    }
    if value is None:
        state = {"state": "absent", "absent_reason": "absent"}
    return Extraction(
        **{"variable_id": variable.id, "input_hash": "asked", "origin": "model"} | state | columns
    )


def one(variable: Variable, made: Extraction, **row_values: JsonValue) -> Extraction:
    """The only cell, as it is stored."""
    (stored,) = apply_conditions([variable], [made], row_values)
    return stored


@pytest.mark.parametrize(
    ("condition", "value", "holds"),
    [
        ({"equals": "loan"}, "loan", True),
        ({"equals": "loan"}, "grant", False),
        ({"equals": "loan"}, None, False),
        ({"equals": True}, True, True),
        ({"equals": 12.5}, {"amount": 12.5, "currency": "EUR"}, True),
        ({"equals": "b"}, ["a", "b"], True),
        ({"in": ["a", "b"]}, "b", True),
        ({"in": ["a", "b"]}, "c", False),
        ({"present": True}, 0, True),
        ({"present": True}, None, False),
        ({"present": False}, None, True),
        ({"present": False}, [], True),
        ({"present": False}, "x", False),
    ],
)
def test_applies__by_value_by_list_or_by_presence(
    condition: Any, value: JsonValue, holds: bool
) -> None:
    """E-VAR-06: a condition looks at the other value, of money at the amount, of a list at each."""
    variable = RATE.model_copy(update={"depends_on": {"key": "kind", **condition}})
    assert applies(variable, {"kind": value}) is holds


def test_apply_conditions__where_the_condition_fails_the_cell_is_skipped_and_not_failed() -> None:
    """E-VAR-06: in whatever order they are listed, and through a chain."""
    fee, rate, kind = apply_conditions(
        [FEE, RATE, KIND], [cell(FEE, 1), cell(RATE, 2), cell(KIND, "grant")], {}
    )
    assert kind.value == "grant"
    for skipped in (rate, fee):
        assert (skipped.state, skipped.absent_reason, skipped.value) == (
            "absent",
            "not_applicable",
            None,
        )
        assert (skipped.flags, skipped.verified, skipped.evidence) == (
            ("skipped_by_dependency",),
            False,
            "none",
        )


def test_apply_conditions__where_the_condition_holds_the_answer_counts() -> None:
    kind, rate, fee = apply_conditions(
        [KIND, RATE, FEE], [cell(KIND, "loan"), cell(RATE, 2), cell(FEE, 1)], {}
    )
    assert (kind.value, rate.value, fee.value) == ("loan", 2, 1)


def test_apply_conditions__a_failed_parent_takes_no_answer_away() -> None:
    """E-EXT-02: a malformed answer marks its own cell alone."""
    failed = cell(KIND, None, state="failed", absent_reason=None)
    assert apply_conditions([KIND, RATE], [failed, cell(RATE, 2)], {})[1].value == 2


def test_apply_conditions__a_judged_value_outweighs_a_new_answer() -> None:
    kind, rate = apply_conditions(
        [KIND, RATE], [cell(KIND, "loan"), cell(RATE, 2)], {"kind": "grant"}
    )
    assert (kind.value, rate.flags) == ("loan", ("skipped_by_dependency",))


def test_apply_conditions__the_value_it_depends_on_is_part_of_the_input_hash() -> None:
    """E-VAR-06: a stored hash is that of what would be asked while the other value stays."""
    loan, grant = (one(RATE, cell(RATE, 2), kind=kind).input_hash for kind in ("loan", "grant"))
    assert loan != grant
    assert loan == current_hash("asked", RATE, {"kind": "loan"})
    assert grant == current_hash("asked", RATE, {"kind": "grant"})
    assert one(KIND, cell(KIND, "loan")).input_hash == "asked"


@pytest.mark.parametrize("reason", ["absent", "not_applicable"])
def test_apply_conditions__a_null_answer_gives_the_default_and_says_so(reason: str) -> None:
    """E-PP-06: visibly a default, never verified, without evidence."""
    variable = KIND.model_copy(update={"default": "grant"})
    made = one(variable, cell(variable, None, absent_reason=reason))
    assert (made.state, made.value, made.absent_reason) == ("proposed", "grant", None)
    assert (made.flags, made.verified, made.evidence, made.quote) == (
        ("default",),
        False,
        "none",
        None,
    )


@pytest.mark.parametrize("reason", ["illegible", "ambiguous"])
def test_apply_conditions__what_cannot_be_read_gets_no_default(reason: str) -> None:
    """E-PP-06: the document says something, so that a default would hide it."""
    variable = KIND.model_copy(update={"default": "grant"})
    made = one(variable, cell(variable, None, absent_reason=reason))
    assert (made.state, made.value) == ("absent", None)


def test_apply_conditions__an_answer_and_a_skipped_cell_get_no_default() -> None:
    variable = RATE.model_copy(update={"default": 7})
    assert one(variable, cell(variable, 2), kind="loan").value == 2
    assert one(variable, cell(variable, None), kind="grant").value is None


@pytest.mark.parametrize(
    ("action", "state", "value", "flags"),
    [
        ("flag", "proposed", "x", ("low_confidence",)),
        ("skip", "absent", None, ("low_confidence",)),
        ("best_guess", "proposed", "x", ("best_guess",)),
    ],
)
def test_apply_conditions__below_the_threshold_the_action_decides(
    action: Any, state: str, value: Any, flags: Any
) -> None:
    """E-PP-07: flag, skip and best guess do as they are named; at the threshold nothing happens."""
    variable = Variable(
        id="1",
        key="k",
        label="K",
        type="text",
        uncertainty_action=action,
        uncertainty_threshold=0.6,
    )
    sure, unsure = (
        one(variable, cell(variable, "x", confidence=confidence)) for confidence in (0.6, 0.59)
    )
    assert (sure.state, sure.value, sure.flags, sure.verified) == ("proposed", "x", (), True)
    assert (unsure.state, unsure.value, unsure.flags, unsure.raw) == (state, value, flags, "x")
    assert unsure.absent_reason == ("ambiguous" if action == "skip" else None)
    assert unsure.verified is (action == "flag")


def test_apply_conditions__the_default_threshold_is_one_half() -> None:
    """E-PP-07: where nobody set one."""
    variable = Variable(id="1", key="k", label="K", type="text")
    assert one(variable, cell(variable, "x", confidence=0.49)).flags == ("low_confidence",)
    assert one(variable, cell(variable, "x", confidence=0.5)).flags == ()
