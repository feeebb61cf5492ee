"""The export task: the table, page by page, into a file in bucket exports."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from itertools import chain
from pathlib import Path

from pydantic import ValidationError

from service.exports.models import Options
from service.exports.table import Row, Table
from service.exports.write import FORMS
from service.queue.outcomes import TaskFailed
from service.queue.task import Task
from service.worker_tools import Tools


async def _pages(tools: Tools, task: Task) -> AsyncIterator[list[Row]]:
    """Pages of documents; the next one is read while the last is written."""

    def read(after: str | None) -> asyncio.Task[list[Row]]:
        return asyncio.create_task(tools.verbs.on(task, "read_export", after=after, limit=50))

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


async def run(tools: Tools, task: Task) -> None:
    """Writes the file of `task`. Run again, it overwrites the same object; the same cells are the same bytes."""
    try:
        options = Options.model_validate(task.payload["options"])
    except ValidationError as error:
        # The verb can be called without the route that explains each option.
        raise TaskFailed("options_invalid", str(error.errors()[0]["msg"])) from error
    form = task.payload["format"]
    ending, media_type, writer = FORMS[form]
    known = await tools.verbs.on(task, "describe_export")
    table = Table(
        options, known["codebook"], form == "csv_long", known["models"], known["versions"]
    )
    name = f"{task.project_id}/{task.export_id}.{ending}"
    with tempfile.NamedTemporaryFile(dir=tools.spool) as file:
        written = writer(file, table)
        async for documents in _pages(tools, task):
            await asyncio.to_thread(written.add, documents)
        await asyncio.to_thread(written.close, known["quality"])
        warnings = written.warnings.union(known["warnings"], [] if written.count else ["empty"])
        told = {"object_path": name, "row_count": written.count, "warnings": sorted(warnings)}
        file.seek(0)
        told["sha256"] = (await asyncio.to_thread(hashlib.file_digest, file, "sha256")).hexdigest()
        told["bytes"] = file.tell()
        bucket = tools.client.storage.from_("exports")
        await bucket.upload(name, Path(file.name), {"content-type": media_type, "upsert": "true"})
    await tools.verbs.on(task, "finish_export", **told)
