"""What a run is said to cost before, held against what the ledger says after. E-LLM-07."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from scripts.rig.made_text import ENGLISH, THAI, make_text
from scripts.rig.scripted_model import Script, Serving, serving
from scripts.rig.scripted_truth import Prompt, absent
from scripts.samples import SAMPLES
from service.extraction import prompt
from service.extraction.models import Context
from service.model.sizes import sent_bytes
from service.parsing.models import Parsed
from service.parsing.parse import parse_bytes
from tests.service.conftest import running_worker
from tests.support.jobs import start
from tests.support.seed import PAGE, PARSED, WORDS, ZONE, Seed
from tests.support.waiting import until_async

FOUND = {"value": "12.50", "quote": "Total 12.50", "zone": 1, "reason": None}


def _answer(asked: Prompt) -> dict[str, Any]:
    return {key: FOUND if key == "total" else absent() for key in asked.keys}


@pytest.fixture
def model() -> Iterator[Serving]:
    with serving(Script(answer=_answer)) as server:
        yield server


def _worker(stack: Any, model: Serving) -> Any:
    given = {"API_KEY": "key", "BASE_URL": model.base_url, "INPUT_PRICE": "3", "OUTPUT_PRICE": "15"}
    return running_worker(
        stack, **{f"DOSSIER_MODEL_{name}": value for name, value in given.items()}
    )


def _document(seed: Seed, name: str, words: list[str], count: int) -> None:
    """A document of so many words in two zones."""
    seed.register(*seed.upload(), name=name)
    dice = random.Random(f"{seed.project_id}{name}")
    text = make_text(dice, words, count)
    zones = [ZONE, ZONE | {"position": 2, "kind": "text", "text": text}]
    parsed = PARSED | {"pages": [PAGE | {"words": WORDS}], "zones": zones, "text_hash": name}
    for task in seed.claim("parse", 50):
        seed.worker.call("finish_parse", **seed.held(task), parsed=parsed)


def _estimate(seed: Seed, **chosen: Any) -> dict[str, Any]:
    [row] = seed.team["editor"].call("estimate_job", project=seed.project_id, **chosen)
    return dict(row)


async def _run(seed: Seed, /, **arguments: Any) -> dict[str, Any]:
    job = start(seed, **arguments)
    [row] = await until_async(
        lambda: seed.owner.rows("jobs", id=f"eq.{job['id']}"),
        lambda rows: rows[0]["state"] == "completed",
    )
    return dict(row)


def _close(estimate: dict[str, Any], job: dict[str, Any]) -> None:
    assert estimate["calls"] == job["model_calls"]
    for said in ("input_tokens", "output_tokens", "cost_micros"):
        assert estimate[said] == pytest.approx(job[said], rel=0.1), said


@pytest.mark.parametrize("sample", [slice(3), slice(5, 8)], ids=["the shortest", "the longest"])
@pytest.mark.parametrize(
    ("words", "count"),
    [
        (ENGLISH, len),
        (ENGLISH, lambda text: len(text.split())),
        (THAI, lambda text: len(text) * 2 // 3 + 7),
    ],
    ids=["a token a letter", "a token a word", "Thai"],
)
async def test_estimate__is_within_a_tenth_of_the_ledger_after_a_sample(
    seed: Seed,
    stack: Any,
    model: Serving,
    words: list[str],
    count: Callable[[str], int],
    sample: slice,
) -> None:
    """Also where the sample is not like the rest, and a question's bytes cost otherwise than a
    text's.
    """
    for number in range(8):
        _document(seed, f"{number}.pdf", words, 200 + 150 * number)
    documents = [
        row["id"]
        for row in seed.owner.rows("documents", order="name", project_id=f"eq.{seed.project_id}")
    ]
    seed.variable()
    changed = seed.variable(
        "buyer", type="text", instructions="Who buys, with the form of the company."
    )
    for number in range(6):
        seed.variable(f"v{number}", type="category", categories=["yes", f"no {number}"])
    model.script.count = count
    async with _worker(stack, model):
        await _run(seed, kind="sample", documents=documents[sample])
        estimate = _estimate(seed)
        assert (estimate["documents"], estimate["stale_documents"], estimate["stale_cells"]) == (
            8,
            5,
            40,
        )
        assert (estimate["calls"], estimate["measured"], estimate["model"]) == (
            5,
            True,
            "gpt-4.1-mini",
        )
        assert estimate["minutes"] > 0
        _close(estimate, await _run(seed))
        nothing = _estimate(seed)
        assert (nothing["documents"], nothing["stale_cells"], nothing["calls"]) == (8, 0, 0)
        assert (nothing["cost_micros"], nothing["minutes"]) == (0, 0)

        path = {"params": {"id": f"eq.{changed}"}}
        seed.owner.rest("PATCH", "variables", **path, json={"instructions": "Who buys."})
        estimate = _estimate(seed)
        assert (estimate["stale_cells"], estimate["calls"]) == (8, 8)
        job = await _run(seed)
        assert estimate["input_tokens"] == pytest.approx(job["input_tokens"], rel=0.1)


async def test_estimate__before_any_call_counts_and_says_what_it_assumes(
    ready: Seed, stack: Any, model: Serving
) -> None:
    async with _worker(stack, model):
        await until_async(lambda: _estimate(ready)["model"], lambda name: name == "gpt-4.1-mini")
        estimate = _estimate(ready, first=2)
        assert (estimate["documents"], estimate["calls"], estimate["measured"]) == (2, 2, False)
        job = await _run(ready, kind="sample", first=2)
    assert estimate["calls"] == job["model_calls"]
    assert estimate["input_tokens"] == pytest.approx(job["input_tokens"], rel=0.2)
    assert estimate["cost_micros"] > 0


async def test_estimate__counts_examples_and_facts(ready: Seed, stack: Any, model: Serving) -> None:
    """E-LLM-07, E-DOC-11: bytes told are bytes counted, and a changed fact makes its document
    stale.
    """
    given = {
        "project_id": ready.project_id,
        "variable_id": ready.ids["variable"],
        "value": 1,
        "note": "n" * 900,
    }
    document, *_ = ready.owner.rows("documents", project_id=f"eq.{ready.project_id}")
    fact = {"params": {"id": f"eq.{document['id']}"}, "json": {"metadata": {"source": "s" * 900}}}
    async with _worker(stack, model):
        await _run(ready)
        before = _estimate(ready, first=3)
        ready.owner.rest("PATCH", "documents", **fact)
        assert (before["stale_cells"], _estimate(ready)["stale_cells"]) == (0, 1)
        ready.owner.rest("POST", "golden_examples", json=given)
        estimate = _estimate(ready)
        _close(estimate, await _run(ready))
    assert estimate["stale_cells"] == 3
    assert _estimate(ready)["stale_cells"] == 0


async def test_estimate__a_corrected_leader_makes_the_dependent_cell_stale(
    ready: Seed, stack: Any, model: Serving
) -> None:
    """E-VAR-06: as the run will find it."""
    ready.variable("rate", depends_on={"key": "total", "equals": 12.5})
    async with _worker(stack, model):
        await _run(ready)
    assert _estimate(ready)["stale_cells"] == 0
    total, *_ = ready.owner.rows("extractions", variable_id=f"eq.{ready.ids['variable']}")
    ready.owner.call("correct_cell", extraction=total["id"], value=7)
    assert _estimate(ready)["stale_cells"] == 1


async def test_estimate__counts_what_changed(
    ready: Seed, stack: Any, model: Serving, db: psycopg.Connection[Any]
) -> None:
    async with _worker(stack, model):
        await _run(ready)
    assert _estimate(ready)["stale_cells"] == 0
    project = {"params": {"id": f"eq.{ready.project_id}"}}
    ready.owner.rest("PATCH", "projects", **project, json={"name": "renamed"})
    assert _estimate(ready)["stale_cells"] == 0
    ready.owner.rest("PATCH", "projects", **project, json={"domain": "plumbing"})
    assert _estimate(ready)["stale_cells"] == 3
    ready.owner.rest("PATCH", "projects", **project, json={"domain": ""})
    assert _estimate(ready)["stale_cells"] == 0
    db.execute(
        "update public.extractions set state = 'failed', value = null, verified = false where id ="
        " (select id from public.extractions where project_id = %s limit 1)",
        [ready.project_id],
    )
    db.commit()
    ready.variable("another")
    ready.document("new.pdf")
    estimate = _estimate(ready)
    assert (estimate["documents"], estimate["stale_documents"], estimate["stale_cells"]) == (
        4,
        4,
        6,
    )
    ready.worker.call(
        "announce_model",
        model="other",
        input_price=1,
        output_price=1,
        concurrency=1,
        prompt_bytes=1,
    )
    assert _estimate(ready)["stale_cells"] == 8


async def test_text_bytes__are_those_of_the_prompt(seed: Seed, stack: Any) -> None:
    wanted = ("en_invoice*.pdf", "de_scan*.pdf", "fr_*.pdf")
    paths = [path for name in wanted for path in sorted(SAMPLES.glob(name))[:2]]
    assert len(paths) > 2
    for path in paths:
        seed.register(*seed.upload(path.read_bytes()), name=path.name)
    async with running_worker(stack):
        rows = await until_async(
            lambda: seed.owner.rows("documents", project_id=f"eq.{seed.project_id}"),
            lambda rows: all(row["state"] == "ready" for row in rows),
        )
    told = {row["name"]: row["text_bytes"] for row in rows}
    empty = sent_bytes(prompt.messages(Context(), [], Parsed((), ())))
    for path in paths:
        sent = prompt.messages(Context(), [], parse_bytes(path, "application/pdf"))
        assert told[path.name] == pytest.approx(sent_bytes(sent) - empty, rel=0.01, abs=2), (
            path.name
        )
