"""Uploads, pasted text, imports and parsing again."""

import io
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, UploadFile, status
from pydantic import Json

from service.documents.models import Import, Parse, PastedText, Upload, Uploads
from service.documents.problems import TooManyFiles
from service.documents.upload import TableColumns, take_file, take_table
from service.http.auth import Caller
from service.http.errors import RESPONSES
from service.parsing import sniff
from service.settings import ApiSettings

router = APIRouter(prefix="/v1", tags=["documents"], responses=RESPONSES)
EMPTY: dict[str, Any] = {}
Metadata = Annotated[
    Json[dict[str, Any]], Form(description="What is told of the documents, as JSON.")
]


@router.post(
    "/projects/{project_id}/documents",
    description="Takes many files; each is judged by its content and answered for itself. "
    "Metadata is told of all of them.",
)
async def upload_documents(
    project_id: UUID,
    files: list[UploadFile],
    caller: Caller,
    request: Request,
    metadata: Metadata = EMPTY,
) -> Uploads:
    """Takes many files, and answers each for itself."""
    settings: ApiSettings = request.app.state.settings
    if len(files) > settings.max_files:
        raise TooManyFiles(settings.max_files)
    uploads = [
        await take_file(
            caller, project_id, file, max_bytes=settings.max_file_bytes, metadata=metadata
        )
        for file in files
    ]
    return Uploads(documents=uploads)


@router.post("/projects/{project_id}/documents/text")
async def paste_text(
    project_id: UUID, body: PastedText, caller: Caller, request: Request
) -> Upload:
    """Takes pasted text as a file of plain text."""
    content = body.text.encode()
    file = UploadFile(io.BytesIO(content), size=len(content), filename=body.name)
    return await take_file(
        caller,
        project_id,
        file,
        max_bytes=request.app.state.settings.max_file_bytes,
        metadata=body.metadata,
        media_type=sniff.TEXT,
    )


@router.post("/projects/{project_id}/imports", status_code=status.HTTP_202_ACCEPTED)
async def start_import(
    project_id: UUID,
    file: UploadFile,
    caller: Caller,
    request: Request,
    text_column: Annotated[str, Form(min_length=1, max_length=256)],
    name_column: Annotated[str | None, Form(max_length=256)] = None,
    metadata_columns: Annotated[tuple[str, ...], Form(max_length=50)] = (),
) -> Import:
    """Queues a CSV or XLSX: every row becomes a document of the text in one column."""
    return await take_table(
        caller,
        project_id,
        file,
        max_bytes=request.app.state.settings.max_file_bytes,
        columns=TableColumns(text_column, name_column, metadata_columns),
    )


@router.post("/documents/{document_id}/parse", status_code=status.HTTP_202_ACCEPTED)
async def parse_document(document_id: UUID, caller: Caller) -> Parse:
    """Queues the parse of a document again."""
    [row] = await caller.call("parse_document", document=str(document_id))
    return Parse.model_validate(row)
