"""What the handlers of tasks receive."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from service.extraction.pipeline import Asker
from service.parsing.child import Readers
from service.queue.task import Task
from service.queue.verbs import Verbs
from service.settings import WorkerSettings
from supabase import AsyncClient


@dataclass(frozen=True)
class Tools:
    """What handlers receive: made once, at the edge. `asker` gives who answers a task, under a request id."""

    settings: WorkerSettings
    verbs: Verbs
    client: AsyncClient
    http: httpx.AsyncClient
    spool: Path
    asker: Callable[[Task, str], Asker]
    readers: Readers


# Does one task and says so to the database by the finish verb of its capability. May raise `TaskEnded`, `LeaseLost` or
# `ModelError`; anything else is a fault of ours.
Handler = Callable[[Tools, Task], Awaitable[None]]
