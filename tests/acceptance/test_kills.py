"""kill -9 in the middle of a job: nothing lost, nothing doubled, no call repeated that was not cut
off. E-JOB-11.
"""

import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from scripts.rig.people import Person
from scripts.rig.scripted_model import Serving
from scripts.rig.service_processes import AT_A_TIME, Process, Processes, worker_settings
from scripts.rig.stacks import RunningStack, kill_part, supabase
from tests.support.numbered import NumberedJob, asked, pdf
from tests.support.seed import Seed

DICE = int(os.environ.get("DOSSIER_TEST_DICE", "2"))
BURST = 5
LATENCY = 0.8
FOREVER = 600


def _upload(
    service: Processes, owner: Person, project: str, numbers: range, answered: list[int]
) -> None:
    """A browser that uploads one file after the other, and again what got no answer."""
    transport = httpx.HTTPTransport(retries=5)
    headers = {"Authorization": f"Bearer {owner.token}"}
    with httpx.Client(
        base_url=service.api_url, headers=headers, transport=transport, timeout=60
    ) as http:
        while len(answered) < len(numbers):
            number = numbers[len(answered)]
            files = {"files": (f"late-{number}.pdf", pdf(number), "application/pdf")}
            try:
                response = http.post(f"/v1/projects/{project}/documents", files=files)
            except httpx.TransportError:
                continue
            assert response.status_code == 200, response.text
            assert response.json()["documents"][0]["outcome"] in ("created", "duplicate"), (
                response.text
            )
            answered.append(number)
            with service.news:
                service.news.notify_all()


class _Chaos:
    """Kills of one run, and the calls that each caught in flight."""

    def __init__(
        self, service: Processes, job: NumberedJob, model: Serving, dice: random.Random
    ) -> None:
        self.service, self.job, self.model, self.dice = service, job, model, dice
        self.caught: set[str] = set()
        self.uploaded = 0
        self.api, self.worker = service.api(), self._new_worker()

    def strike(self, api_too: bool) -> None:
        """Kills the worker where it stands; before it, perhaps, the api, while the model thinks
        and the job waits.
        """
        assert self.job.row["state"] == "running"
        if api_too:
            self.model.script.latency = FOREVER
            self._strike_api()
        self.worker.kill()
        self.caught |= {call["id"] for call in self.job.calls(state="eq.reserved")}
        self.model.script.latency = LATENCY
        self.worker = self._new_worker()

    def _new_worker(self) -> Process:
        return self.service.worker(worker_settings(self.model.base_url))

    def _strike_api(self) -> None:
        numbers = range(self.uploaded, self.uploaded + BURST)
        answered: list[int] = []
        seed, after = self.job.seed, self.dice.randint(1, BURST - 2)
        with ThreadPoolExecutor(1) as browser:
            burst = browser.submit(
                _upload, self.service, seed.owner, seed.project_id, numbers, answered
            )
            self.service.until(
                lambda: len(answered),
                lambda count: count >= after or burst.done(),
                "files are uploaded",
            )
            self.api.kill()
            self.api = self.service.api()
            burst.result()
        self.uploaded += BURST


def _progress(service: Processes, job: NumberedJob, wanted: int) -> None:
    service.until(
        lambda: job.row["documents_done"],
        lambda done: done >= wanted,
        f"{wanted} documents are done",
    )


def test_kills__five_workers_and_two_apis_in_one_job(
    seed: Seed, service: Processes, model: Serving
) -> None:
    """E-JOB-11: what is finished is kept, what was cut off is asked again, and nothing else is."""
    dice = random.Random(DICE)
    job = NumberedJob(seed, 60).prepare()
    model.script.latency = LATENCY
    chaos = _Chaos(service, job, model, dice)
    headers = {"Authorization": f"Bearer {seed.owner.token}"}
    started = httpx.post(
        f"{service.api_url}/v1/projects/{seed.project_id}/jobs", headers=headers, json={}
    )
    assert started.status_code == 201, started.text
    job.id = started.json()["id"]

    moments = sorted(dice.sample(range(1, 58), 5))
    with_api = dice.sample(moments, 2)
    for moment in moments:
        _progress(service, job, moment)
        chaos.strike(api_too=moment in with_api)
    job.ended(service)

    assert job.account() == job.whole()
    repeated = job.calls(state="eq.abandoned")
    assert {call["id"] for call in repeated} <= chaos.caught, (
        "A call was repeated that no kill had caught in flight"
    )
    assert 1 <= len(repeated) <= len(moments) * AT_A_TIME
    booked, sent = job.booked(), asked(model.script)
    assert sent.keys() == booked.keys()
    assert sent <= booked, "The model was asked without an entry in the ledger"

    late = {"project_id": f"eq.{seed.project_id}", "name": "like.late-*"}
    rows = service.until(
        lambda: seed.owner.rows("documents", **late),
        lambda rows: all(row["state"] in ("ready", "failed") for row in rows),
        "what was uploaded meanwhile is parsed",
    )
    assert Counter((row["name"], row["state"]) for row in rows) == {
        (f"late-{number}.pdf", "ready"): 1 for number in range(2 * BURST)
    }


def test_workers__side_by_side_ask_once_a_document(
    seed: Seed, service: Processes, model: Serving
) -> None:
    job = NumberedJob(seed, 40).prepare()
    workers = [service.worker(worker_settings(model.base_url)) for _ in range(2)]
    # One that starts a second before the other may have done the whole job by then.
    service.until(
        lambda: [worker.count("worker.started") for worker in workers],
        all,
        "both workers have started",
    )
    job.start()
    job.ended(service)
    assert job.account() == job.whole()
    assert asked(model.script) == dict.fromkeys(range(40), 1)
    assert [worker.drain() for worker in workers] == [0, 0]
    shares = [worker.count("task.done") for worker in workers]
    assert all(shares), shares
    assert sum(shares) == 40


@pytest.mark.local
def test_database__killed_in_the_middle_of_a_job(
    stack: RunningStack, seed: Seed, service: Processes, model: Serving
) -> None:
    """E-JOB-11: no document pays for a database that dies in the middle of what it is told."""
    job = NumberedJob(seed, 40).prepare()
    service.worker(worker_settings(model.base_url, DOSSIER_LEASE_SECONDS=15))
    job.start()
    _progress(service, job, 10)
    kill_part(stack.state_dir, "postgres")
    repaired = supabase("start", stack.state_dir)
    assert repaired.returncode == 0, repaired.stderr
    seed.inside.reconnect()
    job.ended(service)
    assert job.account() == job.whole()
    assert asked(model.script) == dict.fromkeys(range(40), 1)
