"""A table is taken in as an upload is; the import task makes a text document of every row."""

import uuid
from typing import Any

from fastapi import UploadFile

from service.documents import upload
from service.parsing import sniff
from service.supabase import AsCaller

_TABLES = {sniff.TEXT: sniff.CSV, sniff.XLSX: sniff.XLSX}


async def take(caller: AsCaller, project_id: uuid.UUID, file: UploadFile, max_bytes: int, **columns: Any) -> Any:
    """Stores the table and queues its import: the row of the import. Raises `Problem` or `APIError`."""
    judged = await upload.judge(file, max_bytes)
    if judged["media_type"] not in _TABLES:
        raise upload.UNSUPPORTED
    path, media_type = f"{project_id}/{uuid.uuid4()}", _TABLES[judged["media_type"]]
    await upload.store(caller, path, file, media_type)
    told = {"name": upload.display_name(file.filename), "media_type": media_type, "bytes": judged["bytes"]}
    return await caller.call("start_import", project=str(project_id), object_path=path, **told, **columns)
