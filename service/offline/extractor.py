"""The offline extractor: labels and layout instead of a model. Silent where it does not know.

A label is a variable's key, label or alias, or what business papers call the same (offline_words.txt). Its value
stands behind it, in the next cell of the row, or below. Two values that fit equally well are no answer.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import Literal

from pydantic import JsonValue

from service.evidence.locate import DocumentIndex
from service.evidence.words import Cell, text_of
from service.extraction.answers import Answers
from service.extraction.models import Answer, Context
from service.model.faults import ModelError
from service.offline.labelled_values import Reader, any_of, concepts, names_of, places
from service.parsing.models import Parsed
from service.reading import values
from service.reading.characters import fold_text
from service.reading.choices import read_boolean
from service.reading.models import Variable

Found = tuple[int, Answer]  # the better the place, the lower its number
_BESIDE, _BELOW, _ALONE = range(3)


class OfflineModel:
    """Answers like a model, at no cost and with no network."""

    origin: Literal["offline"] = "offline"
    identity: Mapping[str, JsonValue] = MappingProxyType(
        {"model": "offline-3"}
    )  # the version stands for the rules

    async def ask(self, context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
        """The value of a variable with its verbatim quote and zone, several of a list; nothing where none is sure."""
        if context.row_unit == "entity":
            raise ModelError(
                "offline_no_entities", "Rows that are entities need a model: set its key"
            )
        return await asyncio.to_thread(_answers, context, variables, parsed)


def _answers(context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
    rows = DocumentIndex(parsed).rows
    labels = frozenset().union(*concepts(), *map(names_of, variables))
    by_key = {}
    for variable in variables:
        found = list(_Search(Reader(variable, context.language, labels), rows).found())
        nearest = min((place for place, _ in found), default=_ALONE)
        best: dict[str, Answer] = {}  # one for each different value
        for answer in (answer for place, answer in found if place == nearest):
            best.setdefault(
                str(values.normalise(variable, answer.value, language=context.language)), answer
            )
        by_key[variable.key] = [*best.values()] if variable.multiple or len(best) == 1 else []
    return Answers(by_key)


class _Search:
    def __init__(self, reader: Reader, rows: list[list[Cell]]) -> None:
        self.reader, self.rows = reader, rows

    def found(self) -> Iterator[Found]:
        """Every place that reads as a value of the variable."""
        label = any_of(names_of(self.reader.variable))
        # What looks like nothing else needs no label; a category may be the title of a paper.
        anywhere, title = self.reader.kind in ("iban", "currency"), self.reader.kind == "category"
        for r, row in enumerate(self.rows):
            for c, cell in enumerate(row):
                for first, end, opens in places(label, text_of(cell)):
                    yield from self._labelled(r, c, first, end, opens)
                for start in range(len(cell) if anywhere else title):
                    yield from self._read(_ALONE, [], cell[start:])

    def _labelled(self, r: int, c: int, first: int, end: int, opens: bool) -> Iterator[Found]:
        cell, right, formed = self.rows[r][c], self.rows[r][c + 1 :], self.reader.formed
        colon = re.search(r":(\s|$)", text_of(cell[end - 1 : end + 1]))
        if self.reader.kind == "boolean":
            beside = [*cell[end:], *chain(*right)]
            if (answer := read_boolean(fold_text(text_of(beside)))) is not None:
                yield _BESIDE, _answer(answer, text_of(cell[first:end] + beside), cell)
        elif not self.reader.rest(text_of(cell[end:])):
            yield from self._around(r, c, cell[first:]) if opens else ()
        elif (opens and (formed or colon)) or (formed and len(text_of(cell[first:end])) > 3):
            yield from self._read(_BESIDE, cell[first:end], cell[end:])

    def _around(self, r: int, c: int, label: Cell) -> Iterator[Found]:
        """The value of a label that fills its cell: in the row, else below."""
        right = self.rows[r][c + 1 :]
        read = [i for i, other in enumerate(right) if any(self._read(_BESIDE, [], other))]
        # Several values beside one label are columns or choices.
        if len(read) == 1 and (read[0] == 0 or self.reader.formed):
            yield from self._read(_BESIDE, [*label, *chain(*right[: read[0]])], right[read[0]])
        # A row of three labels is the head of a table: what stands below is one line of many.
        elif len(self.rows[r]) < 3:
            yield from self._below(r, label)

    def _below(self, r: int, label: Cell) -> Iterator[Found]:
        """The first value in the column; above a text there may be other labels."""
        below = chain(*self.rows[r + 1 : r + 4])
        column = [
            c
            for c in below
            if c[0].page == label[0].page and abs(c[0].cell[0] - label[0].cell[0]) <= 4
        ]
        found = (
            list(self._read(_BELOW, [], cell))
            for cell in (column[:1] if self.reader.formed else column)
        )
        yield from next(filter(None, found), [])

    def _read(self, place: int, label: Cell, cell: Cell) -> Iterator[Found]:
        text = fold_text(text_of(cell))
        rest = self.reader.rest(text)
        if value := self.reader.value(rest):
            quote = f"{text_of(label)} {text[: len(text) - len(rest)]}{value}" if label else value
            yield place, _answer(value, quote, cell)


def _answer(value: JsonValue, quote: str, cell: Cell) -> Answer:
    return Answer(value=value, quote=quote, zone=max(0, cell[-1].word.zone) or None)
