"""The parse task: bytes from Storage, pages and zones to the database."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from service.parsing import wire
from service.parsing.models import Unreadable
from service.parsing.reading_text import text_hash
from service.queue import files
from service.queue.outcomes import TaskFailed
from service.queue.task import Task
from service.worker_tools import Tools


@asynccontextmanager
async def stored(tools: Tools, task: Task) -> AsyncIterator[Path]:
    """The stored file that `task` is about, while it is read. That it is unreadable is the task's failure."""
    with tempfile.TemporaryDirectory(dir=tools.spool) as folder:
        path = Path(folder) / "file"
        await files.download(tools, "documents", task.payload["object_path"], path)
        try:
            yield path
        except Unreadable as error:
            raise TaskFailed(error.code, error.detail) from error


async def run(tools: Tools, task: Task) -> None:
    """Parses the document of `task` and stores the whole of it."""
    async with stored(tools, task) as path:
        parsed = await tools.readers.read(path, task.payload["media_type"])
    rows = wire.to_rows(parsed)
    words = sum(len(page.words) for page in parsed.pages)
    rows |= {"text_hash": text_hash(parsed), "word_count": words}
    await tools.verbs.on(task, "finish_parse", parsed=rows)
