"""The service's processes, started for a demonstration and stopped with it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from scripts.commands import stack
from scripts.local_supabase.ports import free_port

START_SECONDS = 120
STOP_SECONDS = 40
PAUSE_SECONDS = 0.1
SHOWN_OF_A_LOG = 2000  # characters


@dataclass(frozen=True)
class Service:
    """Where the api answers, and where the processes log."""

    url: str
    logs: Path


@contextmanager
def running_service(values: dict[str, str], logs: Path) -> Iterator[Service]:
    """An api and a worker on the Supabase of `values`, stopped cleanly at the end."""
    logs.mkdir(parents=True, exist_ok=True)
    port = free_port(int(os.environ.get("DOSSIER_SERVICE_PORT", "8000")))
    environment = {**stack.service_environment(values), "DOSSIER_SERVICE_PORT": str(port)}
    with_secret = {**environment, "SUPABASE_SECRET_KEY": values["SECRET_KEY"]}
    api = _start_process("api", environment, logs)
    worker = _start_process("worker", with_secret, logs)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, api, logs)
        yield Service(url, logs)
    finally:
        _stop_processes([api, worker])


def _start_process(kind: str, environment: dict[str, str], logs: Path) -> subprocess.Popen[bytes]:
    with (logs / f"{kind}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "service", kind],
            cwd=stack.ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )


def _wait_until_ready(url: str, api: subprocess.Popen[bytes], logs: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and api.poll() is None:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/health/ready", timeout=5).status_code == 200:
                return
        time.sleep(PAUSE_SECONDS)
    log = logs / "api.log"
    end = log.read_text()[-SHOWN_OF_A_LOG:]
    raise SystemExit(f"The api did not become ready. The end of {log}:\n{end}")


def _stop_processes(processes: list[subprocess.Popen[bytes]]) -> None:
    """Asks all of them first, so that they end side by side."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
