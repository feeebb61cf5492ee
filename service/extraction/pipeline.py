"""One document: answers → located → normalised → checked → cells. Whoever answers, the judging is the same."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pydantic import JsonValue

from service.database_contract import ExtractionsOrigin
from service.extraction import prompt
from service.extraction.answers import Answers
from service.extraction.evidence import DocumentIndex
from service.extraction.judge import Judge
from service.extraction.models import Answer, Context, Extraction, Variable
from service.parsing.models import Parsed


class Asker(Protocol):
    """Who answers: a model bound to a task, or the offline extractor."""

    @property
    def origin(self) -> ExtractionsOrigin:
        """Printed on every value."""

    @property
    def identity(self) -> Mapping[str, JsonValue]:
        """What its answers depend on; part of the input hash."""

    async def ask(self, context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
        """An answer or a fault for every variable."""


def stale(
    context: Context, variables: Sequence[Variable], parsed: Parsed, asker: Asker, cells: Sequence[Mapping[str, Any]]
) -> list[Variable]:
    """The variables that no cell of the document answers as they would be asked now; a failed cell answers nothing."""
    text = prompt.text_hash(parsed)
    answered = {(cell["variable_id"], cell["input_hash"]) for cell in cells if cell["state"] != "failed"}
    return [v for v in variables if (v.id, prompt.input_hash(context, v, text, asker.identity)) not in answered]


async def extract(context: Context, variables: Sequence[Variable], parsed: Parsed, asker: Asker) -> list[Extraction]:
    """One cell a variable, in their order. What the asker raises passes through; nobody is asked about no text."""
    if not variables:
        return []
    answers = Answers({variable.key: Answer(reason="illegible") for variable in variables})
    if any(page.source != "none" and (page.words or page.text.strip()) for page in parsed.pages):
        answers = await asker.ask(context, variables, parsed)
    # Indexing and locating is CPU work of up to seconds on a long document: heartbeats must go on.
    index = await asyncio.to_thread(DocumentIndex, parsed)
    judge = Judge(context, parsed, index, asker.origin, asker.identity, answers)
    return await asyncio.to_thread(judge.cells, variables)
