"""Jobs: how a job starts, moves and ends, and what it never does."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support.jobs import fail, finish, job_row, start
from tests.support.seed import Seed


def test_start__needs_variables_and_documents(seed: Seed) -> None:
    """E-JOB-02: nothing to ask, or nothing to ask about, makes no job."""
    response = seed.owner.rpc("start_job", project=seed.project_id)
    assert (response.status_code, response.json()["details"]) == (422, "no_variables")
    seed.variable()
    response = seed.owner.rpc("start_job", project=seed.project_id)
    assert (response.status_code, response.json()["details"]) == (422, "no_documents")
    assert seed.owner.rows("jobs", project_id=f"eq.{seed.project_id}") == []


def test_start__refuses_documents_of_another_project(ready: Seed, full: Seed) -> None:
    """E-JOB-03: a document of another tenant is not found."""
    response = ready.owner.rpc(
        "start_job", project=ready.project_id, documents=[full.ids["document"]]
    )
    assert (response.status_code, response.json()["details"]) == (404, "document_not_found")


def test_start__two_at_once_make_one_job(ready: Seed) -> None:
    """E-JOB-04: of two at the same moment one is refused."""
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda _: ready.owner.rpc("start_job", project=ready.project_id), range(2))
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [job] = ready.owner.rows("jobs", project_id=f"eq.{ready.project_id}")
    assert job["documents_total"] == 3


def test_job__completes_with_counts_and_a_failure(ready: Seed) -> None:
    """E-JOB-05: one document fails with its code, the others are done."""
    job = start(ready)
    first, *rest = ready.claim("extract", 3)
    assert job_row(ready, job)["state"] == "running"
    fail(ready, first)
    for task in rest:
        finish(ready, task)
    row = job_row(ready, job)
    assert (row["state"], row["documents_done"], row["documents_failed"], row["eta_at"]) == (
        "completed",
        2,
        1,
        None,
    )
    [trouble] = ready.owner.call("job_documents", job=job["id"], state="dead")
    assert trouble["failure_code"] == "model_unavailable"


def test_job__all_failed_is_failed_never_completed(ready: Seed) -> None:
    """E-JOB-07: nothing but failures is no success."""
    job = start(ready)
    for task in ready.claim("extract", 3):
        fail(ready, task)
    assert job_row(ready, job)["state"] == "failed"


def test_job__the_eleventh_failure_in_a_row_pauses(ready: Seed) -> None:
    """E-JOB-06: ten go on, the eleventh pauses with a reason."""
    for number in range(10):
        ready.document(f"more{number}.pdf")
    job = start(ready)
    tasks = ready.claim("extract", 12)
    for task in tasks[:10]:
        fail(ready, task)
    assert job_row(ready, job)["state"] == "running"
    fail(ready, tasks[10])
    row = job_row(ready, job)
    assert (row["state"], row["pause_reason"]) == ("paused", "failure_streak")
    assert ready.claim("extract", 5) == []
    ready.owner.call("resume_job", job=job["id"])
    assert len(ready.claim("extract", 5)) == 1


def test_pause__holds_what_waits_and_lets_what_runs_finish(ready: Seed) -> None:
    """E-JOB-08: what runs may finish, what waits is held."""
    job = start(ready)
    [task] = ready.claim("extract")
    ready.owner.call("pause_job", job=job["id"])
    assert ready.claim("extract", 5) == []
    finish(ready, task)
    assert (job_row(ready, job)["state"], job_row(ready, job)["documents_done"]) == ("paused", 1)
    ready.owner.call("resume_job", job=job["id"])
    assert len(ready.claim("extract", 5)) == 2


def test_pause__a_task_given_back_meanwhile_is_held(ready: Seed) -> None:
    job = start(ready)
    [task] = ready.claim("extract")
    ready.owner.call("pause_job", job=job["id"])
    ready.worker.call("defer_task", **ready.held(task))
    assert ready.claim("extract", 5) == []


def test_cancel__keeps_what_is_finished_and_fences_the_rest(ready: Seed) -> None:
    """E-JOB-09: finished cells stay, a late answer is refused, the time is noted."""
    job = start(ready)
    first, second = ready.claim("extract", 2)
    finish(ready, first)
    ready.owner.call("cancel_job", job=job["id"])
    late = ready.worker.rpc(
        "finish_extract", **ready.held(second), extractor="model", extractions=[]
    )
    assert late.json()["details"] == "lease_lost"
    row = job_row(ready, job)
    assert (row["state"], row["documents_done"]) == ("cancelled", 1)
    assert row["finished_at"]
    assert len(ready.owner.rows("extractions", job_id=f"eq.{job['id']}")) == 1


def test_retry__asks_only_what_failed(ready: Seed) -> None:
    job = start(ready)
    first, *rest = ready.claim("extract", 3)
    fail(ready, first)
    for task in rest:
        finish(ready, task)
    ready.owner.call("retry_job", job=job["id"])
    [again] = ready.claim("extract", 5)
    assert again["task_id"] == first["task_id"]
    finish(ready, again)
    row = job_row(ready, job)
    assert (row["state"], row["documents_done"], row["documents_failed"]) == ("completed", 3, 0)


def test_retry__a_job_without_failures_is_refused(ready: Seed) -> None:
    job = start(ready)
    for task in ready.claim("extract", 3):
        finish(ready, task)
    response = ready.owner.rpc("retry_job", job=job["id"])
    assert (response.status_code, response.json()["details"]) == (409, "nothing_to_retry")


def test_delete__a_document_of_a_running_job_is_skipped(ready: Seed) -> None:
    job = start(ready)
    tasks = ready.claim("extract", 2)
    for task in tasks:
        finish(ready, task)
    done = {task["document_id"] for task in tasks}
    [left] = [
        row
        for row in ready.owner.rows("documents", project_id=f"eq.{ready.project_id}")
        if row["id"] not in done
    ]
    ready.owner.call("delete_document", document=left["id"])
    row = job_row(ready, job)
    assert (row["state"], row["documents_done"], row["documents_skipped"]) == ("completed", 2, 1)


def test_variables__at_most_fifty(seed: Seed) -> None:
    rows = [
        {"project_id": seed.project_id, "key": f"v{n}", "label": "x", "type": "text"}
        for n in range(51)
    ]
    response = seed.owner.rest("POST", "variables", json=rows)
    assert (response.status_code, response.json()["details"]) == (422, "too_many_variables")
    assert seed.owner.rows("variables", project_id=f"eq.{seed.project_id}") == []
    assert seed.owner.rest("POST", "variables", json=rows[:50]).status_code == 201


def test_variables__a_change_that_reaches_the_prompt_raises_the_revision(ready: Seed) -> None:
    def change(**columns: Any) -> int:
        params = {"id": f"eq.{ready.ids['variable']}"}
        answer = ready.owner.rest(
            "PATCH",
            "variables",
            params=params,
            json=columns,
            headers={"Prefer": "return=representation"},
        )
        revision: int = answer.json()[0]["revision"]
        return revision

    assert change(position=7) == 1
    assert change(instructions="The grand total.") == 2


def test_duplicate__the_same_bytes_are_one_document(seed: Seed) -> None:
    path, content = seed.upload()
    first = seed.register(path, content)
    again = seed.register(*seed.upload(content))
    assert (again["document_id"], again["duplicate"], first["duplicate"]) == (
        first["document_id"],
        True,
        False,
    )


def test_events__tell_the_story_of_a_document(seed: Seed) -> None:
    document = seed.document()
    story = seed.owner.rows("events", subject_id=f"eq.{document}", order="id")
    assert [event["action"] for event in story] == ["uploaded", "parsing", "ready"]
