"""A model as extraction asks it: the prompt and the schema of a document go out, its answers are judged one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from pydantic import JsonValue

from service.extraction import entities, prompt
from service.extraction.answers import Answers, parse_answers
from service.extraction.models import Context
from service.model.json_model import JsonModel
from service.parsing.models import Parsed
from service.reading.models import Variable


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
        if context.row_unit == "entity":
            schema = entities.schema(variables)
            read = partial(entities.parse_rows, variables=variables)
        else:
            schema = prompt.answer_schema(variables)
            read = partial(parse_answers, variables=variables)
        return await self.model.ask_json(messages, schema, read, len(variables))
