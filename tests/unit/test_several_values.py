"""Cells of several values, of ambiguous ones, and of those that break a rule with a message."""

import json
from typing import Any

import pytest

from service.evidence.locate import DocumentIndex
from service.extraction.answers import parse_answers
from service.extraction.conditions import apply_conditions
from service.extraction.judge import Judge
from service.extraction.models import Context, Extraction
from service.reading.models import Variable
from tests.support.pages import document, drawn

PAPER = document(
    drawn(
        [
            [(50, "Bolts"), (200, "Nuts"), (350, "Gears")],
            [(50, "Paid: 04/02/2024")],
            [(50, "Sums: 5,00 and 7,50")],
        ]
    )
)
PARTS = Variable(id="1", key="k", label="Parts", type="text", multiple=True)
THREE = [
    {"value": part, "quote": part, "zone": None, "reason": None}
    for part in ("Bolts", "Nuts", "Gears")
]


def judged(variable: Variable, answer: Any, language: str = "en") -> Extraction:
    """The cell that an answer becomes."""
    answers = parse_answers(json.dumps({variable.key: answer}), [variable])
    context = Context(language=language)
    (made,) = Judge(context, PAPER, DocumentIndex(PAPER), "model", "hash", answers).cells_of(
        [variable]
    )
    (stored,) = apply_conditions([variable], [made], {})
    return stored


@pytest.mark.parametrize(
    ("several", "value", "quote", "boxes"),
    [
        ("all", ["Bolts", "Nuts", "Gears"], "Bolts\nNuts\nGears", 3),
        ("first", "Bolts", "Bolts", 1),
        ("last", "Gears", "Gears", 1),
        ("joined", "Bolts; Nuts; Gears", "Bolts\nNuts\nGears", 3),
    ],
)
def test_several__keeps_what_is_wanted_with_its_quotes_and_boxes(
    several: Any, value: Any, quote: str, boxes: int
) -> None:
    """E-PP-08: first, last, all and joined are honoured, and evidence is of what is kept."""
    made = judged(PARTS.model_copy(update={"several": several}), THREE)
    assert (made.value, made.quote, len(made.boxes), made.verified) == (value, quote, boxes, True)
    assert made.flags == ()


@pytest.mark.parametrize(
    ("several", "value"), [("all", ["Bolts", "Nuts"]), ("joined", "Bolts; Nuts")]
)
def test_several__beyond_the_most_is_left_out_and_said(several: Any, value: Any) -> None:
    """E-PP-08: all, at most max_values."""
    made = judged(PARTS.model_copy(update={"several": several, "max_values": 2}), THREE)
    assert (made.value, made.flags) == (value, ("values_cut",))
    assert judged(PARTS.model_copy(update={"several": several, "max_values": 3}), THREE).flags == ()


def test_several__numbers_are_joined_as_they_are_printed() -> None:
    """E-PP-08: and checked one by one."""
    sums = Variable(
        id="1",
        key="k",
        label="Sums",
        type="number",
        multiple=True,
        several="joined",
        rules={"max": 6},
    )
    both = [
        {"value": raw, "quote": "Sums: 5,00 and 7,50", "zone": None, "reason": None}
        for raw in ("5,00", "7,50")
    ]
    made = judged(sums, both, "de")
    assert (made.value, made.flags) == ("5,00; 7,50", ("rule_range",))


def paid(**columns: Any) -> Extraction:
    """The day of payment, which is 4 February or 2 April."""
    variable = Variable(id="1", key="k", label="Paid", type="date", **columns)
    return judged(
        variable, {"value": "04/02/2024", "quote": "Paid: 04/02/2024", "zone": None, "reason": None}
    )


def test_ambiguous__the_best_guess_is_a_reading_that_breaks_no_rule() -> None:
    """E-PP-07: flagged, with all readings, and never verified."""
    made = paid(uncertainty_action="best_guess")
    assert (made.value, made.verified) == ("2024-02-04", False)
    assert {"ambiguous_date", "best_guess"} <= {*made.flags}
    assert made.signals["readings"] == ["2024-02-04", "2024-04-02"]
    assert paid(uncertainty_action="best_guess", rules={"min": "2024-03"}).value == "2024-04-02"


def test_ambiguous__is_flagged_or_left_out_otherwise() -> None:
    """E-PP-07: flag keeps the cell without a value, skip makes it absent."""
    flagged, skipped = paid(), paid(uncertainty_action="skip")
    assert (flagged.state, flagged.value) == ("proposed", None)
    assert {"ambiguous_date", "low_confidence"} <= {*flagged.flags}
    assert (skipped.state, skipped.absent_reason, skipped.value) == ("absent", "ambiguous", None)
    assert skipped.raw == "04/02/2024"


def test_rule__that_breaks_shows_its_message_and_no_other() -> None:
    """E-PP-04: what people are to read of a broken rule is with the cell."""
    rules = {"pattern": "[A-F].*", "message": "Known parts only"}
    wrong, right = (judged(PARTS.model_copy(update={"rules": rules}), [THREE[at]]) for at in (1, 0))
    assert (wrong.flags, wrong.signals["message"]) == (("rule_pattern",), "Known parts only")
    assert (right.flags, "message" in right.signals) == ((), False)
