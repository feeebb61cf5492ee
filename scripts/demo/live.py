"""Progress as the browser would see it: Realtime broadcasts on project:<id>, with a slow poll as the safety net."""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

from scripts.demo.workspace import Row, Workspace

EVENTS = {"document.changed": "documents", "job.changed": "jobs", "export.changed": "exports"}
POLL_SECONDS = 3


class Live:
    """The newest row of every document, job and export of a project, by table and id."""

    def __init__(self, workspace: Workspace, on_change: Callable[[], None]) -> None:
        self.workspace = workspace
        self.on_change = on_change
        self.tables: dict[str, dict[str, Row]] = {table: {} for table in EVENTS.values()}
        self.broadcasts = 0
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        topic = f"project:{self.workspace.project_id}"
        config: Any = {
            "config": {
                "private": True,
                "broadcast": {"ack": False, "self": False},
                "presence": {"key": "", "enabled": False},
            }
        }
        channel = self.workspace.client.channel(topic, config)
        for event, table in EVENTS.items():
            channel.on_broadcast(event, partial(self._take, table))
        joined = asyncio.Event()
        await channel.subscribe(lambda state, _: joined.set() if state == "SUBSCRIBED" else None)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(joined.wait(), 10)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.workspace.client.remove_all_channels()

    def _take(self, table: str, message: Row) -> None:
        record = message["payload"]["record"]
        self.broadcasts += 1
        self._keep(table, record)

    def _keep(self, table: str, record: Row) -> None:
        self.tables[table][record["id"]] = record
        self.on_change()
        self._changed.set()

    async def until(self, table: str, done: Callable[[list[Row]], bool]) -> list[Row]:
        """Rows of `table` once `done` says so. Every few seconds they are read anew, in case a broadcast was missed."""
        while True:
            rows = list(self.tables[table].values())
            if rows and done(rows):
                return rows
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), POLL_SECONDS)
            except TimeoutError:
                for record in await self.workspace.rows(table):
                    self._keep(table, record)
