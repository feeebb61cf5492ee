"""What job routes take and answer."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from service.database_contract import JobsKind, JobsState
from service.database_types import PublicJobs


class StartJob(BaseModel):
    """What to run: every ready document, or those listed."""

    model_config = ConfigDict(extra="forbid")

    kind: JobsKind = "full"
    documents: list[UUID] | None = Field(None, min_length=1, max_length=10_000)
    cap_micros: int | None = Field(None, ge=0, description="In millionths of the currency that prices are given in.")


class Job(PublicJobs):
    """A job as its row stands; progress then comes by Realtime on `project:<id>`."""

    kind: JobsKind
    state: JobsState
