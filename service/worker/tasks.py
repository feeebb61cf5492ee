"""A claimed task, the ways it can end that are not success, and what its handler gets. Knows no capability."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from postgrest.exceptions import APIError
from pydantic import BaseModel
from tenacity import retry, retry_if_exception, stop_after_delay, wait_exponential_jitter

from service.extraction.pipeline import Asker
from service.parsing.child import Readers
from service.settings import WorkerSettings
from service.supabase import arguments_of, may_pass
from supabase import AsyncClient

_GROWING = wait_exponential_jitter(multiplier=0.2, max=5, jitter=0.2)


class TaskEnded(Exception):
    """The task ends without success; `verb` is how the database hears of it."""

    def __init__(self, outcome: str, verb: str, **arguments: str) -> None:
        super().__init__(outcome, arguments)
        self.outcome, self.verb, self.arguments = outcome, verb, arguments


class TaskFailed(TaskEnded):
    """This task can not succeed, now or later: it is dead, with a code that people will read."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__("failed", "fail_task", code=code, detail=detail)
        self.code = code


class CapReached(TaskFailed):
    """No money is left for a call: of the job (cap_reached) or of the project (project_cap_reached)."""


class TaskDeferred(TaskEnded):
    """Not now: give the task back, due at `until`, without using up an attempt."""

    def __init__(self, until: datetime) -> None:
        super().__init__("deferred", "defer_task", until=until.isoformat())


class LeaseLost(Exception):
    """Another holds the task now, or it was cancelled: drop the result."""


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


@dataclass(frozen=True)
class Verbs:
    """Speaks verbs as the worker, patiently: a database that restarts costs a wait and no work."""

    client: AsyncClient

    @retry(
        retry=retry_if_exception(may_pass), stop=stop_after_delay(40), wait=_GROWING, reraise=True
    )
    async def call(self, verb: str, **arguments: Any) -> Any:
        """Result of the SQL function `verb`; arguments without their `p_`.

        Raises `LeaseLost`, `CapReached`, `TaskDeferred` where the project's limit of calls is reached, or what the
        client raises once patience has run out.
        """
        try:
            return (await self.client.rpc(verb, arguments_of(arguments)).execute()).data
        except APIError as error:
            match error.details:
                case "lease_lost":
                    raise LeaseLost from error
                case "cap_reached" | "project_cap_reached" as code:
                    raise CapReached(code) from error
                case "call_limit_reached":
                    raise TaskDeferred(
                        datetime.now(UTC)
                    ) from error  # claims know when there is room again
            raise

    async def on(self, task: Task, verb: str, **arguments: Any) -> Any:
        """As `call`, for a verb that is fenced by the task's lease."""
        return await self.call(verb, task=task.task_id, lease_token=task.lease_token, **arguments)


@dataclass(frozen=True)
class Tools:
    """What handlers receive: made once, at the edge. `asker` gives who answers a task, and a request id."""

    settings: WorkerSettings
    verbs: Verbs
    client: AsyncClient
    http: httpx.AsyncClient
    spool: Path
    asker: "Callable[[Tools, Task, str], Asker]"
    readers: Readers


# Does one task and says so to the database by the finish verb of its capability. May raise `TaskEnded`, `LeaseLost` or
# `ModelError`; anything else is a fault of ours.
Handler = Callable[[Tools, Task], Awaitable[None]]
