"""The extract task: a parsed document, one question to the model, cells to the database, every call in the ledger."""

from dataclasses import dataclass
from datetime import UTC, datetime

from postgrest.exceptions import APIError
from pydantic import TypeAdapter

from service import log
from service.extraction import pipeline
from service.extraction.faults import ModelError, RateLimited
from service.extraction.ledger import CallOutcome, CallPlan, Reservation
from service.extraction.model import ModelClient
from service.extraction.models import Context, Variable
from service.parsing import wire
from service.worker.tasks import Task, TaskDeferred, TaskFailed, Tools, refusal

_VARIABLES = TypeAdapter(list[Variable])


class CapReached(Exception):
    """The job's money cap does not allow the call."""


@dataclass(frozen=True, slots=True)
class TaskLedger:
    """Books calls in the name of one task."""

    tools: Tools
    task: Task

    async def before_call(self, plan: CallPlan) -> Reservation:
        """Reserves the worst case; the ledger's own answer comes back where it has one."""
        worst = self.tools.settings.cost_micros(plan.input_tokens, plan.output_tokens)
        try:
            rows = await self.tools.verbs.on(
                self.task,
                "reserve_call",
                request_hash=plan.request_hash,
                request_id=plan.request_id,
                model=plan.model,
                reserved_micros=worst,
            )
        except APIError as error:
            if refusal(error) == "cap_reached":
                raise CapReached from error
            raise
        return Reservation(rows[0]["call_id"], rows[0]["answer"])

    async def after_call(self, outcome: CallOutcome) -> None:
        """Settles at the price of the tokens that were used; a call that failed is taken to be free."""
        used = (outcome.input_tokens or 0, outcome.output_tokens or 0)
        self.tools.metrics.model_calls.labels(outcome.error_code or outcome.state).inc()
        log.get().info("model.called", outcome=outcome.state, code=outcome.error_code)
        await self.tools.verbs.call(
            "settle_call",
            call=outcome.call_id,
            state=outcome.state,
            input_tokens=outcome.input_tokens,
            output_tokens=outcome.output_tokens,
            cost_micros=self.tools.settings.cost_micros(*used),
            latency_ms=outcome.latency_ms,
            finish_reason=outcome.finish_reason,
            error_code=outcome.error_code,
            answer=outcome.answer,
        )


async def run(tools: Tools, task: Task) -> None:
    """Fills every cell of the task's document, all or nothing."""
    read = await tools.verbs.on(task, "read_extract")
    request_id = f"{read['request_id'] or 'job'}/{task.task_id}"
    model = tools.model
    asker = model.bound(TaskLedger(tools, task), request_id) if isinstance(model, ModelClient) else model
    try:
        cells = await pipeline.extract(
            Context.model_validate(read["context"]),
            _VARIABLES.validate_python(read["variables"]),
            wire.from_rows(read["parsed"]),
            asker,
        )
    except RateLimited as limited:
        raise TaskDeferred(limited.until) from limited
    except ModelError as error:
        raise TaskFailed(error.code, error.detail) from error
    except CapReached:
        await tools.verbs.on(task, "pause_for_cap")
        raise TaskDeferred(datetime.now(UTC)) from None
    rows = [cell.model_dump(mode="json") for cell in cells]
    await tools.verbs.on(task, "finish_extract", extractor=asker.origin, extractions=rows)
