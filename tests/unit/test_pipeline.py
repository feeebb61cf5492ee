"""From answers to cells: absent, failed, proposed and verified are four things.

E-EXT-01, 02, 04, 05, 06.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import JsonValue

from scripts.rig.scripted_truth import Prompt, truthful
from scripts.samples import SAMPLES
from service.extraction import pipeline, prompt
from service.extraction.answers import Answers, parse_answers
from service.extraction.models import Context, Extraction
from service.model.faults import ModelError
from service.parsing.models import Page, Parsed
from service.parsing.parse import parse_bytes
from service.reading.models import Variable
from tests.support.pages import document, drawn

CONTEXT = Context(language="en-GB")
NUMBER = Variable(id="1", key="number", label="Invoice number", type="text")
TOTAL = Variable(id="2", key="total", label="Total due", type="money", rules={"max": 1000})
DATE = Variable(id="3", key="date", label="Date", type="date")
PARTS = Variable(id="4", key="parts", label="Parts", type="text", multiple=True)
INVOICE = document(
    drawn(
        [
            [(50, "Invoice number: INV-77")],
            [(50, "Date: 04/02/2024")],
            [(50, "Bolts"), (200, "Nuts")],
            [(50, "Total due: £120.50")],
        ]
    )
)


class Stub:
    """Answers what it is told, and counts."""

    identity: dict[str, JsonValue] = {"model": "stub"}  # noqa: RUF012 - read only

    def __init__(self, said: dict[str, Any], origin: Literal["model", "offline"] = "model") -> None:
        self.said, self.origin, self.asked = said, origin, 0

    async def ask(self, context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
        self.asked += 1
        return parse_answers(json.dumps(self.said), variables)


def said(
    value: Any, quote: str | None = None, zone: int | None = None, reason: str | None = None
) -> Any:
    return {"value": value, "quote": quote, "zone": zone, "reason": reason}


async def cell(
    variable: Variable, answer: Any, parsed: Parsed = INVOICE, **more: Any
) -> Extraction:
    (made,) = await pipeline.extract(
        CONTEXT, [variable], parsed, Stub({variable.key: answer, **more})
    )
    return made


async def test_extract__a_value_comes_with_quote_page_and_box() -> None:
    made = await cell(TOTAL, said("£120.50", "Total due: £120.50", 1005))
    assert made.state == "proposed"
    assert made.value == {"amount": 120.5, "currency": "GBP"}
    assert (made.raw, made.quote, made.page) == ("£120.50", "Total due: £120.50", 1)
    assert made.evidence == "exact"
    assert made.verified
    assert made.box is not None
    assert made.box[0] > 100
    assert made.confidence > 0.9
    assert made.origin == "model"


async def test_extract__one_cell_a_variable_in_order() -> None:
    variables = [DATE, PARTS, NUMBER, TOTAL]
    cells = await pipeline.extract(CONTEXT, variables, INVOICE, Stub({}))
    assert [made.variable_id for made in cells] == ["3", "4", "1", "2"]
    assert {made.row_index for made in cells} == {0}


@pytest.mark.parametrize("reason", ["absent", "illegible", "ambiguous", "not_applicable", None])
async def test_extract__null_is_absent_and_never_failed(reason: str | None) -> None:
    """E-EXT-06: what the document does not say is absent, with a reason."""
    made = await cell(TOTAL, said(None, reason=reason))
    assert (made.state, made.value, made.evidence) == ("absent", None, "none")
    assert made.absent_reason == (reason or "absent")


async def test_extract__an_empty_list_is_absent() -> None:
    assert (await cell(PARTS, [])).state == "absent"


@pytest.mark.parametrize(
    ("answer", "flag"), [("bare", "malformed_answer"), (said({"a": 1}), "malformed_answer")]
)
async def test_extract__a_malformed_answer_fails_its_cell_alone(answer: Any, flag: str) -> None:
    """E-EXT-02, E-EXT-06: what cannot be read is failed, and the others are answered."""
    stub = Stub({"total": answer, "number": said("INV-77", "Invoice number: INV-77")})
    total, number, date = await pipeline.extract(CONTEXT, [TOTAL, NUMBER, DATE], INVOICE, stub)
    assert (total.state, total.flags, total.value) == ("failed", (flag,), None)
    assert (number.state, number.verified) == ("proposed", True)
    assert (date.state, date.flags) == ("failed", ("missing_answer",))


async def test_extract__what_the_document_does_not_print_is_not_verified() -> None:
    """E-EXT-05: a false excerpt is shown as one."""
    made = await cell(TOTAL, said("£120.90", "Total due: £120.90", 1005))
    assert (made.state, made.evidence, made.verified) == ("proposed", "not_found", False)
    assert made.confidence < 0.5


async def test_extract__a_value_that_its_quote_does_not_say_is_not_verified() -> None:
    """E-EXT-05: a true excerpt does not prove another value."""
    made = await cell(TOTAL, said("£77", "Total due: £120.50", 1005))
    assert (made.evidence, made.verified) == ("exact", False)
    assert made.signals["derivable"] is False


async def test_extract__a_value_without_quote_is_not_verified() -> None:
    made = await cell(NUMBER, said("INV-77"))
    assert (made.evidence, made.verified, made.page) == ("none", False, None)


async def test_extract__an_ambiguous_date_keeps_its_readings_and_is_not_guessed() -> None:
    stub = Stub({"date": said("04/02/2024", "Date: 04/02/2024")})
    (made,) = await pipeline.extract(Context(language="en"), [DATE], INVOICE, stub)
    assert (made.value, made.verified) == (None, False)
    assert "ambiguous_date" in made.flags
    assert made.signals["readings"] == ["2024-02-04", "2024-04-02"]


async def test_extract__a_broken_rule_is_flagged_and_lowers_confidence() -> None:
    """E-EXT-04, E-PP-04: rule checks are a signal of confidence."""
    strict = TOTAL.model_copy(update={"rules": {"max": 100}})
    kept, broken = [await cell(v, said("£120.50", "Total due: £120.50")) for v in (TOTAL, strict)]
    assert "rule_range" in broken.flags
    assert broken.confidence < kept.confidence


async def test_extract__a_list_is_as_verified_as_its_weakest_value() -> None:
    good = await cell(PARTS, [said("Bolts", "Bolts"), said("Nuts", "Nuts")])
    assert (good.value, good.verified, good.quote) == (["Bolts", "Nuts"], True, "Bolts\nNuts")
    assert len(good.boxes) == 2
    bad = await cell(PARTS, [said("Bolts", "Bolts"), said("Gears", "Gears")])
    assert (bad.value, bad.verified, bad.evidence) == (["Bolts", "Gears"], False, "not_found")


async def test_extract__foreign_keys_change_nothing_but_a_flag() -> None:
    """E-PRM-05: no other cell, and no other document."""
    clean = await cell(NUMBER, said("INV-77", "Invoice number: INV-77"))
    made = await cell(NUMBER, said("INV-77", "Invoice number: INV-77"), other=said("x"), id="y")
    assert made.flags == ("extra_keys",)
    assert made.model_copy(update={"flags": ()}) == clean


async def test_extract__offline_values_are_labelled_and_its_silence_too() -> None:
    stub = Stub({"number": said("INV-77", "INV-77"), "total": said(None)}, origin="offline")
    number, total = await pipeline.extract(CONTEXT, [NUMBER, TOTAL], INVOICE, stub)
    assert {number.origin, total.origin} == {"offline"}
    assert "offline_silent" in total.flags


async def test_extract__nobody_is_asked_about_pages_without_text() -> None:
    stub = Stub({})
    scan = Parsed((Page(1, 600, 800, 0, "", "none"),), ())
    (made,) = await pipeline.extract(CONTEXT, [TOTAL], scan, stub)
    assert stub.asked == 0
    assert (made.state, made.absent_reason, made.flags) == (
        "absent",
        "illegible",
        ("unread_pages",),
    )


@pytest.mark.parametrize(("text", "asked"), [("Total due: £120.50", 1), (" \n", 0)])
async def test_extract__a_page_is_asked_about_for_its_text(text: str, asked: int) -> None:
    """Words are not needed: what has no words has no box, but an answer."""
    stub = Stub({"total": said(None)})
    await pipeline.extract(
        CONTEXT, [TOTAL], Parsed((Page(1, 600, 800, 0, text, "text"),), ()), stub
    )
    assert stub.asked == asked


async def test_extract__absent_beside_unread_pages_says_so() -> None:
    part = Parsed((*INVOICE.pages, Page(2, 600, 800, 0, "", "none")), INVOICE.zones)
    assert "unread_pages" in (await cell(TOTAL, said(None), part)).flags


async def test_extract__a_model_that_fails_fails_the_document() -> None:
    class Down(Stub):
        async def ask(self, *_: Any) -> Answers:
            raise ModelError("model_unavailable", "down", retryable=True)

    with pytest.raises(ModelError):
        await pipeline.extract(CONTEXT, [TOTAL], INVOICE, Down({}))


async def test_extract__the_input_hash_is_what_would_be_asked() -> None:
    made = await cell(TOTAL, said(None))
    wanted = prompt.input_hash(prompt.document_hash(CONTEXT, INVOICE, Stub.identity), TOTAL)
    assert made.input_hash == wanted


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.pdf")), ids=lambda path: path.stem)
async def test_extract__a_model_that_quotes_verbatim_is_verified(path: Path) -> None:
    truth = json.loads(path.with_suffix(".json").read_text())
    if truth["state"] == "failed" or truth["image_only"]:
        pytest.skip("nothing can be read in this sample")
    given = json.loads((SAMPLES / "variables.json").read_text())["variables"]
    variables = [Variable(id=v["key"], **v) for v in given]
    parsed = parse_bytes(path, "application/pdf")
    body = {"messages": prompt.messages(Context(language=truth["language"]), variables, parsed)}
    stub = Stub(truthful(SAMPLES)(Prompt.of(body)))
    cells = await pipeline.extract(Context(language=truth["language"]), variables, parsed, stub)
    for made in cells:
        field = truth["fields"][made.variable_id]
        if field["raw"] is None:
            assert made.state == "absent"
        else:
            assert made.evidence in ("exact", "split"), made
            assert made.page == field["page"]
            # A yes or no, or a category, is proven by its whole quote.
            if made.variable_id not in ("signed", "document_kind"):
                assert _overlap(made.box, field["box"]) > 0.5, made


def _overlap(a: Any, b: Any) -> float:
    """Intersection over union."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0, width) * max(0, height)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return float(shared / (sum(areas) - shared))
