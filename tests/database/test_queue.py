"""The queue: claims, leases, fences, recovery, fairness."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.support.jobs import start
from tests.support.seed import PARSED, Seed, Seeds


def _state(
    db: psycopg.Connection[Any], task: dict[str, Any], stack: Any
) -> tuple[str, int, str | None]:
    with psycopg.connect(stack.db_url) as admin:
        row = admin.execute(
            "select state, attempts, failure_code from private.tasks where id = %s",
            [task["task_id"]],
        ).fetchone()
    assert row is not None
    return row


def _expire(stack: Any, task: dict[str, Any]) -> None:
    """Moves time: the lease of `task` ran out a minute ago."""
    with psycopg.connect(stack.db_url) as admin:
        admin.execute(
            "update private.tasks set lease_expires_at = now() - interval '1 minute' where id = %s",
            [task["task_id"]],
        )


def _queued(seed: Seed, count: int = 1) -> None:
    for _ in range(count):
        seed.register(*seed.upload())


def test_claim__takes_each_task_once(seed: Seed) -> None:
    _queued(seed, 6)
    with ThreadPoolExecutor(4) as pool:
        batches = list(
            pool.map(
                lambda n: seed.worker.call("claim_tasks", worker=f"w{n}", kinds=["parse"], limit=4),
                range(4),
            )
        )
    mine = [t["task_id"] for batch in batches for t in batch if t["project_id"] == seed.project_id]
    assert len(mine) == len(set(mine)) == 6


def test_claim__never_passes_the_limit_of_a_project(seed: Seed, stack: Any) -> None:
    with psycopg.connect(stack.db_url) as db:
        db.execute(
            "update public.projects set max_concurrency = 2 where id = %s", [seed.project_id]
        )
    _queued(seed, 5)
    with ThreadPoolExecutor(4) as pool:
        batches = list(
            pool.map(
                lambda n: seed.worker.call("claim_tasks", worker=f"w{n}", kinds=["parse"], limit=5),
                range(4),
            )
        )
    assert sum(t["project_id"] == seed.project_id for batch in batches for t in batch) == 2


def test_claim__is_fair_between_projects(seed: Seed, seeds: Seeds) -> None:
    other = seeds.project()
    _queued(seed, 6)
    _queued(other, 2)
    claimed = seed.worker.call("claim_tasks", worker="fair", kinds=["parse"], limit=4)
    projects = [task["project_id"] for task in claimed]
    assert projects.count(seed.project_id) == projects.count(other.project_id) == 2


def test_finish__is_fenced_by_the_lease(seed: Seed, stack: Any) -> None:
    _queued(seed)
    [first] = seed.claim("parse", worker="first")
    _expire(stack, first)
    [second] = seed.claim("parse", worker="second")
    assert (second["task_id"], second["attempts"]) == (first["task_id"], 1)
    late = seed.worker.rpc("finish_parse", **seed.held(first), parsed=PARSED)
    assert (late.status_code, late.json()["details"]) == (409, "lease_lost")
    seed.worker.call("finish_parse", **seed.held(second), parsed=PARSED)


def test_heartbeat__keeps_what_is_held_and_misses_what_was_lost(seed: Seed, stack: Any) -> None:
    _queued(seed, 2)
    kept, lost = seed.claim("parse", 2, worker="first")
    _expire(stack, lost)
    seed.claim("parse", worker="second")
    tokens = [kept["lease_token"], lost["lease_token"]]
    assert seed.worker.call("heartbeat_tasks", worker="first", lease_tokens=tokens) == [
        kept["lease_token"]
    ]


def test_claim__what_lost_a_lease_comes_after_what_never_did(seed: Seed, stack: Any) -> None:
    _queued(seed, 3)
    [lost] = seed.claim("parse", worker="first")
    _expire(stack, lost)
    later = [seed.claim("parse", worker="second")[0] for _ in range(3)]
    assert [task["attempts"] for task in later] == [0, 0, 1]
    assert later[2]["task_id"] == lost["task_id"]


def test_recovery__a_paused_job_stays_paused_when_its_worker_dies(ready: Seed, stack: Any) -> None:
    job = start(ready)
    [task] = ready.claim("extract", worker="first")
    ready.owner.call("pause_job", job=job["id"])
    _expire(stack, task)
    assert ready.claim("extract", 10, worker="second") == []
    ready.owner.call("resume_job", job=job["id"])
    assert len(ready.claim("extract", 10, worker="second")) == 3


def test_recovery__the_tenth_lost_lease_is_the_end(
    seed: Seed, stack: Any, db: psycopg.Connection[Any]
) -> None:
    _queued(seed)
    for attempt in range(10):
        [task] = seed.claim("parse")
        assert task["attempts"] == attempt
        _expire(stack, task)
    assert seed.claim("parse") == []
    assert _state(db, task, stack) == ("dead", 10, "worker_lost")
    [document] = seed.owner.rows("documents", project_id=f"eq.{seed.project_id}")
    assert (document["state"], document["failure_code"]) == ("failed", "worker_lost")


def test_defer__waits_and_uses_up_no_attempt(
    seed: Seed, stack: Any, db: psycopg.Connection[Any]
) -> None:
    _queued(seed)
    [task] = seed.claim("parse")
    seed.worker.call("defer_task", **seed.held(task), until="2099-01-01T00:00:00Z")
    assert _state(db, task, stack) == ("queued", 0, None)
    assert seed.claim("parse") == []


def test_release__is_due_at_once(seed: Seed) -> None:
    _queued(seed)
    [task] = seed.claim("parse", worker="drained")
    released = seed.worker.call(
        "release_tasks", worker="drained", lease_tokens=[task["lease_token"]]
    )
    assert released == 1
    [again] = seed.claim("parse", worker="next")
    assert (again["task_id"], again["attempts"]) == (task["task_id"], 0)


@pytest.mark.parametrize(
    "bad",
    [{"worker": ""}, {"limit": 0}, {"limit": 257}, {"lease_seconds": 0}, {"lease_seconds": 601}],
)
def test_claim__refuses_nonsense(bad: dict[str, Any], seed: Seed) -> None:
    response = seed.worker.rpc("claim_tasks", **({"worker": "w", "kinds": ["parse"]} | bad))
    assert (response.status_code, response.json()["details"]) == (422, "claim_invalid")


def test_fail__is_the_documents_failure(seed: Seed) -> None:
    _queued(seed)
    [task] = seed.claim("parse")
    seed.worker.call(
        "fail_task", **seed.held(task), code="encrypted", detail="A password is needed."
    )
    [document] = seed.owner.rows("documents", project_id=f"eq.{seed.project_id}")
    assert (document["state"], document["failure_code"]) == ("failed", "encrypted")
    seed.owner.call("parse_document", document=document["id"])
    [document] = seed.owner.rows("documents", project_id=f"eq.{seed.project_id}")
    assert (document["state"], document["failure_code"]) == ("uploaded", None)
