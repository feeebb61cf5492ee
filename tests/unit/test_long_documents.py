"""Documents of several windows are put together, and a second try is made for what failed."""

import json
import sys
from dataclasses import replace
from typing import Any

import pytest

from scripts.rig.scripted_truth import Prompt
from service.extraction import pipeline, prompt
from service.extraction.models import Context, Extraction
from service.model.faults import ModelError, RateLimited
from service.parsing.models import Page, Parsed
from service.reading.models import Variable
from tests.support.windowed import Reader, fields, pages, said

TOTAL = Variable(id="1", key="total", label="Total", type="number", rules={"max": 1000})
PARTS = Variable(id="2", key="part", label="Parts", type="text", multiple=True)
CITY = Variable(id="3", key="city", label="City", type="text")
FILLER = [f"Nothing of interest stands in line {n} of this page." for n in range(12)]
ROOM = 1024


async def read(
    parsed: Parsed, reader: Reader, *variables: Variable, room: int = ROOM
) -> list[Extraction]:
    return await pipeline.extract(Context(language="en"), variables, parsed, reader, room=room)


def one_after_the_other(*totals: Any) -> Reader:
    """Gives these answers to the variable total, one a call."""
    left = iter(totals)
    return Reader(lambda _: {"total": next(left)})


def spread(*lines: str) -> Parsed:
    """A document of a page for each line, with much around it."""
    return pages(*([*FILLER, line, *FILLER] for line in lines))


async def test_windows__what_one_says_is_the_answer() -> None:
    """E-EXT-09, E-DOC-08: absent here and found there is found; each window is asked everything."""
    reader = Reader(fields)
    total, city = await read(spread("none", "total: 120", "city: Rome"), reader, TOTAL, CITY)
    assert (total.value, total.page, total.verified) == (120, 2, True)
    assert (city.value, city.page, city.flags) == ("Rome", 3, ())
    assert len(reader.asked) > 3
    assert {tuple(asked.keys) for asked in reader.asked} == {("total", "city")}


async def test_windows__zone_numbers_are_those_of_the_document() -> None:
    reader = Reader(fields)
    parsed = spread("none", "total: 120")
    await read(parsed, reader, TOTAL)
    shown = {zone.number: zone.text for asked in reader.asked for zone in asked.zones}
    assert shown == {zone.position: zone.text for zone in parsed.zones}


async def test_windows__the_best_proven_answer_wins() -> None:
    def answer(asked: Prompt) -> dict[str, Any]:
        return fields(asked) if "total: 120" in asked.text else {"total": said("77", "total: 77")}

    (total,) = await read(spread("none", "total: 120", "none"), Reader(answer), TOTAL)
    assert (total.value, total.verified, total.flags) == (120, True, ())


async def test_windows__two_proven_answers_that_differ_are_a_conflict() -> None:
    (total,) = await read(spread("total: 120", "none", "total: 130"), Reader(fields), TOTAL)
    assert (total.value, total.verified, total.flags[0]) == (None, False, "conflict")
    assert total.signals["readings"] == [120, 130]


async def test_windows__the_same_answer_twice_is_the_first() -> None:
    (total,) = await read(spread("total: 120", "none", "total: 120"), Reader(fields), TOTAL)
    assert (total.value, total.page, total.flags) == (120, 1, ())


async def test_windows__lists_are_put_together_and_the_overlap_is_not_doubled() -> None:
    """E-EXT-09: a line that two windows show is one value; the same one elsewhere is another."""
    lines = [f"part: P{n} and some words around it" for n in range(60)]
    reader = Reader(fields)
    (parts,) = await read(pages(lines, [lines[7]]), reader, PARTS)
    shown = sum(len(asked.zones) for asked in reader.asked)
    assert shown > 61
    assert parts.value == [*(f"P{n}" for n in range(60)), "P7"]
    assert parts.verified


async def test_windows__one_that_did_not_answer_is_said() -> None:
    """E-EXT-02: a fault in one window fails the cell, or flags the value of another window."""

    def answer(asked: Prompt) -> dict[str, Any]:
        return fields(asked) | ({"total": 5, "part": 5} if "here" in asked.text else {})

    parsed = spread("part: P1", "here", "none")
    total, parts = await read(parsed, Reader(answer), TOTAL, PARTS)
    assert (total.state, total.flags) == ("failed", ("malformed_answer",))
    assert (parts.state, parts.value, parts.flags) == (
        "proposed",
        ["P1"],
        ("malformed_answer", "incomplete"),
    )


async def test_windows__one_that_failed_fails_the_document() -> None:
    reader = Reader(
        lambda asked: ModelError("model_refused", "no") if "here" in asked.text else fields(asked)
    )
    with pytest.raises(ModelError):
        await read(spread("total: 120", "here"), reader, TOTAL)


async def test_second_try__is_for_what_failed_alone_and_says_why() -> None:
    calls = iter([{"total": said("77", "total: 77"), "city": said("Rome", "city: Rome")}])
    reader = Reader(lambda asked: next(calls, fields(asked)))
    parsed = pages(["total: 120", "city: Rome"])
    total, city = await read(parsed, reader, TOTAL, CITY)
    assert [asked.keys for asked in reader.asked] == [["total", "city"], ["total"]]
    assert "not_found" in reader.asked[1].variables[0]["instructions"]
    assert (total.value, total.verified, city.verified) == (120, True, True)
    wanted = prompt.input_hash(
        prompt.document_hash(Context(language="en"), parsed, Reader.identity), TOTAL
    )
    assert total.input_hash == wanted


@pytest.mark.parametrize(
    "first",
    [
        5,
        said("total"),
        said("120", "x: 9"),
        said("1200", "total: 1200"),
        said("1.2.3", "total: 1200"),
        said("120") | {"quote": None},
    ],
    ids=["malformed", "unreadable", "not found", "broken rule", "not a number", "no quote"],
)
async def test_second_try__keeps_the_better_answer(first: Any) -> None:
    parsed = pages(["total: 120", "total: 1200"])
    good = said("120", "total: 120")
    for answers in ([first, good], [first, said(None)]):
        reader = one_after_the_other(*answers)
        (cell,) = await read(parsed, reader, TOTAL)
        assert len(reader.asked) == 2
        assert cell.verified == (answers[1] is good or cell.flags == ("rule_range",))


# Of page 1: its second line is hard to read. Each answer with how much speaks for it.
BLURRED = ["note: abc", "total: 1200", "note: xyz"]
MALFORMED = 5  # fails
NONE = said(None)  # absent
NOT_PRINTED = said("77", "total: 77")  # confidence 0.11
NO_NUMBER = said("abc", "note: abc")  # confidence 0.45
NO_NUMBER_EITHER = said("xyz", "note: xyz")  # the same
PROVEN = said("1200", "total: 1200")  # over the maximum, hard to read: confidence 0.42


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (MALFORMED, NONE, ("absent", None)),
        (MALFORMED, NOT_PRINTED, ("proposed", "77")),
        (NOT_PRINTED, MALFORMED, ("proposed", "77")),
        (NOT_PRINTED, NONE, ("proposed", "77")),
        (NO_NUMBER, PROVEN, ("proposed", "1200")),
        (PROVEN, NO_NUMBER, ("proposed", "1200")),
        (NOT_PRINTED, NO_NUMBER, ("proposed", "abc")),
        (NO_NUMBER, NOT_PRINTED, ("proposed", "abc")),
        (NO_NUMBER, NO_NUMBER_EITHER, ("proposed", "abc")),
    ],
    ids=[
        "absent before failed",
        "a doubtful value before failed",
        "failed after a doubtful value",
        "a doubtful value before absent",
        "proven before more confident",
        "more confident after proven",
        "more confident before less",
        "less confident after more",
        "the first of equals",
    ],
)
async def test_second_try__worth_is_an_answer_then_proof_then_confidence(
    first: Any, second: Any, kept: tuple[str, str | None]
) -> None:
    clear = pages(BLURRED)
    zones = [
        replace(zone, confidence=0.4 if zone.text == "total: 1200" else 1.0) for zone in clear.zones
    ]
    reader = one_after_the_other(first, second)
    (cell,) = await read(replace(clear, zones=tuple(zones)), reader, TOTAL)
    assert len(reader.asked) == 2
    assert (cell.state, cell.raw) == kept


async def test_second_try__none_for_what_is_good_absent_or_ambiguous() -> None:
    date = Variable(id="4", key="date", label="Date", type="date")
    reader = Reader(fields)
    await read(pages(["total: 120", "date: 04/02/2024"]), reader, TOTAL, CITY, PARTS, date)
    assert len(reader.asked) == 1


async def test_second_try__that_fails_leaves_the_first() -> None:
    given = iter([{"total": said("77", "total: 77")}])
    reader = Reader(lambda _: next(given, ModelError("model_truncated", "no")))
    (total,) = await read(pages(["total: 120"]), reader, TOTAL)
    assert (total.value, total.evidence) == (77, "not_found")
    patient = iter([{"total": said("77", "total: 77")}])
    with pytest.raises(RateLimited):
        await read(pages(["total: 120"]), Reader(lambda _: next(patient, RateLimited(90))), TOTAL)


async def test_second_try__of_several_windows_reads_the_one_that_spoke() -> None:
    def answer(asked: Prompt) -> dict[str, Any]:
        first = "Asked again" not in str(asked.variables) and "total: 120" in asked.text
        return {"total": said("77", "total: 77")} if first else fields(asked)

    reader = Reader(answer)
    (total,) = await read(spread("none", "total: 120", "none"), reader, TOTAL)
    assert (total.value, total.verified) == (120, True)
    windows = len(reader.asked) - 1
    assert windows > 2
    assert "total: 120" in reader.asked[-1].text


async def test_second_try__of_several_windows_reads_the_one_that_failed() -> None:
    def answer(asked: Prompt) -> dict[str, Any]:
        first = "Asked again" not in str(asked.variables) and "total: 120" in asked.text
        return {"total": MALFORMED} if first else fields(asked)

    reader = Reader(answer)
    (total,) = await read(spread("none", "none", "total: 120", "none"), reader, TOTAL)
    assert (total.value, total.verified) == (120, True)
    assert "Asked again" in str(reader.asked[-1].variables)
    assert "total: 120" in reader.asked[-1].text


async def test_second_try__that_answers_takes_the_fault_away() -> None:
    calls = iter([{"total": MALFORMED}])
    reader = Reader(lambda asked: next(calls, fields(asked)))
    (total,) = await read(pages(["total: 120"]), reader, TOTAL)
    assert (total.value, total.flags) == (120, ())


async def test_condition__that_fails_is_neither_asked_nor_asked_again() -> None:
    """E-VAR-06: a call about what does not apply would be paid for nothing."""
    city = CITY.model_copy(update={"depends_on": {"key": "kind", "equals": "loan"}})
    calls = iter([{"total": MALFORMED}])
    reader = Reader(lambda asked: next(calls, fields(asked)))
    total, skipped = await pipeline.extract(
        Context(language="en"),
        [TOTAL, city],
        pages(["total: 120", "city: Rome"]),
        reader,
        row_values={"kind": "grant"},
    )
    assert [asked.keys for asked in reader.asked] == [["total"], ["total"]]
    assert (total.value, skipped.flags) == (120, ("skipped_by_dependency",))


async def test_condition__on_a_value_that_nobody_knows_yet_is_asked() -> None:
    """E-VAR-06: both are asked in one call, and the answer to one decides on the other."""
    kind = Variable(id="5", key="kind", label="Kind", type="text")
    city = CITY.model_copy(update={"depends_on": {"key": "kind", "equals": "loan"}})
    reader = Reader(fields)
    cells = await read(pages(["kind: loan", "city: Rome"]), reader, city, kind)
    assert [asked.keys for asked in reader.asked] == [["city", "kind"]]
    assert [cell.value for cell in cells] == ["Rome", "loan"]


async def test_truncated__the_answers_that_are_whole_stay_and_the_others_are_asked_again() -> None:
    whole = json.dumps({"total": said("120", "total: 120"), "city": said("Rome", "city: Rome")})
    cut = iter([whole[: whole.index('"Rome')]])
    reader = Reader(lambda asked: next(cut, fields(asked)))
    total, city = await read(pages(["total: 120", "city: Rome"]), reader, TOTAL, CITY)
    assert [asked.keys for asked in reader.asked] == [["total", "city"], ["city"]]
    assert (total.value, city.value) == (120, "Rome")


async def test_unread_pages__a_list_beside_them_says_so() -> None:
    parsed = pages(["part: P1", "total: 120"])
    part = Parsed((*parsed.pages, Page(2, 600, 800, 0, "", "none")), parsed.zones)
    parts, total = await read(part, Reader(fields), PARTS, TOTAL, room=sys.maxsize)
    assert (parts.flags, total.flags) == (("unread_pages",), ())
