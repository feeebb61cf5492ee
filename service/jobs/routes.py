"""Jobs: start, pause, resume, cancel, retry. Each is one verb; progress and results are rows."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, status

from service.http.auth import Caller
from service.http.errors import RESPONSES
from service.jobs.models import Job, StartJob

router = APIRouter(prefix="/v1", tags=["jobs"], responses=RESPONSES)


@router.post("/projects/{project_id}/jobs", status_code=status.HTTP_201_CREATED)
async def start_job(project_id: UUID, body: StartJob, caller: Caller) -> Job:
    """Starts a job; one a project may be active."""
    wanted = body.model_dump(mode="json")
    row = await caller.call("start_job", project=str(project_id), **wanted)
    return Job.model_validate(row)


@router.post("/jobs/{job_id}/{action}")
async def move_job(
    job_id: UUID, action: Literal["pause", "resume", "cancel", "retry"], caller: Caller
) -> Job:
    """Moves a job; `retry` asks again only what failed or was cancelled."""
    [row] = await caller.call(f"{action}_job", job=str(job_id))
    return Job.model_validate(row)
