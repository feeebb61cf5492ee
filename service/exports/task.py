"""The export task: the table, page by page, into a file in bucket exports."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio

from service.exports import write
from service.worker import files
from service.worker.tasks import Task, Tools

PAGE = 200
MEDIA_TYPES = {"csv": "text/csv", "json": "application/json"}


async def _pages(tools: Tools, task: Task) -> AsyncIterator[list[dict[str, Any]]]:
    """At least one page, so that an empty table is a file too."""
    after = None
    while True:
        rows = await tools.verbs.on(task, "read_export", after=after, limit=PAGE)
        yield rows
        if len(rows) < PAGE:
            return
        after = rows[-1]["id"]


async def _variables(tools: Tools, project_id: str) -> list[dict[str, Any]]:
    query = tools.client.table("variables").select("key,type").eq("project_id", project_id)
    answer = await query.order("position").order("key").execute()
    return [row for row in answer.data if isinstance(row, dict)]


async def _write(tools: Tools, task: Task, path: Path) -> int:
    variables = await _variables(tools, task.project_id)
    evidence = bool(task.payload["options"].get("evidence", True))
    as_json = task.payload["format"] == "json"
    count = 0
    async with await anyio.open_file(path, "w", encoding="utf-8", newline="") as file:
        await file.write("[\n" if as_json else "")
        async for rows in _pages(tools, task):
            first = count == 0
            await file.write(
                write.json_lines(rows, first) if as_json else write.csv_lines(rows, variables, evidence, header=first)
            )
            count += len(rows)
        await file.write("\n]\n" if as_json else "")
    return count


async def run(tools: Tools, task: Task) -> None:
    """Writes the file of `task`. Run again, it overwrites the same object with the same bytes."""
    form = task.payload["format"]
    name = f"{task.project_id}/{task.export_id}.{form}"
    with tempfile.TemporaryDirectory(dir=tools.spool) as folder:
        path = Path(folder) / "export"
        count = await _write(tools, task, path)
        await files.upload(tools, "exports", name, MEDIA_TYPES[form], path)
        await tools.verbs.on(
            task,
            "finish_export",
            object_path=name,
            bytes=path.stat().st_size,
            sha256=await files.sha256(path),
            row_count=count,
        )
