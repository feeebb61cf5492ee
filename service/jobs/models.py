"""What job routes take and answer."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from service.database_contract import JobsKind, JobsState
from service.database_types import PublicJobs

_ID = "0d5e4f6a-8f6e-4a59-8f6b-0a6f6f0f2b11"
_QUEUED: JsonDict = {"id": _ID, "kind": "full", "state": "queued", "documents_total": 14, "documents_done": 0}


class StartJob(BaseModel):
    """What to run: every ready document, or those listed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"kind": "full"}]})

    kind: JobsKind = "full"
    documents: list[UUID] | None = Field(None, min_length=1, max_length=10_000)
    cap_micros: int | None = Field(
        None, ge=0, description="Money cap in millionths of the currency prices are given in."
    )


class Job(PublicJobs):
    """A job as its row stands; progress then comes by Realtime on `project:<id>`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_QUEUED]})

    kind: JobsKind
    state: JobsState
