"""The loop of the worker on a queue in memory: what it claims, and what the database is told of an
end.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from service.queue.loop import Duty, Lane, Pace, Worker
from service.queue.outcomes import LeaseLost, TaskDeferred, TaskFailed
from service.queue.task import Task

NEVER = 3600.0  # seconds until the queue is asked though no place became free
Work = Callable[[Task], Awaitable[None]]


@dataclass
class Queue:
    """The verbs of the loop. `due` are the tasks that nobody has claimed."""

    due: list[dict[str, Any]] = field(default_factory=list)
    limits: list[int] = field(default_factory=list)
    ended: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, *names: str, kind: str = "extract") -> None:
        """Tasks whose lease tokens are these."""
        nothing = dict.fromkeys(("document_id", "export_id"))
        for number, name in enumerate(names):
            told = {"task_id": number, "kind": kind, "project_id": "p", "lease_token": name}
            self.due.append(nothing | told | {"payload": {}})

    async def call(self, verb: str, **given: Any) -> Any:
        """As `Verbs`."""
        if verb == "claim_tasks":
            self.limits.append(given["limit"])
            claimed = [row for row in self.due if row["kind"] in given["kinds"]][: given["limit"]]
            self.due = [row for row in self.due if row not in claimed]
            self.asked.set()
            return claimed
        if verb == "heartbeat_tasks":
            return [token for token in given["lease_tokens"] if token not in self.lost]
        assert verb == "release_tasks"
        self.released += given["lease_tokens"]
        return None

    async def on(self, task: Task, verb: str, **given: Any) -> None:
        """As `Verbs`."""
        assert task.lease_token
        self.ended.append((verb, given))


@dataclass
class Handler:
    """Does each task by `work`; `begun` holds the tokens of those that it was given."""

    work: Work
    begun: list[str] = field(default_factory=list)

    async def run(self, task: Task) -> None:
        """As `Handler`."""
        self.begun.append(task.lease_token)
        await self.work(task)


@asynccontextmanager
async def running(
    queue: Queue, handler: Handler, *duties: Duty, places: int = 2, drain: float = 10
) -> AsyncIterator[None]:
    """A worker with one lane of extract tasks, drained at the end."""
    verbs: Any = queue
    pace = Pace(lease=30, poll=NEVER, drain=drain)
    lanes = [Lane(("extract",), places)]
    stop = asyncio.Event()
    worker = Worker(verbs, {"extract": handler}, lanes, duties, pace)
    working = asyncio.create_task(worker.run(stop))
    async with asyncio.timeout(10):
        try:
            yield
        finally:
            stop.set()
            await working


async def ended(queue: Queue, raised: BaseException | None) -> list[tuple[str, dict[str, Any]]]:
    """What the database is told of a task whose handler raises this."""
    queue.add("a")
    done = asyncio.Event()

    async def work(_: Task) -> None:
        done.set()
        if raised is not None:
            raise raised

    async with running(queue, Handler(work)):
        await done.wait()
    return queue.ended


class _OptionMissing(TaskFailed):
    code = "option_missing"
    detail = "An option is missing."


MOMENT = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (None, []),
        (
            _OptionMissing(),
            [("fail_task", {"code": "option_missing", "detail": "An option is missing."})],
        ),
        (
            TaskFailed(code="corrupt", detail="No."),
            [("fail_task", {"code": "corrupt", "detail": "No."})],
        ),
        (TaskDeferred(MOMENT), [("defer_task", {"until": "2026-12-01T00:00:00+00:00"})]),
        (
            ZeroDivisionError("text of a document"),
            [
                (
                    "fail_task",
                    {"code": "internal", "detail": "ZeroDivisionError: see the worker's log."},
                ),
            ],
        ),
        (LeaseLost(), []),
        (httpx.ConnectError("away"), []),
    ],
)
async def test_end__the_database_is_told_by_the_verb_of_the_outcome(
    raised: BaseException | None, told: list[Any]
) -> None:
    """Nothing is told of a task that another holds, or while the database is away: its lease runs
    out.
    """
    assert await ended(Queue(), raised) == told


async def test_claim__a_lane_holds_no_more_tasks_than_it_has_places() -> None:
    """One of two ends, and one more is asked for: the other is still held."""
    queue = Queue()
    queue.add("a", "b", "c", "d")
    begun = asyncio.Event()
    free = asyncio.Event()

    async def work(task: Task) -> None:
        if task.lease_token == "c":
            begun.set()
        if task.lease_token != "a":
            await free.wait()

    handler = Handler(work)
    async with running(queue, handler):
        await begun.wait()
        assert handler.begun == ["a", "b", "c"]
        assert [row["lease_token"] for row in queue.due] == ["d"]
        assert queue.limits == [2, 1]
        free.set()


async def test_claim__a_place_that_becomes_free_is_filled_at_once() -> None:
    """The queue is not asked for another hour: the end of a task is what asks."""
    queue = Queue()
    queue.add("a", "b", "c")
    last = asyncio.Event()

    async def work(task: Task) -> None:
        if task.lease_token == "c":
            last.set()

    handler = Handler(work)
    async with running(queue, handler, places=1):
        await last.wait()
    assert handler.begun == ["a", "b", "c"]


async def test_claim__many_places_are_filled_in_steps() -> None:
    queue = Queue()

    async def work(_: Task) -> None:
        raise AssertionError("nothing is due")

    async with running(queue, Handler(work), places=96):
        await queue.asked.wait()
    assert queue.limits == [12]


async def test_drain__what_is_late_is_given_back() -> None:
    queue = Queue()
    queue.add("a")
    begun = asyncio.Event()

    async def work(_: Task) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with running(queue, Handler(work), drain=0):
        await begun.wait()
    assert (queue.released, queue.ended) == (["a"], [])


async def test_lease__a_task_that_another_holds_is_stopped() -> None:
    """The heartbeat keeps what is ours; the rest is cancelled, and the database is told nothing of
    it.
    """
    queue = Queue()
    queue.add("ours", "theirs")
    stopped = asyncio.Event()

    async def work(task: Task) -> None:
        if task.lease_token == "theirs":
            queue.lost.add("theirs")
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()

    verbs: Any = queue
    worker = Worker(
        verbs, {"extract": Handler(work)}, [Lane(("extract",), 2)], [], Pace(0, 0.01, 10)
    )
    stop = asyncio.Event()
    async with asyncio.timeout(10):
        working = asyncio.create_task(worker.run(stop))
        await stopped.wait()
        stop.set()
        await working
    assert queue.ended == []


async def test_duty__is_done_again_though_it_failed() -> None:
    queue = Queue()
    done: list[int] = []
    twice = asyncio.Event()

    async def do() -> None:
        done.append(1)
        if len(done) == 2:
            twice.set()
        raise httpx.ConnectError("away")

    async def work(_: Task) -> None:
        raise AssertionError("nothing is due")

    async with running(queue, Handler(work), Duty(0, do)):
        await twice.wait()
