"""Progress as the browser would see it: Realtime broadcasts on project:<id>.

A slow poll is the safety net, in case a broadcast is missed.
"""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

from scripts.demo.workspace import Row, Workspace

EVENTS = {"document.changed": "documents", "job.changed": "jobs", "export.changed": "exports"}
CHANNEL_CONFIG: Any = {
    "config": {
        "private": True,
        "broadcast": {"ack": False, "self": False},
        "presence": {"key": "", "enabled": False},
    }
}
JOIN_SECONDS = 10
POLL_SECONDS = 3


class Live:
    """The newest row of every document, job and export of a project, by table and id."""

    def __init__(self, workspace: Workspace, on_change: Callable[[], None]) -> None:
        self.workspace = workspace
        self.on_change = on_change
        self.tables: dict[str, dict[str, Row]] = {table: {} for table in EVENTS.values()}
        self.broadcasts = 0
        self._changed = asyncio.Event()
        self._joined = asyncio.Event()

    async def __aenter__(self) -> Self:
        topic = f"project:{self.workspace.project_id}"
        channel = self.workspace.client.channel(topic, CHANNEL_CONFIG)
        for event, table in EVENTS.items():
            channel.on_broadcast(event, partial(self._take_broadcast, table))
        await channel.subscribe(self._note_state)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._joined.wait(), JOIN_SECONDS)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.workspace.client.remove_all_channels()

    def _note_state(self, state: str, _: Exception | None) -> None:
        if state == "SUBSCRIBED":
            self._joined.set()

    def _take_broadcast(self, table: str, message: Row) -> None:
        self.broadcasts += 1
        self._keep_row(table, message["payload"]["record"])

    def _keep_row(self, table: str, row: Row) -> None:
        self.tables[table][row["id"]] = row
        self.on_change()
        self._changed.set()

    async def wait_for(self, table: str, is_done: Callable[[list[Row]], bool]) -> list[Row]:
        """Rows of `table` once `is_done` says so. Every few seconds they are read anew."""
        while True:
            rows = list(self.tables[table].values())
            if rows and is_done(rows):
                return rows
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), POLL_SECONDS)
            except TimeoutError:
                for row in await self.workspace.fetch_rows(table):
                    self._keep_row(table, row)
