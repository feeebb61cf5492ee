"""One file of an upload: judge it by content, stream it to Storage as the caller, register it. Memory stays flat."""

import hashlib
import re
import unicodedata
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
from fastapi import UploadFile
from postgrest.exceptions import APIError

from service import log
from service.documents.models import Refusal, Upload
from service.errors import Problem, from_storage
from service.parsing import sniff
from service.supabase import AsCaller

CHUNK = 256 * 1024
HEAD = 8192
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Judged:
    """What the bytes of a file say of themselves."""

    media_type: str
    size: int
    sha256: str


def display_name(name: str | None) -> str:
    """The person's file name without what cannot be shown or stored; never used as a path."""
    shown = _UNPRINTABLE.sub("", unicodedata.normalize("NFC", name or "")).strip()
    return shown[:1024] or "unnamed"


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)
    while chunk := await file.read(CHUNK):
        yield chunk


async def judge(file: UploadFile, max_bytes: int) -> Judged:
    """Size, hash and type of `file`. Raises `Problem` file_empty, file_too_large or type_unsupported."""
    digest, size, head = hashlib.sha256(), 0, b""
    async for chunk in _chunks(file):
        head = head or chunk[:HEAD]
        size += len(chunk)
        if size > max_bytes:
            raise Problem(413, "file_too_large", "The file is too large", f"At most {max_bytes} bytes.")
        digest.update(chunk)
    if size == 0:
        raise Problem(422, "file_empty", "The file is empty")
    media_type = sniff.media_type(head)
    if media_type is None:
        raise Problem(415, "type_unsupported", "This type of file is not supported")
    return Judged(media_type, size, digest.hexdigest())


async def _store(caller: AsCaller, path: str, file: UploadFile, judged: Judged) -> None:
    response = await caller.gateway.http.post(
        f"{caller.gateway.url}/storage/v1/object/documents/{path}",
        headers={
            **caller.headers,
            "Content-Type": judged.media_type,
            "Content-Length": str(judged.size),
            "x-upsert": "false",
        },
        content=_chunks(file),
        timeout=httpx.Timeout(30, write=300, read=300),
    )
    if response.status_code >= 400:
        raise from_storage(response)


async def _take_back(caller: AsCaller, path: str) -> None:
    # What stays behind where this fails is swept as an orphan after an hour.
    try:
        await caller.gateway.http.request(
            "DELETE",
            f"{caller.gateway.url}/storage/v1/object/documents",
            headers=caller.headers,
            json={"prefixes": [path]},
        )
    except httpx.HTTPError:
        log.get().warning("document.not_taken_back", path=path)


async def take(caller: AsCaller, project_id: uuid.UUID, file: UploadFile, max_bytes: int) -> Upload:
    """Takes one file into the project.

    Answers created, duplicate or refused. Raises `Problem` only where no file of this caller can
    be taken: not allowed here (403, 404), Supabase away (5xx).
    """
    name = display_name(file.filename)
    try:
        judged = await judge(file, max_bytes)
        row = await _register(caller, project_id, name, file, judged)
    except Problem as problem:
        if problem.status in (401, 403, 404) or problem.status >= 500:
            raise
        log.get().info("document.refused", code=problem.code)
        refusal = Refusal(code=problem.code, title=problem.title)
        return Upload(name=name, outcome="refused", refusal=refusal)
    outcome = "duplicate" if row["duplicate"] else "created"
    return Upload(name=name, outcome=outcome, document_id=row["document_id"], state=row["state"])


async def _register(
    caller: AsCaller, project_id: uuid.UUID, name: str, file: UploadFile, judged: Judged
) -> dict[str, object]:
    path = f"{project_id}/{uuid.uuid4()}"
    await _store(caller, path, file, judged)
    try:
        rows = await caller.call(
            "add_document",
            project=str(project_id),
            object_path=path,
            name=name,
            media_type=judged.media_type,
            bytes=judged.size,
            sha256=judged.sha256,
        )
    except (APIError, httpx.HTTPError):
        await _take_back(caller, path)
        raise
    row: dict[str, object] = rows[0]
    if row["duplicate"]:
        await _take_back(caller, path)
    return row
