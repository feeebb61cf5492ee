"""Uploads and parsing again."""

from uuid import UUID

from fastapi import APIRouter, Request, UploadFile, status

from service.auth import Caller
from service.documents import upload
from service.documents.models import Parse, Uploads
from service.errors import RESPONSES, Problem

router = APIRouter(prefix="/v1", tags=["documents"], responses=RESPONSES)


@router.post("/projects/{project_id}/documents")
async def upload_documents(project_id: UUID, files: list[UploadFile], caller: Caller, request: Request) -> Uploads:
    """Takes many files; each is judged by its content and answered for itself."""
    settings = request.app.state.settings
    if len(files) > settings.max_files:
        raise Problem(413, "too_many_files", "Too many files in one request", f"At most {settings.max_files}.")
    return Uploads(documents=[await upload.take(caller, project_id, file, settings.max_file_bytes) for file in files])


@router.post("/documents/{document_id}/parse", status_code=status.HTTP_202_ACCEPTED)
async def parse_document(document_id: UUID, caller: Caller) -> Parse:
    """Queues the parse of a document again."""
    rows = await caller.call("parse_document", document=str(document_id))
    return Parse.model_validate(rows[0])
