"""A claimed task, and the three ways it can end that are not success. Knows no capability."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
from postgrest.exceptions import APIError
from pydantic import BaseModel, ConfigDict
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_exponential_jitter

from service.extraction.model import ModelClient
from service.extraction.offline import OfflineModel
from service.metrics import Metrics
from service.parsing.child import Readers
from service.settings import WorkerSettings
from supabase import AsyncClient


class TaskFailed(Exception):
    """This task can not succeed, now or later: it is dead, with a code that people will read."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class TaskDeferred(Exception):
    """Not now: give the task back, due at `until`, without using up an attempt."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until.isoformat())
        self.until = until


class LeaseLost(Exception):
    """Another holds the task now, or it was cancelled: drop the result."""


class Task(BaseModel):
    """What `claim_tasks` hands out."""

    model_config = ConfigDict(frozen=True)

    task_id: int
    kind: str
    project_id: str
    document_id: str | None
    job_id: str | None
    export_id: str | None
    payload: dict[str, Any]
    attempts: int
    lease_token: str


def refusal(error: BaseException) -> str:
    """The stable code of a verb that refused, or an empty string."""
    if isinstance(error, APIError) and str(error.code or "").startswith("PT"):
        return str(error.details)
    return ""


def may_pass(error: BaseException) -> bool:
    """True for faults of the way to the database, which the same call may survive a moment later."""
    if isinstance(error, APIError):
        # 57P0x: Postgres is shutting down or starting; PGRST00x: PostgREST has no connection to it.
        code = str(error.code or "")
        gone = code.startswith(("57P0", "PGRST00", "08", "40P01"))
        return gone or code in {"502", "503", "504"}
    return isinstance(error, httpx.TransportError)


@dataclass(frozen=True)
class Verbs:
    """Speaks verbs as the worker, patiently: a database that restarts costs a wait and no work."""

    client: AsyncClient
    patience_seconds: float

    async def call(self, verb: str, **arguments: Any) -> Any:
        """Result of the SQL function `verb`; arguments without their `p_`.

        Raises `LeaseLost`, or `APIError` and `httpx.TransportError` once patience has run out.
        """
        named = {f"p_{name}": value for name, value in arguments.items()}
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception(may_pass),
                stop=stop_after_delay(self.patience_seconds),
                wait=wait_exponential_jitter(multiplier=0.2, max=5, jitter=0.2),
                reraise=True,
            ):
                with attempt:
                    return (await self.client.rpc(verb, named).execute()).data
        except APIError as error:
            if refusal(error) == "lease_lost":
                raise LeaseLost from error
            raise

    async def on(self, task: Task, verb: str, **arguments: Any) -> Any:
        """As `call`, for a verb that is fenced by the task's lease."""
        return await self.call(verb, task=task.task_id, lease_token=task.lease_token, **arguments)


@dataclass(frozen=True)
class Tools:
    """What handlers receive: made once, at the edge."""

    settings: WorkerSettings
    verbs: Verbs
    client: AsyncClient
    http: httpx.AsyncClient
    spool: Path
    metrics: Metrics
    model: ModelClient | OfflineModel
    readers: Readers


class Handler(Protocol):
    """Does one task and says so to the database by the finish verb of its capability."""

    async def __call__(self, tools: Tools, task: Task) -> None:
        """May raise `TaskFailed`, `TaskDeferred`, `LeaseLost`; anything else is a fault of ours."""
