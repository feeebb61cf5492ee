"""Processes that outlive the command that starts them: tell alive from dead, wait, stop; and ports."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.local_supabase.keys import StackError

READY_SECONDS, STOP_SECONDS, PAUSE_SECONDS = 60.0, 10.0, 0.02


@dataclass(frozen=True)
class Part:
    """One process: its id and the kernel's start time, so that a reused id is not taken for it."""

    name: str
    pid: int
    born: str | None

    @property
    def alive(self) -> bool:
        return self.born is not None and _born(self.pid) == self.born


def _born(pid: int) -> str | None:
    """Start time of a process in clock ticks since boot; None for none and for a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def launch(name: str, command: list[str], log: Path, env: dict[str, str], **who: Any) -> Part:
    """Start a process in a session of its own, its output appended to `log`."""
    with log.open("ab") as out, Path(os.devnull).open() as nothing:
        child = subprocess.Popen(
            command,
            stdin=nothing,
            stdout=out,
            stderr=out,
            cwd="/",
            env=env,
            start_new_session=True,
            **who,
        )
    part = Part(name, child.pid, _born(child.pid))
    # It is known by its pid from here on; without this, Python warns that nobody waited for it.
    child.returncode = 0
    return part


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    """Whether `done()` comes true in time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True


def stop(part: Part, kind: signal.Signals) -> None:
    """Ask a process to end; kill it when it has not ended after `STOP_SECONDS`."""
    for signum in (kind, signal.SIGKILL):
        if part.alive:
            with suppress(ProcessLookupError):
                os.kill(part.pid, signum)
            _wait(lambda: not part.alive, STOP_SECONDS)


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log, indented; empty without one."""
    found = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "".join(f"\n    {line}" for line in found[-lines:])


def wait_ready(part: Part, ready: Callable[[], bool], log: Path) -> None:
    """Return once `ready()` holds; raise `StackError` with the log's end when the part dies first."""
    if not _wait(lambda: ready() or not part.alive, READY_SECONDS) or not part.alive:
        raise StackError(f"{part.name} did not get ready:{tail(log)}", "part_not_ready")


def wait_left(folder: Path) -> None:
    """Return once no process works in `folder`: the sessions of a killed server outlive it a little."""
    if not _wait(
        lambda: not any(_works_in(pid, folder) for pid in Path("/proc").glob("[0-9]*")),
        STOP_SECONDS,
    ):
        raise StackError(f"A process still works in {folder}.", "folder_in_use")


def _works_in(process: Path, folder: Path) -> bool:
    with suppress(OSError):
        return (process / "cwd").readlink() == folder
    return False


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def require_free(port: int) -> None:
    """Raise `StackError` naming the port, and who has it, when something listens there already."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise StackError(
            f"Port {port} cannot be used: {_port_owner(port) or error}. Stop that process, or choose"
            " other ports (--ports free, or DOSSIER_API_PORT and DOSSIER_DB_PORT).",
            "port_taken",
        ) from error


def _port_owner(port: int) -> str | None:
    """Pid and command of whoever listens on a port, as far as they may be read."""
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    inodes = {f"socket:[{r[9]}]" for r in rows if r[3] == "0A" and r[1].endswith(f":{port:04X}")}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if str(link.readlink()) in inodes:
                command = link.parents[1].joinpath("cmdline").read_bytes().replace(b"\0", b" ")
                return f"process {link.parts[2]} listens on it ({command.decode(errors='replace').strip()})"
    return "another user's process listens on it" if inodes else None
