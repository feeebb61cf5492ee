"""What job routes take and answer."""

from uuid import UUID

from pydantic import BaseModel, Field

from service.generated.contract import JobsKind, JobsState
from service.generated.database_types import PublicJobs


class StartJob(BaseModel, extra="forbid"):
    """What to run: every ready document, those listed, the first ones, or some by chance."""

    kind: JobsKind = "full"
    documents: list[UUID] | None = Field(None, min_length=1, max_length=10_000)
    first: int | None = Field(None, ge=1, description="The first so many documents.")
    random: int | None = Field(None, ge=1, description="So many documents by chance.")
    seed: int | None = Field(
        None, ge=0, le=2**53 - 2, description="The same seed draws the same documents."
    )
    holdout: float = Field(
        0, ge=0, lt=1, description="The share of a sample that no prompt may be tuned on."
    )
    cap_micros: int | None = Field(
        None, ge=0, description="In millionths of the currency that prices are given in."
    )


class Job(PublicJobs):
    """A job as its row stands; progress then comes by Realtime on `project:<id>`."""

    kind: JobsKind
    state: JobsState
