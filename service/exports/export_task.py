"""The export task: the table, page by page, into a file in bucket exports."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ValidationError

from service.exports.models import Options
from service.exports.read_models import ExportDescription, StoredDocument
from service.exports.table import Table
from service.exports.write import FORMS, Writer
from service.generated.contract import ExportsFormat
from service.queue.files import Files
from service.queue.outcomes import TaskFailed
from service.queue.task import Task
from service.queue.verbs import Verbs

_DOCUMENTS_A_PAGE = 50


class OptionsInvalid(TaskFailed):
    """The verb can be called without the route that explains each option."""

    code = "options_invalid"


class ExportPayload(BaseModel):
    """Which file an export task writes."""

    format: ExportsFormat
    options: Options


@dataclass(frozen=True)
class ExportTable:
    """Writes the file of an export.

    Run again, it overwrites the same object; the same cells are the same bytes.
    """

    verbs: Verbs
    files: Files

    async def run(self, task: Task) -> None:
        """As `Handler`."""
        asked = _read_payload(task)
        form = FORMS[asked.format]
        row = await self.verbs.on(task, "describe_export")
        known = ExportDescription.model_validate(row)
        table = Table(
            options=asked.options,
            codebook=known.codebook,
            long=asked.format == "csv_long",
            models=known.models,
            versions=known.versions,
        )
        name = f"{task.project_id}/{task.export_id}.{form.ending}"
        with self.files.open_spool_file() as file:
            writer = form.writer(file, table)
            async for documents in self._read_pages(task):
                await asyncio.to_thread(writer.write_documents, documents)
            await asyncio.to_thread(writer.write_end, known.quality)
            sha256, size = await asyncio.to_thread(_measure_file, file)
            await self.files.store_object("exports", name, Path(file.name), form.media_type)
        await self.verbs.on(
            task,
            "finish_export",
            object_path=name,
            bytes=size,
            sha256=sha256,
            row_count=writer.count,
            warnings=_all_warnings(writer, known.warnings),
        )

    async def _read_pages(self, task: Task) -> AsyncIterator[list[StoredDocument]]:
        """Pages of documents; the next one is read while the last is written."""
        reading = asyncio.create_task(self._read_page(task, after=None))
        try:
            while documents := await reading:
                reading = asyncio.create_task(self._read_page(task, after=documents[-1].id))
                yield documents
        finally:
            reading.cancel()

    async def _read_page(self, task: Task, after: str | None) -> list[StoredDocument]:
        rows = await self.verbs.on(task, "read_export", after=after, limit=_DOCUMENTS_A_PAGE)
        return [StoredDocument.from_row(row) for row in rows]


def _read_payload(task: Task) -> ExportPayload:
    try:
        return ExportPayload.model_validate(task.payload)
    except ValidationError as error:
        raise OptionsInvalid(detail=error.errors()[0]["msg"]) from error


def _measure_file(file: IO[bytes]) -> tuple[str, int]:
    """Hash and size of all that was written."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256")  # type: ignore[arg-type]  # a file that can be read
    return digest.hexdigest(), file.tell()


def _all_warnings(writer: Writer, of_database: list[str]) -> list[str]:
    warnings = writer.warnings.union(of_database)
    if not writer.count:
        warnings.add("empty")
    return sorted(warnings)
