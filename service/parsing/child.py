"""Parsing in child processes under limits: a hostile file can end its child and nothing else.

A child runs `child_main`. It is asked by a line of JSON and answers by one; not by pickle, because
what a taken-over child says must not run here.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.parsing import wire
from service.parsing.models import Limits, Parsed, Unreadable

MAX_ANSWER_BYTES = 256 * 1024 * 1024
# What MuPDF keeps would one day fill the memory that the next document may have.
DOCUMENTS_A_CHILD = 50
_ROOT = Path(__file__).resolve().parents[2]
_CODE_BY_SIGNAL = {-signal.SIGALRM: "timeout", -signal.SIGKILL: "out_of_memory"}


class Readers:
    """Warm children, each with one document at a time.

    A child that failed, was late or is worn out is replaced.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._idle: list[_Child] = []

    async def read(self, path: Path, media_type: str) -> Parsed:
        """The document in `path`. Raises `Unreadable`; cancelling kills the child."""
        rows = await self._request(str(path), media_type)
        return await asyncio.to_thread(wire.from_rows, rows)

    async def rows(
        self, path: Path, media_type: str, columns: list[str], after: int, limit: int
    ) -> list[list[str]]:
        """Rows of the table in `path`, as `table.read_rows` gives them. Raises as `read` does."""
        answer = await self._request(str(path), media_type, columns, after, limit)
        rows: list[list[str]] = answer["rows"]
        return rows

    async def close(self) -> None:
        """Ends every child."""
        while self._idle:
            await self._idle.pop().end()

    async def _request(self, *request: Any) -> dict[str, Any]:
        """What a child answers. Raises `Unreadable` if it refuses, is late or does not survive."""
        child = self._idle.pop() if self._idle else await _spawn_child(self.limits)
        try:
            async with asyncio.timeout(self.limits.seconds):
                line = await child.ask(*request)
        except TimeoutError:
            await child.end()
            detail = f"Reading took more than {self.limits.seconds:g} s."
            raise Unreadable("timeout", detail) from None
        except BaseException:  # a cancelled reading must not leave its child at work
            await child.end()
            raise
        child.documents_left -= 1
        if child.documents_left > 0:
            self._idle.append(child)
        else:
            await child.end()
        answer: dict[str, Any] = await asyncio.to_thread(json.loads, line)
        if "code" in answer:
            raise Unreadable(**answer)
        return answer


@dataclass
class _Child:
    """A process that reads documents, and how many more it may read."""

    process: asyncio.subprocess.Process
    documents_left: int

    async def ask(self, *request: Any) -> bytes:
        """The line that answers the request. Raises `Unreadable` where none comes."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            return await self.process.stdout.readuntil()
        except asyncio.LimitOverrunError:
            detail = "What was read of the file is too large to keep."
            raise Unreadable("too_large", detail) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            code = _CODE_BY_SIGNAL.get(await self.process.wait(), "crashed")
            raise Unreadable(code, "The reader did not survive this file.") from None

    async def end(self) -> None:
        """Kills the process and waits for its end."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


async def _spawn_child(limits: Limits) -> _Child:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "service.parsing.child_main", json.dumps(vars(limits))),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "MALLOC_ARENA_MAX": "2"},
        limit=MAX_ANSWER_BYTES,
    )
    return _Child(process, DOCUMENTS_A_CHILD)
