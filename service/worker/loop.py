"""The loop: claim, hold, run, give back. Any number of workers run side by side; Postgres decides who has what."""

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from service import log
from service.worker.tasks import Handler, LeaseLost, Task, TaskDeferred, TaskFailed, Tools, may_pass


@dataclass
class Lane:
    """Kinds of task that share a number of places: parsing fills cores, extraction waits for a model."""

    kinds: Sequence[str]
    places: int
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @property
    def free(self) -> int:
        """Places left."""
        return self.places - len(self.running)


class Worker:
    """Runs tasks until told to stop, then drains."""

    def __init__(self, name: str, tools: Tools, handlers: Mapping[str, Handler], lanes: Sequence[Lane]) -> None:
        self.name = name
        self.tools = tools
        self.handlers = handlers
        self.lanes = lanes
        self._stop = asyncio.Event()
        self._wake = asyncio.Event()

    def stop(self) -> None:
        """Take no new task; `run` returns when what runs is finished or given back."""
        self._stop.set()
        self._wake.set()

    async def run(self) -> None:
        """Works until `stop`."""
        log.get().info("worker.started", worker=self.name)
        heartbeat = asyncio.create_task(self._heartbeat())
        try:
            while not self._stop.is_set():
                self._wake.clear()
                if not await self._fill():
                    await self._idle()
            await self._drain()
        finally:
            heartbeat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await heartbeat
        log.get().info("worker.stopped", worker=self.name)

    async def _idle(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), self.tools.settings.poll_seconds)

    async def _fill(self) -> bool:
        """Claims for every free place; True when a lane got all it asked for and may get more."""
        again = False
        for lane in self.lanes:
            wanted = lane.free
            if wanted and not self._stop.is_set():
                claimed = await self._claim(lane, wanted)
                again = again or (len(claimed) == wanted and lane.free > 0)
        return again

    async def _claim(self, lane: Lane, wanted: int) -> list[Task]:
        try:
            rows = await self.tools.verbs.call(
                "claim_tasks",
                worker=self.name,
                kinds=list(lane.kinds),
                limit=min(wanted, 256),
                lease_seconds=self.tools.settings.lease_seconds,
            )
        except Exception as error:
            # A database that is away for longer than our patience: say so and poll on.
            log.get().warning("worker.poll_failed", error=type(error).__name__)
            return []
        tasks = [Task.model_validate(row) for row in rows]
        for task in tasks:
            running = asyncio.create_task(self._run(task))
            lane.running[task.lease_token] = running
            running.add_done_callback(partial(self._leave, lane, task))
        return tasks

    def _leave(self, lane: Lane, task: Task, _: asyncio.Task[None]) -> None:
        lane.running.pop(task.lease_token, None)
        self._wake.set()

    async def _run(self, task: Task) -> None:
        structlog.contextvars.bind_contextvars(
            task=task.task_id, kind=task.kind, project=task.project_id, document=task.document_id
        )
        started = time.perf_counter()
        outcome = await self._outcome(task)
        self.tools.metrics.tasks.labels(task.kind, outcome).inc()
        self.tools.metrics.task_seconds.labels(task.kind).observe(time.perf_counter() - started)

    async def _outcome(self, task: Task) -> str:
        verbs = self.tools.verbs
        try:
            await self.handlers[task.kind](self.tools, task)
        except LeaseLost:
            return self._tell("task.lost", "lost")
        except TaskDeferred as deferred:
            until = deferred.until.isoformat()
            return await self._close("deferred", verbs.on(task, "defer_task", until=until))
        except TaskFailed as failed:
            verb = verbs.on(task, "fail_task", code=failed.code, detail=failed.detail)
            return await self._close("failed", verb, code=failed.code)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.get().exception("task.crashed")
            if may_pass(error):
                # The way to the database is gone: the lease runs out and the task comes back.
                return "lost"
            detail = f"{type(error).__name__}: see the worker's log."
            verb = verbs.on(task, "fail_task", code="internal", detail=detail)
            return await self._close("crashed", verb, code="internal")
        return self._tell("task.done", "done")

    @staticmethod
    def _tell(event: str, outcome: str) -> str:
        log.get().info(event)
        return outcome

    async def _close(self, outcome: str, verb: Coroutine[Any, Any, Any], **fields: str) -> str:
        # The last write is shielded: a drain that gives up on us must not cut it in two.
        try:
            await asyncio.shield(asyncio.ensure_future(verb))
        except LeaseLost:
            return self._tell("task.lost", "lost")
        except Exception as error:
            log.get().warning("task.lost", error=type(error).__name__)
            return "lost"
        log.get().info(f"task.{outcome}", **fields)
        return outcome

    async def _heartbeat(self) -> None:
        lease = self.tools.settings.lease_seconds
        while True:
            await asyncio.sleep(lease / 3)
            held = {token: run for lane in self.lanes for token, run in lane.running.items()}
            if not held:
                continue
            try:
                kept = await self.tools.verbs.call(
                    "heartbeat_tasks", worker=self.name, lease_tokens=list(held), lease_seconds=lease
                )
            except Exception as error:
                log.get().warning("worker.poll_failed", error=type(error).__name__)
                continue
            for token in held.keys() - set(kept):
                held[token].cancel()

    async def _drain(self) -> None:
        """Waits for what runs; what is not finished in time is given back, due at once."""
        running = {token: run for lane in self.lanes for token, run in lane.running.items()}
        log.get().info("worker.draining", tasks=len(running))
        if not running:
            return
        _, late = await asyncio.wait(running.values(), timeout=self.tools.settings.worker_drain_seconds)
        for run in late:
            run.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await self._give_back([token for token, run in running.items() if run in late])

    async def _give_back(self, tokens: list[str]) -> None:
        if tokens:
            await self.tools.verbs.call("release_tasks", worker=self.name, lease_tokens=tokens)
            log.get().info("task.deferred", tasks=len(tokens))
