"""Parsing in child processes under limits: a hostile file can end its child and nothing else.

Run as `python -m service.parsing.child`: reads a request a line from stdin, answers each with a length and that many
bytes of JSON on stdout. JSON, not pickle: what a taken-over child says must not run here.
"""

import asyncio
import contextlib
import dataclasses
import json
import os
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import Any

from service.parsing import wire
from service.parsing.errors import Unreadable
from service.parsing.models import Limits, Parsed

MAX_ANSWER_BYTES = 256 * 1024 * 1024
DOCUMENTS_A_CHILD = 50  # MuPDF's caches grow; a new child is cheap
_LENGTH = struct.Struct(">Q")
_ROOT = Path(__file__).resolve().parents[2]
_SPENT = {-signal.SIGXCPU: "timeout", -signal.SIGKILL: "out_of_memory"}


class Readers:
    """Warm children, one document each at a time; a child that failed, was late or is worn out is replaced."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._idle: list[tuple[asyncio.subprocess.Process, int]] = []

    async def read(self, path: Path, media_type: str) -> Parsed:
        """The document in `path`. Raises `Unreadable`; cancelling kills the child."""
        process, done = self._idle.pop() if self._idle else (await self._spawn(), 0)
        keep = False
        try:
            async with asyncio.timeout(self.limits.seconds):
                answer = await self._ask(process, path, media_type)
            keep = done + 1 < DOCUMENTS_A_CHILD
        except TimeoutError:
            raise Unreadable("timeout", f"Reading took more than {self.limits.seconds:g} s.") from None
        finally:
            if keep:
                self._idle.append((process, done + 1))
            else:
                await _end(process)
        if "code" in answer:
            raise Unreadable(answer["code"], answer["detail"])
        return await asyncio.to_thread(wire.from_rows, answer)

    async def close(self) -> None:
        """Ends every child."""
        while self._idle:
            await _end(self._idle.pop()[0])

    async def _spawn(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "service.parsing.child", json.dumps(dataclasses.asdict(self.limits))),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "MALLOC_ARENA_MAX": "2"},
        )

    async def _ask(self, process: asyncio.subprocess.Process, path: Path, media_type: str) -> dict[str, Any]:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps([str(path), media_type]).encode() + b"\n")
            await process.stdin.drain()
            (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
            if length > MAX_ANSWER_BYTES:
                raise Unreadable("too_large", "What was read of the file is too large to keep.")
            text = await process.stdout.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            code = _SPENT.get(await process.wait(), "crashed")
            raise Unreadable(code, "The reader did not survive this file.") from None
        answer: dict[str, Any] = await asyncio.to_thread(json.loads, text)
        return answer


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def _confine(limits: Limits) -> None:
    """No more memory than the limits allow, and not a byte written to any file."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow_seconds(seconds: float) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _read(path: str, media_type: str, limits: Limits) -> dict[str, Any]:
    from service.parsing import parse  # the parent never loads a PDF library

    try:
        return wire.to_rows(parse.parse_bytes(Path(path), media_type, limits))
    except Unreadable as error:
        return {"code": error.code, "detail": error.detail}
    except MemoryError:
        return {"code": "out_of_memory", "detail": "The document needs more memory than it may have."}


def main() -> None:
    """Answers requests until stdin ends."""
    limits = Limits(**json.loads(sys.argv[1]))
    _confine(limits)
    for line in sys.stdin:
        _allow_seconds(limits.seconds)
        path, media_type = json.loads(line)
        answer = json.dumps(_read(path, media_type, limits), ensure_ascii=False).encode("utf-8", "replace")
        sys.stdout.buffer.write(_LENGTH.pack(len(answer)) + answer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
