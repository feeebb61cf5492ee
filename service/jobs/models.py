"""What job routes take and answer."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from service.database_contract import JobsKind, JobsState

_ID = "0d5e4f6a-8f6e-4a59-8f6b-0a6f6f0f2b11"


class StartJob(BaseModel):
    """What to run: every ready document, or those listed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"kind": "full"}]})

    kind: JobsKind = "full"
    documents: list[UUID] | None = Field(None, min_length=1, max_length=10_000)
    cap_micros: int | None = Field(
        None, ge=0, description="Money cap in millionths of the currency prices are given in."
    )


class Job(BaseModel):
    """A job as its row stands; progress then comes by Realtime on `project:<id>`."""

    model_config = ConfigDict(extra="ignore")

    id: UUID = Field(examples=[_ID])
    project_id: UUID = Field(examples=[_ID])
    kind: JobsKind = Field(examples=["full"])
    state: JobsState = Field(examples=["queued"])
    documents_total: int = Field(examples=[14])
    documents_done: int = Field(examples=[0])
    documents_failed: int = Field(examples=[0])
    documents_skipped: int = Field(examples=[0])
    pause_reason: str | None = None
    cap_micros: int | None = None
    cost_micros: int = Field(examples=[0])
    created_at: datetime
    finished_at: datetime | None = None
