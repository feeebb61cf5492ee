"""One document: whom it is asked of, in how many calls, and the cells that the answers become."""

import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple, Protocol

from pydantic import JsonValue

from service.evidence.locate import DocumentIndex
from service.extraction import entities, prompt, windows
from service.extraction.answers import Answers, merge_answers
from service.extraction.conditions import (
    RowValues,
    applies,
    apply_conditions,
    condition_key,
)
from service.extraction.judge import Judge
from service.extraction.models import Answer, Context, Extraction
from service.generated.contract import ExtractionsOrigin
from service.model.faults import ModelError, NotNow
from service.parsing.models import Parsed
from service.reading.models import Variable

_NO_VALUES: RowValues = MappingProxyType({})
_ROOM_FOR_ALL = sys.maxsize
_ASKED_AGAIN = (
    "Asked again, for an earlier answer was not usable: {}."
    " Quote verbatim, keep the form, else say there is none."
)
# What a second try may do better: no answer, or one that is printed nowhere, has not the type, or
# breaks a rule.
_NOT_USABLE = re.compile(
    r"missing_answer|malformed_answer|truncated|none|not_\w+|impossible_date|rule_\w+"
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


class _Reply(NamedTuple):
    """What was answered about one window of a document."""

    window: Parsed
    answers: Answers


class _Question(NamedTuple):
    """What is asked, and whom."""

    asker: Asker
    context: Context
    variables: Sequence[Variable]

    async def ask_in_windows(self, parsed: Parsed, room: int) -> list[_Reply]:
        """A reply to each window of the document, one after the other."""
        parts = await asyncio.to_thread(windows.split_document, parsed, room)
        return [await self.ask(part) for part in parts]

    async def ask(self, window: Parsed) -> _Reply:
        """Raises what the asker raises."""
        return _Reply(window, await self.asker.ask(self.context, self.variables, window))


async def extract(
    context: Context,
    variables: Sequence[Variable],
    parsed: Parsed,
    asker: Asker,
    *,
    row_values: RowValues = _NO_VALUES,
    room: int = _ROOM_FOR_ALL,
) -> list[Extraction]:
    """One cell a variable, in their order; where rows are entities, one a row and variable.

    `row_values`: what the row's other cells hold. `room`: bytes of text that fit one call.
    Nobody is asked about a document without text. Raises what the asker raises.
    """
    if not variables:
        return []
    by_entity = context.row_unit == "entity"
    if by_entity:
        row_values = _NO_VALUES  # no row of a list says anything of another
    judge = await _judge_without_answers(context, variables, parsed, asker)
    asked = [variable for variable in variables if _may_apply(variable, row_values)]
    question = _Question(asker, context, asked)
    replies: list[_Reply] = []
    if asked and _is_readable(parsed):
        replies = await question.ask_in_windows(parsed, room)
    if by_entity:
        cells = await _entity_cells(judge, variables, question, replies)
    else:
        cells = await _document_cells(judge, variables, question, replies)
    return _apply_conditions_by_row(variables, cells, row_values)


def _may_apply(variable: Variable, row_values: RowValues) -> bool:
    """False where a value of the row makes the condition false: then the model is not asked."""
    return condition_key(variable) not in row_values or applies(variable, row_values)


def _is_readable(parsed: Parsed) -> bool:
    return any(page.source != "none" and (page.words or page.text.strip()) for page in parsed.pages)


async def _judge_without_answers(
    context: Context, variables: Sequence[Variable], parsed: Parsed, asker: Asker
) -> Judge:
    """A judge to whom every variable is illegible until somebody answers.

    Indexing and hashing a long document take seconds of processor time: in threads, so that
    heartbeats go on meanwhile.
    """
    index = await asyncio.to_thread(DocumentIndex, parsed)
    document_hash = await asyncio.to_thread(prompt.document_hash, context, parsed, asker.identity)
    illegible = Answers({variable.key: [Answer(reason="illegible")] for variable in variables})
    return Judge(
        context=context,
        parsed=parsed,
        document=index,
        origin=asker.origin,
        document_hash=document_hash,
        answers=illegible,
    )


async def _entity_cells(
    judge: Judge, variables: Sequence[Variable], question: _Question, replies: list[_Reply]
) -> list[Extraction]:
    """The cells of every entity. A list that broke off in one call is asked for again in parts."""
    if len(replies) == 1 and "truncated" in replies[0].answers.flags:
        smaller = windows.shown_size(judge.parsed) * 3 // 4
        replies = await question.ask_in_windows(judge.parsed, room=smaller)
    answers = [reply.answers for reply in replies]
    return await asyncio.to_thread(entities.entity_cells, judge, variables, answers)


async def _document_cells(
    judge: Judge, variables: Sequence[Variable], question: _Question, replies: list[_Reply]
) -> list[Extraction]:
    """The cells of a document.

    A model is asked once more about those that are not usable; of both cells the better is kept.
    """
    if replies:
        judge = _with_replies(judge, replies)
    cells = await asyncio.to_thread(judge.cells_of, variables)
    asked_keys = {variable.key for variable in question.variables}
    doubtful = []
    for variable, cell in zip(variables, cells, strict=True):
        faults = _faults_of(cell)
        if faults and variable.key in asked_keys:
            doubtful.append(_with_reason(variable, faults))
    if not replies or not doubtful or judge.origin != "model":
        return cells
    try:
        second_cells = await _second_try(judge, question._replace(variables=doubtful), replies)
    except NotNow:
        raise  # the whole document waits until the model may be asked again
    except ModelError:
        return cells
    return _better_of_both(cells, second_cells)


def _with_replies(judge: Judge, replies: Sequence[_Reply]) -> Judge:
    return judge._replace(answers=merge_answers([reply.answers for reply in replies]))


def _faults_of(cell: Extraction) -> str:
    """Why a cell is not usable; empty where it is, or where the document does not say."""
    if cell.state == "absent":
        return ""
    return ", ".join(filter(_NOT_USABLE.fullmatch, (*cell.flags, cell.evidence)))


def _with_reason(variable: Variable, faults: str) -> Variable:
    """The variable as it is asked for again."""
    instructions = f"{variable.instructions}\n{_ASKED_AGAIN.format(faults)}"
    return variable.model_copy(update={"instructions": instructions})


async def _second_try(
    judge: Judge, question: _Question, replies: Sequence[_Reply]
) -> list[Extraction]:
    """The cells after one more answer, about the window that said most of what is asked again."""
    keys = {variable.key for variable in question.variables}
    first = max(replies, key=lambda reply: len(keys & _keys_spoken_of(reply.answers)))
    second = await question.ask(first.window)
    better = _Reply(first.window, _replace_answers(first.answers, second.answers))
    judge = _with_replies(judge, [better if reply is first else reply for reply in replies])
    return await asyncio.to_thread(judge.cells_of, question.variables)


def _keys_spoken_of(answers: Answers) -> set[str]:
    """The keys that have a value or a fault."""
    spoken = set(answers.faults)
    for key, given in answers.by_key.items():
        if any(answer.value is not None for answer in given):
            spoken.add(key)
    return spoken


def _replace_answers(first: Answers, second: Answers) -> Answers:
    """The first answers with the second in their place; what has an answer now is no fault."""
    faults = {key: fault for key, fault in first.faults.items() if key not in second.by_key}
    return replace(first, by_key={**first.by_key, **second.by_key}, faults=faults)


def _better_of_both(
    cells: Sequence[Extraction], second_cells: Sequence[Extraction]
) -> list[Extraction]:
    """Of each variable the cell that is worth more; the first one where both are worth the same."""
    second = {cell.variable_id: cell for cell in second_cells}
    return [max(cell, second.get(cell.variable_id, cell), key=_worth_of) for cell in cells]


def _worth_of(cell: Extraction) -> tuple[bool, bool, float]:
    """More is better: an answer before none, a proven one before a sure one."""
    return cell.state != "failed", cell.verified, cell.confidence


def _apply_conditions_by_row(
    variables: Sequence[Variable], cells: Sequence[Extraction], row_values: RowValues
) -> list[Extraction]:
    stored: list[Extraction] = []
    for _, row in groupby(cells, key=lambda cell: cell.row_index):
        stored += apply_conditions(variables, list(row), row_values)
    return stored
