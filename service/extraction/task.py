"""The extract task: a parsed document, one question to the model, cells to the database, every call in the ledger."""

from datetime import UTC, datetime

from postgrest.exceptions import APIError

from service import metrics
from service.extraction import pipeline
from service.extraction.faults import ModelError, NotNow
from service.extraction.models import Context, Variable
from service.parsing import wire
from service.worker.tasks import Task, TaskDeferred, TaskFailed, Tools, refusal


async def run(tools: Tools, task: Task) -> None:
    """Fills every stale cell of the task's document, all or nothing; where none is stale, nobody is asked."""
    read = await tools.verbs.on(task, "read_extract")
    asker = tools.asker(tools, task, f"{read['request_id'] or 'job'}/{task.task_id}")
    context, parsed = Context.model_validate(read["context"]), wire.from_rows(read["parsed"])
    variables = [Variable.model_validate(variable) for variable in read["variables"]]
    variables = pipeline.stale(context, variables, parsed, asker, read["cells"])
    try:
        cells = await pipeline.extract(context, variables, parsed, asker)
    except NotNow as later:
        raise TaskDeferred(later.until) from later
    except ModelError as error:
        raise TaskFailed(error.code, error.detail) from error
    except APIError as error:
        if refusal(error) not in ("cap_reached", "project_cap_reached"):
            raise
        await tools.verbs.on(task, "pause_for_cap", reason=refusal(error))
        raise TaskDeferred(datetime.now(UTC)) from error
    rows = [cell.model_dump(mode="json") for cell in cells]
    await tools.verbs.on(task, "finish_extract", extractor=asker.origin, extractions=rows)
    for cell in cells:
        metrics.CELLS.labels(cell.state).inc()
        if cell.state == "proposed":
            metrics.CONFIDENCE.observe(cell.confidence)
