"""Jobs and cells: how a job starts, moves and ends, and what it never does."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.support.seed import Seed


@pytest.fixture
def ready(seed: Seed) -> Seed:
    """A project with three documents and one variable."""
    for number in range(3):
        seed.document(f"{number}.pdf")
    seed.ids["variable"] = seed.variable()
    return seed


def _start(seed: Seed, **arguments: Any) -> dict[str, Any]:
    job: dict[str, Any] = seed.owner.call("start_job", project=seed.project_id, **arguments)
    return job


def _job(seed: Seed, job: dict[str, Any]) -> dict[str, Any]:
    [row] = seed.owner.rows("jobs", id=f"eq.{job['id']}")
    return row


def _finish(seed: Seed, task: dict[str, Any], **columns: Any) -> None:
    cells = [seed.cell(seed.ids["variable"], **columns)]
    seed.worker.call("finish_extract", **seed.held(task), extractor="model", extractions=cells)


def _fail(seed: Seed, task: dict[str, Any]) -> None:
    seed.worker.call("fail_task", **seed.held(task), code="model_unavailable", detail="down")


def test_start__needs_variables_and_documents(seed: Seed) -> None:
    response = seed.owner.rpc("start_job", project=seed.project_id)
    assert (response.status_code, response.json()["details"]) == (422, "no_variables")
    seed.variable()
    response = seed.owner.rpc("start_job", project=seed.project_id)
    assert (response.status_code, response.json()["details"]) == (422, "no_documents")
    assert seed.owner.rows("jobs", project_id=f"eq.{seed.project_id}") == []


def test_start__refuses_documents_of_another_project(ready: Seed, full: Seed) -> None:
    response = ready.owner.rpc("start_job", project=ready.project_id, documents=[full.ids["document"]])
    assert (response.status_code, response.json()["details"]) == (404, "document_not_found")


def test_start__two_at_once_make_one_job(ready: Seed) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: ready.owner.rpc("start_job", project=ready.project_id), range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [job] = ready.owner.rows("jobs", project_id=f"eq.{ready.project_id}")
    assert job["documents_total"] == 3


def test_job__completes_with_counts_and_a_failure(ready: Seed) -> None:
    job = _start(ready)
    first, *rest = ready.claim("extract", 3)
    assert _job(ready, job)["state"] == "running"
    _fail(ready, first)
    for task in rest:
        _finish(ready, task)
    row = _job(ready, job)
    assert (row["state"], row["documents_done"], row["documents_failed"], row["eta_at"]) == ("completed", 2, 1, None)
    [trouble] = ready.owner.call("job_documents", job=job["id"], state="dead")
    assert trouble["failure_code"] == "model_unavailable"


def test_job__all_failed_is_failed_never_completed(ready: Seed) -> None:
    job = _start(ready)
    for task in ready.claim("extract", 3):
        _fail(ready, task)
    assert _job(ready, job)["state"] == "failed"


def test_job__the_eleventh_failure_in_a_row_pauses(ready: Seed) -> None:
    for number in range(10):
        ready.document(f"more{number}.pdf")
    job = _start(ready)
    tasks = ready.claim("extract", 12)
    for task in tasks[:10]:
        _fail(ready, task)
    assert _job(ready, job)["state"] == "running"
    _fail(ready, tasks[10])
    row = _job(ready, job)
    assert (row["state"], row["pause_reason"]) == ("paused", "failure_streak")
    assert ready.claim("extract", 5) == []
    ready.owner.call("resume_job", job=job["id"])
    assert len(ready.claim("extract", 5)) == 1


def test_pause__holds_what_waits_and_lets_what_runs_finish(ready: Seed) -> None:
    job = _start(ready)
    [task] = ready.claim("extract")
    ready.owner.call("pause_job", job=job["id"])
    assert ready.claim("extract", 5) == []
    _finish(ready, task)
    assert (_job(ready, job)["state"], _job(ready, job)["documents_done"]) == ("paused", 1)
    ready.owner.call("resume_job", job=job["id"])
    assert len(ready.claim("extract", 5)) == 2


def test_pause__a_task_given_back_meanwhile_is_held(ready: Seed) -> None:
    job = _start(ready)
    [task] = ready.claim("extract")
    ready.owner.call("pause_job", job=job["id"])
    ready.worker.call("defer_task", **ready.held(task))
    assert ready.claim("extract", 5) == []


def test_cancel__keeps_what_is_finished_and_fences_the_rest(ready: Seed) -> None:
    job = _start(ready)
    first, second = ready.claim("extract", 2)
    _finish(ready, first)
    ready.owner.call("cancel_job", job=job["id"])
    late = ready.worker.rpc("finish_extract", **ready.held(second), extractor="model", extractions=[])
    assert late.json()["details"] == "lease_lost"
    row = _job(ready, job)
    assert (row["state"], row["documents_done"]) == ("cancelled", 1)
    assert row["finished_at"]
    assert len(ready.owner.rows("extractions", job_id=f"eq.{job['id']}")) == 1


def test_retry__asks_only_what_failed(ready: Seed) -> None:
    job = _start(ready)
    first, *rest = ready.claim("extract", 3)
    _fail(ready, first)
    for task in rest:
        _finish(ready, task)
    ready.owner.call("retry_job", job=job["id"])
    [again] = ready.claim("extract", 5)
    assert again["task_id"] == first["task_id"]
    _finish(ready, again)
    row = _job(ready, job)
    assert (row["state"], row["documents_done"], row["documents_failed"]) == ("completed", 3, 0)


def test_retry__a_job_without_failures_is_refused(ready: Seed) -> None:
    job = _start(ready)
    for task in ready.claim("extract", 3):
        _finish(ready, task)
    response = ready.owner.rpc("retry_job", job=job["id"])
    assert (response.status_code, response.json()["details"]) == (409, "nothing_to_retry")


def test_delete__a_document_of_a_running_job_is_skipped(ready: Seed) -> None:
    job = _start(ready)
    tasks = ready.claim("extract", 2)
    for task in tasks:
        _finish(ready, task)
    done = {task["document_id"] for task in tasks}
    [left] = [row for row in ready.owner.rows("documents", project_id=f"eq.{ready.project_id}") if row["id"] not in done]
    ready.owner.call("delete_document", document=left["id"])
    row = _job(ready, job)
    assert (row["state"], row["documents_done"], row["documents_skipped"]) == ("completed", 2, 1)


def test_cells__a_judged_cell_is_never_overwritten(ready: Seed, stack: Any) -> None:
    _start(ready)
    [task, *others] = ready.claim("extract", 3)
    _finish(ready, task)
    with psycopg.connect(stack.admin_url) as admin:
        admin.execute("update public.extractions set judged_by = gen_random_uuid(), state = 'corrected', value = '99'")
    for other in others:
        _finish(ready, other)
    job = _start(ready)
    for again in ready.claim("extract", 3):
        _finish(ready, again, value=1)
    [kept] = ready.owner.rows("extractions", document_id=f"eq.{task['document_id']}")
    assert (kept["value"], kept["state"]) == (99, "corrected")
    assert _job(ready, job)["state"] == "completed"


def test_cells__of_a_foreign_variable_are_refused_whole(ready: Seed, full: Seed) -> None:
    _start(ready)
    [task] = ready.claim("extract")
    cells = [ready.cell(ready.ids["variable"]), ready.cell(full.ids["variable"])]
    response = ready.worker.rpc("finish_extract", **ready.held(task), extractor="model", extractions=cells)
    assert (response.status_code, response.json()["details"]) == (422, "variable_foreign")
    assert ready.owner.rows("extractions", project_id=f"eq.{ready.project_id}") == []


def test_cells__verified_without_proof_is_impossible(ready: Seed) -> None:
    _start(ready)
    for wrong in ({"evidence": "fuzzy"}, {"quote": None}, {"box": None}, {"page": None}):
        [task] = ready.claim("extract")
        cells = [ready.cell(ready.ids["variable"], **wrong)]
        response = ready.worker.rpc("finish_extract", **ready.held(task), extractor="model", extractions=cells)
        assert response.json()["code"] == "23514"
        ready.worker.call("defer_task", **ready.held(task))


def test_ledger__an_answer_is_paid_once(ready: Seed) -> None:
    job = _start(ready)
    [task] = ready.claim("extract")
    call = {"request_hash": "same", "request_id": "q", "model": "m", "reserved_micros": 100}
    [first] = ready.worker.call("reserve_call", **ready.held(task), **call)
    ready.worker.call("settle_call", call=first["call_id"], state="settled", input_tokens=7, cost_micros=40, answer="{}")
    [second] = ready.worker.call("reserve_call", **ready.held(task), **call)
    assert second == {"call_id": first["call_id"], "answer": "{}", "finish_reason": None}
    row = _job(ready, job)
    assert (row["model_calls"], row["cost_micros"], row["reserved_micros"], row["input_tokens"]) == (1, 40, 0, 7)


def test_ledger__a_call_that_nobody_settled_is_counted_in_full(ready: Seed) -> None:
    job = _start(ready)
    [task] = ready.claim("extract")
    call = {"request_hash": "h", "request_id": "q", "model": "m", "reserved_micros": 100}
    [lost] = ready.worker.call("reserve_call", **ready.held(task), **call)
    [again] = ready.worker.call("reserve_call", **ready.held(task), **call)
    row = _job(ready, job)
    assert (row["model_calls"], row["cost_micros"], row["reserved_micros"]) == (2, 100, 100)
    ready.worker.call("settle_call", call=lost["call_id"], state="settled", cost_micros=30, answer="{}")
    ready.worker.call("settle_call", call=again["call_id"], state="failed", cost_micros=0)
    row = _job(ready, job)
    assert (row["cost_micros"], row["reserved_micros"]) == (30, 0)
    twice = ready.worker.rpc("settle_call", call=again["call_id"], state="failed")
    assert twice.json()["details"] == "call_settled"


def test_cap__refuses_the_call_and_pauses_the_job(ready: Seed) -> None:
    job = _start(ready, cap_micros=150)
    first, second = ready.claim("extract", 2)
    call = {"request_id": "q", "model": "m", "reserved_micros": 100}
    ready.worker.call("reserve_call", **ready.held(first), request_hash="1", **call)
    refused = ready.worker.rpc("reserve_call", **ready.held(second), request_hash="2", **call)
    assert (refused.status_code, refused.json()["details"]) == (402, "cap_reached")
    ready.worker.call("pause_for_cap", **ready.held(second))
    ready.worker.call("defer_task", **ready.held(second))
    assert _job(ready, job)["pause_reason"] == "cap_reached"
    assert ready.claim("extract", 5) == []


def test_variables__at_most_fifty(seed: Seed) -> None:
    rows = [{"project_id": seed.project_id, "key": f"v{n}", "label": "x", "type": "text"} for n in range(51)]
    response = seed.owner.rest("POST", "variables", json=rows)
    assert (response.status_code, response.json()["details"]) == (422, "too_many_variables")
    assert seed.owner.rows("variables", project_id=f"eq.{seed.project_id}") == []
    assert seed.owner.rest("POST", "variables", json=rows[:50]).status_code == 201


def test_variables__a_change_that_reaches_the_prompt_raises_the_revision(ready: Seed) -> None:
    def change(**columns: Any) -> int:
        params = {"id": f"eq.{ready.ids['variable']}"}
        answer = ready.owner.rest("PATCH", "variables", params=params, json=columns, headers={"Prefer": "return=representation"})
        revision: int = answer.json()[0]["revision"]
        return revision

    assert change(position=7) == 1
    assert change(instructions="The grand total.") == 2


def test_duplicate__the_same_bytes_are_one_document(seed: Seed) -> None:
    path, content = seed.upload()
    first = seed.register(path, content)
    again = seed.register(*seed.upload(content))
    assert (again["document_id"], again["duplicate"], first["duplicate"]) == (first["document_id"], True, False)


def test_events__tell_the_story_of_a_document(seed: Seed) -> None:
    document = seed.document()
    story = seed.owner.rows("events", subject_id=f"eq.{document}", order="id")
    assert [event["action"] for event in story] == ["uploaded", "parsing", "ready"]
