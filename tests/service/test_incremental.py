"""Runs that ask for stale cells alone, on the real stack against the scripted model."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from scripts.rig.scripted_model import Script, Serving, serving
from scripts.rig.scripted_truth import Prompt, absent
from tests.service.conftest import running_worker
from tests.support.jobs import start
from tests.support.seed import Seed
from tests.support.waiting import until_async

FOUND = {"value": "12.50", "quote": "Total 12.50", "zone": 1, "reason": None}


def _answer(prompt: Prompt) -> dict[str, Any]:
    return {key: FOUND if key == "total" else absent() for key in prompt.keys}


@pytest.fixture
def model() -> Iterator[Serving]:
    with serving(Script(answer=_answer)) as server:
        yield server


def _asked(model: Serving) -> list[list[str]]:
    return [Prompt.of(call.body).keys for call in model.script.calls]


def _through(model: Serving) -> dict[str, Any]:
    return {"DOSSIER_MODEL_API_KEY": "key", "DOSSIER_MODEL_BASE_URL": model.base_url}


async def _ended(seed: Seed, **arguments: Any) -> dict[str, Any]:
    job = start(seed, **arguments)
    [row] = await until_async(
        lambda: seed.owner.rows("jobs", id=f"eq.{job['id']}"),
        lambda rows: rows[0]["state"] in ("completed", "failed", "paused"),
    )
    return dict(row)


def _cells(seed: Seed, **filters: str) -> list[dict[str, Any]]:
    return seed.owner.rows(
        "extractions",
        project_id=f"eq.{seed.project_id}",
        order="document_id,variable_id",
        **filters,
    )


def _change(seed: Seed, variable: str) -> None:
    seed.owner.rest(
        "PATCH",
        "variables",
        params={"id": f"eq.{variable}"},
        json={"instructions": "The grand total."},
    )


async def test_rerun__asks_only_what_is_stale(ready: Seed, stack: Any, model: Serving) -> None:
    """E-EXT-01, E-EXT-10: one cell a document and variable, whatever is run how often."""
    variables = [
        ready.variable(f"v{number}", label=f"Field {number}", type="text") for number in range(49)
    ]
    async with running_worker(stack, **_through(model)):
        first = await _ended(ready)
        assert (first["state"], first["model_calls"], first["documents_done"]) == (
            "completed",
            3,
            3,
        )
        assert [len(keys) for keys in _asked(model)] == [50] * 3
        before = _cells(ready)
        assert len(before) == 150

        again = await _ended(ready)
        assert (again["state"], again["model_calls"], again["documents_done"]) == (
            "completed",
            0,
            3,
        )
        assert (len(model.script.calls), again["cost_micros"]) == (3, 0)
        assert _cells(ready) == before

        _change(ready, variables[7])
        changed = await _ended(ready)
    assert (changed["state"], changed["model_calls"]) == ("completed", 3)
    assert _asked(model)[3:] == [["v7"]] * 3
    after = _cells(ready)
    assert {row["variable_id"] for row in after if row not in before} == {variables[7]}
    assert len(after) == 150


async def test_rerun__a_new_document_is_asked_alone(
    ready: Seed, stack: Any, model: Serving
) -> None:
    async with running_worker(stack, **_through(model)):
        await _ended(ready)
    ready.document("new.pdf")
    async with running_worker(stack, **_through(model)):
        job = await _ended(ready)
    assert (job["model_calls"], job["documents_done"]) == (1, 4)


async def test_rerun__a_failed_cell_is_asked_again(ready: Seed, stack: Any, model: Serving) -> None:
    ready.variable("other")
    answer, model.script.answer = (
        model.script.answer,
        lambda _: {"total": FOUND, "other": "not an answer"},
    )
    async with running_worker(stack, **_through(model)):
        await _ended(ready)
        assert sorted(cell["state"] for cell in _cells(ready)) == ["failed"] * 3 + ["proposed"] * 3
        tried = len(model.script.calls)
        assert tried == 6  # each asked for the cell that failed once more
        model.script.answer = answer
        job = await _ended(ready)
    assert job["model_calls"] == 3
    assert _asked(model)[tried:] == [["other"]] * 3
    assert {cell["state"] for cell in _cells(ready)} == {"absent", "proposed"}


async def test_rerun__a_rename_of_the_project_makes_nothing_stale(
    ready: Seed, stack: Any, model: Serving
) -> None:
    async with running_worker(stack, **_through(model)):
        await _ended(ready)
        path = {"params": {"id": f"eq.{ready.project_id}"}}
        ready.owner.rest("PATCH", "projects", **path, json={"name": "Another name"})
        assert (await _ended(ready))["model_calls"] == 0
        ready.owner.rest("PATCH", "projects", **path, json={"domain": "plumbing"})
        assert (await _ended(ready))["model_calls"] == 3


async def test_rerun__judged_cells_stay_as_they_are(
    ready: Seed, stack: Any, model: Serving
) -> None:
    async with running_worker(stack, **_through(model)):
        await _ended(ready)
        with psycopg.connect(stack.db_url) as admin:
            admin.execute(
                "update public.extractions"
                " set judged_by = gen_random_uuid(), state = 'corrected', value = '99'"
                " where project_id = %s",
                [ready.project_id],
            )
        assert (await _ended(ready))["model_calls"] == 0
        _change(ready, ready.ids["variable"])
        assert (await _ended(ready))["model_calls"] == 3
    assert [(cell["value"], cell["state"]) for cell in _cells(ready)] == [(99, "corrected")] * 3
