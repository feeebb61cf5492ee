"""The suggest task: offers of a model, else of rules. The refine task: what candidates answer in one document."""

from service.extraction import pipeline
from service.extraction.model_asker import ModelAsker
from service.extraction.models import Context
from service.model.faults import ModelError
from service.parsing import wire
from service.queue.outcomes import CapReached
from service.queue.task import Task
from service.reading.models import Variable
from service.suggestions import question
from service.worker_tools import Tools


async def suggest(tools: Tools, task: Task) -> None:
    """Offers what could be taken as it stands. A model that is away, junk or too dear is told of; then rules offer."""
    read = await tools.verbs.on(task, "read_suggestion")
    asker, reason = (
        tools.asker(task, f"{read['request_id'] or 'suggestion'}/{task.task_id}"),
        "no_model",
    )
    if isinstance(asker, ModelAsker):  # the offline extractor has no advice
        try:
            schema = question.QUESTIONS[read["kind"]]["schema"]
            offers = await asker.model.ask_json(
                question.messages(read), schema, question.read_offers
            )
            if await tools.verbs.on(task, "finish_suggestion", origin="model", offers=offers):
                return
            reason = "model_unusable"
        except (ModelError, CapReached) as error:
            reason = error.code
    await tools.verbs.on(task, "finish_suggestion", origin="rules", reason=reason)


async def compare(tools: Tools, task: Task) -> None:
    """Asks for one variable of the task's document with the instructions of every candidate; no cell changes."""
    read = await tools.verbs.on(task, "read_comparison")
    asker = tools.asker(task, f"{read['request_id'] or 'comparison'}/{task.task_id}")
    context, parsed = Context.model_validate(read["context"]), wire.from_rows(read["parsed"])
    answers = []
    for candidate, instructions in enumerate(read["instructions"]):
        variable = Variable.model_validate(read["variable"] | {"instructions": instructions})
        [cell] = await pipeline.extract(context, [variable], parsed, asker)
        answers.append(cell.model_dump(mode="json") | {"candidate": candidate})
    await tools.verbs.on(task, "finish_comparison", answers=answers)
