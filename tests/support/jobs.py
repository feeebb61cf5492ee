"""Steps that job and cell tests share."""

from typing import Any

from tests.support.seed import Seed


def start(seed: Seed, /, **arguments: Any) -> dict[str, Any]:
    """A started job."""
    job: dict[str, Any] = seed.owner.call("start_job", project=seed.project_id, **arguments)
    return job


def job_row(seed: Seed, job: dict[str, Any]) -> dict[str, Any]:
    """The job as it stands."""
    [row] = seed.owner.rows("jobs", id=f"eq.{job['id']}")
    return row


def finish(seed: Seed, task: dict[str, Any], **columns: Any) -> None:
    """Finishes an extract task with one cell."""
    cells = [seed.cell(seed.ids["variable"], **columns)]
    seed.worker.call("finish_extract", **seed.held(task), extractor="model", extractions=cells)


def fail(seed: Seed, task: dict[str, Any]) -> None:
    """Fails a task as a model outage would."""
    seed.worker.call("fail_task", **seed.held(task), code="model_unavailable", detail="down")
