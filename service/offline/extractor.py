"""The offline extractor: labels and layout instead of a model. Silent where it does not know.

A label is a variable's key, label or alias, or what business papers call the same thing
(offline_words.txt). Its value stands behind it, in the next cell of the row, or below. Two values
that fit equally well are no answer.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import chain
from types import MappingProxyType
from typing import Literal, NamedTuple

from pydantic import JsonValue

from service.evidence.locate import DocumentIndex
from service.evidence.words import Cell, text_of
from service.extraction.answers import Answers
from service.extraction.models import Answer, Context
from service.model.faults import ModelError
from service.offline.labelled_values import (
    Mention,
    Phrase,
    Reader,
    find_labels,
    known_concepts,
    label_pattern,
    names_of,
)
from service.parsing.models import Parsed
from service.reading import values
from service.reading.characters import fold_text
from service.reading.choices import read_boolean
from service.reading.models import Variable

_Rows = list[list[Cell]]
_ROWS_BELOW = 3  # of a label, where its value is looked for
_SAME_COLUMN = 4  # points between the left edges of a label and of a value below it


class OfflineModel:
    """Answers like a model, at no cost and with no network."""

    origin: Literal["offline"] = "offline"
    # The version stands for the rules: another one makes what was answered before stale.
    identity: Mapping[str, JsonValue] = MappingProxyType({"model": "offline-3"})

    async def ask(self, context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
        """The value of each variable with its verbatim quote and zone; none where none is sure."""
        if context.row_unit == "entity":
            raise NoEntitiesOffline
        return await asyncio.to_thread(_answer_all, context, variables, parsed)


class NoEntitiesOffline(ModelError):
    """The offline extractor reads no lists of entities."""

    def __init__(self) -> None:
        detail = "Rows that are entities need a model: set its key"
        super().__init__("offline_no_entities", detail)


class _Placement(IntEnum):
    """How a value stands to its label; the lower, the surer."""

    BESIDE = 0
    BELOW = 1
    ALONE = 2  # without a label


class _Candidate(NamedTuple):
    placement: _Placement
    answer: Answer


def _answer_all(context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
    rows = DocumentIndex(parsed).rows
    labels: frozenset[Phrase] = frozenset().union(*known_concepts(), *map(names_of, variables))
    by_key = {}
    for variable in variables:
        reader = Reader(variable, context.language, labels)
        candidates = list(_Search(reader, rows).find_candidates())
        answers = _surest_answers(variable, context.language, candidates)
        sure = variable.multiple or len(answers) == 1
        by_key[variable.key] = answers if sure else []
    return Answers(by_key)


def _surest_answers(
    variable: Variable, language: str, candidates: list[_Candidate]
) -> list[Answer]:
    """Of the best placed candidates one for each different value."""
    best = min((candidate.placement for candidate in candidates), default=None)
    by_value: dict[str, Answer] = {}
    for placement, answer in candidates:
        if placement == best:
            value = str(values.normalise(variable, answer.value, language=language))
            by_value.setdefault(value, answer)
    return list(by_value.values())


class _Search:
    """Looks for the values of one variable in the rows of a document."""

    def __init__(self, reader: Reader, rows: _Rows) -> None:
        self.reader = reader
        self.rows = rows

    def find_candidates(self) -> Iterator[_Candidate]:
        """Every place that reads as a value of the variable."""
        label = label_pattern(names_of(self.reader.variable))
        for row in range(len(self.rows)):
            for column, cell in enumerate(self.rows[row]):
                for mention in find_labels(label, text_of(cell)):
                    yield from self._read_labelled(row, column, mention)
                yield from self._read_unlabelled(cell)

    def _read_unlabelled(self, cell: Cell) -> Iterator[_Candidate]:
        """What looks like nothing else needs no label; a category may be the title of a paper."""
        starts = 0
        if self.reader.kind in ("iban", "currency"):
            starts = len(cell)
        elif self.reader.kind == "category":
            starts = 1
        for start in range(starts):
            yield from self._read(_Placement.ALONE, [], cell[start:])

    def _read_labelled(self, row: int, column: int, mention: Mention) -> Iterator[_Candidate]:
        cell = self.rows[row][column]
        label = cell[mention.first_word : mention.end_word]
        behind = cell[mention.end_word :]
        if self.reader.kind == "boolean":
            yield from self._read_boolean(row, column, mention)
        elif not self.reader.skip_fillers(text_of(behind)):
            if mention.opens:
                yield from self._read_around(row, column, cell[mention.first_word :])
        elif self._may_be_followed_by_value(cell, mention):
            yield from self._read(_Placement.BESIDE, label, behind)

    def _may_be_followed_by_value(self, cell: Cell, mention: Mention) -> bool:
        """False where the words of the label may be a part of running text."""
        end_of_label = cell[mention.end_word - 1 : mention.end_word + 1]
        has_colon = re.search(r":(\s|$)", text_of(end_of_label)) is not None
        if mention.opens:
            return self.reader.has_form or has_colon
        label = cell[mention.first_word : mention.end_word]
        return self.reader.has_form and len(text_of(label)) > 3

    def _read_boolean(self, row: int, column: int, mention: Mention) -> Iterator[_Candidate]:
        """A yes or no anywhere behind the label in its row."""
        cell = self.rows[row][column]
        right = chain.from_iterable(self.rows[row][column + 1 :])
        behind = [*cell[mention.end_word :], *right]
        answer = read_boolean(fold_text(text_of(behind)))
        if answer is not None:
            label = cell[mention.first_word : mention.end_word]
            quote = text_of(label + behind)
            yield _Candidate(_Placement.BESIDE, _answer(answer, quote, cell))

    def _read_around(self, row: int, column: int, label: Cell) -> Iterator[_Candidate]:
        """The value of a label that fills its cell: in the row, else below."""
        right = self.rows[row][column + 1 :]
        readable = [at for at, cell in enumerate(right) if self._is_value(cell)]
        # Several values beside one label are columns or choices.
        if len(readable) == 1 and (readable[0] == 0 or self.reader.has_form):
            at = readable[0]
            between = chain.from_iterable(right[:at])
            yield from self._read(_Placement.BESIDE, [*label, *between], right[at])
        # A row of three labels is the head of a table: what stands below is one line of many.
        elif len(self.rows[row]) < 3:
            yield from self._read_below(row, label)

    def _read_below(self, row: int, label: Cell) -> Iterator[_Candidate]:
        """The first value in the column; above a text there may be other labels."""
        below = chain.from_iterable(self.rows[row + 1 : row + 1 + _ROWS_BELOW])
        column = [cell for cell in below if _are_in_one_column(label, cell)]
        for cell in column[:1] if self.reader.has_form else column:
            if self._is_value(cell):
                yield from self._read(_Placement.BELOW, [], cell)
                return

    def _is_value(self, cell: Cell) -> bool:
        return any(self._read(_Placement.BESIDE, [], cell))

    def _read(self, placement: _Placement, label: Cell, cell: Cell) -> Iterator[_Candidate]:
        """The value that the cell begins with, if any; the quote begins with its label."""
        text = fold_text(text_of(cell))
        rest = self.reader.skip_fillers(text)
        value = self.reader.leading_value(rest)
        if value:
            fillers = text[: len(text) - len(rest)]
            quote = f"{text_of(label)} {fillers}{value}" if label else value
            yield _Candidate(placement, _answer(value, quote, cell))


def _are_in_one_column(above: Cell, below: Cell) -> bool:
    near = abs(below[0].cell[0] - above[0].cell[0]) <= _SAME_COLUMN
    return below[0].page == above[0].page and near


def _answer(value: JsonValue, quote: str, cell: Cell) -> Answer:
    zone = cell[-1].word.zone
    return Answer(value=value, quote=quote, zone=zone if zone > 0 else None)
