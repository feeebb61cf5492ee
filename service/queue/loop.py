"""The loop: claim, hold, run, give back.

Any number of workers run side by side; Postgres decides who has what.
"""

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from service import metrics
from service.connections import may_pass
from service.log import logger
from service.queue.outcomes import LeaseLost, TaskCrashed, TaskEnded, TaskFailed
from service.queue.task import Handler, Task
from service.queue.verbs import Verbs


@dataclass(frozen=True)
class Lane:
    """Kinds of task that share places: parsing fills cores, extraction waits for a model."""

    kinds: tuple[str, ...]
    places: int


@dataclass(frozen=True)
class Duty:
    """What is done beside the tasks, now and then every so many seconds."""

    seconds: float
    do: Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Pace:
    """Seconds: how long a lease lasts, how often the queue is asked, how long the end may take."""

    lease: int
    poll: float
    drain: float


async def _log_outage(doing: Awaitable[object]) -> None:
    """A database that is away for longer than our patience leaves a log line; the loop goes on."""
    try:
        await doing
    except Exception as error:
        logger.warning("worker.poll_failed", error=type(error).__name__)


async def _do_again_and_again(duty: Duty) -> None:
    while True:
        await _log_outage(duty.do())
        await asyncio.sleep(duty.seconds)


@dataclass
class Worker:
    """Runs tasks until told to stop, then drains."""

    verbs: Verbs
    handlers: Mapping[str, Handler]
    lanes: Sequence[Lane]
    duties: Sequence[Duty]
    pace: Pace
    name: str = field(
        default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    )
    # By lease token; each is named for its kind.
    _running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    # When the queue is asked for a lane though none of its places became free.
    _next_claim: dict[Lane, float] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop`, then waits for what runs and gives back what is late."""
        logger.info("worker.started", worker=self.name)
        stopping = asyncio.create_task(stop.wait())
        duties = [Duty(self.pace.lease / 3, self._renew_leases), *self.duties]
        beside = [asyncio.create_task(_do_again_and_again(duty)) for duty in duties]
        while not stop.is_set():
            await _log_outage(self._claim_free_places())
            # A place that becomes free is filled at once; else the queue is asked now and then.
            await asyncio.wait(
                {stopping, *self._running.values()},
                timeout=self.pace.poll,
                return_when=asyncio.FIRST_COMPLETED,
            )
        await self._drain_tasks()
        for duty in beside:
            duty.cancel()
        logger.info("worker.stopped", worker=self.name)

    async def _claim_free_places(self) -> None:
        ended_kinds = self._forget_ended()
        for lane in self.lanes:
            free = lane.places - self._count_running(lane)
            now = time.monotonic()
            is_due = now >= self._next_claim.get(lane, 0)
            if free and (is_due or not ended_kinds.isdisjoint(lane.kinds)):
                self._next_claim[lane] = now + self.pace.poll
                # Claimed in steps: what is read all at once is ready all at once, and late.
                for task in await self._claim_tasks(lane, min(free, max(8, lane.places // 8))):
                    running = asyncio.create_task(self._run_task(task), name=task.kind)
                    self._running[task.lease_token] = running

    def _forget_ended(self) -> set[str]:
        """Forgets the tasks that have ended; their kinds.

        Nothing else forgets one: a task that ends while a lane claims must still end the wait in
        `run`.
        """
        ended = {token: running for token, running in self._running.items() if running.done()}
        for token in ended:
            del self._running[token]
        return {running.get_name() for running in ended.values()}

    def _count_running(self, lane: Lane) -> int:
        return sum(running.get_name() in lane.kinds for running in self._running.values())

    async def _claim_tasks(self, lane: Lane, limit: int) -> list[Task]:
        rows = await self.verbs.call(
            "claim_tasks",
            worker=self.name,
            kinds=lane.kinds,
            limit=limit,
            lease_seconds=self.pace.lease,
        )
        return [Task.model_validate(row) for row in rows]

    async def _run_task(self, task: Task) -> None:
        structlog.contextvars.bind_contextvars(
            task=task.task_id,
            kind=task.kind,
            project=task.project_id,
            job=task.job_id,
            document=task.document_id,
        )
        try:
            outcome = await self._attempt_task(task)
        except Exception as error:
            # The lease is gone, or the way to the database is and the lease runs out: the task
            # comes back.
            outcome = "lost"
            structlog.contextvars.bind_contextvars(error=type(error).__name__)
        logger.info(f"task.{outcome}")
        metrics.TASKS.labels(task.kind, outcome).inc()

    async def _attempt_task(self, task: Task) -> str:
        """How the task ended. Raises where the database can not be told."""
        try:
            await self.handlers[task.kind].run(task)
            return "done"
        except TaskEnded as ended:
            end = ended
        except Exception as error:
            if isinstance(error, LeaseLost) or may_pass(error):
                raise
            logger.exception("task.crashed")
            end = TaskCrashed(error)
        code = end.code if isinstance(end, TaskFailed) else None
        structlog.contextvars.bind_contextvars(code=code)
        await self.verbs.on(task, end.verb, **end.arguments)
        return end.outcome

    async def _renew_leases(self) -> None:
        held = dict(self._running)
        if not held:
            return
        renewed = await self.verbs.call(
            "heartbeat_tasks",
            worker=self.name,
            lease_tokens=list(held),
            lease_seconds=self.pace.lease,
        )
        for token in held.keys() - set(renewed):
            held[token].cancel()

    async def _drain_tasks(self) -> None:
        """Waits for what runs; what is not finished in time is given back, due at once."""
        logger.info("worker.draining", tasks=len(self._running))
        try:
            async with asyncio.timeout(self.pace.drain):
                await asyncio.gather(*self._running.values(), return_exceptions=True)
        except TimeoutError:  # raised when what was late has been cancelled and has ended
            tokens = [token for token, running in self._running.items() if running.cancelled()]
            await self.verbs.call("release_tasks", worker=self.name, lease_tokens=tokens)
            logger.info("task.released", tasks=len(tokens))
