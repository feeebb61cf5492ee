"""`scripts/bench kills`: kill -9 of worker, api and Postgres in random turn over one job of many documents.

The api is killed while a file is uploaded through it; whatever was killed is started again at once. Afterwards every
document has its one right value, written once; every uploaded file is there once; the ledger adds up; and the model
counts how often it was asked.
"""

import json
import os
import random
import select
import signal
import sys
import threading
import time
from collections import Counter
from typing import Any

import httpx
import psycopg

from scripts.benches import report, workload
from scripts.rig.service_processes import Process, Processes, processes
from scripts.rig.stacks import supabase

_ACCOUNT = """
select jsonb_build_object(
  'job', (select to_jsonb(j) from public.jobs as j where j.id = %(job)s),
  'right', (select count(*) from public.extractions as e inner join public.documents as d on d.id = e.document_id
    where e.job_id = %(job)s and e.verified and e.value = to_jsonb(replace(d.name, '.pdf', '') || '-00')),
  'cells', (select count(*) from public.extractions as e where e.job_id = %(job)s),
  'written', (select count(*) from public.extraction_events as v where v.job_id = %(job)s and v.action = 'model_run'),
  'money', (select sum(c.cost_micros) from public.llm_calls as c where c.job_id = %(job)s),
  'calls', (select count(*) from public.llm_calls as c where c.job_id = %(job)s),
  'uploads', (select count(*) from public.documents as d where d.name like 'late-%%' and d.state = 'ready')
)
"""


class Chaos:
    """What is killed and started again."""

    def __init__(
        self,
        bench: workload.Workload,
        service: Processes,
        project: str,
        settings: dict[str, object],
    ) -> None:
        self.bench, self.service, self.project, self.settings = bench, service, project, settings
        self.dice, self.uploads, self.kills = random.Random(1), 0, Counter[str]()
        self.api, self.worker = service.api(), self._new_worker()

    def _new_worker(self) -> Process:
        return self.service.worker(self.settings)

    def strike(self, whom: str) -> None:
        """Kills one of them and brings it back."""
        self.kills[whom] += 1
        {"worker": self._worker, "api": self._api, "postgres": self._postgres}[whom]()

    def _worker(self) -> None:
        self.worker.kill()
        self.worker = self._new_worker()

    def _api(self) -> None:
        number, self.uploads = self.uploads, self.uploads + 1
        browser = threading.Thread(target=self._upload, args=(number,))
        browser.start()
        browser.join(self.dice.random() * 0.2)
        self.api.kill()
        self.api = self.service.api()
        browser.join()

    def _upload(self, number: int) -> None:
        files = {"files": (f"late-{number}.txt", f"Late arrival {number}".encode(), "text/plain")}
        url = f"{self.service.api_url}/v1/projects/{self.project}/documents"
        headers = {"Authorization": f"Bearer {self.bench.owner.token}"}
        while True:
            try:
                if httpx.post(url, headers=headers, files=files, timeout=60).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)

    def _postgres(self) -> None:
        state = self.bench.stack.state_dir
        pid = json.loads((state / "stack.json").read_text())["parts"]["postgres"]["pid"]
        gone = os.pidfd_open(pid)
        os.kill(pid, signal.SIGKILL)
        select.select([gone], [], [], 10)
        os.close(gone)
        while supabase("start", state).returncode:
            time.sleep(0.1)


def _job(bench: workload.Workload, job: str) -> dict[str, Any]:
    """The job as its owner sees it; nothing while the database is away."""
    try:
        [row] = bench.owner.rows("jobs", id=f"eq.{job}")
    except (AssertionError, httpx.HTTPError):
        return {"documents_done": -1, "state": "running"}
    return row


def measure(documents: int, kills: int, at_a_time: int, latency: float) -> dict[str, Any]:
    """One job under fire."""
    with workload.workload() as bench, workload.model(latency=latency) as (base_url, seen):
        project = bench.project([workload.page(number, 1) for number in range(documents)], 1)
        settings: dict[str, object] = {
            "DOSSIER_MODEL_BASE_URL": base_url,
            "DOSSIER_MODEL_API_KEY": "scripted",
            "DOSSIER_WORKER_CONCURRENCY": at_a_time,
            "DOSSIER_LEASE_SECONDS": 2,
            "DOSSIER_LOG_LEVEL": "info",
        } | workload.PRICES
        with processes(bench.stack, bench.folder) as service:
            chaos, job = Chaos(bench, service, project, settings), bench.start(project)
            started, whom, during = time.perf_counter(), ["worker", "api", "postgres"], 0
            for number in range(kills):
                during += (
                    _until_done(service, bench, job, (number + 1) * documents // (kills + 1))
                    < documents
                )
                if number % 3 == 0:
                    chaos.dice.shuffle(whom)
                chaos.strike(whom[number % 3])
            service.until(
                lambda: _job(bench, job)["state"], lambda state: state != "running", "the job ends"
            )
            seconds = time.perf_counter() - started
            with psycopg.connect(bench.stack.db_url) as db:
                service.until(
                    lambda: _told(db, job),
                    lambda told: told["uploads"] >= chaos.uploads,
                    "uploads are read",
                )
                told = _told(db, job)
        asked = sum(seen()[0].values())
    return _counted(told, documents, asked) | {
        "kills": dict(chaos.kills),
        "kills while it ran": during,
        "uploads lost or doubled": abs(chaos.uploads - told["uploads"]),
        "seconds": round(seconds),
    }


def _until_done(service: Processes, bench: workload.Workload, job: str, due: int) -> int:
    return service.until(
        lambda: int(_job(bench, job)["documents_done"]),
        lambda done: done >= due,
        f"{due} documents are done",
    )


def _told(db: psycopg.Connection[Any], job: str) -> dict[str, Any]:
    row = db.execute(_ACCOUNT, {"job": job}).fetchone()
    db.rollback()
    assert row
    told: dict[str, Any] = row[0]
    return told


def _counted(told: dict[str, Any], documents: int, asked: int) -> dict[str, Any]:
    job = told["job"]
    return {
        "state": job["state"],
        "lost": documents - told["right"],
        "doubled": told["written"] - documents + told["cells"] - documents,
        "failed": job["documents_failed"],
        "repeated calls": asked - documents,
        "calls without an entry": max(0, asked - told["calls"]),
        "money not counted": told["money"] - job["cost_micros"] + job["reserved_micros"],
    }


def main(argv: list[str]) -> int:
    """0 where nothing was lost or doubled and no kill repeated more than a call."""
    parser = report.options("kills", __doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--at-a-time", type=int, default=2)
    parser.add_argument(
        "--latency", type=float, default=2.0
    )  # a kill takes seconds: the job has to outlast them
    asked = parser.parse_args(argv)
    told = measure(asked.documents, asked.kills, asked.at_a_time, asked.latency)
    title = f"{asked.kills} kill -9 over a job of {asked.documents} documents, {asked.at_a_time} at a time"
    report.publish(title, ["what", "count"], list(told.items()), told, asked.json)
    wrong = (
        "lost",
        "doubled",
        "failed",
        "calls without an entry",
        "money not counted",
        "uploads lost or doubled",
    )
    whole = told["state"] == "completed" and not any(told[name] for name in wrong)
    return 0 if whole and told["repeated calls"] <= asked.kills == told["kills while it ran"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
