"""The export task: the table, page by page, into a file in bucket exports; and the sweep of those that expired."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from service.exports.models import Options
from service.exports.table import Row, Table
from service.exports.write import FORMS, Writer
from service.log import logger
from service.worker.tasks import Task, TaskFailed, Tools


async def _pages(tools: Tools, task: Task) -> AsyncIterator[list[Row]]:
    """Pages of documents; the next one is read while the last is written."""

    def read(after: str | None) -> asyncio.Task[list[Row]]:
        return asyncio.create_task(tools.verbs.on(task, "read_export", after=after, limit=50))

    reading = read(None)
    try:
        while documents := await reading:
            reading = read(documents[-1]["id"])
            yield documents
    finally:
        reading.cancel()


async def _write(tools: Tools, task: Task, writer: Writer, quality: list[Any]) -> dict[str, Any]:
    warnings = set[str]()
    async for documents in _pages(tools, task):
        await asyncio.to_thread(writer.add, documents)
        warnings |= {"unread_pages" for d in documents if d["unread"]} | {
            "failed_documents" for d in documents if d["failure_code"]
        }
        cells = (cell for d in documents for unit in d["units"] for cell in unit["cells"].values())
        warnings |= {"failed_values" for cell in cells if cell["state"] == "failed"}
    await asyncio.to_thread(writer.close, quality)
    warnings |= writer.warnings | ({"empty"} if writer.count == 0 else set())
    return {"row_count": writer.count, "warnings": sorted(warnings)}


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
    long = form == "csv_long" or options.layout == "long"
    table = Table(options, known["codebook"], long, known["models"], known["versions"])
    name = f"{task.project_id}/{task.export_id}.{ending}"
    with tempfile.NamedTemporaryFile(dir=tools.spool) as file:
        told = {"object_path": name} | await _write(tools, task, writer(file, table), known["quality"])
        file.seek(0)
        digest = await asyncio.to_thread(hashlib.file_digest, file, "sha256")
        told |= {"bytes": file.tell(), "sha256": digest.hexdigest()}
        bucket = tools.client.storage.from_("exports")
        await bucket.upload(name, Path(file.name), {"content-type": media_type, "upsert": "true"})
    await tools.verbs.on(task, "finish_export", **told)


async def sweep_expired(tools: Tools) -> None:
    """Removes the files of exports that expired; the sweep after this one removes their rows."""
    expired: list[str] = await tools.verbs.call("sweep_exports", limit=500)
    if expired:
        await tools.client.storage.from_("exports").remove(expired)
        logger.info("sweep.exports", objects=len(expired))
