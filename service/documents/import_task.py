"""The import task: a text document of every row of a table."""

import asyncio
import hashlib
import uuid
from typing import Any

from storage3.types import FileOptions

from service.documents import upload
from service.parsing import sniff
from service.parsing.parse_task import stored
from service.queue.task import Task
from service.worker_tools import Tools

_OPTIONS: FileOptions = {"content-type": sniff.TEXT, "upsert": "true"}
_BATCH, _UPLOADS = 500, 16  # rows a transaction; uploads at a time


async def run(tools: Tools, task: Task) -> None:
    """Makes the documents of `task`, a batch a transaction: begun again, it goes on where the last batch ended."""
    asked, bucket, after = (
        task.payload,
        tools.client.storage.from_("documents"),
        task.payload["rows_done"],
    )
    columns = [
        asked["text_column"],
        asked["name_column"] or asked["text_column"],
        *asked["metadata_columns"],
    ]
    async with stored(tools, task) as path:
        while rows := await tools.readers.rows(path, asked["media_type"], columns, after, _BATCH):
            made = [_document(task, number, *row) for number, row in enumerate(rows, after + 1)]
            texts = [(line["object_path"], text) for line, text in made if text]
            for start in range(0, len(texts), _UPLOADS):
                await asyncio.gather(
                    *(bucket.upload(*text, _OPTIONS) for text in texts[start : start + _UPLOADS])
                )
            if spare := await tools.verbs.on(
                task, "add_import_rows", rows=[line for line, _ in made]
            ):
                await bucket.remove(spare)
            after += len(rows)
    await tools.verbs.on(task, "finish_import")


def _document(
    task: Task, number: int, text: str, name: str, *told: str
) -> tuple[dict[str, Any], bytes]:
    """A line of add_import_rows and the bytes of the document, none where the row has no text."""
    asked, content = task.payload, text.strip().encode()
    if not content:
        return {"row": number, "code": "text_empty"}, b""
    line = {
        "row": number,
        # The same at every try, so that a batch begun twice leaves nothing behind.
        "object_path": f"{task.project_id}/{uuid.uuid5(uuid.UUID(asked['id']), str(number))}",
        "name": upload.display_name(
            name if asked["name_column"] and name else f"{asked['name']}, row {number}"
        ),
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "metadata": {
            key: value for key, value in zip(asked["metadata_columns"], told, strict=True) if value
        },
    }
    return line, content
