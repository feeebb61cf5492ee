"""A provider that is away or asks for patience: what a job makes of it, on the real stack."""

from typing import Any

import psycopg
import pytest

from scripts.rig.scripted_model import Fault, Script, serving
from scripts.rig.scripted_truth import absent
from service.model import breaker
from service.model.client import PATIENCE
from tests.service.conftest import running_worker
from tests.support.jobs import start
from tests.support.seed import Seed
from tests.support.waiting import until_async


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between tries are not waited, nor is a probe."""

    async def sleep(_: float) -> None:
        pass

    monkeypatch.setattr(PATIENCE, "sleep", sleep)
    monkeypatch.setattr(breaker, "PROBE_SECONDS", 0.1)


async def _ended(seed: Seed, stack: Any, script: Script) -> dict[str, Any]:
    job = start(seed)
    with serving(script) as server:
        through = {
            "DOSSIER_MODEL_API_KEY": "key",
            "DOSSIER_MODEL_BASE_URL": server.base_url,
            "DOSSIER_MODEL_REST_SECONDS": "0.3",
        }
        async with running_worker(stack, **through):
            [row] = await until_async(
                lambda: seed.owner.rows("jobs", id=f"eq.{job['id']}"),
                lambda rows: rows[0]["state"] in ("completed", "failed", "paused"),
            )
    return dict(row)


async def test_outage__ends_in_failure_and_never_as_complete(ready: Seed, stack: Any) -> None:
    """E-JOB-07: all errors is failed, with nothing marked as processed; the breaker spares the
    server the tries.
    """
    script = Script(faults=[Fault(every=1, status=503)])
    row = await _ended(ready, stack, script)
    assert (row["state"], row["documents_done"], row["documents_failed"]) == ("failed", 0, 3)
    assert ready.owner.rows("extractions", project_id=f"eq.{ready.project_id}") == []
    assert len(script.calls) < 3 * 5
    troubles = ready.owner.call("job_documents", job=row["id"])
    assert {trouble["failure_code"] for trouble in troubles} == {"model_unavailable"}


async def test_rate_limit__costs_no_document_a_try(
    ready: Seed, stack: Any, db: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """E-LLM-01: what a provider refuses for now is asked again, within a claim and beyond it."""
    monkeypatch.setattr(PATIENCE, "stop", lambda state: state.attempt_number >= 2)
    faults = [Fault(first=3, status=429, retry_after=0.1)]
    row = await _ended(ready, stack, Script(answer=lambda _: {"total": absent()}, faults=faults))
    assert (row["state"], row["documents_done"], row["documents_failed"]) == ("completed", 3, 0)
    tasks = db.execute(
        "select attempts from private.tasks where job_id = %s", [row["id"]]
    ).fetchall()
    assert tasks == [(0,)] * 3
    [limits] = ready.owner.rows("project_limits", project_id=f"eq.{ready.project_id}")
    assert limits["concurrency"] < 32


async def test_call_limit__a_call_too_many_costs_no_document_a_try(
    ready: Seed, stack: Any, db: psycopg.Connection[Any]
) -> None:
    """E-LLM-03: a try that the limit does not allow is made when there is room again."""
    ready.owner.call("set_call_limit", project=ready.project_id, calls_per_minute=1)
    script = Script(answer=lambda _: {"total": absent()}, faults=[Fault(first=1, status=503)])
    job = start(ready)

    def waiting() -> list[Any]:
        return db.execute(
            "select t.attempts from private.tasks as t"
            " where t.job_id = %s and t.state = 'queued' and t.run_after > ("
            "select max(c.settled_at) from public.llm_calls as c"
            " where c.project_id = t.project_id)",
            [job["id"]],
        ).fetchall()

    with serving(script) as server:
        through = {"DOSSIER_MODEL_API_KEY": "key", "DOSSIER_MODEL_BASE_URL": server.base_url}
        async with running_worker(stack, **through):
            db.autocommit = True
            assert await until_async(waiting, bool) == [(0,)]
            assert len(script.calls) == 1
            ready.owner.call("set_call_limit", project=ready.project_id)
            [row] = await until_async(
                lambda: ready.owner.rows("jobs", id=f"eq.{job['id']}"),
                lambda rows: rows[0]["state"] == "completed",
            )
    assert (row["documents_done"], row["documents_failed"], len(script.calls)) == (3, 0, 4)
