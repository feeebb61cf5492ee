"""What reaches the model of examples, facts and conditions, on the real stack; and what a change
of them asks again.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.rig.scripted_model import Call, Script, Serving, serving
from scripts.rig.scripted_truth import Prompt, absent
from tests.service.conftest import running_worker
from tests.support.jobs import start
from tests.support.review import cells
from tests.support.seed import Seed
from tests.support.waiting import until_async

FOUND = {"value": "12.50", "quote": "Total 12.50", "zone": 1, "reason": None}


def _answer(prompt: Prompt) -> dict[str, Any]:
    return {key: FOUND if key in ("total", "rate") else absent() for key in prompt.keys}


@pytest.fixture
def model() -> Iterator[Serving]:
    with serving(Script(answer=_answer)) as server:
        yield server


async def ran(seed: Seed, stack: Any, model: Serving) -> list[Call]:
    """A finished run: the calls it made."""
    before = len(model.script.calls)
    settings = {"DOSSIER_MODEL_API_KEY": "key", "DOSSIER_MODEL_BASE_URL": model.base_url}
    async with running_worker(stack, **settings):
        job = start(seed)
        [row] = await until_async(
            lambda: seed.owner.rows("jobs", id=f"eq.{job['id']}"),
            lambda rows: rows[0]["state"] in ("completed", "failed", "paused"),
        )
    assert (row["state"], row["model_calls"]) == ("completed", len(model.script.calls) - before)
    return model.script.calls[before:]


def keys(calls: list[Call]) -> list[list[str]]:
    """The variables that each call asked for."""
    return [Prompt.of(call.body).keys for call in calls]


def told(call: Call) -> list[dict[str, Any]]:
    """The examples of the seed's variable in a prompt."""
    [asked] = [
        variable for variable in Prompt.of(call.body).variables if variable["key"] == "total"
    ]
    return list(asked.get("examples", []))


def shown(call: Call) -> list[Any]:
    """The values of the examples that a call showed."""
    return [example["value"] for example in told(call)]


def documents(seed: Seed) -> list[str]:
    """Ids, oldest first."""
    rows = seed.owner.rows("documents", project_id=f"eq.{seed.project_id}", order="created_at,id")
    return [row["id"] for row in rows]


def example(seed: Seed, value: float, **columns: Any) -> None:
    """A golden example of the seed's variable."""
    row = {
        "project_id": seed.project_id,
        "variable_id": seed.ids["variable"],
        "value": value,
        "position": value,
    }
    assert seed.owner.rest("POST", "golden_examples", json=row | columns).is_success


async def test_examples__reach_every_prompt_but_that_of_their_document(
    ready: Seed, stack: Any, model: Serving
) -> None:
    """E-PRM-07, E-PRM-02: of seven pinned five are shown; a change asks that variable again."""
    ready.variable("other", type="text")
    own = documents(ready)[0]
    example(ready, 1, document_id=own, quote="Total 1", note="as printed")
    for value in range(2, 8):
        example(ready, value)
    example(ready, 0, reference_only=True)
    calls = await ran(ready, stack, model)
    assert sorted(map(shown, calls)) == [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [2, 3, 4, 5]]
    longest = max(map(told, calls), key=len)
    assert longest[:2] == [{"value": 1, "quote": "Total 1", "note": "as printed"}, {"value": 2}]
    assert await ran(ready, stack, model) == []
    ready.owner.rest("PATCH", "golden_examples", params={"value": "eq.3"}, json={"note": "changed"})
    assert keys(await ran(ready, stack, model)) == [["total"]] * 3


async def test_metadata__reaches_the_prompt_and_its_change_asks_that_document_again(
    ready: Seed, stack: Any, model: Serving
) -> None:
    """E-DOC-11: a publication date is told with its document alone."""
    target = documents(ready)[1]
    path = {"params": {"id": f"eq.{target}"}}
    ready.owner.rest(
        "PATCH",
        "documents",
        **path,
        json={"metadata": {"publication_date": "2024-03", "author": None}},
    )
    lines = [
        call.body["messages"][1]["content"].splitlines()[0]
        for call in await ran(ready, stack, model)
    ]
    facts = [line for line in lines if line.startswith("Facts about this document: ")]
    assert [json.loads(line.partition(": ")[2]) for line in facts] == [
        {"publication_date": "2024-03"}
    ]
    ready.owner.rest(
        "PATCH", "documents", **path, json={"metadata": {"publication_date": "2024-04"}}
    )
    [call] = await ran(ready, stack, model)
    assert '{"publication_date":"2024-04"}' in call.body["messages"][1]["content"]
    assert await ran(ready, stack, model) == []


async def test_dependency__is_honoured_in_one_call_and_follows_a_correction(
    ready: Seed, stack: Any, model: Serving
) -> None:
    """E-VAR-06: skipped and not failed; a correction of the other value makes exactly that cell
    stale.
    """
    rate = ready.variable("rate", depends_on={"key": "total", "equals": 99})
    assert keys(await ran(ready, stack, model)) == [["rate", "total"]] * 3
    skipped = cells(ready, variable_id=f"eq.{rate}")
    assert {(row["state"], row["absent_reason"], *row["flags"]) for row in skipped} == {
        ("absent", "not_applicable", "skipped_by_dependency")
    }
    assert await ran(ready, stack, model) == []

    total = cells(ready, variable_id=f"eq.{ready.ids['variable']}")[0]
    ready.owner.call("correct_cell", extraction=total["id"], value=99)
    [call] = await ran(ready, stack, model)
    assert keys([call]) == [["rate"]]
    changed = cells(ready, variable_id=f"eq.{rate}")
    assert [(row["state"], row["value"]) for row in changed] == [
        ("proposed", 12.5),
        ("absent", None),
        ("absent", None),
    ]

    ready.owner.call("correct_cell", extraction=total["id"], value=98)
    assert await ran(ready, stack, model) == []
    [again, *_] = cells(ready, variable_id=f"eq.{rate}")
    assert (again["state"], again["flags"]) == ("absent", ["skipped_by_dependency"])


async def test_default__is_told_apart_in_table_and_export(
    ready: Seed, stack: Any, model: Serving
) -> None:
    """E-PP-06: a null answer gives the default, flagged and without evidence."""
    ready.variable("unit", type="category", categories=["kg", "t"], default="kg")
    await ran(ready, stack, model)
    [row, *_] = ready.owner.call("result_rows", project=ready.project_id)
    shown_cell = row["cells"]["unit"]
    assert (shown_cell["value"], shown_cell["flags"], shown_cell["evidence"]) == (
        "kg",
        ["default"],
        "none",
    )
    ready.owner.call("start_export", project=ready.project_id, format="csv")
    async with running_worker(stack):
        [export] = await until_async(
            lambda: ready.owner.rows("exports", project_id=f"eq.{ready.project_id}"),
            lambda rows: rows[0]["state"] in ("completed", "failed"),
        )
    text = ready.owner.storage("GET", f"object/exports/{export['object_path']}").text
    assert text.count("kg,default,") == 3
