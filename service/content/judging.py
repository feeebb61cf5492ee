"""What becomes of a model's answer: the cells that a run would store, by its own pipeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue
from pydantic_core import from_json

from service.content.questions import Questions
from service.extraction import pipeline
from service.extraction.asking import ModelAsker
from service.model.json_model import Message, Read, T, model_identity
from service.parsing.models import Parsed
from service.settings import WorkerSettings


@dataclass(frozen=True)
class WrittenModel:
    """A model that answers what is written, whatever it is asked and however often."""

    raw: str
    identity: dict[str, JsonValue]

    async def ask_json(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any],
        read: Read[T],
        variables: int = 0,
    ) -> T:
        """As `JsonModel`."""
        del messages, schema, variables
        return read(self.raw, cut=breaks_off(self.raw))


async def judge_answer(questions: Questions, parsed: Parsed, raw: str) -> list[dict[str, Any]]:
    """The cells as `finish_extract` stores them, each with the key of its variable.

    Raises `ModelError` where the answer is of no use: a run fails then, and stores no cell.
    """
    asker = ModelAsker(WrittenModel(raw, _default_identity()))
    cells = await pipeline.extract(questions.context, questions.variables, parsed, asker)
    keys = {variable.id: variable.key for variable in questions.variables}
    return [{"key": keys[cell.variable_id], **cell.model_dump(mode="json")} for cell in cells]


def breaks_off(raw: str) -> bool:
    """True where a text ends before its JSON does. Of a real answer, the provider says it."""
    start = raw.find("{")
    if start < 0:
        return False
    try:
        from_json(raw[start:])
    except ValueError as error:
        return str(error).startswith("EOF while parsing")
    return False


def _default_identity() -> dict[str, JsonValue]:
    """That of the model which a worker asks by default; a part of the input hash."""
    fields = WorkerSettings.model_fields
    return model_identity(fields["model_name"].default, fields["model_max_output_tokens"].default)
