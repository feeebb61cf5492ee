"""Objects of Storage as the worker holds them.

What is large goes through a file of the spool, never through memory.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx
from storage3 import AsyncStorageClient
from storage3.types import FileOptions

from service.queue.outcomes import TaskFailed


class ObjectMissing(TaskFailed):
    """Somebody removed the object, or its upload never ended."""

    code = "object_missing"
    detail = "The stored file is not there any more."


@dataclass(frozen=True)
class Files:
    """Objects in the worker's name; `spool` is the folder of what is on its way."""

    storage: AsyncStorageClient
    http: httpx.AsyncClient
    spool: Path

    @asynccontextmanager
    async def fetch_object(self, bucket: str, path: str) -> AsyncIterator[Path]:
        """The object as a file, which is gone afterwards.

        Raises `ObjectMissing` or `httpx.HTTPError`.
        """
        with tempfile.TemporaryDirectory(dir=self.spool) as folder:
            file = Path(folder) / "file"
            await self._download_object(bucket, path, file)
            yield file

    async def _download_object(self, bucket: str, path: str, to: Path) -> None:
        # The official client would hold the whole of an object in memory.
        async with self.http.stream("GET", f"/storage/v1/object/{bucket}/{path}") as response:
            if response.status_code in (400, 404):
                raise ObjectMissing
            response.raise_for_status()
            # Opened without a thread: a cancelled task that waits for one leaves its file open.
            with to.open("wb") as file:
                async for chunk in response.aiter_bytes(256 * 1024):
                    await asyncio.to_thread(file.write, chunk)

    @contextmanager
    def open_spool_file(self) -> Iterator[IO[bytes]]:
        """A new file of the spool, which is gone afterwards."""
        with tempfile.NamedTemporaryFile(dir=self.spool) as file:
            yield file

    async def store_object(
        self, bucket: str, path: str, content: bytes | Path, media_type: str
    ) -> None:
        """Puts an object, over one that is there. Raises `StorageApiError` or `httpx.HTTPError`."""
        options: FileOptions = {"content-type": media_type, "upsert": "true"}
        await self.storage.from_(bucket).upload(path, content, options)

    async def remove_objects(self, bucket: str, paths: list[str]) -> None:
        """Removes objects; those that are not there are no fault."""
        await self.storage.from_(bucket).remove(paths)
