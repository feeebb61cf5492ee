"""Money caps of jobs and projects: never passed, said when reached, raised by people. E-LLM-04."""

from typing import Any

import psycopg
import pytest

from scripts.rig.cap_run import TASKS, CapRun
from tests.support.jobs import job_row, start
from tests.support.seed import Seed

CALL = {"request_id": "q", "model": "m"}
RUNS = 8  # scripts/bench cap makes more


def _limits(seed: Seed) -> dict[str, Any]:
    [row] = seed.team["viewer"].rows("project_limits", project_id=f"eq.{seed.project_id}")
    return row


def _reserve(seed: Seed, task: dict[str, Any], micros: int, name: str = "h") -> Any:
    return seed.worker.rpc(
        "reserve_call", **seed.held(task), request_hash=name, reserved_micros=micros, **CALL
    )


def test_project_cap__refuses_the_call_and_pauses_the_job_until_it_is_raised(ready: Seed) -> None:
    ready.owner.call("set_project_cap", project=ready.project_id, cap_micros=150)
    job = start(ready)
    first, second = ready.claim("extract", 2)
    assert _reserve(ready, first, 100).is_success
    refused = _reserve(ready, second, 100)
    assert (refused.status_code, refused.json()["details"]) == (402, "project_cap_reached")
    ready.worker.call("pause_for_cap", **ready.held(second), reason="project_cap_reached")
    ready.worker.call("defer_task", **ready.held(second))
    assert job_row(ready, job)["pause_reason"] == "project_cap_reached"
    assert ready.claim("extract", 5) == []
    ready.owner.call("set_project_cap", project=ready.project_id, cap_micros=100)
    assert job_row(ready, job)["state"] == "paused"
    ready.owner.call("set_project_cap", project=ready.project_id, cap_micros=300)
    assert job_row(ready, job)["state"] == "running"
    assert len(ready.claim("extract", 5)) == 2


def test_project_cap__counts_every_job_of_the_project(ready: Seed) -> None:
    for spent in (60, 40):
        job = start(ready)
        [task] = ready.claim("extract", 1)
        [reserved] = _reserve(ready, task, 60, name=str(spent)).json()
        ready.worker.call(
            "settle_call", call=reserved["call_id"], state="settled", cost_micros=spent, answer="{}"
        )
        ready.owner.call("cancel_job", job=job["id"])
    assert (_limits(ready)["spent_micros"], _limits(ready)["reserved_micros"]) == (100, 0)
    ready.owner.call("set_project_cap", project=ready.project_id, cap_micros=101)
    start(ready)
    [task] = ready.claim("extract", 1)
    assert _reserve(ready, task, 2).json()["details"] == "project_cap_reached"
    assert _reserve(ready, task, 1).is_success


def test_project_cap__below_zero_is_refused(ready: Seed) -> None:
    response = ready.owner.rpc("set_project_cap", project=ready.project_id, cap_micros=-1)
    assert (response.status_code, response.json()["details"]) == (422, "cap_invalid")


def test_raise_cap__lets_a_job_that_waits_for_it_go_on(ready: Seed) -> None:
    job = start(ready, cap_micros=150)
    [task] = ready.claim("extract", 1)
    assert _reserve(ready, task, 151).json()["details"] == "cap_reached"
    ready.worker.call("pause_for_cap", **ready.held(task))
    ready.worker.call("defer_task", **ready.held(task))
    lower = ready.owner.rpc("raise_cap", job=job["id"], cap_micros=150)
    assert (lower.status_code, lower.json()["details"]) == (422, "cap_not_raised")
    [raised] = ready.owner.call("raise_cap", job=job["id"], cap_micros=151)
    assert (raised["state"], raised["cap_micros"], raised["pause_reason"]) == ("running", 151, None)
    [task, *_] = ready.claim("extract", 3)
    assert _reserve(ready, task, 151).is_success


def test_raise_cap__leaves_a_job_paused_that_waits_for_something_else(ready: Seed) -> None:
    job = start(ready, cap_micros=1)
    ready.owner.call("pause_job", job=job["id"])
    [raised] = ready.owner.call("raise_cap", job=job["id"])
    assert (raised["state"], raised["cap_micros"]) == ("paused", None)


def test_cap__what_a_call_cost_beyond_its_reservation_stops_the_next(ready: Seed) -> None:
    start(ready, cap_micros=100)
    first, second = ready.claim("extract", 2)
    [reserved] = _reserve(ready, first, 60).json()
    ready.worker.call(
        "settle_call", call=reserved["call_id"], state="settled", cost_micros=110, answer="{}"
    )
    assert _reserve(ready, second, 1).json()["details"] == "cap_reached"


@pytest.mark.parametrize("seed_number", range(RUNS))
def test_cap__is_never_passed_whatever_happens(
    ready: Seed, db: psycopg.Connection[Any], seed_number: int
) -> None:
    """E-LLM-04: 32 at a time, calls that cost up to ten times the mean, never settled or late."""
    with_documents = len(ready.owner.rows("documents", project_id=f"eq.{ready.project_id}"))
    for number in range(TASKS - with_documents):
        db.execute(
            "insert into public.documents (project_id, name, object_path, media_type, bytes, sha256, state, page_count,"
            " unread_pages, parsed_at, created_by) select project_id, name, %s, media_type, bytes, md5(%s) || md5(%s),"
            " state, page_count, unread_pages, parsed_at, created_by from public.documents where project_id = %s"
            " limit 1",
            [f"{ready.project_id}/{number}", str(number), str(number), ready.project_id],
        )
    db.commit()
    run = CapRun(
        owner=ready.owner,
        service_role=ready.worker,
        project_id=ready.project_id,
        db=db,
        claim=lambda count: ready.claim("extract", count),
        seed=seed_number,
    )
    assert run.play() == []
