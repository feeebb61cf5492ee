"""Bytes between Storage and a spool file, streamed; memory stays flat whatever the size."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import httpx

from service.worker.tasks import TaskFailed, Tools

CHUNK = 256 * 1024


def _headers(tools: Tools) -> dict[str, str]:
    return {"apikey": tools.settings.supabase_secret_key.get_secret_value()}


def _url(tools: Tools, bucket: str, path: str) -> str:
    return f"{tools.settings.supabase_url}/storage/v1/object/{bucket}/{path}"


async def download(tools: Tools, bucket: str, path: str, to: Path) -> None:
    """Fetches an object into `to`. Raises `TaskFailed` object_missing, or `httpx.HTTPError`."""
    url = _url(tools, bucket, path)
    async with tools.http.stream("GET", url, headers=_headers(tools)) as response:
        if response.status_code in (400, 404):
            raise TaskFailed("object_missing", "The stored file is not there any more.")
        response.raise_for_status()
        async with await anyio.open_file(to, "wb") as file:
            async for chunk in response.aiter_bytes(CHUNK):
                await file.write(chunk)


async def _read(path: Path) -> AsyncIterator[bytes]:
    async with await anyio.open_file(path, "rb") as file:
        while chunk := await file.read(CHUNK):
            yield chunk


async def sha256(path: Path) -> str:
    """Hex digest of a file."""
    digest = hashlib.sha256()
    async for chunk in _read(path):
        digest.update(chunk)
    return digest.hexdigest()


async def upload(tools: Tools, bucket: str, path: str, media_type: str, source: Path) -> None:
    """Stores `source` under `path`, over what is there. Raises `httpx.HTTPError`."""
    size = (await anyio.Path(source).stat()).st_size
    response = await tools.http.post(
        _url(tools, bucket, path),
        headers={**_headers(tools), "Content-Type": media_type, "Content-Length": str(size), "x-upsert": "true"},
        content=_read(source),
        timeout=httpx.Timeout(30, write=300, read=300),
    )
    response.raise_for_status()


async def remove(tools: Tools, bucket: str, paths: list[str]) -> None:
    """Removes objects; those that are gone already do not matter."""
    response = await tools.http.request(
        "DELETE",
        f"{tools.settings.supabase_url}/storage/v1/object/{bucket}",
        headers=_headers(tools),
        json={"prefixes": paths},
    )
    response.raise_for_status()
