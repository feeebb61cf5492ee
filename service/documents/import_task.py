"""The import task: a text document of every row of a table."""

import asyncio
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from service.documents.names import display_name
from service.parsing import sniff
from service.parsing.child import Readers
from service.parsing.parse_task import fetch_document
from service.queue.files import Files
from service.queue.task import Task
from service.queue.verbs import Verbs

_ROWS_A_TRANSACTION = 500
_UPLOADS_AT_A_TIME = 16


class ImportPayload(BaseModel):
    """The import of a task as its row stands; `rows_done` rows were imported before."""

    id: uuid.UUID
    name: str
    object_path: str
    media_type: str
    text_column: str
    name_column: str | None
    metadata_columns: list[str]
    rows_done: int

    @property
    def columns(self) -> list[str]:
        """Which columns are read. Where no name is asked for, its place holds the text again."""
        return [self.text_column, self.name_column or self.text_column, *self.metadata_columns]


@dataclass(frozen=True)
class RowDocument:
    """The document of one row."""

    row: int
    object_path: str
    name: str
    content: bytes
    metadata: dict[str, str]

    def as_line(self) -> dict[str, Any]:
        """As `add_import_rows` takes it."""
        if not self.content:
            return {"row": self.row, "code": "text_empty"}
        return {
            "row": self.row,
            "object_path": self.object_path,
            "name": self.name,
            "bytes": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "metadata": self.metadata,
        }


@dataclass(frozen=True)
class ImportTable:
    """Makes the documents of a table, a batch a transaction.

    Begun again, it goes on behind the last batch that was kept.
    """

    verbs: Verbs
    files: Files
    readers: Readers

    async def run(self, task: Task) -> None:
        """As `Handler`."""
        asked = ImportPayload.model_validate(task.payload)
        done = asked.rows_done
        async with fetch_document(self.files, asked.object_path) as path:
            while rows := await self.readers.rows(
                path, asked.media_type, asked.columns, done, _ROWS_A_TRANSACTION
            ):
                documents = [
                    _row_document(task.project_id, asked, number, row)
                    for number, row in enumerate(rows, done + 1)
                ]
                await self._store_batch(task, documents)
                done += len(rows)
        await self.verbs.on(task, "finish_import")

    async def _store_batch(self, task: Task, documents: Sequence[RowDocument]) -> None:
        with_text = [document for document in documents if document.content]
        for start in range(0, len(with_text), _UPLOADS_AT_A_TIME):
            some = with_text[start : start + _UPLOADS_AT_A_TIME]
            await asyncio.gather(*map(self._upload_document, some))
        lines = [document.as_line() for document in documents]
        unclaimed = await self.verbs.on(task, "add_import_rows", rows=lines)
        if unclaimed:
            await self.files.remove_objects("documents", unclaimed)

    async def _upload_document(self, document: RowDocument) -> None:
        await self.files.store_object(
            "documents", document.object_path, document.content, sniff.TEXT
        )


def _row_document(
    project_id: str, asked: ImportPayload, number: int, row: Sequence[str]
) -> RowDocument:
    text, name, *metadata = row
    if not asked.name_column or not name:
        name = f"{asked.name}, row {number}"
    described = zip(asked.metadata_columns, metadata, strict=True)
    return RowDocument(
        row=number,
        # The path is the same at every try, so that a batch begun twice leaves nothing behind.
        object_path=f"{project_id}/{uuid.uuid5(asked.id, str(number))}",
        name=display_name(name),
        content=text.strip().encode(),
        metadata={column: value for column, value in described if value},
    )
