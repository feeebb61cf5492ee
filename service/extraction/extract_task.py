"""The extract task: a parsed document, one question to the model, cells to the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from service import metrics
from service.canonical import canonical
from service.extraction import entities, pipeline, prompt
from service.extraction.asking import AskerOf
from service.extraction.document_read import DocumentRead
from service.extraction.models import Context, Extraction
from service.extraction.stored_cells import kept_values, stale_variables
from service.model.faults import CapReached
from service.model.sizes import upper_bound_tokens
from service.model.task_outcomes import faults_end_the_task
from service.parsing.models import Parsed
from service.queue.outcomes import TaskDeferred
from service.queue.task import Task
from service.queue.verbs import Verbs
from service.reading.models import Variable


@dataclass(frozen=True)
class Plan:
    """How much fits into one call, in tokens."""

    context_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class ExtractDocument:
    """Fills every stale cell of a document, all or nothing. If none is stale, nobody is asked."""

    verbs: Verbs
    asker_of: AskerOf
    plan: Plan

    async def run(self, task: Task) -> None:
        """As `Handler`."""
        read = DocumentRead.from_row(await self.verbs.on(task, "read_extract"))
        asker = self.asker_of(task, f"{read.request_id or 'job'}/{task.task_id}")
        stale = stale_variables(read.context, read.variables, read.parsed, asker, read.cells)
        held = kept_values(read.cells, stale)
        room = self._room_for_text(read.context, stale)
        with faults_end_the_task():
            try:
                cells = await pipeline.extract(
                    read.context, stale, read.parsed, asker, row_values=held, room=room
                )
            except CapReached as cap:
                await self.verbs.on(task, "pause_for_cap", reason=cap.code)
                raise TaskDeferred(datetime.now(UTC)) from cap
        # Nothing to ask is something else than rows that are not there.
        stored = [cell.model_dump(mode="json") for cell in cells] if stale else None
        await self.verbs.on(task, "finish_extract", extractor=asker.origin, extractions=stored)
        _count_cells(cells)

    def _room_for_text(self, context: Context, variables: Sequence[Variable]) -> int:
        """Bytes of a document that fit into one call beside the questions and the answer."""
        no_document = Parsed((), ())
        questions = canonical(
            [prompt.messages(context, variables, no_document), entities.answer_schema(variables)]
        )
        plan = self.plan
        return plan.context_tokens - plan.output_tokens - upper_bound_tokens(questions)


def _count_cells(cells: Sequence[Extraction]) -> None:
    for cell in cells:
        metrics.CELLS.labels(cell.state).inc()
        if cell.state == "proposed":
            metrics.CONFIDENCE.observe(cell.confidence)
