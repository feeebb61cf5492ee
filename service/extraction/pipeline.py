"""One document: answers → located → normalised → checked → cells. Whoever answers, the judging is the same."""

import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any, Protocol

from pydantic import JsonValue

from service.database_contract import ExtractionsOrigin
from service.extraction import prompt, rows, settle, windows
from service.extraction.answers import Answers, together
from service.extraction.evidence import DocumentIndex
from service.extraction.faults import ModelError, NotNow
from service.extraction.judge import Judge
from service.extraction.models import Answer, Context, Extraction, Variable
from service.extraction.settle import Held
from service.parsing.models import Parsed

_AGAIN = (
    "Asked again, because an earlier answer was not usable: {}. Quote verbatim, keep the form, else say there is none."
)
# What a second try may do better: no answer, one that is printed nowhere, that has not the type, or breaks a rule.
_WRONG = re.compile("missing_answer|malformed_answer|truncated|none|not_\\w+|impossible_date|rule_\\w+")


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
    """The variables that no cell of the document answers as they would be asked now; a failed cell answers nothing.

    A variable whose condition looks at one that is asked is asked with it: the value may change.
    """
    text, current = prompt.text_hash(parsed), set()
    base = {v.key: prompt.input_hash(context, v, text, asker.identity) for v in variables}
    for row in {cell["row_index"] for cell in cells}:
        here, held = [cell for cell in cells if cell["row_index"] == row], held_values(cells, (), row)
        answered = {(cell["variable_id"], cell["input_hash"]) for cell in here if cell["state"] != "failed"}
        current |= {v.key for v in variables if (v.id, settle.current_hash(base[v.key], v, held)) in answered}
    asked = {variable.key for variable in variables} - current
    if asked and context.row_unit == "entity":
        return [*variables]  # rows are found by reading the whole document
    while more := {v.key for v in variables if v.key not in asked and settle.leads(v) in asked}:
        asked |= more
    return [variable for variable in variables if variable.key in asked]


def held_values(cells: Sequence[Mapping[str, Any]], asked: Sequence[Variable], row: int = 0) -> dict[str, JsonValue]:
    """What the cells of a row hold that no answer to the asked variables moves: those of others, and judged ones."""
    moving = {(variable.id, False) for variable in asked}
    here = (cell for cell in cells if cell["row_index"] == row)
    return {cell["key"]: cell["value"] for cell in here if (cell["variable_id"], cell["judged"]) not in moving}


async def extract(
    context: Context,
    variables: Sequence[Variable],
    parsed: Parsed,
    asker: Asker,
    held: Held = MappingProxyType({}),
    room: int = sys.maxsize,
) -> list[Extraction]:
    """One cell a variable, in their order; where rows are entities, one a row and variable.

    What the asker raises passes through; nobody is asked about no text. `room`: bytes of text for one call.
    """
    if not variables:
        return []
    entities = context.row_unit == "entity"
    # Indexing and locating is CPU work of up to seconds on a long document: heartbeats must go on.
    index, text = await asyncio.to_thread(lambda: (DocumentIndex(parsed), prompt.text_hash(parsed)))
    unread = Answers({variable.key: Answer(reason="illegible") for variable in variables})
    judge = Judge(context, parsed, index, asker.origin, asker.identity, text, unread)
    # Where what is held says already that a variable does not apply, nobody is asked.
    asked = [v for v in variables if entities or settle.leads(v) not in held or settle.applies(v, held)]
    if asked and any(page.source != "none" and (page.words or page.text.strip()) for page in parsed.pages):
        cells = await _ask(judge, asked, asker, await asyncio.to_thread(windows.split, parsed, room))
    else:
        cells = [] if entities else judge.cells(asked)
    if entities:
        by_row = groupby(cells, key=lambda cell: cell.row_index)
        return [cell for _, row in by_row for cell in settle.settle(variables, [*row], {})]
    made = {cell.variable_id: cell for cell in (*judge.cells(variables), *cells)}
    return settle.settle(variables, [made[variable.id] for variable in variables], held)


async def _ask(judge: Judge, asked: Sequence[Variable], asker: Asker, parts: Sequence[Parsed]) -> list[Extraction]:
    """A call a window, and one more for what failed; two more where the list of entities was cut off."""
    replies = [await asker.ask(judge.context, asked, part) for part in parts]
    if judge.context.row_unit == "entity":
        if len(parts) == 1 and "truncated" in replies[0].flags:
            halves = windows.split(parts[0], windows.size(parts[0]) * 3 // 4)
            replies = [await asker.ask(judge.context, asked, half) for half in halves]
        return await asyncio.to_thread(rows.cells, judge, asked, replies)
    made = await asyncio.to_thread(judge._replace(answers=together(replies)).cells, asked)
    wrong = {cell.variable_id: [*filter(_WRONG.fullmatch, (*cell.flags, cell.evidence))] for cell in made}
    again = [
        variable.model_copy(update={"instructions": f"{variable.instructions}\n{_AGAIN.format(', '.join(why))}"})
        for variable, cell in zip(asked, made, strict=True)
        if (why := wrong[variable.id]) and cell.state != "absent"
    ]
    if not again or asker.origin != "model":
        return made
    # Of several windows the one that said most about them.
    keys = {variable.key for variable in again}
    at = max(range(len(parts)), key=lambda n: len(replies[n].spoken & keys))
    try:
        second = await asker.ask(judge.context, again, parts[at])
    except NotNow:
        raise
    except ModelError:
        return made  # what the first try gave stands
    tried = await asyncio.to_thread(judge._replace(answers=second).cells, again)
    better = {cell.variable_id: cell for cell in tried}
    return [max(cell, better.get(cell.variable_id, cell), key=_worth) for cell in made]


def _worth(cell: Extraction) -> tuple[bool, bool, float]:
    return cell.state != "failed", cell.verified, cell.confidence
