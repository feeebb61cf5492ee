"""Bytes from Storage to a spool file, streamed: the official client would hold the whole of an object in memory."""

import asyncio
from pathlib import Path

from service.queue.outcomes import TaskFailed
from service.worker_tools import Tools


async def download(tools: Tools, bucket: str, path: str, to: Path) -> None:
    """Fetches an object into `to`. Raises `TaskFailed` object_missing, or `httpx.HTTPError`."""
    async with tools.http.stream("GET", f"/storage/v1/object/{bucket}/{path}") as response:
        if response.status_code in (400, 404):
            raise TaskFailed("object_missing", "The stored file is not there any more.")
        response.raise_for_status()
        # Opened without a thread: a cancelled task that waits for one leaves its file open.
        with to.open("wb") as file:
            async for chunk in response.aiter_bytes(256 * 1024):
                await asyncio.to_thread(file.write, chunk)
