"""The export task: the table, page by page, into a file in bucket exports."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ValidationError

from service.exports.models import Options
from service.exports.table import Row, Table
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
    """Writes the file of an export. Run again, it overwrites the same object; the same cells are the same bytes."""

    verbs: Verbs
    files: Files

    async def run(self, task: Task) -> None:
        """As `Handler`."""
        asked = _payload(task)
        form = FORMS[asked.format]
        known = await self.verbs.on(task, "describe_export")
        table = Table(
            asked.options,
            known["codebook"],
            asked.format == "csv_long",
            known["models"],
            known["versions"],
        )
        name = f"{task.project_id}/{task.export_id}.{form.ending}"
        with self.files.open_spool_file() as file:
            writer = form.writer(file, table)
            async for documents in self._pages(task):
                await asyncio.to_thread(writer.add, documents)
            await asyncio.to_thread(writer.close, known["quality"])
            sha256, size = await asyncio.to_thread(_measure, file)
            await self.files.store("exports", name, Path(file.name), form.media_type)
        await self.verbs.on(
            task,
            "finish_export",
            object_path=name,
            bytes=size,
            sha256=sha256,
            row_count=writer.count,
            warnings=_warnings(writer, known["warnings"]),
        )

    async def _pages(self, task: Task) -> AsyncIterator[list[Row]]:
        """Pages of documents; the next one is read while the last is written."""

        def read(after: str | None) -> asyncio.Task[list[Row]]:
            page = self.verbs.on(task, "read_export", after=after, limit=_DOCUMENTS_A_PAGE)
            return asyncio.create_task(page)

        reading = read(None)
        try:
            while documents := await reading:
                reading = read(documents[-1]["id"])
                for unit in chain.from_iterable(document["units"] for document in documents):
                    names, columns = unit["cells"].keys(), unit["cells"].values()
                    unit["cells"] = {
                        cell[0]: dict(zip(names, cell, strict=True))
                        for cell in zip(*columns, strict=True)
                    }
                yield documents
        finally:
            reading.cancel()


def _payload(task: Task) -> ExportPayload:
    try:
        return ExportPayload.model_validate(task.payload)
    except ValidationError as error:
        raise OptionsInvalid(detail=error.errors()[0]["msg"]) from error


def _measure(file: IO[bytes]) -> tuple[str, int]:
    """Hash and size of all that was written."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256")  # type: ignore[arg-type]  # a file that can be read
    return digest.hexdigest(), file.tell()


def _warnings(writer: Writer, of_database: list[str]) -> list[str]:
    warnings = writer.warnings.union(of_database)
    if not writer.count:
        warnings.add("empty")
    return sorted(warnings)
