"""Rows that are entities: the right ones, each once, and a list that is not complete says so."""

import json
import random
import sys
from typing import Any

import pytest

from scripts.rig.scripted_truth import Prompt
from service.extraction import pipeline
from service.extraction.models import Context, Extraction
from service.extraction.stored_cells import stale_variables
from service.model.faults import ModelError
from service.offline.extractor import OfflineModel
from service.parsing.models import Page, Parsed
from service.reading.models import Variable
from tests.support.windowed import LISTING, Reader, fields, pages, people, said

AGE = Variable(id="1", key="age", label="Age", type="number")
CITY = Variable(id="2", key="city", label="City", type="text")
NAMES = [
    f"{first}{second}"
    for first in ("Ann", "Bob", "Cid", "Dora", "Eva")
    for second in "abcdefghijkl"
]


async def read(
    parsed: Parsed, reader: Any, room: int = sys.maxsize, *variables: Variable
) -> list[Extraction]:
    return await pipeline.extract(LISTING, variables or [AGE], parsed, reader, room=room)


def lines(names: list[str]) -> list[str]:
    return [f"{name}, age: {20 + n}" for n, name in enumerate(names)]


def table(cells: list[Extraction]) -> list[tuple[int, str | None, Any]]:
    return [(cell.row_index, cell.entity, cell.value) for cell in cells]


def wanted(names: list[str]) -> list[tuple[int, str, int]]:
    return [(n, name, 20 + n) for n, name in enumerate(names)]


def always(answer: dict[str, Any] | str) -> Reader:
    """Gives one answer to everything."""
    return Reader(lambda _: answer)


def breaking_off(after: int) -> Reader:
    """Answers with the fields of a document, and breaks off after so many characters."""
    return Reader(lambda asked: json.dumps(fields(asked))[:after])


def cut(asked: Prompt, rows: int) -> str:
    """An answer that breaks off within the row after so many."""
    whole = json.dumps(people(asked))
    return whole[: whole.index('"entity"', len(json.dumps(people(asked)["rows"][:rows]))) + 20]


async def test_rows__one_an_entity_in_the_order_of_the_document() -> None:
    """E-EXT-07: three known entities are three rows, each with its cells, proven."""
    reader = Reader(people)
    cells = await read(pages(["People of the house", *lines(["Ann", "Bob", "Cid"])]), reader)
    assert table(cells) == [(0, "Ann", 20), (1, "Bob", 21), (2, "Cid", 22)]
    assert {cell.flags for cell in cells} == {()}
    assert all(cell.verified for cell in cells)
    assert len(reader.asked) == 1


async def test_rows__say_nothing_of_one_another() -> None:
    """E-VAR-06: a condition looks at the entity's own row, whatever was stored before."""
    city = CITY.model_copy(update={"depends_on": {"key": "age", "equals": 20}})
    cells = await pipeline.extract(
        LISTING,
        [AGE, city],
        pages(lines(["Ann", "Bob"])),
        Reader(people),
        row_values={"age": 21},
    )
    skipped = [cell.entity for cell in cells if "skipped_by_dependency" in cell.flags]
    assert skipped == ["Bob"]


async def test_rows__none_is_none() -> None:
    """E-EXT-08: an answer without entities is no row and no failure."""
    assert await read(pages(["Nobody lives here."]), Reader(people)) == []


async def test_rows__of_a_scan_nobody_is_asked_about() -> None:
    reader = Reader(people)
    assert await read(Parsed((Page(1, 600, 800, 0, "", "none"),), ()), reader) == []
    assert reader.asked == []


async def test_rows__across_windows_each_entity_once() -> None:
    """E-EXT-09: entities that two windows show are not doubled."""
    reader = Reader(people)
    cells = await read(pages(lines(NAMES)), reader, 1024)
    assert len(reader.asked) > 1
    assert sum(len(asked.zones) for asked in reader.asked) > len(NAMES)
    assert table(cells) == wanted(NAMES)
    assert {cell.flags for cell in cells} == {()}


async def test_rows__one_name_in_two_windows_is_one_entity_and_its_cells_are_put_together() -> None:
    filler = [f"Nothing of interest stands in line {n} of this page." for n in range(30)]

    def answer(asked: Prompt) -> dict[str, Any]:
        found = [zone for zone in asked.zones if "Ann" in zone.text]
        rows = [
            {"entity": said("Ann", z.text, z.number), "values": fields(asked)} for z in found[:1]
        ]
        return {"count": len(rows), "rows": rows, "complete": True}

    parsed = pages(["Ann, age: 7"], filler, ["ANN, city: Rome", "the Ann of page one"])
    age, city = await read(parsed, Reader(answer), 1024, AGE, CITY)
    assert (age.value, city.value, age.row_index, city.row_index) == (7, "Rome", 0, 0)


async def test_rows__things_of_one_name_stay_apart() -> None:
    names = ["Bolt", "Nut"] * 30
    cells = await read(pages(lines(names)), Reader(people), 1024)
    assert table(cells) == wanted(names)


async def test_rows__of_one_name_in_one_zone_stay_apart() -> None:
    parsed = pages(["Bolt, age: 3 and Bolt, age: 4"])
    assert table(await read(parsed, Reader(people))) == [(0, "Bolt", 3), (1, "Bolt", 4)]


async def test_rows__a_window_may_tell_the_number_of_all() -> None:
    """What a window counts is complete where it is its own rows, or the entities of the document."""
    reader = Reader(lambda asked: people(asked) | {"count": len(NAMES)})
    cells = await read(pages(lines(NAMES)), reader, 1024)
    assert len(reader.asked) > 1
    assert {cell.flags for cell in cells} == {()}
    wrong = Reader(lambda asked: people(asked) | {"count": len(NAMES) + 1})
    cells = await read(pages(lines(NAMES)), wrong, 1024)
    assert {cell.flags for cell in cells} == {("incomplete",)}


async def test_rows__an_entity_that_is_printed_nowhere_says_so() -> None:
    row = {"entity": said("Zoe", "Zoe, age: 9", 1), "values": {"age": said("20", "Ann, age: 20")}}
    (cell,) = await read(
        pages(lines(["Ann"])), Reader(lambda _: {"count": 1, "rows": [row], "complete": True})
    )
    assert cell.flags == ("entity_not_found",)


async def test_rows__beside_unread_pages_say_so() -> None:
    parsed = pages(lines(["Ann"]))
    (cell,) = await read(
        Parsed((*parsed.pages, Page(2, 600, 800, 0, "", "none")), parsed.zones), Reader(people)
    )
    assert cell.flags == ("unread_pages",)


async def test_rows__a_list_that_is_cut_off_is_asked_for_in_two_parts() -> None:
    """E-EXT-07: hundreds of rows that do not fit one answer are complete after two calls more."""
    names = [f"{name}{letter}" for name in NAMES for letter in "pqrst"]
    reader = Reader(lambda asked: cut(asked, 190) if len(asked.zones) > 200 else people(asked))
    cells = await read(pages(lines(names)), reader)
    assert table(cells) == wanted(names)
    assert len(reader.asked) == 3
    assert {cell.flags for cell in cells} == {()}


async def test_rows__a_list_that_does_not_end_says_so() -> None:
    reader = Reader(lambda asked: cut(asked, 5))
    cells = await read(pages(lines(NAMES)), reader)
    assert len(reader.asked) == 3
    assert {"incomplete"} <= set(cells[0].flags)
    assert len({cell.row_index for cell in cells}) == len(cells) == 10


@pytest.mark.parametrize(
    "row", ["text", {}, {"entity": "Ann"}, {"entity": said(None), "values": {}}]
)
async def test_rows__one_that_cannot_be_read_is_missed(row: Any) -> None:
    def answer(asked: Prompt) -> dict[str, Any]:
        told = people(asked)
        return told | {"rows": [*told["rows"], row]}

    cells = await read(pages(lines(["Ann", "Bob"])), Reader(answer))
    assert [cell.flags for cell in cells] == [("incomplete",)] * 2


async def test_rows__without_any_and_not_complete_are_a_failure() -> None:
    for told in (
        {"count": 3, "rows": [], "complete": True},
        {"count": 0, "rows": [], "complete": False},
        '{"count": 3',
    ):
        with pytest.raises(ModelError) as failed:
            await read(pages(lines(["Ann"])), always(told))
        assert failed.value.code == "model_truncated"


async def test_rows__a_malformed_answer_fails_its_cell_alone() -> None:
    """E-EXT-02: one bad answer of one row."""

    def answer(asked: Prompt) -> dict[str, Any]:
        told = people(asked)
        told["rows"][1]["values"] = {"age": "old"}
        return told

    ann, bob, cid = await read(pages(lines(["Ann", "Bob", "Cid"])), Reader(answer))
    assert (ann.state, bob.state, bob.flags, cid.state) == (
        "proposed",
        "failed",
        ("malformed_answer",),
        "proposed",
    )


async def test_rows__the_offline_extractor_reads_none_and_says_so() -> None:
    with pytest.raises(ModelError) as failed:
        await read(pages(lines(["Ann"])), OfflineModel())
    assert failed.value.code == "offline_no_entities"


async def test_stale__one_changed_variable_asks_for_the_whole_document() -> None:
    parsed, reader = pages(lines(["Ann", "Bob"])), Reader(people)
    cells = await read(parsed, reader, sys.maxsize, AGE, CITY)
    keys = {"1": "age", "2": "city"}
    stored: list[Any] = [
        cell.model_dump(mode="json") | {"judged": False, "key": keys[cell.variable_id]}
        for cell in cells
    ]
    assert stale_variables(LISTING, [AGE, CITY], parsed, reader, stored) == []
    changed = [AGE, CITY.model_copy(update={"revision": 2})]
    assert stale_variables(LISTING, changed, parsed, reader, stored) == changed


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "way", ["cut off", "rows left out", "says so", "unread page", "malformed", "no answer"]
)
async def test_completeness__nothing_that_is_missing_ends_as_complete(way: str) -> None:
    """E-EXT-06: 1,000 answers that lack something: each is flagged or failed."""
    dice, parsed = random.Random(way), pages(lines(NAMES[:8]))
    for _ in range(1000 // 6 + 1):
        assert await _told(way, dice, parsed)


async def _told(way: str, dice: random.Random, parsed: Parsed) -> bool:
    """Whether what is missing is said, on every cell, or as a failure."""
    gone = dice.sample(range(8), dice.randint(1, 7))

    def answer(asked: Prompt) -> dict[str, Any] | str:
        told = people(asked)
        if way == "cut off":
            return json.dumps(told)[: dice.randrange(2, len(json.dumps(told)) - 2)]
        kept = [row for n, row in enumerate(told["rows"]) if n not in gone]
        if way == "says so":
            return {"count": len(kept), "rows": kept, "complete": False}
        if way == "malformed":
            return told | {
                "rows": [
                    row if n not in gone else row["entity"] for n, row in enumerate(told["rows"])
                ]
            }
        if way == "no answer":
            return told | {
                "rows": [
                    {**row, "values": {}} if n in gone else row
                    for n, row in enumerate(told["rows"])
                ]
            }
        return told | ({"rows": kept} if way == "rows left out" else {})

    scan = (Page(2, 600, 800, 0, "", "none"),) if way == "unread page" else ()
    try:
        cells = await read(Parsed((*parsed.pages, *scan), parsed.zones), Reader(answer))
    except ModelError as failed:
        return failed.code in ("model_truncated", "model_malformed")
    if way == "no answer":
        return sum(cell.state == "failed" for cell in cells) == len(gone)
    return bool(cells) and all({"incomplete", "unread_pages"} & set(cell.flags) for cell in cells)


@pytest.mark.no_cover
async def test_completeness__an_answer_that_is_cut_off_anywhere_loses_no_cell_silently() -> None:
    """E-EXT-06: 200 answers cut off by chance; each cell is right, or failed as truncated."""
    dice, parsed = random.Random(7), pages(["age: 41", "city: Rome"])
    for _ in range(200):
        reader = breaking_off(after=dice.randrange(1, 150))
        try:
            made = await pipeline.extract(Context(), [AGE, CITY], parsed, reader)
        except ModelError:
            continue
        for cell, value in zip(made, (41, "Rome"), strict=True):
            assert cell.value == value or cell.flags == ("truncated",)
