"""One file of an upload: judge it by content, stream it to Storage as the caller, register it. Memory stays flat."""

import contextlib
import hashlib
import re
import unicodedata
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
from fastapi import UploadFile
from postgrest.exceptions import APIError

from service.documents.models import Refusal, Upload
from service.errors import Problem, from_storage, problem_of
from service.log import logger
from service.parsing import sniff
from service.supabase import AsCaller

HEAD = 8192
TAIL = 65536
UNSUPPORTED = Problem(415, "type_unsupported", "This type of file is not supported")
OBJECTS = "/storage/v1/object/documents"
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def display_name(name: str | None) -> str:
    """The person's file name without what cannot be shown or stored; never used as a path."""
    shown = _UNPRINTABLE.sub("", unicodedata.normalize("NFC", name or "")).strip()
    return shown[:1024] or "unnamed"


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    await file.seek(0)
    while chunk := await file.read(256 * 1024):
        yield chunk


async def judge(file: UploadFile, max_bytes: int) -> dict[str, Any]:
    """What the bytes of `file` say of themselves: media_type, bytes, sha256.

    Raises `Problem` file_empty, file_too_large, type_legacy or type_unsupported.
    """
    if not file.size:
        raise Problem(422, "file_empty", "The file is empty")
    if file.size > max_bytes:
        raise Problem(413, "file_too_large", "The file is too large", f"At most {max_bytes} bytes.")
    head = await file.read(HEAD)
    await file.seek(max(file.size - TAIL, 0))
    media_type = sniff.media_type(head, await file.read(TAIL))
    if media_type is None:
        raise UNSUPPORTED
    if media_type == sniff.LEGACY:
        raise Problem(415, "type_legacy", "Files of old Office versions are not supported", "Save it as DOCX or XLSX.")
    digest = hashlib.sha256()
    async for chunk in _chunks(file):
        digest.update(chunk)
    return {"media_type": media_type, "bytes": file.size, "sha256": digest.hexdigest()}


async def store(caller: AsCaller, path: str, file: UploadFile, media_type: str) -> None:
    """Streams the file to Storage as the caller. Raises `Problem`."""
    headers = caller.headers | {"Content-Type": media_type, "Content-Length": str(file.size)}
    # Storage answers when it has kept the whole of it.
    timeout = httpx.Timeout(30, write=300, read=300)
    response = await caller.http.post(f"{OBJECTS}/{path}", headers=headers, content=_chunks(file), timeout=timeout)
    if response.is_error:
        raise from_storage(response)


async def _register(caller: AsCaller, project_id: uuid.UUID, file: UploadFile, about: dict[str, Any]) -> dict[str, Any]:
    if about["media_type"] not in sniff.MEDIA_TYPES:
        raise UNSUPPORTED
    path = f"{project_id}/{uuid.uuid4()}"
    await store(caller, path, file, about["media_type"])
    rows = await caller.call("add_document", project=str(project_id), object_path=path, **about)
    row: dict[str, Any] = rows[0]
    if row["duplicate"]:
        # An object that stays behind, here or where registering failed, is swept as an orphan after an hour.
        with contextlib.suppress(httpx.HTTPError):
            await caller.http.request("DELETE", OBJECTS, headers=caller.headers, json={"prefixes": [path]})
    return row | {"outcome": "duplicate" if row["duplicate"] else "created"}


async def take(
    caller: AsCaller, project_id: uuid.UUID, file: UploadFile, max_bytes: int, metadata: dict[str, Any], **known: str
) -> Upload:
    """Takes one file into the project; what is `known` of it needs no judging.

    Answers created, duplicate or refused. Raises `Problem` only where no file of this caller can
    be taken: not allowed here (403, 404), Supabase away (5xx).
    """
    told = {"name": display_name(file.filename), "metadata": metadata}
    try:
        row = await _register(caller, project_id, file, told | await judge(file, max_bytes) | known)
    except (Problem, APIError) as error:
        problem = problem_of(error)
        if problem.status_code in (401, 403, 404) or problem.status_code >= 500:
            raise
        logger.info("document.refused", code=problem.told["code"])
        return Upload(name=told["name"], outcome="refused", refusal=Refusal.model_validate(problem.told))
    return Upload(name=told["name"], **row)
