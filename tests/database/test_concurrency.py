"""How many tasks of a project run at once: fewer when its provider asks for patience, and slowly
more again.
"""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.support.jobs import job_row, start
from tests.support.seed import Seed


@pytest.fixture
def narrow(ready: Seed, db: psycopg.Connection[Any]) -> Seed:
    """A project with a job under way in which two tasks may run at once."""
    db.execute("update public.projects set max_concurrency = 2 where id = %s", [ready.project_id])
    db.commit()
    ready.ids["job"] = start(ready)["id"]
    return ready


def _reserve(seed: Seed, task: dict[str, Any]) -> str:
    plan = {"request_hash": uuid4().hex, "request_id": "q", "model": "m"}
    [booked] = seed.worker.call("reserve_call", **seed.held(task), **plan)
    return str(booked["call_id"])


def _end(seed: Seed, call: str, error_code: str | None = None) -> None:
    seed.worker.call(
        "settle_call", call=call, state="failed" if error_code else "settled", error_code=error_code
    )


def _limits(seed: Seed) -> tuple[int | None, int]:
    [row] = seed.owner.rows("project_limits", project_id=f"eq.{seed.project_id}")
    return row["concurrency"], row["successes"]


def test_rate_limit__narrows_once_for_all_calls_under_way(
    narrow: Seed, db: psycopg.Connection[Any]
) -> None:
    db.execute("update public.projects set max_concurrency = 8 where id = %s", [narrow.project_id])
    db.commit()
    tasks = narrow.claim("extract", 3)
    calls = [_reserve(narrow, task) for task in tasks]
    for call in calls:
        _end(narrow, call, "model_rate_limited")
    assert _limits(narrow) == (6, 0)
    _end(narrow, _reserve(narrow, tasks[0]), "model_rate_limited")
    assert _limits(narrow) == (4, 0)
    for _ in range(5):
        _end(narrow, _reserve(narrow, tasks[0]), "model_rate_limited")
    assert _limits(narrow) == (1, 0)


def test_rate_limit__costs_no_try_and_narrows_the_next_claim(narrow: Seed) -> None:
    tasks = narrow.claim("extract", 3)
    assert len(tasks) == 2
    _end(narrow, _reserve(narrow, tasks[0]), "model_rate_limited")
    for task in tasks:
        narrow.worker.call("defer_task", **narrow.held(task))
    [again] = narrow.claim("extract", 3)
    assert again["attempts"] == 0
    row = job_row(narrow, {"id": narrow.ids["job"]})
    assert (row["state"], row["documents_failed"]) == ("running", 0)


def test_success__ten_are_one_more_until_the_most_is_reached(narrow: Seed) -> None:
    [task, _] = narrow.claim("extract", 2)
    _end(narrow, _reserve(narrow, task), "model_rate_limited")
    assert _limits(narrow) == (1, 0)
    for number in range(1, 10):
        _end(narrow, _reserve(narrow, task))
        assert _limits(narrow) == (1, number)
    _end(narrow, _reserve(narrow, task))
    assert _limits(narrow) == (None, 0)
    _end(narrow, _reserve(narrow, task))
    assert _limits(narrow) == (None, 0)


def test_other_faults__do_not_narrow(narrow: Seed) -> None:
    [task, _] = narrow.claim("extract", 2)
    _end(narrow, _reserve(narrow, task), "model_unavailable")
    assert _limits(narrow) == (None, 0)
