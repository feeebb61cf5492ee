"""Who answers questions about a document: a model, with the prompt and the schema of variables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from pydantic import JsonValue

from service.extraction import entities, prompt
from service.extraction.answers import Answers, parse_answers
from service.extraction.models import Context
from service.extraction.pipeline import Asker
from service.model.json_model import JsonModel
from service.parsing.models import Parsed
from service.queue.task import Task
from service.reading.models import Variable

# Who answers a task; the text is the request id that its calls carry.
AskerOf = Callable[[Task, str], Asker]


@dataclass(frozen=True)
class ModelAsker:
    """Answers of a model, as the pipeline wants them."""

    model: JsonModel
    origin: Literal["model"] = "model"

    @property
    def identity(self) -> Mapping[str, JsonValue]:
        """As the model's: what its answers depend on."""
        return self.model.identity

    async def ask(self, context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
        """All variables in one call. Raises `ModelError`; `NotNow` says when to come back."""
        messages = prompt.messages(context, variables, parsed)
        schema = answer_schema(context, variables)
        parse = entities.parse_rows if context.row_unit == "entity" else parse_answers
        read = partial(parse, variables=variables)
        return await self.model.ask_json(messages, schema, read, len(variables))


def answer_schema(context: Context, variables: Sequence[Variable]) -> dict[str, Any]:
    """The JSON schema of an answer: an object, or, where rows are entities, a list of them."""
    if context.row_unit == "entity":
        return entities.answer_schema(variables)
    return prompt.answer_schema(variables)
