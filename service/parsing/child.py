"""Parsing in a child process under limits: a hostile file can end the child and nothing else.

Run as `python -m service.parsing.child`: reads one request a line from stdin, answers with a length and that many
bytes of JSON on stdout. JSON, not pickle: what a taken-over child says must not run here.
"""

import asyncio
import contextlib
import dataclasses
import json
import os
import resource
import struct
import sys
from pathlib import Path
from typing import Any

from service.parsing import wire
from service.parsing.errors import Unreadable
from service.parsing.models import Limits, Parsed

MAX_ANSWER_BYTES = 256 * 1024 * 1024
_LENGTH = struct.Struct(">Q")
_ROOT = Path(__file__).resolve().parents[2]


async def parse_file(path: Path, media_type: str, limits: Limits) -> Parsed:
    """The document in `path`, parsed by a child of its own. Raises `Unreadable`; cancelling kills the child."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "service.parsing.child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "MALLOC_ARENA_MAX": "2"},
    )
    try:
        async with asyncio.timeout(limits.seconds):
            answer = await _ask(process, path, media_type, limits)
    except TimeoutError:
        raise Unreadable("timeout", f"Reading took more than {limits.seconds:g} s.") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if "code" in answer:
        raise Unreadable(answer["code"], answer["detail"])
    return wire.from_rows(answer)


async def _ask(process: asyncio.subprocess.Process, path: Path, media_type: str, limits: Limits) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    request = {"path": str(path), "media_type": media_type, "limits": dataclasses.asdict(limits)}
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        await process.stdin.drain()
        (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
        if length > MAX_ANSWER_BYTES:
            raise Unreadable("too_large", "What was read of the file is too large to keep.")
        answer: dict[str, Any] = json.loads(await process.stdout.readexactly(length))
    except (asyncio.IncompleteReadError, ConnectionError):
        code = await process.wait()
        if code == -9 or code == -24:  # the kernel's: out of memory, or CPU seconds spent
            raise Unreadable("timeout", "Reading used up its processor time.") from None
        raise Unreadable("crashed", "The reader crashed on this file.") from None
    return answer


def _confine(limits: Limits) -> None:
    """No more memory, processor time or written bytes than the limits allow; set before a byte is read."""
    seconds = int(limits.seconds) + 1
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(request: dict[str, Any]) -> dict[str, Any]:
    from service.parsing import parse  # after the limits: importing PyMuPDF is part of what they bound

    try:
        limits = Limits(**request["limits"])
        return wire.to_rows(parse.parse_bytes(Path(request["path"]), request["media_type"], limits))
    except Unreadable as error:
        return {"code": error.code, "detail": error.detail}
    except MemoryError:
        return {"code": "out_of_memory", "detail": "The document needs more memory than it may have."}


def main() -> None:
    """Answers the one request on stdin."""
    request = json.loads(sys.stdin.readline())
    _confine(Limits(**request["limits"]))
    answer = json.dumps(_read(request), ensure_ascii=False).encode("utf-8", "replace")
    sys.stdout.buffer.write(_LENGTH.pack(len(answer)))
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
