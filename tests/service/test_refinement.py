"""Refinement through the worker: alternatives of a model, compared on marked cells, applied, used
and taken back.
"""

from typing import Any

import pytest

from scripts.rig.scripted_model import Fault, Script, serving
from scripts.rig.scripted_truth import Prompt
from service.model.client import PATIENCE
from tests.service.conftest import running_worker
from tests.support.jobs import start
from tests.support.review import cells
from tests.support.schema import active, variables
from tests.support.seed import Seed
from tests.support.suggestions import marked, suggestion
from tests.support.waiting import until_async

CANDIDATES = [
    {"instructions": f"The {name} sum.", "reason": "The other one was taken.", "focus": name}
    for name in ("gross", "net", "first")
]


def _answer(prompt: Prompt) -> dict[str, Any]:
    """Alternatives where nothing is asked of a document; only "gross" finds the right sum."""
    if not prompt.variables:
        return {"suggestions": CANDIDATES}
    right = {"value": "99", "quote": "Total 12.50", "zone": 1, "reason": None}
    wrong = right | {"value": "12.50"}
    return {
        v["key"]: right if "gross" in v.get("instructions", "") else wrong for v in prompt.variables
    }


def _through(base_url: str) -> dict[str, Any]:
    return {"DOSSIER_MODEL_API_KEY": "key", "DOSSIER_MODEL_BASE_URL": base_url}


async def _done(seed: Seed, row: dict[str, Any]) -> dict[str, Any]:
    return dict(
        await until_async(
            lambda: suggestion(seed, row), lambda shown: shown["state"] in ("done", "failed")
        )
    )


async def _compared(seed: Seed, row: dict[str, Any]) -> dict[str, Any]:
    seed.owner.call("compare_refinement", suggestion=row["id"])
    ended = await until_async(
        lambda: suggestion(seed, row),
        lambda now: now["compared"] + now["compare_failed"] == now["compare_total"],
    )
    return dict(ended)


async def test_refinement__from_a_mistake_to_a_better_run_and_back(ready: Seed, stack: Any) -> None:
    """E-FB-03, E-FB-05, E-FB-06: offered, compared, chosen by a person, used and shown by the next
    run, taken back.
    """
    marked(ready, 99, None, 99)
    before, held = active(ready), cells(ready)
    script = Script(answer=_answer)
    row = ready.owner.call("start_refinement", variable=ready.ids["variable"])
    with serving(script) as server:
        async with running_worker(stack, **_through(server.base_url)):
            done = await _done(ready, row)
            assert (done["origin"], done["answer"]) == ("model", CANDIDATES)
            told = script.calls[0].body["messages"][1]["content"]
            assert '"right":{"quote":null,"value":99}' in told
            compared = await _compared(ready, row)
            assert (compared["compared"], compared["compare_failed"]) == (2, 0)
            report = ready.owner.call("refinement_report", suggestion=row["id"])
            right = {
                line["candidate"]: (line["right_cells"], line["wrong_cells"]) for line in report
            }
            assert right == {0: (0, 2), 1: (2, 0), 2: (0, 2), 3: (0, 2)}
            assert (cells(ready), active(ready)) == (held, before), "nothing is chosen yet"

            version = ready.owner.call("apply_refinement", suggestion=row["id"], candidate=1)
            job = start(ready)
            await until_async(
                lambda: ready.owner.rows("jobs", id=f"eq.{job['id']}"),
                lambda j: j[0]["state"] == "completed",
            )
    [open_cell] = [cell for cell in cells(ready) if cell["judged_by"] is None]
    assert (open_cell["value"], open_cell["schema_version_id"]) == (99, version["id"])
    assert "gross" in script.calls[-1].body["messages"][0]["content"]
    ready.owner.call("restore_version", version=before["id"])
    assert variables(ready)[0]["instructions"] == ""
    calls = ready.owner.rows("llm_calls", project_id=f"eq.{ready.project_id}")
    assert [call["purpose"] for call in calls].count("refine") == 2 * 4


async def test_comparison__of_a_model_that_is_down_says_so(
    ready: Seed, stack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PATIENCE, "stop", lambda state: state.attempt_number >= 1)
    marked(ready, 99, None, None)
    row = ready.owner.call("start_refinement", variable=ready.ids["variable"])
    script = Script(answer=_answer)
    with serving(script) as server:
        async with running_worker(stack, **_through(server.base_url)):
            await _done(ready, row)
            script.faults.append(Fault(every=1, status=401))
            compared = await _compared(ready, row)
    assert (compared["compared"], compared["compare_failed"], compared["state"]) == (0, 1, "done")
    assert ready.owner.call("refinement_report", suggestion=row["id"]) == []


async def test_comparison__keeps_to_the_cap(ready: Seed, stack: Any) -> None:
    marked(ready, 99, None, None)
    row = ready.owner.call("start_refinement", variable=ready.ids["variable"])
    script = Script(answer=_answer)
    with serving(script) as server:
        async with running_worker(stack, **_through(server.base_url), DOSSIER_MODEL_INPUT_PRICE=1):
            await _done(ready, row)
            ready.owner.call("set_project_cap", project=ready.project_id, cap_micros=1)
            compared = await _compared(ready, row)
    assert (compared["compare_failed"], len(script.calls)) == (1, 1)


async def test_refinement__without_a_model_is_offered_by_rules(ready: Seed, stack: Any) -> None:
    """E-FB-03, E-LLM-06: two or three alternatives also without a key, compared by the offline
    extractor.
    """
    marked(ready, 99, None, None)
    row = ready.owner.call("start_refinement", variable=ready.ids["variable"])
    async with running_worker(stack):
        done = await _done(ready, row)
        assert (done["origin"], done["reason"]) == ("rules", "no_model")
        assert len(done["answer"]) in (2, 3)
        compared = await _compared(ready, row)
    assert compared["compared"] == 1
