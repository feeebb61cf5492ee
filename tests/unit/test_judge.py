"""Answers become cells: the best of several windows, and what every signal of a cell is read from."""

from dataclasses import replace
from typing import Any

import pytest

from service.evidence.locate import DocumentIndex
from service.extraction.answers import Answers
from service.extraction.judge import Judge
from service.extraction.models import Answer, Context, Extraction
from service.parsing.models import Parsed
from service.reading.models import Variable
from tests.support.pages import document, drawn

PAPER = document(
    drawn([[(50, "Total 120")], [(50, "Net 1200")], [(50, "Tax 19")], [(50, "All in USD")]], 1),
    drawn([[(50, "Total 120")], [(50, "Gross 130")], [(50, "Grade: invoice")]], 2),
)
TOTAL = Variable(id="1", key="k", label="Sum", type="number", rules={"max": 1000})
SUMS = TOTAL.model_copy(update={"multiple": True})
PRICE = Variable(id="1", key="k", label="Sum", type="money")
KIND = Variable(id="1", key="k", label="Grade", type="category", categories=("invoice", "letter"))


def answer(value: Any, quote: str | None, zone: int | None = None) -> Answer:
    return Answer(value=value, quote=quote, zone=zone)


def judged(variable: Variable, *answers: Answer, parsed: Parsed = PAPER, **more: Any) -> Extraction:
    """The cell that the answers of all windows become."""
    judge = Judge(
        context=Context(language="en"),
        parsed=parsed,
        document=DocumentIndex(parsed),
        origin="model",
        document_hash="hash",
        answers=Answers({variable.key: list(answers)}, **more),
    )
    (cell,) = judge.cells_of([variable])
    return cell


UNREADABLE = answer("many", "Total 120", 1001)  # exact, but no number
RULE_BROKEN = answer("1200", "Net 1200", 1002)  # proven, but over the maximum
MADE_UP = answer("77", "Sum 77")  # printed nowhere
OF_ANOTHER = answer("19", "Total 120", 1001)  # exact, but the quote says something else
MOVED = answer("19", "Tax 19", 2001)  # proven, in another zone than claimed
EXACT = answer("19", "Tax 19", 1003)


@pytest.mark.parametrize("turned", [False, True], ids=["in order", "turned"])
@pytest.mark.parametrize(
    ("best", "other"),
    [
        (MADE_UP, UNREADABLE),
        (MADE_UP, RULE_BROKEN),
        (MOVED, OF_ANOTHER),
        (OF_ANOTHER, MADE_UP),
        (EXACT, MOVED),
    ],
)
def test_windows__a_proven_value_before_a_usable_one_before_any(
    best: Answer, other: Answer, turned: bool
) -> None:
    cell = judged(TOTAL, *((other, best) if turned else (best, other)))
    alone = judged(TOTAL, best)
    assert cell == alone


def test_windows__two_proven_values_are_a_conflict_without_proof() -> None:
    cell = judged(TOTAL, answer("120", "Total 120", 1001), answer("130", "Gross 130", 2002))
    assert (cell.value, cell.verified, cell.flags) == (None, False, ("conflict",))
    assert cell.signals["readings"] == [120, 130]
    assert cell.signals["derivable"] is False


@pytest.mark.parametrize("reasons", [["absent", "illegible"], [None, "illegible", "ambiguous"]])
def test_absent__the_first_reason_that_says_more_counts(reasons: list[Any]) -> None:
    cell = judged(TOTAL, *(Answer(reason=reason) for reason in reasons))
    assert (cell.state, cell.absent_reason) == ("absent", "illegible")


def test_list__is_as_sure_as_its_weakest_value() -> None:
    cell = judged(SUMS, EXACT, OF_ANOTHER)
    assert (cell.value, cell.verified, cell.evidence) == ([19, 19], False, "exact")
    assert cell.signals["derivable"] is False
    assert judged(SUMS, EXACT, MOVED).evidence == "moved"
    assert judged(SUMS, MOVED, EXACT).evidence == "moved"


def test_list__shows_the_boxes_of_the_page_that_it_shows() -> None:
    """All quotes are kept, but a box of another page would be drawn in the wrong place."""
    cell = judged(SUMS, answer("19", "Tax 19", 1003), answer("130", "Gross 130", 2002))
    assert (cell.page, cell.quote, len(cell.boxes)) == (1, "Tax 19\nGross 130", 1)
    assert cell.boxes == judged(SUMS, EXACT).boxes


def test_list__flags_are_told_from_the_value_to_the_answer_each_once() -> None:
    parsed = replace(PAPER, pages=(*PAPER.pages, replace(PAPER.pages[0], number=3, source="none")))
    cell = judged(
        SUMS.model_copy(update={"max_values": 2}),
        UNREADABLE,
        RULE_BROKEN,
        EXACT,
        parsed=parsed,
        flags=("extra_keys",),
        faults={"k": "malformed_answer"},
    )
    assert cell.flags == (
        "not_a_number",
        "rule_range",
        "malformed_answer",
        "incomplete",
        "unread_pages",
        "values_cut",
        "extra_keys",
    )


def test_signals__quality_is_that_of_the_zone_and_source_that_of_the_page() -> None:
    zones = [
        replace(zone, confidence=0.4 if zone.position == 1003 else 1.0) for zone in PAPER.zones
    ]
    first, second = PAPER.pages
    scanned = Parsed((first, replace(second, source="ocr")), tuple(zones))
    blurred = judged(TOTAL, EXACT, parsed=scanned)
    assert (blurred.signals["text_quality"], blurred.signals["source"]) == (0.4, "text")
    read = judged(TOTAL, answer("130", "Gross 130", 2002), parsed=scanned)
    assert (read.signals["text_quality"], read.signals["source"]) == (1.0, "ocr")


@pytest.mark.parametrize(("quote", "places"), [("Total 120", 2), ("Tax 19", 1), ("Sum 7", 0)])
def test_signals__occurrences_are_the_places_of_the_quote(quote: str, places: int) -> None:
    cell = judged(TOTAL, answer(quote.split()[1], quote))
    assert cell.signals["occurrences"] == places


def test_money__its_currency_may_stand_elsewhere_on_its_page_alone() -> None:
    first, second = PAPER.pages
    parsed = replace(PAPER, pages=(replace(first, text="All in USD"), second))
    assert judged(PRICE, answer("120 USD", "Total 120", 1001), parsed=parsed).verified
    assert not judged(PRICE, answer("130 USD", "Gross 130", 2002), parsed=parsed).verified


def test_category__is_proven_by_its_whole_quote() -> None:
    cell = judged(KIND, answer("invoice", "Grade: invoice", 2003))
    assert cell.verified
    assert cell.box == cell.boxes[0]


def test_fault__without_a_value_fails_the_cell() -> None:
    """Some windows gave no answer, the others no value: nobody knows whether there is one."""
    cell = judged(TOTAL, Answer(reason="absent"), faults={"k": "malformed_answer"})
    assert (cell.state, cell.flags) == ("failed", ("malformed_answer",))
