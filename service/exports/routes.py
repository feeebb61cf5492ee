"""Exports: start one; the worker writes the file, members fetch it from Storage."""

from uuid import UUID

from fastapi import APIRouter, status

from service.exports.models import Export, StartExport
from service.http.auth import Caller
from service.http.errors import RESPONSES

router = APIRouter(prefix="/v1", tags=["exports"], responses=RESPONSES)


@router.post("/projects/{project_id}/exports", status_code=status.HTTP_202_ACCEPTED)
async def start_export(project_id: UUID, body: StartExport, caller: Caller) -> Export:
    """Queues a file of the whole table with its evidence."""
    wanted = body.model_dump(mode="json")
    row = await caller.call("start_export", project=str(project_id), **wanted)
    return Export.model_validate(row)
