"""How many model calls a project begins in a minute, and when its job will be done."""

from datetime import datetime
from typing import Any

import psycopg

from tests.support.jobs import finish, job_row, start
from tests.support.seed import Seed

CALL = {"request_id": "q", "model": "m"}


def _documents(seed: Seed, db: psycopg.Connection[Any], count: int) -> None:
    """So many more, as the first one is."""
    for number in range(count):
        db.execute(
            "insert into public.documents (project_id, name, object_path, media_type, bytes, sha256, state, page_count,"
            " unread_pages, parsed_at, created_by) select project_id, name, %s, media_type, bytes, md5(%s) || md5(%s),"
            " state, page_count, unread_pages, parsed_at, created_by from public.documents where project_id = %s"
            " limit 1",
            [f"{seed.project_id}/{number}", str(number), str(number), seed.project_id],
        )
    db.commit()


def _later(seed: Seed, db: psycopg.Connection[Any], seconds: int) -> None:
    """What the ledger holds happened so much earlier."""
    db.execute(
        "update public.llm_calls set created_at = created_at - make_interval(secs => %s) where project_id = %s",
        [seconds, seed.project_id],
    )
    db.commit()


def _call(seed: Seed, task: dict[str, Any], name: str = "h") -> Any:
    return seed.worker.rpc("reserve_call", **seed.held(task), request_hash=name, **CALL)


def test_call_limit__lets_so_many_tasks_begin_in_any_minute(
    ready: Seed, db: psycopg.Connection[Any]
) -> None:
    """E-LLM-03: 100 calls at 10 a minute take ten minutes, whoever claims and however often."""
    _documents(ready, db, 97)
    limits = ready.owner.call("set_call_limit", project=ready.project_id, calls_per_minute=10)
    assert limits["calls_per_minute"] == 10
    job, minutes = start(ready), 0
    while job_row(ready, job)["state"] != "completed":
        tasks = ready.claim("extract", 4) + ready.claim("extract", 256)
        assert len(tasks) == 10
        assert ready.claim("extract", 256) == [], "claimed tasks that have not called yet count"
        for task in tasks:
            assert _call(ready, task).is_success
            finish(ready, task)
        _later(ready, db, 30)
        assert ready.claim("extract", 256) == []
        _later(ready, db, 31)
        minutes += 1
    assert minutes == 10


def test_call_limit__counts_what_a_task_asks_again(
    ready: Seed, db: psycopg.Connection[Any]
) -> None:
    """E-LLM-03: the ledger refuses the call that is one too many, and the task is given back
    without a try.
    """
    ready.owner.call("set_call_limit", project=ready.project_id, calls_per_minute=2)
    start(ready)
    [task] = ready.claim("extract")
    assert [_call(ready, task, name).status_code for name in ("1", "2", "3")] == [200, 200, 429]
    refused = _call(ready, task, "3").json()
    assert refused["details"] == "call_limit_reached"
    ready.worker.call("defer_task", **ready.held(task))
    assert ready.claim("extract", 3) == []
    _later(ready, db, 61)
    assert len(ready.claim("extract", 3)) == 2


def test_call_limit__holds_only_what_asks_a_model(ready: Seed) -> None:
    ready.owner.call("set_call_limit", project=ready.project_id, calls_per_minute=1)
    start(ready)
    assert len(ready.claim("extract", 3)) == 1
    ready.register(*ready.upload())
    assert len(ready.claim("parse")) == 1
    ready.owner.call("set_call_limit", project=ready.project_id)
    assert len(ready.claim("extract", 3)) == 2


def test_call_limit__below_one_is_refused(ready: Seed) -> None:
    response = ready.owner.rpc("set_call_limit", project=ready.project_id, calls_per_minute=0)
    assert (response.status_code, response.json()["details"]) == (422, "limit_invalid")


def test_eta__appears_after_the_first_document_falls_and_is_null_when_not_running(
    ready: Seed, db: psycopg.Connection[Any]
) -> None:
    """E-JOB-13: a job that took a minute for one of three documents takes two more, and half of
    that is less.
    """
    job = start(ready)

    def remaining() -> float | None:
        row = job_row(ready, job)
        if row["eta_at"] is None:
            return None
        return (
            datetime.fromisoformat(row["eta_at"]) - datetime.fromisoformat(row["updated_at"])
        ).total_seconds()

    assert remaining() is None
    first, second, third = ready.claim("extract", 3)
    assert (job_row(ready, job)["state"], remaining()) == ("running", None)
    db.execute(
        "update public.jobs set started_at = started_at - interval '1 minute' where id = %s",
        [job["id"]],
    )
    db.commit()
    finish(ready, first)
    after_one = remaining()
    assert after_one is not None
    assert after_one >= 120
    finish(ready, second)
    after_two = remaining()
    assert after_two is not None
    assert after_two < after_one
    ready.owner.call("pause_job", job=job["id"])
    assert remaining() is None
    ready.owner.call("resume_job", job=job["id"])
    assert remaining() is not None
    finish(ready, third)
    assert (job_row(ready, job)["state"], remaining()) == ("completed", None)
