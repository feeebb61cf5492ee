"""Uploads on their way to disk, in blocks: nothing here holds a whole file.

A version of an object is one file, `objects/<version>`, which never changes once it is there. It
grows as `incoming/<version>` and is renamed when its row is written.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import shutil
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartParser
from starlette.requests import Request

from scripts.local_supabase.stack import Row
from scripts.local_supabase.storage.errors import StorageError

FORM_EXTRA_BYTES = 2 * 1024 * 1024  # of a form that are not its file, at most
DEFAULT_MEDIA_TYPE = "application/octet-stream"
DEFAULT_CACHE_CONTROL = "no-cache"


@dataclass(frozen=True)
class Described:
    """What an upload says of its file."""

    media_type: str
    cache_control: str
    user_metadata: Row


def version_path(files: Path, version: str | None) -> Path:
    """Where a version is. Raises NoSuchKey when it is no id, as in a row made by hand."""
    try:
        return files / "objects" / str(UUID(version or ""))
    except ValueError as error:
        raise StorageError("NoSuchKey") from error


def remove_versions(files: Path, gone: list[Row]) -> None:
    """Delete the files of rows that are no more."""
    for row in gone:
        with suppress(StorageError):
            version_path(files, row["version"]).unlink(missing_ok=True)


@contextmanager
def new_version(files: Path) -> Iterator[Path]:
    """A path to write a new version to, its name the version, until `keep_version`.

    However it ends, no half file stays, and on an exception no kept one either.
    """
    path = files / "incoming" / str(uuid4())
    try:
        yield path
    except Exception as error:
        # A connection lost while committing may have committed: then the row needs its file.
        if not isinstance(error, psycopg.OperationalError):
            version_path(files, path.name).unlink(missing_ok=True)
        raise
    finally:
        path.unlink(missing_ok=True)


def keep_version(files: Path, path: Path) -> None:
    """Give a written version its place; the last thing before the commit that names it."""
    path.rename(version_path(files, path.name))


async def receive_upload(request: Request, path: Path, limit: int) -> tuple[Row, Row]:
    """Write the file of an upload, raw or in a form; returns its metadata and the user's own.

    Raises EntityTooLarge, InvalidRequest.
    """
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        described = await _receive_form(request, path, limit)
    else:
        described = await _receive_raw(request, path, limit)
    with path.open("rb") as file:
        digest = await asyncio.to_thread(hashlib.file_digest, file, "md5")
        size = file.tell()
    metadata = {
        "eTag": f'"{digest.hexdigest()}"',
        "size": size,
        "contentLength": size,
        "mimetype": described.media_type,
        "cacheControl": described.cache_control,
        "httpStatusCode": 200,
        "lastModified": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    return metadata, described.user_metadata


async def _receive_raw(request: Request, path: Path, limit: int) -> Described:
    with path.open("xb") as file:
        async for chunk in _capped_stream(request, limit):
            file.write(chunk)
    headers = request.headers
    return Described(
        media_type=headers.get("content-type", DEFAULT_MEDIA_TYPE),
        cache_control=headers.get("cache-control", DEFAULT_CACHE_CONTROL),
        user_metadata=decode_metadata(headers.get("x-metadata")),
    )


async def _receive_form(request: Request, path: Path, limit: int) -> Described:
    chunks = _capped_stream(request, limit + FORM_EXTRA_BYTES)
    parser = MultiPartParser(request.headers, chunks, max_files=1, max_fields=10)
    try:
        form = await parser.parse()
        file = _file_of_form(form)
        if (file.size or 0) > limit:
            raise StorageError("EntityTooLarge")
        with path.open("xb") as copy:
            await asyncio.to_thread(shutil.copyfileobj, file.file, copy)
        seconds = form.get("cacheControl")
        return Described(
            media_type=file.content_type or DEFAULT_MEDIA_TYPE,
            cache_control=f"max-age={seconds}" if seconds else DEFAULT_CACHE_CONTROL,
            user_metadata=parse_object(str(form.get("metadata") or "")),
        )
    finally:
        # form.close() would miss a part that never ended.
        for spool in parser._files_to_close_on_error:
            spool.close()


def _file_of_form(form: FormData) -> UploadFile:
    for value in form.values():
        if isinstance(value, UploadFile):
            return value
    raise StorageError("InvalidRequest", "No content provided, or the form ends early")


async def _capped_stream(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise StorageError("EntityTooLarge")
        yield chunk


def decode_metadata(header: str | None) -> Row:
    """The object of an `x-metadata` header (base64 of JSON); {} for anything else, as hosted."""
    with suppress(ValueError):
        return parse_object(base64.b64decode(header or ""))
    return {}


def parse_object(text: str | bytes) -> Row:
    """The object that a JSON text is; {} for anything else."""
    with suppress(ValueError):
        value = json.loads(text or "{}")
        if isinstance(value, dict):
            return value
    return {}
