"""What uploads answer."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from service.generated.contract import DocumentImportsState, DocumentsState
from service.generated.database_types import PublicDocumentImports


class Refusal(BaseModel):
    """Why one file was not taken."""

    code: str = Field(description="Stable, snake_case.")
    title: str


_UPLOAD = (
    "The answer to one file of a request: created, the duplicate that is there already, or refused."
)


class Upload(BaseModel, json_schema_extra={"description": _UPLOAD}):
    """The answer to one file of a request."""

    name: str
    outcome: Literal["created", "duplicate", "refused"]
    document_id: UUID | None = None
    state: DocumentsState | None = None
    refusal: Refusal | None = None


class Uploads(BaseModel):
    """One answer a file, in the order sent."""

    documents: list[Upload]


class Parse(BaseModel):
    """A document that waits for its parse."""

    document_id: UUID
    state: DocumentsState


class PastedText(BaseModel, extra="forbid"):
    """Text that becomes a document as an uploaded file would."""

    name: str = Field(min_length=1, max_length=1024)
    text: str = Field(min_length=1)
    metadata: dict[str, Any] = {}


class Import(PublicDocumentImports):
    """An import as its row stands; its progress is told on the project's topic."""

    state: DocumentImportsState
