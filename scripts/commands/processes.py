"""The service's processes, started for a demonstration or for development and stopped with it."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from scripts.commands import stack

START_SECONDS = 120
STOP_SECONDS = 40


@dataclass(frozen=True)
class Service:
    """Where the api answers, and where the processes log."""

    url: str
    logs: Path


def free_port(wanted: int) -> int:
    """`wanted` when nobody listens there, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            found: int = probe.getsockname()[1]
            return found
    raise SystemExit("No free port on 127.0.0.1.")


def _spawn(process: str, environment: dict[str, str], logs: Path) -> subprocess.Popen[bytes]:
    with (logs / f"{process}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "service", process],
            cwd=stack.ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )


def _await_ready(url: str, process: subprocess.Popen[bytes], logs: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/health/ready", timeout=5).status_code == 200:
                return
        time.sleep(0.1)
    tail = (logs / "api.log").read_text()[-2000:]
    raise SystemExit(f"The api did not become ready. The end of {logs / 'api.log'}:\n{tail}")


@contextmanager
def service(values: dict[str, str], logs: Path) -> Iterator[Service]:
    """An api and a worker on the Supabase of `values`, stopped cleanly at the end."""
    logs.mkdir(parents=True, exist_ok=True)
    port = free_port(int(os.environ.get("DOSSIER_SERVICE_PORT", "8000")))
    environment = stack.service_environment(values) | {"DOSSIER_SERVICE_PORT": str(port)}
    secret = {"SUPABASE_SECRET_KEY": values["SECRET_KEY"]}
    api = _spawn("api", environment, logs)
    worker = _spawn("worker", environment | secret, logs)
    url = f"http://127.0.0.1:{port}"
    try:
        _await_ready(url, api, logs)
        yield Service(url, logs)
    finally:
        for process in (api, worker):
            process.terminate()
        for process in (api, worker):
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
