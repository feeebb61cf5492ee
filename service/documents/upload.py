"""One file of an upload: judge it by content, stream it to Storage as the caller, register it.

Memory stays flat. A table is taken in as a document is; the import task makes a text document of
every row.
"""

import hashlib
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import UploadFile
from postgrest.exceptions import APIError
from pydantic import BaseModel

from service.connections import AsCaller
from service.documents.models import Import, Refusal, Upload
from service.documents.names import display_name
from service.documents.problems import (
    FileEmpty,
    FileTooLarge,
    TypeLegacy,
    TypeUnsupported,
    problem_of_storage,
)
from service.generated.contract import DocumentsState
from service.http.errors import problem_of
from service.http.problems import Problem
from service.log import logger
from service.parsing import sniff

_CHUNK_BYTES = 256 * 1024
_OBJECTS = "/storage/v1/object/documents"


class AddedDocument(BaseModel):
    """What `add_document` answers."""

    document_id: UUID
    state: DocumentsState
    duplicate: bool


@dataclass(frozen=True)
class JudgedFile:
    """What the bytes of a file say of it."""

    media_type: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class TableColumns:
    """Which columns of a table become the text, the name and the metadata of a document."""

    text: str
    name: str | None
    metadata: Collection[str]


async def take_file(
    caller: AsCaller,
    project_id: UUID,
    file: UploadFile,
    *,
    max_bytes: int,
    metadata: Mapping[str, Any],
    media_type: str | None = None,
) -> Upload:
    """Takes one file into the project; its bytes are not asked where the media type is known.

    Answers created, duplicate or refused. Raises `Problem` only where no file of this caller can
    be taken: not allowed here (403, 404), Supabase away (5xx).
    """
    name = display_name(file.filename)
    try:
        judged = await _judge_file(file, max_bytes, sniff.MEDIA_TYPES, media_type)
        path = await _store_file(caller, project_id, file, judged.media_type)
        [row] = await caller.call(
            "add_document",
            project=str(project_id),
            object_path=path,
            name=name,
            media_type=judged.media_type,
            bytes=judged.bytes,
            sha256=judged.sha256,
            metadata=metadata,
        )
    except (Problem, APIError) as error:
        problem = problem_of(error)
        if problem.status in (401, 403, 404) or problem.status >= 500:
            raise
        logger.info("document.refused", code=problem.code)
        refusal = Refusal(code=problem.code, title=problem.title)
        return Upload(name=name, outcome="refused", refusal=refusal)
    added = AddedDocument.model_validate(row)
    return Upload(
        name=name,
        outcome="duplicate" if added.duplicate else "created",
        document_id=added.document_id,
        state=added.state,
    )


async def take_table(
    caller: AsCaller, project_id: UUID, file: UploadFile, *, max_bytes: int, columns: TableColumns
) -> Import:
    """Stores the table and queues its import. Raises `Problem` or `APIError`."""
    judged = await _judge_file(file, max_bytes, sniff.TABLE_TYPES)
    media_type = sniff.TABLE_TYPES[judged.media_type]
    path = await _store_file(caller, project_id, file, media_type)
    row = await caller.call(
        "start_import",
        project=str(project_id),
        object_path=path,
        name=display_name(file.filename),
        media_type=media_type,
        bytes=judged.bytes,
        text_column=columns.text,
        name_column=columns.name,
        metadata_columns=list(columns.metadata),
    )
    return Import.model_validate(row)


async def _judge_file(
    file: UploadFile, max_bytes: int, types: Collection[str], media_type: str | None = None
) -> JudgedFile:
    """What the bytes of the file say of it. Raises `Problem` unless it is of one of the types."""
    if not file.size:
        raise FileEmpty
    if file.size > max_bytes:
        raise FileTooLarge(max_bytes)
    if media_type is None:
        media_type = await _sniff_media_type(file, file.size)
    if media_type == sniff.LEGACY:
        raise TypeLegacy
    if media_type is None or media_type not in types:
        raise TypeUnsupported
    digest = hashlib.sha256()
    async for chunk in _read_chunks(file):
        digest.update(chunk)
    return JudgedFile(media_type, file.size, digest.hexdigest())


async def _sniff_media_type(file: UploadFile, size: int) -> str | None:
    head = await file.read(sniff.HEAD_BYTES)
    await file.seek(max(size - sniff.TAIL_BYTES, 0))
    return sniff.media_type(head, await file.read(sniff.TAIL_BYTES))


async def _read_chunks(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)
    while chunk := await file.read(_CHUNK_BYTES):
        yield chunk


async def _store_file(caller: AsCaller, project_id: UUID, file: UploadFile, media_type: str) -> str:
    """Streams the file to Storage as the caller; the path of the object.

    What stays there unregistered is swept as an orphan after an hour.
    """
    path = f"{project_id}/{uuid4()}"
    headers = caller.headers | {"Content-Type": media_type, "Content-Length": str(file.size)}
    # Storage answers when it has kept the whole of it.
    timeout = httpx.Timeout(30, write=300, read=300)
    response = await caller.http.post(
        f"{_OBJECTS}/{path}", headers=headers, content=_read_chunks(file), timeout=timeout
    )
    if response.is_error:
        raise problem_of_storage(response)
    return path
