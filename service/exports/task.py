"""The export task: the table, page by page, into a file in bucket exports."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio

from service.exports.write import FORMS, Form, Row
from service.worker.tasks import Task, Tools

PAGE = 200


async def _pages(tools: Tools, task: Task) -> AsyncIterator[list[Row]]:
    after = None
    while rows := await tools.verbs.on(task, "read_export", after=after, limit=PAGE):
        yield rows
        after = rows[-1]["id"]


async def _variables(tools: Tools, project_id: str) -> list[Any]:
    query = tools.client.table("variables").select("key,type").eq("project_id", project_id)
    return (await query.order("position").order("key").execute()).data


async def _write(tools: Tools, task: Task, form: Form, path: Path) -> int:
    count = 0
    async with await anyio.open_file(path, "w", encoding="utf-8", newline="") as file:
        await file.write(form.before)
        async for rows in _pages(tools, task):
            await file.write((form.between if count else "") + form.between.join(map(form.row, rows)))
            count += len(rows)
        await file.write(form.after)
    return count


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def run(tools: Tools, task: Task) -> None:
    """Writes the file of `task`. Run again, it overwrites the same object with the same bytes."""
    name = f"{task.project_id}/{task.export_id}.{task.payload['format']}"
    form = FORMS[task.payload["format"]](await _variables(tools, task.project_id))
    with tempfile.TemporaryDirectory(dir=tools.spool) as folder:
        path = Path(folder) / "export"
        count = await _write(tools, task, form, path)
        bucket = tools.client.storage.from_("exports")
        await bucket.upload(name, path, {"content-type": form.media_type, "upsert": "true"})
        sha256, size = await asyncio.to_thread(_sha256, path), path.stat().st_size
    await tools.verbs.on(task, "finish_export", object_path=name, bytes=size, sha256=sha256, row_count=count)
