"""One file of an upload: judge it by content, stream it to Storage as the caller, register it. Memory stays flat.

A table is taken in as a document is; the import task makes a text document of every row.
"""

import hashlib
import re
import unicodedata
from collections.abc import AsyncIterator, Collection
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import UploadFile
from postgrest.exceptions import APIError

from service.connections import AsCaller
from service.documents.models import Refusal, Upload
from service.http.errors import Problem, from_storage, problem_of
from service.log import logger
from service.parsing import sniff

_HEAD, _TAIL = 8192, 65536
_OBJECTS = "/storage/v1/object/documents"
_TABLES = {sniff.TEXT: sniff.CSV, sniff.XLSX: sniff.XLSX}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def display_name(name: str | None) -> str:
    """The person's file name without what cannot be shown or stored; never used as a path."""
    shown = _UNPRINTABLE.sub("", unicodedata.normalize("NFC", name or "")).strip()
    return shown[:1024] or "unnamed"


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)
    while chunk := await file.read(256 * 1024):
        yield chunk


async def _judge(
    file: UploadFile, max_bytes: int, types: Collection[str], known: str = ""
) -> dict[str, Any]:
    """What the bytes of `file` say of themselves: media_type (where it is not known), bytes, sha256."""
    if not file.size:
        raise Problem(422, "file_empty", "The file is empty")
    if file.size > max_bytes:
        raise Problem(413, "file_too_large", "The file is too large", f"At most {max_bytes} bytes.")
    head = await file.read(_HEAD)
    await file.seek(max(file.size - _TAIL, 0))
    media_type = known or sniff.media_type(head, await file.read(_TAIL))
    if media_type == sniff.LEGACY:
        raise Problem(
            415,
            "type_legacy",
            "Files of old Office versions are not supported",
            "Save it as DOCX or XLSX.",
        )
    if media_type not in types:
        raise Problem(415, "type_unsupported", "This type of file is not supported")
    digest = hashlib.sha256()
    async for chunk in _chunks(file):
        digest.update(chunk)
    return {"media_type": media_type, "bytes": file.size, "sha256": digest.hexdigest()}


async def _store(caller: AsCaller, project_id: UUID, file: UploadFile, media_type: str) -> str:
    """Streams the file to Storage as the caller. What stays there unregistered is swept as an orphan after an hour."""
    path = f"{project_id}/{uuid4()}"
    headers = caller.headers | {"Content-Type": media_type, "Content-Length": str(file.size)}
    # Storage answers when it has kept the whole of it.
    timeout = httpx.Timeout(30, write=300, read=300)
    response = await caller.http.post(
        f"{_OBJECTS}/{path}", headers=headers, content=_chunks(file), timeout=timeout
    )
    if response.is_error:
        raise from_storage(response)
    return path


async def take(
    caller: AsCaller,
    project_id: UUID,
    file: UploadFile,
    max_bytes: int,
    metadata: dict[str, Any],
    known: str = "",
) -> Upload:
    """Takes one file into the project; where its media type is `known`, it is not judged by its bytes.

    Answers created, duplicate or refused. Raises `Problem` only where no file of this caller can
    be taken: not allowed here (403, 404), Supabase away (5xx).
    """
    name = display_name(file.filename)
    try:
        about = await _judge(file, max_bytes, sniff.MEDIA_TYPES, known)
        about |= {
            "object_path": await _store(caller, project_id, file, about["media_type"]),
            "metadata": metadata,
        }
        [row] = await caller.call("add_document", project=str(project_id), name=name, **about)
    except (Problem, APIError) as error:
        problem = problem_of(error)
        if problem.status_code in (401, 403, 404) or problem.status_code >= 500:
            raise
        logger.info("document.refused", code=problem.told["code"])
        return Upload(name=name, outcome="refused", refusal=Refusal.model_validate(problem.told))
    return Upload(name=name, outcome="duplicate" if row["duplicate"] else "created", **row)


async def take_table(
    caller: AsCaller, project_id: UUID, file: UploadFile, max_bytes: int, **columns: Any
) -> Any:
    """Stores the table and queues its import: the row of the import. Raises `Problem` or `APIError`."""
    judged = await _judge(file, max_bytes, _TABLES)
    media_type = _TABLES[judged["media_type"]]
    path = await _store(caller, project_id, file, media_type)
    told = {"name": display_name(file.filename), "media_type": media_type, "bytes": judged["bytes"]}
    return await caller.call(
        "start_import", project=str(project_id), object_path=path, **told, **columns
    )
