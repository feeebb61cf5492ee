"""A task of the queue, as `claim_tasks` hands it out."""

from typing import Any

from pydantic import BaseModel


class Task(BaseModel):
    """What `claim_tasks` hands out."""

    task_id: int
    kind: str
    project_id: str
    job_id: str | None = None
    document_id: str | None
    export_id: str | None
    payload: dict[str, Any]
    lease_token: str
