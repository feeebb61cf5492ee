"""Cells and the ledger: what is stored, what is refused, what is paid."""

from typing import Any

import psycopg

from tests.support.jobs import finish, job_row, start
from tests.support.seed import Seed


def test_cells__a_judged_cell_is_never_overwritten(ready: Seed, stack: Any) -> None:
    start(ready)
    [task, *others] = ready.claim("extract", 3)
    finish(ready, task)
    with psycopg.connect(stack.db_url) as admin:
        admin.execute(
            "update public.extractions set judged_by = gen_random_uuid(), state = 'corrected', value = '99'"
            " where project_id = %s",
            [ready.project_id],
        )
    for other in others:
        finish(ready, other)
    job = start(ready)
    for again in ready.claim("extract", 3):
        finish(ready, again, value=1)
    [kept] = ready.owner.rows("extractions", document_id=f"eq.{task['document_id']}")
    assert (kept["value"], kept["state"]) == (99, "corrected")
    assert job_row(ready, job)["state"] == "completed"


def test_cells__of_a_foreign_variable_are_refused_whole(ready: Seed, full: Seed) -> None:
    """E-JOB-12, E-AUTH-03: one bad cell and none is stored; a worker cannot reach another tenant."""
    start(ready)
    [task] = ready.claim("extract")
    cells = [ready.cell(ready.ids["variable"]), ready.cell(full.ids["variable"])]
    response = ready.worker.rpc(
        "finish_extract", **ready.held(task), extractor="model", extractions=cells
    )
    assert (response.status_code, response.json()["details"]) == (422, "variable_foreign")
    assert ready.owner.rows("extractions", project_id=f"eq.{ready.project_id}") == []


def test_cells__verified_without_proof_is_impossible(ready: Seed) -> None:
    start(ready)
    for wrong in ({"evidence": "fuzzy"}, {"quote": None}, {"box": None}, {"page": None}):
        [task] = ready.claim("extract")
        cells = [ready.cell(ready.ids["variable"], **wrong)]
        response = ready.worker.rpc(
            "finish_extract", **ready.held(task), extractor="model", extractions=cells
        )
        assert response.json()["code"] == "23514"
        ready.worker.call("defer_task", **ready.held(task))


def test_ledger__an_answer_is_paid_once(ready: Seed) -> None:
    job = start(ready)
    [task] = ready.claim("extract")
    call = {"request_hash": "same", "request_id": "q", "model": "m", "reserved_micros": 100}
    [first] = ready.worker.call("reserve_call", **ready.held(task), **call)
    ready.worker.call(
        "settle_call",
        call=first["call_id"],
        state="settled",
        input_tokens=7,
        cost_micros=40,
        answer="{}",
    )
    [second] = ready.worker.call("reserve_call", **ready.held(task), **call)
    assert second == {"call_id": first["call_id"], "answer": "{}", "finish_reason": None}
    row = job_row(ready, job)
    assert (
        row["model_calls"],
        row["cost_micros"],
        row["reserved_micros"],
        row["input_tokens"],
    ) == (1, 40, 0, 7)


def test_ledger__a_call_that_nobody_settled_is_counted_in_full(ready: Seed) -> None:
    job = start(ready)
    [task] = ready.claim("extract")
    call = {"request_hash": "h", "request_id": "q", "model": "m", "reserved_micros": 100}
    [lost] = ready.worker.call("reserve_call", **ready.held(task), **call)
    [again] = ready.worker.call("reserve_call", **ready.held(task), **call)
    row = job_row(ready, job)
    assert (row["model_calls"], row["cost_micros"], row["reserved_micros"]) == (2, 100, 100)
    ready.worker.call(
        "settle_call", call=lost["call_id"], state="settled", cost_micros=30, answer="{}"
    )
    ready.worker.call("settle_call", call=again["call_id"], state="failed", cost_micros=0)
    row = job_row(ready, job)
    assert (row["cost_micros"], row["reserved_micros"]) == (30, 0)
    other = ready.worker.rpc("settle_call", call=again["call_id"], state="failed", cost_micros=1)
    assert other.json()["details"] == "call_settled"


def test_ledger__the_same_said_twice_counts_once(ready: Seed) -> None:
    """A worker whose connection was cut does not know whether it was heard."""
    job = start(ready)
    [task] = ready.claim("extract")
    call = {"request_hash": "h", "request_id": "q", "model": "m", "reserved_micros": 100}
    [booked] = ready.worker.call("reserve_call", **ready.held(task), **call)
    told = {
        "call": booked["call_id"],
        "state": "settled",
        "cost_micros": 30,
        "input_tokens": 7,
        "answer": "{}",
    }
    for _ in range(2):
        ready.worker.call("settle_call", **told)
    row = job_row(ready, job)
    assert (row["cost_micros"], row["reserved_micros"], row["input_tokens"]) == (30, 0, 7)
    unknown = ready.worker.rpc("settle_call", **told | {"call": ready.ids["variable"]})
    assert unknown.json()["details"] == "call_settled"


def test_cap__refuses_the_call_and_pauses_the_job(ready: Seed) -> None:
    job = start(ready, cap_micros=150)
    first, second = ready.claim("extract", 2)
    call = {"request_id": "q", "model": "m", "reserved_micros": 100}
    ready.worker.call("reserve_call", **ready.held(first), request_hash="1", **call)
    refused = ready.worker.rpc("reserve_call", **ready.held(second), request_hash="2", **call)
    assert (refused.status_code, refused.json()["details"]) == (402, "cap_reached")
    ready.worker.call("pause_for_cap", **ready.held(second))
    ready.worker.call("defer_task", **ready.held(second))
    assert job_row(ready, job)["pause_reason"] == "cap_reached"
    assert ready.claim("extract", 5) == []
