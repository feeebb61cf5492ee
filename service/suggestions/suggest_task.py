"""The suggest task: offers of a model, else of rules.

The refine task: what candidates answer in one document.
"""

from dataclasses import dataclass

from service.extraction import pipeline
from service.extraction.asking import AskerOf
from service.extraction.document_read import ComparisonRead
from service.model.faults import CapReached, ModelError
from service.model.json_model import ModelOf
from service.model.task_outcomes import faults_end_the_task
from service.queue.task import Task
from service.queue.verbs import Verbs
from service.suggestions.question import QUESTIONS, SuggestionRead, messages, read_offers


@dataclass(frozen=True)
class SuggestSchema:
    """Offers what could be taken as it stands.

    Where the model is away, talks junk or is too dear, that is told, and rules offer instead.
    """

    verbs: Verbs
    model_of: ModelOf | None

    async def run(self, task: Task) -> None:
        """As `Handler`."""
        with faults_end_the_task():
            reason = await self._offer_of_model(task)
        if reason is not None:
            await self.verbs.on(task, "finish_suggestion", origin="rules", reason=reason)

    async def _offer_of_model(self, task: Task) -> str | None:
        """Finishes the task with offers of the model; else the reason why it has none."""
        read = SuggestionRead.model_validate(await self.verbs.on(task, "read_suggestion"))
        if self.model_of is None:
            return "no_model"
        model = self.model_of(task, f"{read.request_id or 'suggestion'}/{task.task_id}")
        try:
            offers = await model.ask_json(messages(read), QUESTIONS[read.kind].schema, read_offers)
        except (ModelError, CapReached) as error:
            return error.code
        is_finished = await self.verbs.on(task, "finish_suggestion", origin="model", offers=offers)
        return None if is_finished else "model_unusable"


@dataclass(frozen=True)
class CompareInstructions:
    """Asks for one variable with the instructions of every candidate. No cell changes."""

    verbs: Verbs
    asker_of: AskerOf

    async def run(self, task: Task) -> None:
        """As `Handler`."""
        read = ComparisonRead.from_row(await self.verbs.on(task, "read_comparison"))
        document = read.document
        asker = self.asker_of(task, f"{document.request_id or 'comparison'}/{task.task_id}")
        answers = []
        with faults_end_the_task():
            for number, variable in enumerate(read.candidates()):
                [cell] = await pipeline.extract(
                    document.context, [variable], document.parsed, asker
                )
                answers.append(cell.model_dump(mode="json") | {"candidate": number})
        await self.verbs.on(task, "finish_comparison", answers=answers)
