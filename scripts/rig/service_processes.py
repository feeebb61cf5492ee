"""The service as real processes: started with given settings, killed or drained, ended together."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from scripts.local_supabase.ports import free_port
from scripts.rig.stacks import ROOT, RunningStack

T = TypeVar("T")
DEADLINE_SECONDS = 180
LOOK_AGAIN_SECONDS = 0.5
AT_A_TIME = 4


@dataclass(frozen=True)
class Process:
    """One `python -m service`; `log` grows by a line for each thing that it says."""

    running: "subprocess.Popen[str]"
    log: list[str]

    def kill(self) -> None:
        """kill -9; returns once it is gone. It must have been alive until then."""
        assert self.running.poll() is None, f"It ended by itself: {self.log[-20:]}"
        self.running.kill()
        assert self.running.wait(DEADLINE_SECONDS) == -signal.SIGKILL

    def drain(self) -> int:
        """SIGTERM; the exit code once it is gone."""
        self.running.terminate()
        return self.running.wait(DEADLINE_SECONDS)

    def count(self, event: str) -> int:
        """How often it logged `event`."""
        # A copy: lines are added while they are counted.
        entries = [json.loads(line) for line in list(self.log) if line.startswith("{")]
        return sum(entry["event"] == event for entry in entries)


@dataclass
class Processes:
    """Starts api and worker processes on one stack; waits for what they do."""

    stack: RunningStack
    folder: Path
    port: int = field(default_factory=free_port)
    started: list[Process] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    @property
    def api_url(self) -> str:
        """Where every api answers: one that is started again takes the port of the one before."""
        return f"http://127.0.0.1:{self.port}"

    def until(self, read: Callable[[], T], done: Callable[[T], Any], what: str) -> T:
        """What `read` gives once `done` says so.

        Looks when a process says something, and now and then. An assertion names `what` after the
        deadline.
        """
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not done(seen := read()):
            assert time.monotonic() < deadline, (
                f"{what}: not within {DEADLINE_SECONDS} s; last {str(seen)[:2000]}"
            )
            with self.news:
                self.news.wait(LOOK_AGAIN_SECONDS)
        return seen

    def worker(self, settings: dict[str, object]) -> Process:
        """A worker that takes tasks. Settings by their names in .env.example."""
        needed = {"SUPABASE_SECRET_KEY": self.stack.secret_key, "DOSSIER_POLL_SECONDS": 0.2}
        return self._start("worker", needed | settings)

    def all(self, settings: dict[str, object]) -> Process:
        """Both in one process: a worker that takes tasks and an api that listens."""
        needed = {"SUPABASE_SECRET_KEY": self.stack.secret_key, "DOSSIER_SERVICE_PORT": self.port}
        process = self._start("all", needed | settings)
        self.until(self._ready, bool, "the api is ready")
        return process

    def api(self) -> Process:
        """An api that listens."""
        process = self._start("api", {"DOSSIER_SERVICE_PORT": self.port})
        self.until(self._ready, bool, "the api is ready")
        return process

    def stop(self) -> None:
        """Ends what still runs."""
        for process in self.started:
            if process.running.poll() is None:
                process.running.kill()
            process.running.wait()

    def _start(self, kind: str, settings: dict[str, Any]) -> Process:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DOSSIER_", "SUPABASE_"))
        }
        given = {
            "PYTHONPATH": str(ROOT),
            "SUPABASE_URL": self.stack.api_url,
            "SUPABASE_PUBLISHABLE_KEY": self.stack.publishable_key,
        } | {name: str(value) for name, value in settings.items()}
        # It runs in a folder of its own, so that no .env of this checkout is read.
        running = subprocess.Popen(
            [sys.executable, "-P", "-m", "service", kind],
            cwd=self.folder,
            env=kept | given,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        process = Process(running, [])
        self.started.append(process)
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()
        event = "api.started" if kind == "api" else "worker.started"
        self.until(lambda: self._alive(process).count(event), bool, f"the {kind} starts")
        return process

    def _listen(self, process: Process) -> None:
        assert process.running.stderr is not None
        with process.running.stderr as lines:
            for line in lines:
                process.log.append(line)
                with self.news:
                    self.news.notify_all()

    @staticmethod
    def _alive(process: Process) -> Process:
        assert process.running.poll() is None, f"It did not start: {process.log[-20:]}"
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
