"""`scripts/bench kills`: kill -9 of worker, api and Postgres in random turn over one long job.

The api is killed while a file is uploaded through it; whatever was killed is started again at once.
Afterwards every document has its one right value, written once; every uploaded file is there once;
the ledger adds up; and the model counts how often it was asked.
"""

import random
import sys
import threading
import time
from collections import Counter
from typing import Any

import httpx
import psycopg

from scripts.benches import report, workload
from scripts.rig.service_processes import Process, Processes, processes
from scripts.rig.stacks import kill_part, supabase

VICTIMS = ["worker", "api", "postgres"]
# A file is uploaded for at most so long before the api is killed.
UPLOAD_SECONDS = 0.2
# Figures that must be nothing.
WRONG = (
    "lost",
    "doubled",
    "failed",
    "calls without an entry",
    "money not counted",
    "uploads lost or doubled",
)
_ACCOUNT = """
select jsonb_build_object(
  'job', (select to_jsonb(j) from public.jobs as j where j.id = %(job)s),
  'right', (
    select count(*)
    from public.extractions as e
    inner join public.documents as d on d.id = e.document_id
    where e.job_id = %(job)s and e.verified
      and e.value = to_jsonb(replace(d.name, '.pdf', '') || '-00')
  ),
  'cells', (select count(*) from public.extractions as e where e.job_id = %(job)s),
  'written', (
    select count(*) from public.extraction_events as v
    where v.job_id = %(job)s and v.action = 'model_run'
  ),
  'money', (select sum(c.cost_micros) from public.llm_calls as c where c.job_id = %(job)s),
  'calls', (select count(*) from public.llm_calls as c where c.job_id = %(job)s),
  'uploads', (
    select count(*) from public.documents as d where d.name like 'late-%%' and d.state = 'ready'
  )
)
"""


class Chaos:
    """What is killed and started again."""

    def __init__(
        self,
        bench: workload.Workload,
        service: Processes,
        project: str,
        worker_settings: dict[str, object],
    ) -> None:
        self._bench = bench
        self._service = service
        self._project = project
        self._worker_settings = worker_settings
        self._dice = random.Random(1)
        self._turns: list[str] = []
        self._api = service.api()
        self._worker = self._start_worker()
        self.uploads = 0
        self.kills = Counter[str]()

    def strike(self) -> None:
        """Kills whose turn it is and brings it back. In three strikes each has one turn."""
        if not self._turns:
            self._turns = self._dice.sample(VICTIMS, len(VICTIMS))
        victim = self._turns.pop()
        self.kills[victim] += 1
        match victim:
            case "worker":
                self._kill_worker()
            case "api":
                self._kill_api()
            case "postgres":
                self._kill_postgres()

    def _start_worker(self) -> Process:
        return self._service.worker(self._worker_settings)

    def _kill_worker(self) -> None:
        self._worker.kill()
        self._worker = self._start_worker()

    def _kill_api(self) -> None:
        """In the middle of an upload, which its browser repeats until it succeeds."""
        browser = threading.Thread(target=self._upload, args=(self.uploads,))
        self.uploads += 1
        browser.start()
        browser.join(self._dice.random() * UPLOAD_SECONDS)
        self._api.kill()
        self._api = self._service.api()
        browser.join()

    def _upload(self, number: int) -> None:
        files = {"files": (f"late-{number}.txt", f"Late arrival {number}".encode(), "text/plain")}
        url = f"{self._service.api_url}/v1/projects/{self._project}/documents"
        headers = {"Authorization": f"Bearer {self._bench.owner.token}"}
        while True:
            try:
                if httpx.post(url, headers=headers, files=files, timeout=60).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)

    def _kill_postgres(self) -> None:
        state = self._bench.stack.state_dir
        kill_part(state, "postgres")
        while supabase("start", state).returncode:
            time.sleep(0.1)


def measure(documents: int, kills: int, at_a_time: int, latency: float) -> dict[str, Any]:
    """One job under fire."""
    papers = [workload.made_document(number, 1) for number in range(documents)]
    with workload.running_workload() as bench, workload.running_model(latency=latency) as model:
        project = bench.make_project(papers, 1)
        worker_settings: dict[str, object] = {
            "DOSSIER_MODEL_BASE_URL": model.base_url,
            "DOSSIER_MODEL_API_KEY": "scripted",
            "DOSSIER_WORKER_CONCURRENCY": at_a_time,
            "DOSSIER_LEASE_SECONDS": 2,
            "DOSSIER_LOG_LEVEL": "info",
            **workload.PRICES,
        }
        with processes(bench.stack, bench.folder) as service:
            chaos = Chaos(bench, service, project, worker_settings)
            job = bench.start_job(project)
            started = time.perf_counter()
            kills_while_it_ran = 0
            for number in range(kills):
                due = (number + 1) * documents // (kills + 1)
                done = _wait_for_documents(service, bench, job, due)
                kills_while_it_ran += done < documents
                chaos.strike()
            service.until(
                lambda: _job_row(bench, job)["state"],
                lambda state: state != "running",
                "the job ends",
            )
            seconds = time.perf_counter() - started
            account = _final_account(service, bench, job, chaos.uploads)
        asked = sum(model.stop().statuses.values())
    return {
        **_figures_of(account, documents, asked),
        "kills": dict(chaos.kills),
        "kills while it ran": kills_while_it_ran,
        "uploads lost or doubled": abs(chaos.uploads - account["uploads"]),
        "seconds": round(seconds),
    }


def _wait_for_documents(service: Processes, bench: workload.Workload, job: str, due: int) -> int:
    """How many documents are done, once there are `due` of them."""
    return service.until(
        lambda: int(_job_row(bench, job)["documents_done"]),
        lambda done: done >= due,
        f"{due} documents are done",
    )


def _job_row(bench: workload.Workload, job: str) -> dict[str, Any]:
    """The job as its owner sees it; nothing is done while the database is away."""
    try:
        [row] = bench.owner.rows("jobs", id=f"eq.{job}")
    except (AssertionError, httpx.HTTPError):
        return {"documents_done": -1, "state": "running"}
    return row


def _final_account(
    service: Processes, bench: workload.Workload, job: str, uploads: int
) -> dict[str, Any]:
    """What the database says of the job, once all uploads have been read."""
    # Postgres was killed: the connection of the workload is gone.
    with psycopg.connect(bench.stack.db_url) as db:
        return service.until(
            lambda: _account_of(db, job),
            lambda account: account["uploads"] >= uploads,
            "uploads are read",
        )


def _account_of(db: psycopg.Connection[Any], job: str) -> dict[str, Any]:
    row = db.execute(_ACCOUNT, {"job": job}).fetchone()
    db.rollback()
    assert row
    account: dict[str, Any] = row[0]
    return account


def _figures_of(account: dict[str, Any], documents: int, asked: int) -> dict[str, Any]:
    job = account["job"]
    cells_doubled = account["cells"] - documents
    writes_doubled = account["written"] - documents
    return {
        "state": job["state"],
        "lost": documents - account["right"],
        "doubled": cells_doubled + writes_doubled,
        "failed": job["documents_failed"],
        "repeated calls": asked - documents,
        "calls without an entry": max(0, asked - account["calls"]),
        "money not counted": account["money"] - job["cost_micros"] + job["reserved_micros"],
    }


def main(argv: list[str]) -> int:
    """0 if nothing was lost or doubled and no kill repeated more than a call."""
    parser = report.make_parser("kills", __doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--at-a-time", type=int, default=2)
    latency = "of the model, in seconds: a kill takes seconds, and the job has to outlast them all"
    parser.add_argument("--latency", type=float, default=2.0, help=latency)
    asked = parser.parse_args(argv)
    figures = measure(asked.documents, asked.kills, asked.at_a_time, asked.latency)
    job = f"a job of {asked.documents} documents, {asked.at_a_time} at a time"
    title = f"{asked.kills} kill -9 over {job}"
    report.publish(title, ["what", "count"], list(figures.items()), figures, asked.json)
    is_whole = figures["state"] == "completed" and not any(figures[name] for name in WRONG)
    is_cheap = figures["repeated calls"] <= asked.kills
    all_counted = figures["kills while it ran"] == asked.kills
    return 0 if is_whole and is_cheap and all_counted else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
