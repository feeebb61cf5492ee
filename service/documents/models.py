"""What uploads answer."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from service.database_contract import DocumentImportsState, DocumentsState
from service.database_types import PublicDocumentImports

_ID = "7b0c6f0e-1f0a-4c57-9a55-6d1f0b9f3a11"


class Refusal(BaseModel):
    """Why one file was not taken."""

    code: str = Field(description="Stable, snake_case.", examples=["type_unsupported"])
    title: str = Field(examples=["This type of file is not supported"])


_CREATED: JsonDict = {"name": "invoice.pdf", "outcome": "created", "document_id": _ID, "state": "uploaded"}
_REFUSED: JsonDict = {
    "name": "notes.exe",
    "outcome": "refused",
    "refusal": {"code": "file_empty", "title": "The file is empty"},
}


class Upload(BaseModel):
    """The answer to one file of a request: created, the duplicate that is there already, or refused."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CREATED, _REFUSED]})

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

    document_id: UUID = Field(examples=[_ID])
    state: DocumentsState = Field(examples=["uploaded"])


class PastedText(BaseModel):
    """Text that becomes a document as an uploaded file would."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "Call", "text": "Total 12.50"}]})

    name: str = Field(min_length=1, max_length=1024)
    text: str = Field(min_length=1)
    metadata: dict[str, Any] = {}


class Import(PublicDocumentImports):
    """An import as its row stands; its progress is told on the project's topic."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": _ID, "text_column": "body", "state": "queued"}]})

    state: DocumentImportsState
