"""How many calls a document costs, counted in the ledger, on the real stack against the scripted
model.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.rig.scripted_model import Script, Serving, serving
from scripts.rig.scripted_truth import Prompt, absent
from tests.service.conftest import running_worker
from tests.support.jobs import start
from tests.support.seed import PAGE, PARSED, WORDS, ZONE, Seed
from tests.support.waiting import until_async
from tests.support.windowed import people

FOUND = {"value": "12.50", "quote": "Total 12.50", "zone": 1, "reason": None}
NOWHERE = {"value": "13.50", "quote": "Total 13.50", "zone": 1, "reason": None}


def _answer(asked: Prompt) -> dict[str, Any]:
    return {key: FOUND if key == "total" else absent() for key in asked.keys}


@pytest.fixture
def model() -> Iterator[Serving]:
    with serving(Script(answer=_answer)) as server:
        yield server


def _worker(stack: Any, model: Serving, **given: Any) -> Any:
    return running_worker(
        stack,
        DOSSIER_MODEL_API_KEY="key",
        DOSSIER_MODEL_BASE_URL=model.base_url,
        DOSSIER_MODEL_INPUT_PRICE="3",
        **given,
    )


def _document(seed: Seed, name: str, lines: list[str]) -> str:
    """A document of one page, a zone a line."""
    document: str = seed.register(*seed.upload(), name=name)["document_id"]
    zones = [
        ZONE | {"position": n, "y0": 10 * n, "y1": 10 * n + 9, "text": t}
        for n, t in enumerate(lines, 1)
    ]
    words = [
        [50 + 60 * at, 10 * n, 100 + 60 * at, 10 * n + 9, word, n, n]
        for n, line in enumerate(lines, 1)
        for at, word in enumerate(line.split())
    ]
    parsed = PARSED | {
        "pages": [PAGE | {"words": words or WORDS}],
        "zones": zones,
        "text_hash": name,
    }
    for task in seed.claim("parse", 50):
        seed.worker.call("finish_parse", **seed.held(task), parsed=parsed)
    return document


async def _run(seed: Seed, state: str = "completed", **arguments: Any) -> dict[str, Any]:
    job = start(seed, **arguments)
    ended = ("completed", "failed", "paused")
    [row] = await until_async(
        lambda: seed.owner.rows("jobs", id=f"eq.{job['id']}"),
        lambda rows: rows[0]["state"] in ended,
    )
    assert row["state"] == state
    return dict(row)


def _calls(seed: Seed, **filters: str) -> Counter[str]:
    """Calls of each document."""
    return Counter(
        row["document_id"]
        for row in seed.owner.rows("llm_calls", project_id=f"eq.{seed.project_id}", **filters)
    )


async def test_calls__fifty_variables_are_one_call_a_document_and_three_at_most(
    seed: Seed, stack: Any, model: Serving
) -> None:
    """E-EXT-01: one result a document and variable; a call each, and 1.1 with a tenth wrong."""
    documents = [_document(seed, f"{n}.pdf", ["Total 12.50", f"Number {n}"]) for n in range(20)]
    seed.variable()
    for number in range(49):
        seed.variable(f"v{number}", type="text")
    wrong = {"Number 3", "Number 7"}

    def answer(asked: Prompt) -> dict[str, Any]:
        first = len(asked.keys) == 50
        lies = any(f"{text} =" in f"{asked.text} =" for text in wrong) and first
        return _answer(asked) | ({"total": NOWHERE} if lies else {})

    model.script.answer = answer
    async with _worker(stack, model):
        estimate = seed.owner.call("estimate_job", project=seed.project_id)[0]
        job = await _run(seed)
    calls = _calls(seed)
    assert set(calls) == set(documents)
    assert (sum(calls.values()), max(calls.values())) == (22, 2)
    assert sum(calls.values()) / len(documents) <= 1.1
    rows = seed.owner.rows("llm_calls", project_id=f"eq.{seed.project_id}", select="variables")
    assert Counter(row["variables"] for row in rows) == {50: 20, 1: 2}
    assert estimate["calls"] <= job["model_calls"] <= estimate["most_calls"] == 60
    cells = seed.owner.rows(
        "extractions", project_id=f"eq.{seed.project_id}", select="state,value,verified,input_hash"
    )
    assert len(cells) == 1000
    assert sum(cell["verified"] for cell in cells) == 20


async def test_estimate__counts_the_windows_of_long_documents(
    seed: Seed, stack: Any, model: Serving
) -> None:
    """E-LLM-07, E-DOC-08: what is told before is what the ledger counts after."""
    filler = [f"Nothing of interest stands in line {n} of this long contract." for n in range(150)]
    for count in (20, 60, 150):
        _document(seed, f"{count}.pdf", ["Total 12.50", *filler[:count]])
    seed.variable()
    settings = {"DOSSIER_MODEL_CONTEXT_TOKENS": 10_000, "DOSSIER_MODEL_MAX_OUTPUT_TOKENS": 500}
    async with _worker(stack, model, **settings):
        await until_async(
            lambda: seed.owner.call("estimate_job", project=seed.project_id)[0],
            lambda row: row["calls"] > 3,
        )
        estimate = seed.owner.call("estimate_job", project=seed.project_id)[0]
        job = await _run(seed)
        again = await _run(seed)
    assert estimate["calls"] == job["model_calls"] == sum(_calls(seed).values()) > 4
    assert estimate["most_calls"] >= estimate["calls"] + 3
    assert estimate["input_tokens"] == pytest.approx(job["input_tokens"], rel=0.2)
    assert again["model_calls"] == 0
    cells = seed.owner.rows("extractions", project_id=f"eq.{seed.project_id}")
    assert [(cell["value"], cell["verified"], cell["flags"]) for cell in cells] == [
        (12.5, True, [])
    ] * 3


async def test_retry__asks_no_window_again_that_was_answered(
    seed: Seed, stack: Any, model: Serving
) -> None:
    """Every answer of the ledger is used again: a document that failed in its last window costs
    that one alone.
    """
    lines = [f"Nothing of interest stands in line {n} of this long contract." for n in range(150)]
    _document(seed, "long.pdf", [*lines, "Total 12.50"])
    seed.variable()
    malformed: Any = []
    model.script.answer = lambda asked: (
        malformed if "Total" in asked.text else _answer(asked) | {"total": absent()}
    )
    settings = {"DOSSIER_MODEL_CONTEXT_TOKENS": 10_000, "DOSSIER_MODEL_MAX_OUTPUT_TOKENS": 500}
    async with _worker(stack, model, **settings):
        await _run(seed, "failed")
        before = len(model.script.calls)
        model.script.answer = lambda asked: (
            _answer(asked) if "Total" in asked.text else {"total": absent()}
        )
        await _run(seed)
    assert before > 2
    assert len(model.script.calls) == before + 1
    [cell] = seed.owner.rows("extractions", project_id=f"eq.{seed.project_id}")
    assert (cell["value"], cell["verified"]) == (12.5, True)


async def test_entities__from_the_model_to_the_table(
    seed: Seed, stack: Any, model: Serving
) -> None:
    """E-EXT-07, E-EXT-08, E-EXT-10: rows with stable indexes, none where there is none, and a
    rerun costs nothing.
    """
    full = _document(seed, "people.pdf", ["Ann, age: 31", "Bob, age: 32", "Cid, age: 33"])
    empty = _document(seed, "nobody.pdf", ["Nobody lives here"])
    age = seed.variable("age")
    seed.entities()
    model.script.answer = people

    def table() -> list[tuple[str, int | None, Any]]:
        rows = seed.owner.call("result_rows", project=seed.project_id)
        return [
            (
                row["document_id"],
                row["row_index"],
                row["cells"]["age"] and row["cells"]["age"]["value"],
            )
            for row in rows
        ]

    async with _worker(stack, model):
        first = await _run(seed)
        seen = table()
        again = await _run(seed)
        assert (first["model_calls"], again["model_calls"], table()) == (2, 0, seen)
        model.script.answer = lambda asked: (
            people(asked) | {"rows": people(asked)["rows"][1:], "count": 2}
        )
        seed.owner.rest(
            "PATCH", "variables", params={"id": f"eq.{age}"}, json={"instructions": "In years."}
        )
        await _run(seed)
    assert seen == [(full, 0, 31), (full, 1, 32), (full, 2, 33), (empty, None, None)]
    assert table() == [(full, 1, 32), (full, 2, 33), (empty, None, None)]
    [document] = seed.owner.rows("documents", id=f"eq.{empty}")
    assert document["flags"] == ["no_entities"]
