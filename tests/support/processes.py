"""The service as real processes: started with the settings of a test, killed or drained by pid, all gone at the end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from scripts.local_supabase.processes import free_port
from tests.support.local_stack import ROOT, RunningStack

T = TypeVar("T")
DEADLINE_SECONDS = 120
AT_A_TIME = 4


def until(read: Callable[[], T], done: Callable[[T], Any], what: str) -> T:
    """What `read` gives once `done` says so; reads again and again. An assertion names `what` after the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not done(seen := read()):
        assert time.monotonic() < deadline, f"{what}: not within {DEADLINE_SECONDS} s; last seen {str(seen)[:2000]}"
    return seen


@dataclass(frozen=True)
class Process:
    """One `python -m service`, and what it logged."""

    running: "subprocess.Popen[bytes]"
    log: Path

    def kill(self) -> None:
        """kill -9; returns once it is gone. It must have been alive until then."""
        assert self.running.poll() is None, f"It ended by itself: {self.log.read_text()[-2000:]}"
        self.running.kill()
        assert self.running.wait(DEADLINE_SECONDS) == -signal.SIGKILL

    def drain(self) -> int:
        """SIGTERM; the exit code once it is gone."""
        self.running.terminate()
        return self.running.wait(DEADLINE_SECONDS)

    def count(self, event: str) -> int:
        """How often it logged `event`."""
        whole = [line for line in self.log.read_text().splitlines(keepends=True) if line.endswith("\n")]
        return sum(json.loads(line).get("event") == event for line in whole if line.startswith("{"))


@dataclass
class Processes:
    """Starts api and worker processes of one test on one stack."""

    stack: RunningStack
    folder: Path
    port: int = field(default_factory=free_port)
    started: list[Process] = field(default_factory=list)

    @property
    def api_url(self) -> str:
        """Where every api of this test answers: one that is started again takes the port of the one before."""
        return f"http://127.0.0.1:{self.port}"

    def worker(self, **settings: object) -> Process:
        """A worker that takes tasks: ready to be killed. Settings by their names in .env.example."""
        quick = {"SUPABASE_SECRET_KEY": self.stack.secret_key, "DOSSIER_POLL_SECONDS": 0.05}
        process = self._start("worker", quick | settings)
        until(lambda: self._alive(process).count("worker.started"), bool, "the worker starts")
        return process

    def api(self, **settings: object) -> Process:
        """An api that answers."""
        process = self._start("api", {"DOSSIER_SERVICE_PORT": self.port} | settings)
        until(lambda: self._alive(process) and self._ready(), bool, "the api is ready")
        return process

    def stop(self) -> None:
        """Ends what still runs."""
        for process in self.started:
            if process.running.poll() is None:
                process.running.kill()
                process.running.wait()

    def _start(self, kind: str, settings: dict[str, Any]) -> Process:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DOSSIER_", "SUPABASE_"))}
        given = {
            "PYTHONPATH": str(ROOT),
            "SUPABASE_URL": self.stack.api_url,
            "SUPABASE_PUBLISHABLE_KEY": self.stack.publishable_key,
        } | {name: str(value) for name, value in settings.items()}
        path = self.folder / f"{kind}-{len(self.started)}.log"
        # The folder of the test is where it runs: no .env of this checkout is read.
        with path.open("wb") as log:
            command = [sys.executable, "-P", "-m", "service", kind]
            running = subprocess.Popen(command, cwd=self.folder, env=kept | given, stdout=log, stderr=log)
        self.started.append(Process(running, path))
        return self.started[-1]

    @staticmethod
    def _alive(process: Process) -> Process:
        assert process.running.poll() is None, f"It did not start: {process.log.read_text()[-2000:]}"
        return process

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.api_url}/health/ready", timeout=10).is_success
        except httpx.TransportError:
            return False


def worker_settings(base_url: str, **changes: object) -> dict[str, object]:
    """A worker that asks the model at `base_url`, pays for it, and is soon missed when it dies."""
    return {
        "DOSSIER_MODEL_BASE_URL": base_url,
        "DOSSIER_MODEL_API_KEY": "scripted",
        "DOSSIER_MODEL_INPUT_PRICE": 1,
        "DOSSIER_MODEL_OUTPUT_PRICE": 2,
        "DOSSIER_WORKER_CONCURRENCY": AT_A_TIME,
        "DOSSIER_LEASE_SECONDS": 5,
    } | changes


@contextmanager
def processes(stack: RunningStack, folder: Path) -> Iterator[Processes]:
    """Processes that do not outlive the block."""
    made = Processes(stack, folder)
    try:
        yield made
    finally:
        made.stop()
