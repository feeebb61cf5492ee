"""What benches of whole runs share: a Supabase of their own, a project of made documents, workers and a scripted model.

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
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from scripts.rig.people import People, Person
from scripts.rig.scripted_model import Fault, Script, serving
from scripts.rig.scripted_truth import Prompt
from scripts.rig.stacks import ROOT, RunningStack, read_stack, supabase
from service.parsing import wire
from service.parsing.models import Page, Parsed, Word, Zone
from service.parsing.reading_text import text_hash
from service.reading.models import Variable

_PRINTED = re.compile(r"Field 00: (\d+)-00")
_DOCUMENT = """
with document as (
  insert into public.documents (project_id, name, object_path, media_type, bytes, sha256, created_by, created_at)
  values (%(p)s::uuid, %(n)s || '.pdf', %(p)s || '/' || %(n)s, 'application/pdf', 1,
    encode(sha256(convert_to(%(n)s, 'UTF8')), 'hex'), %(u)s, now() + %(n)s::int * interval '1 ms')
  returning id
),
task as (
  insert into private.tasks (project_id, kind, document_id, state, worker, lease_token, lease_expires_at)
  select %(p)s::uuid, 'parse', d.id, 'running', 'bench', gen_random_uuid(), now() + interval '1 hour' from document as d
  returning id, lease_token
)
select t.id, t.lease_token from task as t
"""
PRICES = {"DOSSIER_MODEL_INPUT_PRICE": 1, "DOSSIER_MODEL_OUTPUT_PRICE": 2}


def printed(document: int, variable: int) -> str:
    """The value of a cell as its document prints it."""
    return f"{document}-{variable:02}"


def answer(asked: Prompt) -> dict[str, Any]:
    """What document n says of each variable that is asked for, verbatim; langextract, which lists none, is told all."""
    document = int(
        _PRINTED.findall(asked.text)[-1]
    )  # of langextract's prompt the last: an example stands before it
    if not asked.keys:
        fields = asked.text.rpartition("Field 00: ")[2].count("Field ") + 1
        return {"extractions": [{f"v{field}": printed(document, field)} for field in range(fields)]}
    return {key: _quoted(document, int(key[1:])) for key in asked.keys}


def _quoted(document: int, variable: int) -> dict[str, Any]:
    value = printed(document, variable)
    return {
        "value": value,
        "quote": f"Field {variable:02}: {value}",
        "zone": variable + 1,
        "reason": None,
    }


def page(document: int, variables: int, filler: str = "") -> Parsed:
    """Document n as the parser would give it: a line and a zone for each variable, and a last zone of other text."""
    lines = [f"Field {v:02}: {printed(document, v)}" for v in range(variables)] + [filler] * bool(
        filler
    )
    words, zones = [], []
    for number, line in enumerate(lines, 1):
        top = 20.0 + 14 * number
        for place, text in enumerate(line.split()):
            words.append(
                Word((50 + 60 * place, top, 105 + 60 * place, top + 10), text, number, number)
            )
        zones.append(Zone(number, 1, "key_value", (50, top, 500, top + 10), line))
    return Parsed((Page(1, 595, 842, 0, "\n".join(lines), "text", tuple(words)),), tuple(zones))


def variables(count: int) -> list[Variable]:
    """Text variables v0 …, as the prompt of a plain loop needs them."""
    return [
        Variable(id=str(n), key=f"v{n}", label=f"Field {n:02}", type="text") for n in range(count)
    ]


@dataclass
class Workload:
    """A Supabase of its own and a person on it."""

    stack: RunningStack
    db: psycopg.Connection[Any]
    owner: Person
    stopping: ExitStack
    folder: Path
    projects: list[str] = field(default_factory=list)

    def project(self, documents: Sequence[Parsed], count: int, at_a_time: int = 32) -> str:
        """A project of ready documents and `count` variables: its id."""
        project: str = self.owner.call("create_project", name="Bench")["id"]
        one = self.db.execute
        one("update public.projects set max_concurrency = %s where id = %s", [at_a_time, project])
        insert = "insert into public.variables (project_id, key, label, type, position) values (%s, %s, %s, 'text', %s)"
        rows = [(project, v.key, v.label, place) for place, v in enumerate(variables(count))]
        self.db.cursor().executemany(insert, rows)
        for number, parsed in enumerate(documents):
            self._document(project, number, parsed)
        self.db.commit()
        self.db.autocommit = True
        one("analyze")
        self.db.autocommit = False
        return project

    def _document(self, project: str, number: int, parsed: Parsed) -> None:
        """As its upload and its parse task leave it."""
        known = {"p": project, "n": str(number), "u": self.owner.id}
        told = wire.to_rows(parsed) | {"text_hash": text_hash(parsed), "word_count": 1}
        task = self.db.execute(_DOCUMENT, known).fetchone()
        assert task
        self.db.execute("select public.finish_parse(%s, %s, %s)", [*task, json.dumps(told)])

    def one(self, query: str, *values: Any) -> Any:
        """The one value that a query gives, read anew."""
        row = self.db.execute(query, values).fetchone()
        self.db.rollback()
        return row[0] if row and len(row) == 1 else row

    def start(self, project: str, **arguments: Any) -> str:
        """A started job: its id."""
        job: str = self.owner.call("start_job", project=project, **arguments)["id"]
        return job

    def job(self, job: str) -> dict[str, Any]:
        """The job as it stands."""
        row: dict[str, Any] = self.one(
            "select to_jsonb(j) from public.jobs as j where j.id = %s", job
        )
        return row

    def ended(self, job: str, seconds: float = 900) -> dict[str, Any]:
        """The job once it waits for nothing but a person."""
        deadline = time.monotonic() + seconds
        while (row := self.job(job))["state"] in ("queued", "running"):
            if time.monotonic() > deadline:
                raise SystemExit(f"The job did not end within {seconds} s: {row}")
            time.sleep(0.2)  # seldom enough to cost nothing of what is measured
        return row

    def worker(self, base_url: str, at_a_time: int, **changes: object) -> "subprocess.Popen[bytes]":
        """A worker process that has begun to work; it ends with the workload."""
        given: dict[str, object] = {
            "SUPABASE_URL": self.stack.api_url,
            "SUPABASE_PUBLISHABLE_KEY": self.stack.publishable_key,
            "SUPABASE_SECRET_KEY": self.stack.secret_key,
            "DOSSIER_MODEL_BASE_URL": base_url,
            "DOSSIER_MODEL_API_KEY": "scripted",
            "DOSSIER_WORKER_CONCURRENCY": at_a_time,
            "DOSSIER_POLL_SECONDS": 0.2,
            "PYTHONPATH": ROOT,
        } | PRICES
        environment = os.environ | {name: str(value) for name, value in (given | changes).items()}
        log = self.stopping.enter_context(
            (self.folder / f"worker-{time.monotonic_ns()}.log").open("w+b")
        )
        running = subprocess.Popen(
            [sys.executable, "-P", "-m", "service", "worker"],
            cwd=self.folder,
            env=environment,
            stderr=log,
        )
        self.stopping.callback(_end, running)
        while b"worker.started" not in Path(log.name).read_bytes():
            if running.poll() is not None:
                raise SystemExit(f"A worker did not start: {log.name}")
            time.sleep(0.05)
        return running


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
    process.wait(60)


@contextmanager
def workload() -> Iterator[Workload]:
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
        owner = People(stack.api_url, stack.publishable_key, stack.secret_key, http).make("owner")
        db = stopping.enter_context(psycopg.connect(stack.db_url))
        yield Workload(stack, db, owner, stopping, folder)


class Limit(Fault):
    """A provider that allows so many calls a second and refuses the others with a Retry-After of a second."""

    def __init__(self, per_second: float) -> None:
        super().__init__(status=429, retry_after=1)
        self.__dict__.update(per_second=per_second, room=1.0, since=time.monotonic())

    def strikes(self, *_: Any) -> bool:
        """A bucket that holds a second of calls."""
        held: dict[str, float] = self.__dict__
        now = time.monotonic()
        held["room"] = min(
            held["per_second"], held["room"] + (now - held["since"]) * held["per_second"]
        )
        held["since"] = now
        refused = held["room"] < 1
        held["room"] -= not refused
        return refused


def _serve(script: dict[str, Any], told: Any, stop: Any) -> None:
    limit = script.pop("per_second", None)
    with serving(Script(answer=answer, faults=[Limit(limit)] if limit else [], **script)) as server:
        told.put(server.base_url)
        stop.wait()
        told.put((dict(server.script.statuses), server.script.most_active))


@contextmanager
def model(**script: Any) -> Iterator[tuple[str, Callable[[], tuple[dict[int, int], int]]]]:
    """A scripted model in a process of its own: its address, and what it answered by status once it is stopped."""
    fresh = multiprocessing.get_context("spawn")
    told, stop = fresh.Queue(), fresh.Event()
    process = fresh.Process(target=_serve, args=(script, told, stop), daemon=True)
    process.start()
    try:

        def seen() -> tuple[dict[int, int], int]:
            stop.set()
            answered: tuple[dict[int, int], int] = told.get(timeout=30)
            return answered

        yield told.get(timeout=60), seen
    finally:
        stop.set()
        process.join(15)
        process.kill()


def cpu_seconds(pid: int) -> float:
    """What a process that runs has used of the processors."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
