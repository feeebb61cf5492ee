"""The extract task: a parsed document, one question to the model, cells to the database, every call in the ledger."""

from datetime import UTC, datetime

from service import metrics
from service.canonical import canonical
from service.extraction import entities as rows
from service.extraction import pipeline, prompt
from service.extraction.models import Context
from service.model.sizes import upper_bound_tokens
from service.parsing import wire
from service.parsing.models import Parsed
from service.queue.outcomes import CapReached, TaskDeferred
from service.queue.task import Task
from service.reading.models import Variable
from service.worker_tools import Tools


async def run(tools: Tools, task: Task) -> None:
    """Fills every stale cell of the task's document, all or nothing; where none is stale, nobody is asked."""
    read = await tools.verbs.on(task, "read_extract")
    asker = tools.asker(task, f"{read['request_id'] or 'job'}/{task.task_id}")
    context, parsed = Context.model_validate(read["context"]), wire.from_rows(read["parsed"])
    variables = [Variable.model_validate(variable) for variable in read["variables"]]
    variables = pipeline.stale(context, variables, parsed, asker, read["cells"])
    held, plan = pipeline.held_values(read["cells"], variables), tools.settings
    questions = canonical(
        [prompt.messages(context, variables, Parsed((), ())), rows.schema(variables)]
    )
    room = plan.model_context_tokens - plan.model_max_output_tokens - upper_bound_tokens(questions)
    try:
        cells = await pipeline.extract(context, variables, parsed, asker, held, room)
    except CapReached as cap:
        await tools.verbs.on(task, "pause_for_cap", reason=cap.code)
        raise TaskDeferred(datetime.now(UTC)) from cap
    # Nothing to ask is something else than rows that are not there.
    stored = [cell.model_dump(mode="json") for cell in cells] if variables else None
    await tools.verbs.on(task, "finish_extract", extractor=asker.origin, extractions=stored)
    for cell in cells:
        metrics.CELLS.labels(cell.state).inc()
        if cell.state == "proposed":
            metrics.CONFIDENCE.observe(cell.confidence)
