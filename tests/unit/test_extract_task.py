"""How an extract task ends that can not fill its cells: the cap, a limit, a model that will not answer."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from service.extraction import extract_task as extraction
from service.extraction.model_asker import ModelAsker
from service.model.client import TaskModel
from service.model.faults import ModelError, NotNow
from service.parsing import wire
from service.queue.outcomes import CapReached, TaskDeferred
from service.queue.task import Task
from tests.support.model_bench import PARSED, SETTINGS, TOTAL, Bench, refusal

READ: dict[str, Any] = {
    "request_id": None,
    "context": {},
    "variables": [TOTAL.model_dump(mode="json")],
    "cells": [],
}
TASK = Task.model_validate(
    dict.fromkeys(("document_id", "job_id", "export_id"))
    | {
        "task_id": 7,
        "kind": "extract",
        "project_id": "p",
        "payload": {},
        "attempts": 0,
        "lease_token": "t",
    }
)


@pytest.fixture
def verbs(bench: Bench) -> "Verbs":
    return Verbs(bench)


class Verbs:
    """The verbs of one task; the ledger's are the bench's, unless it is at its cap."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.at_cap, self.call = bench, False, bench.book.call
        self.said: dict[str, dict[str, Any]] = {}

    async def on(self, _task: Task, verb: str, **arguments: Any) -> Any:
        self.said[verb] = arguments
        if verb == "read_extract":
            return READ | {"parsed": wire.to_rows(PARSED)}
        if verb == "reserve_call" and self.at_cap:
            raise CapReached("cap_reached")
        return await self.bench.book.on(None, verb, **arguments) if verb == "reserve_call" else None

    async def run(self) -> None:
        """The task, as the worker runs it."""
        verbs: Any = self

        def asker(task: Task, request_id: str) -> ModelAsker:
            return ModelAsker(TaskModel(self.bench.client, verbs, task, request_id))

        tools: Any = SimpleNamespace(settings=SETTINGS, verbs=self, asker=asker)
        await extraction.run(tools, TASK)


async def test_run__stores_the_cells(bench: Bench, verbs: Verbs) -> None:
    await verbs.run()
    (cell,) = verbs.said["finish_extract"]["extractions"]
    assert (cell["variable_id"], cell["state"], cell["origin"]) == (TOTAL.id, "proposed", "model")
    assert verbs.said["reserve_call"]["request_id"] == "job/7"


async def test_run__at_the_cap_the_job_pauses_and_the_task_is_given_back(
    bench: Bench, verbs: Verbs
) -> None:
    verbs.at_cap = True
    with pytest.raises(TaskDeferred):
        await verbs.run()
    assert "pause_for_cap" in verbs.said
    assert "finish_extract" not in verbs.said
    assert bench.route.call_count == 0


async def test_run__a_rate_limit_gives_the_task_back_until_it_is_over(
    bench: Bench, verbs: Verbs
) -> None:
    bench.route.return_value = refusal(429, headers={"retry-after": "90"})
    before = datetime.now(UTC)
    with pytest.raises(NotNow) as later:
        await verbs.run()
    assert timedelta(seconds=89) < later.value.until - before < timedelta(seconds=150)


async def test_run__what_the_model_will_not_answer_fails_with_its_code(
    bench: Bench, verbs: Verbs
) -> None:
    bench.route.return_value = refusal(401)
    with pytest.raises(ModelError) as failed:
        await verbs.run()
    assert failed.value.code == "model_auth"
    assert "finish_extract" not in verbs.said
