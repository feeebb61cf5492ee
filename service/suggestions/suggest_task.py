"""The suggest task: offers of a model, else of rules. The refine task: what candidates answer in one document."""

from dataclasses import dataclass

from service.extraction import pipeline
from service.extraction.asking import AskerOf
from service.extraction.models import Context
from service.model.faults import CapReached, ModelError
from service.model.json_model import ModelOf
from service.model.task_outcomes import faults_end_the_task
from service.parsing import wire
from service.queue.task import Task
from service.queue.verbs import Verbs
from service.reading.models import Variable
from service.suggestions import question


@dataclass(frozen=True)
class SuggestSchema:
    """Offers what could be taken as it stands. A model that is away, junk or too dear is told of; then rules offer."""

    verbs: Verbs
    model_of: ModelOf | None

    async def run(self, task: Task) -> None:
        """As `Handler`."""
        with faults_end_the_task():
            reason = await self._offer_of_model(task)
        if reason is not None:
            await self.verbs.on(task, "finish_suggestion", origin="rules", reason=reason)

    async def _offer_of_model(self, task: Task) -> str | None:
        """Finishes the task with offers of the model; the reason where there are none that could be taken."""
        read = await self.verbs.on(task, "read_suggestion")
        if self.model_of is None:
            return "no_model"
        model = self.model_of(task, f"{read['request_id'] or 'suggestion'}/{task.task_id}")
        try:
            offers = await model.ask_json(
                question.messages(read), question.answer_schema(read["kind"]), question.read_offers
            )
        except (ModelError, CapReached) as error:
            return error.code
        is_finished = await self.verbs.on(task, "finish_suggestion", origin="model", offers=offers)
        return None if is_finished else "model_unusable"


@dataclass(frozen=True)
class CompareInstructions:
    """Asks for one variable of a document with the instructions of every candidate; no cell changes."""

    verbs: Verbs
    asker_of: AskerOf

    async def run(self, task: Task) -> None:
        """As `Handler`."""
        read = await self.verbs.on(task, "read_comparison")
        asker = self.asker_of(task, f"{read['request_id'] or 'comparison'}/{task.task_id}")
        context = Context.model_validate(read["context"])
        parsed = wire.from_rows(read["parsed"])
        answers = []
        with faults_end_the_task():
            for candidate, instructions in enumerate(read["instructions"]):
                variable = Variable.model_validate(
                    read["variable"] | {"instructions": instructions}
                )
                [cell] = await pipeline.extract(context, [variable], parsed, asker)
                answers.append(cell.model_dump(mode="json") | {"candidate": candidate})
        await self.verbs.on(task, "finish_comparison", answers=answers)
