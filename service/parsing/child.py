"""Parsing in child processes under limits: a hostile file can end its child and nothing else.

Run as `python -m service.parsing.child`: reads a request a line from stdin, answers each with a line on stdout.
JSON, not pickle: what a taken-over child says must not run here.
"""

import asyncio
import contextlib
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from service.parsing import wire
from service.parsing.models import Limits, Parsed, Unreadable

MAX_ANSWER_BYTES = 256 * 1024 * 1024
DOCUMENTS_A_CHILD = (
    50  # what MuPDF keeps would one day fill the memory that the next document may have
)
_ROOT = Path(__file__).resolve().parents[2]
_SPENT = {-signal.SIGALRM: "timeout", -signal.SIGKILL: "out_of_memory"}


class Readers:
    """Warm children, one document each at a time; a child that failed, was late or is worn out is replaced."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._idle: list[tuple[asyncio.subprocess.Process, int]] = []

    async def read(self, path: Path, media_type: str) -> Parsed:
        """The document in `path`. Raises `Unreadable`; cancelling kills the child."""
        return await asyncio.to_thread(wire.from_rows, await self._answered(path, media_type))

    async def rows(self, path: Path, *window: Any) -> list[list[str]]:
        """Rows of the table in `path`, as `table.rows` gives them. Raises as `read` does."""
        found: list[list[str]] = (await self._answered(path, *window))["rows"]
        return found

    async def _answered(self, path: Path, *asked: Any) -> dict[str, Any]:
        process, left = self._idle.pop() if self._idle else (await self._spawn(), DOCUMENTS_A_CHILD)
        try:
            async with asyncio.timeout(self.limits.seconds):
                answer = await _ask(process, str(path), *asked)
        except BaseException as error:
            await _end(process)
            if isinstance(error, TimeoutError):
                raise Unreadable(
                    "timeout", f"Reading took more than {self.limits.seconds:g} s."
                ) from None
            raise
        if left > 1:
            self._idle.append((process, left - 1))
        else:
            await _end(process)
        said: dict[str, Any] = await asyncio.to_thread(json.loads, answer)
        if "code" in said:
            raise Unreadable(**said)
        return said

    async def close(self) -> None:
        """Ends every child."""
        while self._idle:
            await _end(self._idle.pop()[0])

    async def _spawn(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "service.parsing.child", json.dumps(vars(self.limits))),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "MALLOC_ARENA_MAX": "2"},
            limit=MAX_ANSWER_BYTES,
        )


async def _ask(process: asyncio.subprocess.Process, *request: Any) -> bytes:
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        answer = await process.stdout.readuntil()
    except asyncio.LimitOverrunError:
        raise Unreadable("too_large", "What was read of the file is too large to keep.") from None
    except (asyncio.IncompleteReadError, ConnectionError):
        code = _SPENT.get(await process.wait(), "crashed")
        raise Unreadable(code, "The reader did not survive this file.") from None
    return answer


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def main() -> None:
    """Answers requests until stdin ends, with no more memory than the limits allow and no file to write to."""
    from service.parsing import parse, table  # the parent never loads a PDF library

    limits = Limits(**json.loads(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        signal.alarm(int(limits.seconds) + 2)  # ends a child whose parent is gone
        path, media_type, *window = json.loads(line)
        try:
            if window:
                answer: dict[str, Any] = {"rows": table.rows(Path(path), media_type, *window)}
            else:
                answer = wire.to_rows(parse.parse_bytes(Path(path), media_type, limits))
        except Unreadable as error:
            answer = {"code": error.code, "detail": error.detail}
        except MemoryError:
            answer = {
                "code": "out_of_memory",
                "detail": "The document needs more memory than it may have.",
            }
        signal.alarm(0)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
