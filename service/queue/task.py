"""A task of the queue, and what does one."""

from typing import Protocol

from pydantic import BaseModel


class Task(BaseModel):
    """What `claim_tasks` hands out. The handler of its kind has a model for `payload`."""

    task_id: int
    kind: str
    project_id: str
    job_id: str | None = None
    document_id: str | None
    export_id: str | None
    payload: dict[str, object]
    lease_token: str


class Handler(Protocol):
    """Does the tasks of one kind. Built by the wiring over what it uses."""

    async def run(self, task: Task) -> None:
        """Does one task and tells the database so by the finish verb of its capability.

        Raises `TaskEnded` or `LeaseLost`; anything else is a fault of ours.
        """
