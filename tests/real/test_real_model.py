"""The sample documents read by a real model: `scripts/test --real-model`, with DOSSIER_MODEL_* in the environment.

Costs money (about 20 calls), so nothing else runs it. The scripted model stands in for it in every whole run.
"""

import json
import os
import time
from collections import Counter
from typing import Any

import pytest

from scripts.rig.scripted_model import Script, serving
from scripts.rig.scripted_truth import truthful
from scripts.samples import SAMPLES
from tests.service.conftest import running_worker
from tests.support.seed import Seed
from tests.support.waiting import until_async

PREFIX = "DOSSIER_MODEL_"
ROUNDS = 20  # of waiting as long as any test waits: a real model takes its time


def _rows(seed: Seed, table: str) -> list[dict[str, Any]]:
    return seed.owner.rows(table, project_id=f"eq.{seed.project_id}")


async def _patiently(seed: Seed, table: str, states: set[str]) -> list[dict[str, Any]]:
    """Rows of a table once all are in one of these states."""
    for _ in range(ROUNDS):
        try:
            return list(
                await until_async(
                    lambda: _rows(seed, table),
                    lambda rows: {row["state"] for row in rows} <= states,
                )
            )
        except TimeoutError:
            continue
    raise AssertionError(f"{table}: {Counter(row['state'] for row in _rows(seed, table))}")


def _same(value: Any, wanted: Any) -> bool:
    # A total that is printed without its currency has none, and a flag that says so.
    if isinstance(value, dict) and value.get("currency", "") is None and isinstance(wanted, dict):
        return bool(value["amount"] == wanted["amount"])
    return bool(value == wanted)


async def read_samples(stack: Any, seed: Seed, **settings: str) -> dict[str, Any]:
    """Every sample through a worker with these settings; what came of it, held against the truth
    files.
    """
    paths = [
        path
        for path in sorted(SAMPLES.glob("*.pdf"))
        if "broken" not in path.name and "scan" not in path.name
    ]
    variables = json.loads((SAMPLES / "variables.json").read_text())["variables"]
    seed.owner.call("save_schema", project=seed.project_id, context=None, variables=variables)
    documents = {
        seed.register(*seed.upload(path.read_bytes()), name=path.stem)["document_id"]: path
        for path in paths
    }
    began = time.monotonic()
    async with running_worker(stack, **settings):
        await _patiently(seed, "documents", {"ready"})
        seed.owner.call("start_job", project=seed.project_id)
        [job] = await _patiently(seed, "jobs", {"completed", "failed", "paused"})
    keys = {row["id"]: row["key"] for row in _rows(seed, "variables")}
    told: Counter[str] = Counter()
    differs = []
    for cell in _rows(seed, "extractions"):
        truth = json.loads(documents[cell["document_id"]].with_suffix(".json").read_text())
        key = keys[cell["variable_id"]]
        right = _same(cell["value"], wanted := truth["fields"].get(key, {}).get("value"))
        differs += (
            []
            if right
            else [f"{documents[cell['document_id']].stem}, {key}: {cell['value']} for {wanted}"]
        )
        proof = "verified" if cell["verified"] else cell["state"]
        told[f"{proof}, {'right' if right else 'other than the truth'}"] += 1
    values = sum(count for name, count in told.items() if name.startswith(("verified", "proposed")))
    verified = sum(count for name, count in told.items() if name.startswith("verified"))
    shown = (
        "state",
        "documents_done",
        "documents_failed",
        "model_calls",
        "input_tokens",
        "output_tokens",
        "cost_micros",
    )
    figures = {name: job[name] for name in shown} | {"seconds": round(time.monotonic() - began, 1)}
    return figures | {
        "cells": dict(told),
        "differs": differs,
        "verified_rate": round(verified / values, 4) if values else 0.0,
    }


@pytest.mark.real_model
@pytest.mark.skipif(
    not os.environ.get("DOSSIER_TEST_REAL_MODEL"), reason="asked for by scripts/test --real-model"
)
@pytest.mark.skipif(
    not os.environ.get("DOSSIER_MODEL_API_KEY"), reason="DOSSIER_MODEL_API_KEY is not set"
)
async def test_real_model__reads_the_samples(stack: Any, seed: Seed) -> None:
    settings = {
        name: value for name, value in os.environ.items() if name.startswith(PREFIX) and value
    }
    figures = await read_samples(stack, seed, **settings)
    print(json.dumps(figures, indent=1))  # noqa: T201 - what a person runs this for
    assert (figures["state"], figures["documents_failed"]) == ("completed", 0)
    # A floor for a model that follows the contract at all, no claim of how good one is.
    assert figures["verified_rate"] >= 0.5


async def test_scripted_model__reads_the_samples_the_same_way(stack: Any, seed: Seed) -> None:
    """E-LLM-05: another base URL and another key, and all else is the same."""
    with serving(Script(answer=truthful(SAMPLES))) as model:
        figures = await read_samples(
            stack, seed, DOSSIER_MODEL_API_KEY="scripted", DOSSIER_MODEL_BASE_URL=model.base_url
        )
    assert (figures["state"], figures["documents_failed"]) == ("completed", 0)
    # What other tests left in the queue asks too: the project's own ledger counts.
    assert (
        figures["model_calls"]
        == len(_rows(seed, "llm_calls"))
        == figures["documents_done"]
        <= len(model.script.calls)
    )
    assert figures["verified_rate"] > 0.95
    assert figures["differs"] == []
