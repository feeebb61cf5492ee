"""What benches of whole runs share: a Supabase, a project of made documents, workers, a model.

Document n prints `Field 07: n-07` for each of its variables, and the scripted model quotes it.
"""

import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import httpx
import psycopg

from scripts.rig.people import People, Person
from scripts.rig.scripted_model import Script, serving
from scripts.rig.scripted_truth import Prompt
from scripts.rig.stacks import ROOT, RunningStack, read_stack, supabase
from service.parsing import wire
from service.parsing.models import Page, Parsed, Word, Zone
from service.parsing.reading_text import text_hash
from service.reading.models import Variable

PRICES = {"DOSSIER_MODEL_INPUT_PRICE": 1, "DOSSIER_MODEL_OUTPUT_PRICE": 2}
LONGEST_RUN_SECONDS = 900
# Where a line and its words are printed, in points.
LEFT = 50
WORD_STEP = 60
WORD_WIDTH = 55
LINE_STEP = 14
LINE_HEIGHT = 10
_FIRST_FIELD = re.compile(r"Field 00: (\d+)-00")
_DOCUMENT = """
with document as (
  insert into public.documents (
    project_id, name, object_path, media_type, bytes, sha256, created_by, created_at
  )
  values (
    %(p)s::uuid, %(n)s || '.pdf', %(p)s || '/' || %(n)s, 'application/pdf', 1,
    encode(sha256(convert_to(%(n)s, 'UTF8')), 'hex'), %(u)s, now() + %(n)s::int * interval '1 ms'
  )
  returning id
),
task as (
  insert into private.tasks (
    project_id, kind, document_id, state, worker, lease_token, lease_expires_at
  )
  select
    %(p)s::uuid, 'parse', d.id, 'running', 'bench', gen_random_uuid(), now() + interval '1 hour'
  from document as d
  returning id, lease_token
)
select t.id, t.lease_token from task as t
"""


def printed_value(document: int, variable: int) -> str:
    """The value of a cell as its document prints it."""
    return f"{document}-{variable:02}"


def answer_prompt(asked: Prompt) -> dict[str, Any]:
    """What document n says of each variable that is asked for, verbatim.

    langextract lists no variables in its prompt: it is told all.
    """
    # In langextract's prompt an example stands before the document.
    document = int(_FIRST_FIELD.findall(asked.text)[-1])
    if asked.keys:
        return {key: _quoted_answer(document, int(key.removeprefix("v"))) for key in asked.keys}
    fields = asked.text.rpartition("Field 00: ")[2].count("Field ") + 1
    found = [{f"v{field}": printed_value(document, field)} for field in range(fields)]
    return {"extractions": found}


def _quoted_answer(document: int, variable: int) -> dict[str, Any]:
    value = printed_value(document, variable)
    return {
        "value": value,
        "quote": f"Field {variable:02}: {value}",
        "zone": variable + 1,
        "reason": None,
    }


def made_document(document: int, count: int, filler: str = "") -> Parsed:
    """Document n as the parser would give it: a line and a zone for each variable.

    `filler` is a last zone of other text.
    """
    lines = [
        f"Field {variable:02}: {printed_value(document, variable)}" for variable in range(count)
    ]
    if filler:
        lines.append(filler)
    words: list[Word] = []
    zones: list[Zone] = []
    for number, line in enumerate(lines, 1):
        top = 20.0 + LINE_STEP * number
        bottom = top + LINE_HEIGHT
        for place, text in enumerate(line.split()):
            left = LEFT + WORD_STEP * place
            words.append(Word((left, top, left + WORD_WIDTH, bottom), text, number, number))
        zones.append(Zone(number, 1, "key_value", (LEFT, top, 500, bottom), line))
    page = Page(1, 595, 842, 0, "\n".join(lines), "text", tuple(words))
    return Parsed((page,), tuple(zones))


def made_variables(count: int) -> list[Variable]:
    """Text variables v0 …, as the prompt of a plain loop needs them."""
    return [
        Variable(id=str(number), key=f"v{number}", label=f"Field {number:02}", type="text")
        for number in range(count)
    ]


@dataclass
class Workload:
    """A Supabase of its own and a person on it; `service_role` calls the verbs of a worker."""

    stack: RunningStack
    db: psycopg.Connection[Any]
    owner: Person
    service_role: Person
    folder: Path
    stopping: ExitStack

    def make_project(self, documents: Sequence[Parsed], count: int, at_a_time: int = 32) -> str:
        """A project of ready documents and `count` variables: its id."""
        project: str = self.owner.call("create_project", name="Bench")["id"]
        self.db.execute(
            "update public.projects set max_concurrency = %s where id = %s", [at_a_time, project]
        )
        self.db.cursor().executemany(
            "insert into public.variables (project_id, key, label, type, position)"
            " values (%s, %s, %s, 'text', %s)",
            [(project, v.key, v.label, place) for place, v in enumerate(made_variables(count))],
        )
        for number, parsed in enumerate(documents):
            self._insert_document(project, number, parsed)
        self.db.commit()
        self.db.autocommit = True
        self.db.execute("analyze")
        self.db.autocommit = False
        return project

    def _insert_document(self, project: str, number: int, parsed: Parsed) -> None:
        """As its upload and its parse task leave it."""
        known = {"p": project, "n": str(number), "u": self.owner.id}
        rows = wire.to_rows(parsed) | {"text_hash": text_hash(parsed), "word_count": 1}
        task = self.db.execute(_DOCUMENT, known).fetchone()
        assert task
        self.db.execute("select public.finish_parse(%s, %s, %s)", [*task, json.dumps(rows)])

    def fetch_value(self, query: str, *values: Any) -> Any:
        """The one value that a query gives, read anew."""
        row = self.db.execute(query, values).fetchone()
        self.db.rollback()
        assert row is not None, query
        return row[0]

    def start_job(self, project: str, **arguments: Any) -> str:
        """A started job: its id."""
        job: str = self.owner.call("start_job", project=project, **arguments)["id"]
        return job

    def job_row(self, job: str) -> dict[str, Any]:
        """The job as it stands."""
        row: dict[str, Any] = self.fetch_value(
            "select to_jsonb(j) from public.jobs as j where j.id = %s", job
        )
        return row

    def wait_for_job(self, job: str, seconds: float = LONGEST_RUN_SECONDS) -> dict[str, Any]:
        """The job once it waits for nothing but a person."""
        deadline = time.monotonic() + seconds
        while (row := self.job_row(job))["state"] in ("queued", "running"):
            if time.monotonic() > deadline:
                raise SystemExit(f"The job did not end within {seconds} s: {row}")
            time.sleep(0.2)  # seldom enough to cost nothing of what is measured
        return row

    def run_job(self, project: str, **arguments: Any) -> dict[str, Any]:
        """A job that is started and waited for: its row. It must complete."""
        row = self.wait_for_job(self.start_job(project, **arguments))
        assert row["state"] == "completed", row
        return row

    def start_worker(
        self, base_url: str, at_a_time: int, **changes: object
    ) -> "subprocess.Popen[bytes]":
        """A worker process that has begun to work; it ends with the workload."""
        settings: dict[str, object] = {
            "SUPABASE_URL": self.stack.api_url,
            "SUPABASE_PUBLISHABLE_KEY": self.stack.publishable_key,
            "SUPABASE_SECRET_KEY": self.stack.secret_key,
            "DOSSIER_MODEL_BASE_URL": base_url,
            "DOSSIER_MODEL_API_KEY": "scripted",
            "DOSSIER_WORKER_CONCURRENCY": at_a_time,
            "DOSSIER_POLL_SECONDS": 0.2,
            "PYTHONPATH": ROOT,
            **PRICES,
            **changes,
        }
        # A file, not a pipe: nobody has to read along while the worker is measured.
        log = self.stopping.enter_context(
            (self.folder / f"worker-{time.monotonic_ns()}.log").open("w+b")
        )
        worker = subprocess.Popen(
            [sys.executable, "-P", "-m", "service", "worker"],
            cwd=self.folder,
            env=os.environ | {name: str(value) for name, value in settings.items()},
            stderr=log,
        )
        self.stopping.callback(_end_process, worker)
        while b"worker.started" not in Path(log.name).read_bytes():
            if worker.poll() is not None:
                raise SystemExit(f"A worker did not start: {log.name}")
            time.sleep(0.05)
        return worker


def _end_process(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
    process.wait(60)


@contextmanager
def running_workload() -> Iterator[Workload]:
    """A new Supabase on free ports, gone afterwards with all that ran on it."""
    with ExitStack() as stopping:
        folder = Path(stopping.enter_context(tempfile.TemporaryDirectory(prefix="dossier-bench-")))
        state = Path(tempfile.mkdtemp(prefix="dossier-bench-"))
        stopping.callback(supabase, "destroy", state)
        started = supabase("start", state, "--ports", "free")
        if started.returncode:
            raise SystemExit(started.stderr)
        stack = read_stack(state)
        http = stopping.enter_context(httpx.Client(timeout=60))
        people = People(stack, http)
        db = stopping.enter_context(psycopg.connect(stack.db_url))
        yield Workload(
            stack=stack,
            db=db,
            owner=people.make("owner"),
            service_role=people.worker,
            folder=folder,
            stopping=stopping,
        )


@dataclass(frozen=True)
class Seen:
    """What a scripted model answered, by HTTP status, and how many calls it had at once."""

    statuses: Counter[int]
    most_active: int


@dataclass(frozen=True)
class RunningModel:
    """A scripted model in a process of its own."""

    base_url: str
    _stopping: Event
    _answers: "Queue[Any]"

    def stop(self) -> Seen:
        """Ends it; what it saw."""
        self._stopping.set()
        seen: Seen = self._answers.get(timeout=30)
        return seen


@contextmanager
def running_model(**script: Any) -> Iterator[RunningModel]:
    """A scripted model that answers what the made documents say; `script`: fields of `Script`.

    It has a process of its own, so that it takes no time from what is measured beside it.
    """
    spawning = multiprocessing.get_context("spawn")
    answers: Queue[Any] = spawning.Queue()
    stopping = spawning.Event()
    process = spawning.Process(target=_serve_model, args=(script, answers, stopping), daemon=True)
    process.start()
    try:
        base_url: str = answers.get(timeout=60)
        yield RunningModel(base_url, stopping, answers)
    finally:
        stopping.set()
        process.join(15)
        process.kill()


def _serve_model(script: dict[str, Any], answers: "Queue[Any]", stopping: Event) -> None:
    with serving(Script(answer=answer_prompt, **script)) as server:
        answers.put(server.base_url)
        stopping.wait()
        answers.put(Seen(server.script.statuses, server.script.most_active))


def cpu_seconds(pid: int) -> float:
    """What a process that runs has used of the processors."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user_ticks = int(fields[11])
    system_ticks = int(fields[12])
    return (user_ticks + system_ticks) / os.sysconf("SC_CLK_TCK")
