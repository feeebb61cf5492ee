"""Processes that outlive the command that starts them: start, wait, tell alive from dead, stop."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.local_supabase.errors import StackError

READY_SECONDS = 60.0
STOP_SECONDS = 10.0
PAUSE_SECONDS = 0.02
# Fields of /proc/PID/stat that follow the command in parentheses: see proc(5).
_STATE_FIELD = 0
_START_TIME_FIELD = 19


@dataclass(frozen=True)
class Part:
    """One process: its id and the kernel's start time, so that a reused id is not taken for it."""

    name: str
    pid: int
    born: str | None

    @property
    def alive(self) -> bool:
        return self.born is not None and _start_time(self.pid) == self.born


def _start_time(pid: int) -> str | None:
    """Start time of a process in clock ticks since boot; None for none and for a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    if fields[_STATE_FIELD] in ("Z", "X"):
        return None
    return fields[_START_TIME_FIELD]


def launch_part(name: str, command: list[str], log: Path, env: dict[str, str], **who: Any) -> Part:
    """Start a process in a session of its own, its output appended to `log`."""
    with log.open("ab") as output, Path(os.devnull).open() as nothing:
        child = subprocess.Popen(
            command,
            stdin=nothing,
            stdout=output,
            stderr=output,
            cwd="/",
            env=env,
            start_new_session=True,
            **who,
        )
    part = Part(name, child.pid, _start_time(child.pid))
    # It is known by its pid from here on; without this, Python warns that nobody waited for it.
    child.returncode = 0
    return part


def stop_part(part: Part, polite: signal.Signals) -> None:
    """Ask a process to end with the signal `polite`; kill it if it has not ended in time."""
    for signum in (polite, signal.SIGKILL):
        if part.alive:
            with suppress(ProcessLookupError):
                os.kill(part.pid, signum)
            _comes_true(lambda: not part.alive, STOP_SECONDS)


def wait_until_ready(part: Part, is_ready: Callable[[], bool], log: Path) -> None:
    """Return once `is_ready()` holds; if the part dies first, `StackError` has the log's end."""
    settled = _comes_true(lambda: is_ready() or not part.alive, READY_SECONDS)
    if not settled or not part.alive:
        raise StackError(f"{part.name} did not get ready:{log_tail(log)}", "part_not_ready")


def wait_until_left(folder: Path) -> None:
    """Return once no process works in `folder`: sessions of a killed server outlive it a little."""

    def is_left() -> bool:
        return not any(_works_in(process, folder) for process in Path("/proc").glob("[0-9]*"))

    if not _comes_true(is_left, STOP_SECONDS):
        raise StackError(f"A process still works in {folder}.", "folder_in_use")


def _works_in(process: Path, folder: Path) -> bool:
    with suppress(OSError):
        return (process / "cwd").readlink() == folder
    return False


def _comes_true(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition()` holds within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True


def log_tail(log: Path, count: int = 12) -> str:
    """The last lines of a log, indented; empty if there is no log."""
    if not log.exists():
        return ""
    lines = log.read_text(errors="replace").splitlines()
    return "".join(f"\n    {line}" for line in lines[-count:])
