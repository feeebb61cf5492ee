"""The parse task: bytes from Storage, pages and zones to the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from service.parsing import wire
from service.parsing.child import Readers
from service.parsing.models import Unreadable
from service.parsing.reading_text import text_hash
from service.queue.files import Files
from service.queue.outcomes import TaskFailed
from service.queue.task import Task
from service.queue.verbs import Verbs


class ParsePayload(BaseModel):
    """What a parse task is about."""

    object_path: str
    media_type: str


@dataclass(frozen=True)
class ParseDocument:
    """Parses a document and stores the whole of it."""

    verbs: Verbs
    files: Files
    readers: Readers

    async def run(self, task: Task) -> None:
        """As `Handler`."""
        asked = ParsePayload.model_validate(task.payload)
        async with fetch_document(self.files, asked.object_path) as path:
            parsed = await self.readers.read(path, asked.media_type)
        rows = wire.to_rows(parsed)
        rows["text_hash"] = text_hash(parsed)
        rows["word_count"] = sum(len(page.words) for page in parsed.pages)
        await self.verbs.on(task, "finish_parse", parsed=rows)


@asynccontextmanager
async def fetch_document(files: Files, object_path: str) -> AsyncIterator[Path]:
    """The stored file while it is read. That it can not be read is the failure of the task."""
    async with files.fetch_object("documents", object_path) as path:
        try:
            yield path
        except Unreadable as error:
            raise TaskFailed(code=error.code, detail=error.detail) from error
