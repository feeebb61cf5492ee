"""One document: answers → located → normalised → checked → cells. Whoever answers, the judging is the same."""

import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from types import MappingProxyType
from typing import Any, Protocol

from pydantic import JsonValue

from service.evidence.locate import DocumentIndex
from service.extraction import conditions, entities, prompt, windows
from service.extraction.answers import Answers, together
from service.extraction.conditions import Held
from service.extraction.judge import Judge
from service.extraction.models import Answer, Context, Extraction
from service.generated.contract import ExtractionsOrigin
from service.model.faults import ModelError, NotNow
from service.parsing.models import Parsed
from service.reading.models import Variable

_NONE: Held = MappingProxyType({})
_ALL = sys.maxsize
_AGAIN = "Asked again, for an earlier answer was not usable: {}. Quote verbatim, keep the form, else say there is none."
# What a second try may do better: no answer, one that is printed nowhere, that has not the type, or breaks a rule.
_WRONG = re.compile(
    "missing_answer|malformed_answer|truncated|none|not_\\w+|impossible_date|rule_\\w+"
)


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
    context: Context,
    variables: Sequence[Variable],
    parsed: Parsed,
    asker: Asker,
    cells: Sequence[Mapping[str, Any]],
) -> list[Variable]:
    """The variables that no cell of the document answers as they would be asked now; a failed cell answers nothing.

    A variable whose condition looks at one that is asked is asked with it: the value may change.
    """
    document, current = prompt.document_hash(context, parsed, asker.identity), set()
    base = {v.key: prompt.input_hash(document, v) for v in variables}
    for row in {cell["row_index"] for cell in cells}:
        here, held = (
            [cell for cell in cells if cell["row_index"] == row],
            held_values(cells, (), row),
        )
        answered = {
            (cell["variable_id"], cell["input_hash"]) for cell in here if cell["state"] != "failed"
        }
        current |= {
            v.key
            for v in variables
            if (v.id, conditions.current_hash(base[v.key], v, held)) in answered
        }
    asked = {variable.key for variable in variables} - current
    if asked and context.row_unit == "entity":
        return [*variables]  # rows are found by reading the whole document
    while more := {v.key for v in variables if v.key not in asked and conditions.leads(v) in asked}:
        asked |= more
    return [variable for variable in variables if variable.key in asked]


def held_values(
    cells: Sequence[Mapping[str, Any]], asked: Sequence[Variable], row: int = 0
) -> dict[str, JsonValue]:
    """What the cells of a row hold that no answer to the asked variables moves: those of others, and judged ones."""
    moving = {(variable.id, False) for variable in asked}
    here = (cell for cell in cells if cell["row_index"] == row)
    return {
        cell["key"]: cell["value"]
        for cell in here
        if (cell["variable_id"], cell["judged"]) not in moving
    }


async def extract(
    context: Context,
    variables: Sequence[Variable],
    parsed: Parsed,
    asker: Asker,
    held: Held = _NONE,
    room: int = _ALL,
) -> list[Extraction]:
    """One cell a variable, in their order; where rows are entities, one a row and variable.

    What the asker raises passes through; nobody is asked about no text. `room`: bytes of text for one call.
    """
    if not variables:
        return []
    held = (
        held if context.row_unit == "document" else _NONE
    )  # no row of a list says anything of another
    # Indexing and locating is CPU work of up to seconds on a long document: heartbeats must go on.
    index = await asyncio.to_thread(DocumentIndex, parsed)
    document = await asyncio.to_thread(prompt.document_hash, context, parsed, asker.identity)
    unread = Answers({variable.key: [Answer(reason="illegible")] for variable in variables})
    judge = Judge(context, parsed, index, asker.origin, document, unread)
    # Where what is held says already that a variable does not apply, nobody is asked.
    asked = [v for v in variables if conditions.leads(v) not in held or conditions.applies(v, held)]
    readable = any(
        page.source != "none" and (page.words or page.text.strip()) for page in parsed.pages
    )
    parts = await asyncio.to_thread(windows.split, parsed, room) if asked and readable else []
    replies = [await asker.ask(context, asked, part) for part in parts]
    if context.row_unit == "entity":
        if len(parts) == 1 and "truncated" in replies[0].flags:
            halves = windows.split(parsed, windows.size(parsed) * 3 // 4)
            replies = [await asker.ask(context, asked, half) for half in halves]
        cells = await asyncio.to_thread(entities.cells, judge, variables, replies)
    else:
        judge = judge._replace(answers=together(replies) if replies else unread)
        cells = await asyncio.to_thread(judge.cells, variables)
        again = [
            _again(v, cell)
            for v, cell in zip(variables, cells, strict=True)
            if _wrong(cell) and v in asked
        ]
        if again and replies and asker.origin == "model":
            try:
                tried = {
                    c.variable_id: c for c in await _second_try(judge, again, asker, parts, replies)
                }
                cells = [max(cell, tried.get(cell.variable_id, cell), key=_worth) for cell in cells]
            except ModelError as error:  # then the first answers stand
                if isinstance(error, NotNow):
                    raise
    by_row = groupby(cells, key=lambda cell: cell.row_index)
    return [cell for _, row in by_row for cell in conditions.settle(variables, [*row], held)]


def _wrong(cell: Extraction) -> str:
    codes = (*cell.flags, cell.evidence) if cell.state != "absent" else ()
    return ", ".join(filter(_WRONG.fullmatch, codes))


def _again(variable: Variable, cell: Extraction) -> Variable:
    return variable.model_copy(
        update={"instructions": f"{variable.instructions}\n{_AGAIN.format(_wrong(cell))}"}
    )


async def _second_try(
    judge: Judge,
    again: list[Variable],
    asker: Asker,
    parts: Sequence[Parsed],
    replies: list[Answers],
) -> list[Extraction]:
    """The cells after one more answer, about the window that said most of what is asked again."""

    def spoke(reply: Answers) -> int:
        told = {
            key
            for key, items in reply.by_key.items()
            if any(item.value is not None for item in items)
        }
        return len({v.key for v in again} & (told | reply.faults.keys()))

    part, first = max(zip(parts, replies, strict=True), key=lambda pair: spoke(pair[1]))
    second = await asker.ask(judge.context, again, part)
    faults = {key: fault for key, fault in first.faults.items() if key not in second.by_key}
    better = replace(first, by_key={**first.by_key, **second.by_key}, faults=faults)
    answers = together([better if reply is first else reply for reply in replies])
    return await asyncio.to_thread(judge._replace(answers=answers).cells, again)


def _worth(cell: Extraction) -> tuple[bool, bool, float]:
    return cell.state != "failed", cell.verified, cell.confidence
