"""How an extract task ends that can not fill its cells: the cap, a limit, a model that will not
answer.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from postgrest.exceptions import APIError

from service.extraction.asking import ModelAsker
from service.extraction.extract_task import ExtractDocument, Plan
from service.model.client import TaskModel
from service.parsing import wire
from service.queue.outcomes import TaskDeferred, TaskFailed
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
    """The verbs of one task; the ledger's are the bench's, unless it refuses."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.call = bench, bench.book.call
        self.refusal: str | None = None
        self.said: dict[str, dict[str, Any]] = {}

    async def on(self, _task: Task, verb: str, **arguments: Any) -> Any:
        self.said[verb] = arguments
        if verb == "read_extract":
            return READ | {"parsed": wire.to_rows(PARSED)}
        if verb == "reserve_call" and self.refusal:
            raise APIError({"code": "PT402", "details": self.refusal})
        return await self.bench.book.on(None, verb, **arguments) if verb == "reserve_call" else None

    async def run(self) -> None:
        """The task, as the worker runs it."""
        verbs: Any = self

        def asker(task: Task, request_id: str) -> ModelAsker:
            return ModelAsker(TaskModel(self.bench.client, verbs, task, request_id))

        plan = Plan(SETTINGS.model_context_tokens, SETTINGS.model_max_output_tokens)
        await ExtractDocument(verbs, asker, plan).run(TASK)


async def test_run__stores_the_cells(bench: Bench, verbs: Verbs) -> None:
    await verbs.run()
    (cell,) = verbs.said["finish_extract"]["extractions"]
    assert (cell["variable_id"], cell["state"], cell["origin"]) == (TOTAL.id, "proposed", "model")
    assert verbs.said["reserve_call"]["request_id"] == "job/7"


async def test_run__at_the_cap_the_job_pauses_and_the_task_is_given_back(
    bench: Bench, verbs: Verbs
) -> None:
    verbs.refusal = "project_cap_reached"
    with pytest.raises(TaskDeferred):
        await verbs.run()
    assert verbs.said["pause_for_cap"] == {"reason": "project_cap_reached"}
    assert "finish_extract" not in verbs.said
    assert bench.route.call_count == 0


async def test_run__at_the_limit_of_calls_the_task_is_given_back_and_the_job_goes_on(
    bench: Bench, verbs: Verbs
) -> None:
    verbs.refusal = "call_limit_reached"
    with pytest.raises(TaskDeferred):
        await verbs.run()
    assert verbs.said.keys() == {"read_extract", "reserve_call"}
    assert bench.client.breaker.failures == 0


async def test_run__a_rate_limit_gives_the_task_back_until_it_is_over(
    bench: Bench, verbs: Verbs
) -> None:
    bench.route.return_value = refusal(429, headers={"retry-after": "90"})
    before = datetime.now(UTC)
    with pytest.raises(TaskDeferred) as later:
        await verbs.run()
    assert timedelta(seconds=89) < later.value.until - before < timedelta(seconds=150)


async def test_run__what_the_model_will_not_answer_fails_with_its_code(
    bench: Bench, verbs: Verbs
) -> None:
    bench.route.return_value = refusal(401)
    with pytest.raises(TaskFailed) as failed:
        await verbs.run()
    assert failed.value.code == "model_auth"
    assert "finish_extract" not in verbs.said
