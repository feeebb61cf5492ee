"""Waiting for what another thread or process brings about: the one place of the tests that pauses.

Looks again after a pause that grows: what comes at once is seen at once, and what takes its time
is not asked for so often that the asking holds it up.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")
DEADLINE_SECONDS = 60
_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_PAUSE_SECONDS = 0.16


def until(
    read: Callable[[], T],
    is_done: Callable[[T], Any] = bool,
    what: str = "it comes true",
    seconds: float = DEADLINE_SECONDS,
) -> T:
    """What `read` gives once `is_done` says so. An assertion names `what` after the deadline."""
    for pause in _pauses(seconds):
        seen = read()
        if is_done(seen):
            return seen
        time.sleep(pause)
    raise AssertionError(_complaint(what, seconds, seen))


async def until_async(
    read: Callable[[], Any],
    is_done: Callable[[Any], Any] = bool,
    what: str = "it comes true",
    seconds: float = DEADLINE_SECONDS,
) -> Any:
    """As `until`, beside a loop that works on: `read` runs in a thread."""
    for pause in _pauses(seconds):
        seen = await asyncio.to_thread(read)
        if is_done(seen):
            return seen
        await asyncio.sleep(pause)
    raise AssertionError(_complaint(what, seconds, seen))


def _pauses(seconds: float) -> Iterator[float]:
    """How long to pause after each look, until the time is over; there is always a first look."""
    deadline = time.monotonic() + seconds
    pause = _FIRST_PAUSE_SECONDS
    while True:
        yield pause
        if time.monotonic() > deadline:
            return
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


def _complaint(what: str, seconds: float, seen: object) -> str:
    return f"Not within {seconds:g} s: {what}. Last seen: {str(seen)[:2000]}"
