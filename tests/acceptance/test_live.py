"""A run as people watch it: a snapshot, then events in order; pause, resume, cancel, and a lost
connection.
"""

from typing import Any

from scripts.rig.scripted_model import Serving
from scripts.rig.service_processes import Processes, worker_settings
from tests.support.numbered import NumberedJob, asked
from tests.support.seed import Seed
from tests.support.topics import Channel, joined

SIZE = 12
ENDED = {"completed", "failed", "cancelled"}


def _jobs(channel: Channel, until: set[str]) -> list[dict[str, Any]]:
    """The records of job.changed, up to the first in one of these states."""
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["state"] not in until:
        seen.append(channel.told("job.changed")["record"])
    return seen


def _steps(records: list[dict[str, Any]]) -> list[str]:
    """The states in their order, each once as long as it lasted."""
    states = [record["state"] for record in records]
    return [state for before, state in zip(["", *states], states, strict=False) if state != before]


def test_run__is_told_in_order_and_asks_once_a_document(
    seed: Seed, service: Processes, model: Serving
) -> None:
    """E-RT-02, E-JOB-08, E-JOB-10: a snapshot, every state in its order, and progress that only
    grows, past a pause.
    """
    job = NumberedJob(seed, SIZE).prepare()
    service.worker(worker_settings(model.base_url, DOSSIER_WORKER_CONCURRENCY=2))
    with joined(seed.team["viewer"], f"project:{seed.project_id}") as channel:
        assert seed.team["viewer"].rows("jobs", project_id=f"eq.{seed.project_id}") == []
        job.start()
        service.until(
            lambda: job.row["documents_done"], lambda done: done >= 3, "three documents are done"
        )
        seed.owner.call("pause_job", job=job.id)
        service.until(
            lambda: job.tasks("running"), lambda tasks: not tasks, "what was in flight ends"
        )
        before = asked(model.script)
        # What runs may finish; nothing else is begun, however long it waits.
        assert before.total() == job.row["documents_done"] < SIZE
        seed.owner.call("resume_job", job=job.id)
        records = _jobs(channel, ENDED)
    assert _steps(records) in (
        ["queued", "running", "paused", "queued", "running", "completed"],
        ["queued", "running", "paused", "running", "completed"],
    )
    done = [record["documents_done"] for record in records]
    assert done == sorted(done)
    assert (done[-1], records[-1]["documents_total"]) == (SIZE, SIZE)
    assert job.account() == job.whole()
    assert asked(model.script) == dict.fromkeys(range(SIZE), 1)


def test_run__cancelled_is_told_and_final(seed: Seed, service: Processes, model: Serving) -> None:
    """E-RT-02, E-JOB-09: what is finished stays, the event carries the end, and no event comes
    after it.
    """
    job = NumberedJob(seed, SIZE).prepare()
    service.worker(worker_settings(model.base_url, DOSSIER_WORKER_CONCURRENCY=2))
    with joined(seed.team["viewer"], f"project:{seed.project_id}") as channel:
        job.start()
        service.until(
            lambda: job.row["documents_done"], lambda done: done >= 2, "two documents are done"
        )
        seed.owner.call("cancel_job", job=job.id)
        records = _jobs(channel, ENDED)
        # The next event of the project is told after all events of the job.
        seed.owner.call("start_export", project=seed.project_id)
        frame = channel.until(lambda f: f["event"] == "broadcast")
    assert frame["payload"]["event"] == "export.changed"
    last = records[-1]
    assert (last["state"], last["documents_done"]) == ("cancelled", len(job.cells()))
    assert last["finished_at"]
    assert all(record["documents_done"] <= SIZE for record in records)


def test_run__after_a_lost_connection_the_picture_is_whole(
    seed: Seed, service: Processes, model: Serving
) -> None:
    """E-RT-04: who leaves in the middle and comes back ends with what polling shows."""
    job, viewer = NumberedJob(seed, SIZE).prepare(), seed.team["viewer"]
    topic = f"project:{seed.project_id}"
    service.worker(worker_settings(model.base_url, DOSSIER_WORKER_CONCURRENCY=2))
    with joined(viewer, topic) as channel:
        job.start()
        assert channel.told("job.changed")["record"]["state"] == "queued"
    service.until(
        lambda: job.row["documents_done"], lambda done: done >= 3, "three documents are done unseen"
    )
    with joined(viewer, topic) as channel:
        # Joined first, read after: what changes in between is told once more rather than not at
        # all.
        [picture] = viewer.rows("jobs", id=f"eq.{job.id}")
        while picture["state"] not in ENDED:
            told = channel.told("job.changed")["record"]
            picture |= told if told["updated_at"] >= picture["updated_at"] else {}
    [polled] = viewer.rows("jobs", id=f"eq.{job.id}")
    assert {name: str(value) for name, value in picture.items()} == {
        name: str(value) for name, value in polled.items()
    }
    assert job.account() == job.whole()


def test_event__is_sent_with_the_change_that_it_tells(ready: Seed) -> None:
    """E-RT-03: one transaction writes the row and the event: no interval passes in between, nobody
    polls.
    """
    with joined(ready.team["viewer"], f"project:{ready.project_id}") as channel:
        for verb, argument in (
            ("start_job", {"project": ready.project_id}),
            ("pause_job", {}),
            ("cancel_job", {}),
        ):
            answer = ready.owner.call(verb, **(argument or {"job": ready.ids["job"]}))
            row = answer if isinstance(answer, dict) else answer[0]
            ready.ids["job"] = row["id"]
            told = channel.told("job.changed")["record"]
            assert (told["state"], told["updated_at"]) == (row["state"], row["updated_at"])
