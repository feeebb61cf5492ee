"""Uploads on their way to disk, in blocks: nothing here holds a whole file.

A version of an object is one file, `objects/<version>`, never changed once it is there. It grows as
`incoming/<version>` and is renamed when its row is written.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import shutil
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartParser
from starlette.requests import Request

from scripts.local_supabase.stack import Row
from scripts.local_supabase.storage.errors import StorageError

FORM_EXTRA = 1 << 21  # bytes of a form that are not its file, at most


def stored(files: Path, version: str | None) -> Path:
    """Where a version is. Raises NoSuchKey when it is no id, as in a row made by hand."""
    try:
        return files / "objects" / str(UUID(version or ""))
    except ValueError as error:
        raise StorageError("NoSuchKey") from error


def remove(files: Path, gone: list[Row]) -> None:
    """Delete the files of rows that are no more."""
    for row in gone:
        with suppress(StorageError):
            stored(files, row["version"]).unlink(missing_ok=True)


@contextmanager
def arrival(files: Path) -> Iterator[Path]:
    """A path to write a new version to, its name the version, until `keep`.

    However it ends, no half file stays, and on an exception no kept one either.
    """
    path = files / "incoming" / str(uuid4())
    try:
        yield path
    except Exception as error:
        # A connection lost while committing may have committed: then the row needs its file.
        if not isinstance(error, psycopg.OperationalError):
            stored(files, path.name).unlink(missing_ok=True)
        raise
    finally:
        path.unlink(missing_ok=True)


def keep(files: Path, path: Path) -> None:
    """Give a written version its place; the last thing before the commit that names it."""
    path.rename(stored(files, path.name))


async def receive(request: Request, path: Path, limit: int) -> tuple[Row, Row]:
    """Write the file of an upload, raw or in a form; returns its metadata and the user's own.

    Raises EntityTooLarge, InvalidRequest.
    """
    headers = request.headers
    if headers.get("content-type", "").startswith("multipart/form-data"):
        kind, cache, user_metadata = await _receive_form(request, path, limit)
    else:
        kind = headers.get("content-type", "application/octet-stream")
        cache = headers.get("cache-control", "no-cache")
        user_metadata = decoded(headers.get("x-metadata"))
        with path.open("xb") as file:
            async for chunk in _capped(request, limit):
                file.write(chunk)
    with path.open("rb") as file:
        digest = await asyncio.to_thread(hashlib.file_digest, file, "md5")
        size = file.tell()
    metadata = {"eTag": f'"{digest.hexdigest()}"', "size": size, "contentLength": size}
    metadata |= {"mimetype": kind, "cacheControl": cache, "httpStatusCode": 200}
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    return {**metadata, "lastModified": moment}, user_metadata


async def _receive_form(request: Request, path: Path, limit: int) -> tuple[str, str, Row]:
    chunks = _capped(request, limit + FORM_EXTRA)
    parser = MultiPartParser(request.headers, chunks, max_files=1, max_fields=10)
    try:
        form = await parser.parse()
        file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
        if file is None:
            raise StorageError("InvalidRequest", "No content provided, or the form ends early")
        if (file.size or 0) > limit:
            raise StorageError("EntityTooLarge")
        with path.open("xb") as copy:
            await asyncio.to_thread(shutil.copyfileobj, file.file, copy)
        seconds = form.get("cacheControl")
        cache = f"max-age={seconds}" if seconds else "no-cache"
        user_metadata = as_object(str(form.get("metadata") or ""))
        return file.content_type or "application/octet-stream", cache, user_metadata
    finally:
        # form.close() would miss a part that never ended.
        for spool in parser._files_to_close_on_error:
            spool.close()


async def _capped(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise StorageError("EntityTooLarge")
        yield chunk


def decoded(header: str | None) -> Row:
    """The object of an `x-metadata` header (base64 of JSON); {} for anything else, as hosted."""
    with suppress(ValueError):
        return as_object(base64.b64decode(header or ""))
    return {}


def as_object(text: str | bytes) -> Row:
    """The object that a JSON text is; {} for anything else."""
    with suppress(ValueError):
        value = json.loads(text or "{}")
        return value if isinstance(value, dict) else {}
    return {}
