"""The loop: claim, hold, run, give back. Any number of workers run side by side; Postgres decides who has what."""

import asyncio
import os
import socket
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from service import metrics
from service.connections import may_pass
from service.log import logger
from service.model.faults import ModelError, NotNow
from service.queue.outcomes import LeaseLost, TaskDeferred, TaskEnded, TaskFailed
from service.queue.task import Task
from service.worker_tools import Handler, Tools


async def _say_outage(doing: Awaitable[object]) -> None:
    """Where the database is away for longer than our patience, a log line is all that comes of it."""
    try:
        await doing
    except Exception as error:
        logger.warning("worker.poll_failed", error=type(error).__name__)


async def _every(seconds: float, do: Callable[[], Awaitable[object]]) -> None:
    """Does it now and again and again, whether the database is there or not."""
    while True:
        await _say_outage(do())
        await asyncio.sleep(seconds)


@dataclass
class Worker:
    """Runs tasks until told to stop, then drains.

    `lanes` are kinds of task that share a number of places: parsing fills cores, extraction waits for a model.
    `duties` are done beside the tasks, each every so many seconds.
    `running` is by lease token, each named for its kind; `due` is when a lane is asked for though no place became free.
    """

    tools: Tools
    handlers: Mapping[str, Handler]
    lanes: Mapping[tuple[str, ...], int]
    duties: Sequence[tuple[float, Callable[[Tools], Awaitable[object]]]]
    name: str = field(
        default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    )
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    due: dict[tuple[str, ...], float] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop`, then waits for what runs and gives back what is late."""
        logger.info("worker.started", worker=self.name)
        stopping = asyncio.create_task(stop.wait())
        duties = [(self.tools.settings.lease_seconds / 3, self._heartbeat), *self.duties]
        beside = [
            asyncio.create_task(_every(seconds, partial(do, self.tools))) for seconds, do in duties
        ]
        while not stop.is_set():
            await _say_outage(self._fill())
            # A place that becomes free is filled at once; otherwise the queue is asked now and then.
            waiting = {stopping, *self.running.values()}
            await asyncio.wait(
                waiting,
                timeout=self.tools.settings.poll_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
        await self._drain()
        for duty in beside:
            duty.cancel()
        logger.info("worker.stopped", worker=self.name)

    async def _lease(self, verb: str, **arguments: Any) -> Any:
        seconds = self.tools.settings.lease_seconds
        return await self.tools.verbs.call(
            verb, worker=self.name, lease_seconds=seconds, **arguments
        )

    async def _fill(self) -> None:
        # Only here is forgotten what is done: a task that ends while a lane claims must still end the wait in `run`.
        ended = {run.get_name() for run in self.running.values() if run.done()}
        self.running = {token: run for token, run in self.running.items() if not run.done()}
        for kinds, places in self.lanes.items():
            free, now = (
                places - sum(run.get_name() in kinds for run in self.running.values()),
                time.monotonic(),
            )
            if free and (now >= self.due.get(kinds, 0) or not ended.isdisjoint(kinds)):
                self.due[kinds] = now + self.tools.settings.poll_seconds
                # In steps: what is read all at once is ready all at once, and late.
                for row in await self._lease(
                    "claim_tasks", kinds=kinds, limit=min(free, max(8, places // 8))
                ):
                    task = Task.model_validate(row)
                    self.running[task.lease_token] = asyncio.create_task(
                        self._run(task), name=task.kind
                    )

    async def _run(self, task: Task) -> None:
        structlog.contextvars.bind_contextvars(
            task=task.task_id,
            kind=task.kind,
            project=task.project_id,
            job=task.job_id,
            document=task.document_id,
        )
        try:
            outcome = await self._attempt(task)
        except Exception as error:
            # The lease is gone, or the way to the database is, and then the lease runs out: the task comes back.
            outcome = "lost"
            structlog.contextvars.bind_contextvars(error=type(error).__name__)
        logger.info(f"task.{outcome}")
        metrics.TASKS.labels(task.kind, outcome).inc()

    async def _attempt(self, task: Task) -> str:
        try:
            await self.handlers[task.kind](self.tools, task)
            return "done"
        except TaskEnded as ended:
            end = ended
        except NotNow as later:
            end = TaskDeferred(later.until)
        except ModelError as error:
            end = TaskFailed(error.code, error.detail)
        except Exception as error:
            if isinstance(error, LeaseLost) or may_pass(error):
                raise
            logger.exception("task.crashed")
            end = TaskFailed("internal", f"{type(error).__name__}: see the worker's log.")
        structlog.contextvars.bind_contextvars(code=end.arguments.get("code"))
        await self.tools.verbs.on(task, end.verb, **end.arguments)
        return end.outcome

    async def _heartbeat(self, _: Tools) -> None:
        if held := dict(self.running):
            kept = await self._lease("heartbeat_tasks", lease_tokens=list(held))
            for token in held.keys() - set(kept):
                held[token].cancel()

    async def _drain(self) -> None:
        """Waits for what runs; what is not finished in time is given back, due at once."""
        logger.info("worker.draining", tasks=len(self.running))
        try:
            async with asyncio.timeout(self.tools.settings.worker_drain_seconds):
                await asyncio.gather(*self.running.values(), return_exceptions=True)
        except TimeoutError:  # raised when what was late has been cancelled and has ended
            tokens = [token for token, run in self.running.items() if run.cancelled()]
            await self.tools.verbs.call("release_tasks", worker=self.name, lease_tokens=tokens)
            logger.info("task.released", tasks=len(tokens))
