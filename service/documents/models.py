"""What uploads answer."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from service.database_contract import DocumentsState


class Refusal(BaseModel):
    """Why one file was not taken."""

    code: str = Field(description="Stable, snake_case.")
    title: str


class Upload(BaseModel):
    """The answer to one file of a request: created, the duplicate that is there already, or refused."""

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
