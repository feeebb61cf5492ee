"""A worker that is told to stop, and a model that is not there: what becomes of the job.

E-JOB-07, E-JOB-11.
"""

from collections import Counter

from scripts.local_supabase.ports import free_port
from scripts.rig.scripted_model import Fault, Serving
from scripts.rig.service_processes import AT_A_TIME, Processes, worker_settings
from tests.support.numbered import NumberedJob, asked, total
from tests.support.seed import Seed

# Once five calls found nobody, each further document costs a rest.
SHORT_REST = {"DOSSIER_MODEL_REST_SECONDS": 0.1}


def test_sigterm__a_worker_finishes_what_it_holds(
    seed: Seed, service: Processes, model: Serving
) -> None:
    model.script.latency = 1
    job = NumberedJob(seed, 12).prepare()
    worker = service.worker(worker_settings(model.base_url))
    job.start()
    service.until(
        lambda: asked(model.script).total(), lambda count: count >= AT_A_TIME, "calls are in flight"
    )
    assert worker.drain() == 0
    held = asked(model.script)
    assert job.cells().keys() == held.keys()
    assert Counter(task["state"] for task in job.tasks()) == {
        "done": len(held),
        "queued": 12 - len(held),
    }

    service.worker(worker_settings(model.base_url))
    job.ended(service)
    assert job.account() == job.whole()
    assert asked(model.script) == dict.fromkeys(range(12), 1)
    assert {task["attempts"] for task in job.tasks()} == {0}


def test_sigterm__a_worker_gives_back_what_it_can_not_finish(
    seed: Seed, service: Processes, model: Serving
) -> None:
    model.script.latency = 100
    job = NumberedJob(seed, 12).prepare()
    # A lease of ten minutes: only what is given back can be done before the deadline of this test.
    settings = worker_settings(model.base_url, DOSSIER_LEASE_SECONDS=600)
    worker = service.worker(settings | {"DOSSIER_WORKER_DRAIN_SECONDS": 0})
    job.start()
    service.until(
        lambda: asked(model.script).total(), lambda count: count == AT_A_TIME, "calls are in flight"
    )
    held = asked(model.script)
    assert worker.drain() == 0
    assert Counter(task["state"] for task in job.tasks()) == {"queued": 12}

    model.script.latency = 0
    service.worker(settings)
    job.ended(service)
    assert job.account() == job.whole()
    assert asked(model.script) == Counter(range(12)) + held
    assert {task["attempts"] for task in job.tasks()} == {0}


def test_sigterm__api_and_worker_in_one_process_both_drain(
    seed: Seed, service: Processes, model: Serving
) -> None:
    model.script.latency = 1
    job = NumberedJob(seed, 12).prepare()
    both = service.all(worker_settings(model.base_url))
    job.start()
    service.until(
        lambda: asked(model.script).total(), lambda count: count >= AT_A_TIME, "calls are in flight"
    )
    assert both.drain() == 0
    assert (both.count("api.stopped"), both.count("worker.stopped")) == (1, 1)
    held = asked(model.script)
    assert job.cells().keys() == held.keys()
    assert Counter(task["state"] for task in job.tasks()) == {
        "done": len(held),
        "queued": 12 - len(held),
    }


def _no_value_and_no_success(service: Processes, job: NumberedJob, states: set[str]) -> None:
    row = job.ended(service)
    assert row["state"] in states
    assert (row["documents_done"], job.cells()) == (0, {})
    # Whatever was in flight ends too, and changes nothing about it.
    service.until(lambda: job.tasks("running"), lambda tasks: not tasks, "the worker lets go")
    assert job.row["state"] in states
    assert not job.calls(state="eq.reserved")


def test_outage__a_job_that_no_model_answers_pauses(
    seed: Seed, service: Processes, model: Serving
) -> None:
    model.script.faults = [Fault(every=1, status=503)]
    job = NumberedJob(seed, 60).prepare()
    service.worker(worker_settings(model.base_url, DOSSIER_WORKER_CONCURRENCY=16) | SHORT_REST)
    job.start()
    _no_value_and_no_success(service, job, {"paused"})
    assert job.row["pause_reason"] == "failure_streak"
    assert {task["failure_code"] for task in job.tasks("dead")} == {"model_unavailable"}


def test_outage__a_small_job_without_a_server_fails(seed: Seed, service: Processes) -> None:
    job = NumberedJob(seed, 5).prepare()
    service.worker(worker_settings(f"http://127.0.0.1:{free_port()}/v1") | SHORT_REST)
    job.start()
    _no_value_and_no_success(service, job, {"failed"})


def test_outage__a_refused_key_pauses_and_a_retry_completes(
    seed: Seed, service: Processes, model: Serving
) -> None:
    model.script.faults = [Fault(every=1, status=401)]
    job = NumberedJob(seed, 60).prepare()
    service.worker(worker_settings(model.base_url))
    job.start()
    _no_value_and_no_success(service, job, {"paused"})
    assert {task["failure_code"] for task in job.tasks("dead")} == {"model_auth"}

    model.script.faults.clear()
    seed.owner.call("retry_job", job=job.id)
    assert job.ended(service)["documents_done"] == 60
    assert job.cells() == {number: [total(number)] for number in range(60)}
