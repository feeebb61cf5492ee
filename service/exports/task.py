"""The export task: the table, page by page, into a file in bucket exports."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any

from service.exports.write import FORMS, Form, Row
from service.worker.tasks import Task, Tools


async def _pages(tools: Tools, task: Task) -> AsyncIterator[list[Row]]:
    after = None
    while rows := await tools.verbs.on(task, "read_export", after=after, limit=200):
        yield rows
        after = rows[-1]["id"]


async def _variables(tools: Tools, project_id: str) -> list[Any]:
    query = tools.client.table("variables").select("key,type").eq("project_id", project_id)
    return (await query.order("position").order("key").execute()).data


async def _write(tools: Tools, task: Task, form: Form, file: IO[bytes]) -> int:
    count = 0
    file.write(form.before.encode())
    async for rows in _pages(tools, task):
        text = (form.between if count else "") + form.between.join(map(form.row, rows))
        file.write(text.encode())
        count += len(rows)
    file.write(form.after.encode())
    return count


async def run(tools: Tools, task: Task) -> None:
    """Writes the file of `task`. Run again, it overwrites the same object with the same bytes."""
    name = f"{task.project_id}/{task.export_id}.{task.payload['format']}"
    form = FORMS[task.payload["format"]](await _variables(tools, task.project_id))
    with tempfile.NamedTemporaryFile(dir=tools.spool) as file:
        told = {"object_path": name, "row_count": await _write(tools, task, form, file)}
        file.seek(0)
        digest = await asyncio.to_thread(hashlib.file_digest, file, "sha256")
        told |= {"bytes": file.tell(), "sha256": digest.hexdigest()}
        bucket = tools.client.storage.from_("exports")
        await bucket.upload(name, Path(file.name), {"content-type": form.media_type, "upsert": "true"})
    await tools.verbs.on(task, "finish_export", **told)
