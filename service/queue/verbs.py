"""The SQL functions of the worker, spoken patiently."""

from dataclasses import dataclass
from typing import Any

from postgrest.exceptions import APIError
from tenacity import retry, retry_if_exception, stop_after_delay, wait_exponential_jitter

from service.connections import may_pass, sql_arguments
from service.queue.outcomes import LeaseLost
from service.queue.task import Task
from supabase import AsyncClient

_GROWING = wait_exponential_jitter(multiplier=0.2, max=5, jitter=0.2)


@dataclass(frozen=True)
class Verbs:
    """Speaks verbs as the worker, patiently: a database that restarts costs a wait and no work."""

    client: AsyncClient

    @retry(
        retry=retry_if_exception(may_pass), stop=stop_after_delay(40), wait=_GROWING, reraise=True
    )
    async def call(self, verb: str, **arguments: Any) -> Any:
        """Result of the SQL function `verb`; arguments without their `p_`.

        Raises `LeaseLost`, or what the client raises once patience has run out.
        """
        try:
            return (await self.client.rpc(verb, sql_arguments(arguments)).execute()).data
        except APIError as error:
            if error.details == "lease_lost":
                raise LeaseLost from error
            raise

    async def on(self, task: Task, verb: str, **arguments: Any) -> Any:
        """As `call`, for a verb that is fenced by the task's lease."""
        return await self.call(verb, task=task.task_id, lease_token=task.lease_token, **arguments)
