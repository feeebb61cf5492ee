"""The offline extractor: labels and layout instead of a model. Silent where it does not know.

A label is a variable's key, label or alias, or what business papers call the same (offline_words.txt). Its value
stands behind it, in the next cell of the row, or below. Two values that fit equally well are no answer.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

from pydantic import JsonValue

from service.extraction import values
from service.extraction.answers import Answers
from service.extraction.evidence import DocumentIndex
from service.extraction.models import Answer, Context, Variable
from service.extraction.offline_reading import Reader
from service.extraction.offline_words import any_of, known, names_of, places, tokens
from service.extraction.values.characters import fold
from service.extraction.values.choices import said_boolean
from service.extraction.words import Spot, height, overlap
from service.parsing.models import Parsed

VERSION = "offline-2"
Cell = list[Spot]  # a run of words in a visual row
Found = tuple[float, Answer]  # the better the place, the higher the score
_BESIDE, _BELOW, _IN_PROSE, _ALONE = 1.0, 0.85, 0.6, 0.5
_NAME = {("name",), ("nom",), ("nombre",)}


class OfflineModel:
    """Answers like a model, at no cost and with no network."""

    origin: Literal["offline"] = "offline"

    @property
    def identity(self) -> dict[str, JsonValue]:
        """The version stands for the rules."""
        return {"model": VERSION}

    async def ask(self, context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
        """One answer a variable: value, verbatim quote and zone, or null with reason absent."""
        return await asyncio.to_thread(_answers, context, variables, parsed)


def _answers(context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
    rows = [[list(cell) for _, cell in groupby(row, lambda spot: spot.cell)] for row in DocumentIndex(parsed).rows]
    labels = known().union(*map(names_of, variables))
    answers = Answers({})
    for variable in variables:
        reader = Reader(variable, context.language, labels)
        score, best = _best(reader, list(_Search(reader, rows).found()))
        only = best[0] if len(best) == 1 else Answer(reason="absent")
        answers.by_key[variable.key] = best if variable.multiple else only
        if best:
            answers.scores[variable.key] = score
    return answers


def _best(reader: Reader, found: list[Found]) -> tuple[float, list[Answer]]:
    """The best score, and one answer for each different value that has it."""
    top = max((score for score, _ in found), default=0.0)
    alike: dict[str, Answer] = {}
    for score, answer in found:
        if score == top:
            read = values.normalise(reader.variable, answer.value, language=reader.language).value
            alike.setdefault(str(answer.value if read is None else read), answer)
    return top, list(alike.values())


class _Search:
    def __init__(self, reader: Reader, rows: list[list[Cell]]) -> None:
        self.reader, self.rows = reader, rows

    def found(self) -> Iterator[Found]:
        """Every place that reads as a value of the variable."""
        label = any_of(names_of(self.reader.variable))
        # What looks like nothing else needs no label; a category may be the title of a paper.
        anywhere, title = self.reader.kind in ("iban", "email", "currency"), self.reader.kind == "category"
        for r, row in enumerate(self.rows):
            for c, cell in enumerate(row):
                for first, end, opens in places(label, _text(cell)):
                    yield from self._labelled(r, c, first, end, opens)
                for start in range(len(cell) if anywhere else title):
                    yield from self._read(_ALONE, [], cell[start:])

    def _labelled(self, r: int, c: int, first: int, end: int, opens: bool) -> Iterator[Found]:
        cell, right = self.rows[r][c], self.rows[r][c + 1 :]
        rest = self.reader.rest(_text(cell[end:]))
        if self.reader.kind == "boolean":
            beside = _joined([cell[end:], *right])
            if (answer := said_boolean(fold(_text(beside)))) is not None:
                yield _BESIDE, Answer(value=answer, quote=_text(cell[first:end] + beside), zone=_zone(cell))
        elif rest and opens and (self.reader.formed or re.search(r":(\s|$)", _text(cell[end - 1 : end + 1]))):
            yield from self._read(_BESIDE, cell[first:end], cell[end:])
        elif rest and self.reader.formed and len(_text(cell[first:end])) > 3:
            yield from self._read(_IN_PROSE, cell[first:end], cell[end:])
        elif opens and not rest:
            # Several amounts or texts beside one label are columns or choices, not a value.
            read = [i for i, other in enumerate(right) if any(self._read(_BESIDE, [], other))]
            if read and len(read) <= self.reader.most_beside and (read[0] == 0 or self.reader.formed):
                yield from self._read(_BESIDE, _joined([cell[first:], *right[: read[0]]]), right[read[0]])
            # A row of three labels is the head of a table: what stands below is one line of many.
            elif len(self.rows[r]) < 3:
                yield from self._below(r, cell)

    def _below(self, r: int, cell: Cell) -> Iterator[Found]:
        """The first value in the column under a cell; a text may have other labels between."""
        for row in self._under(r, cell):
            named = len(row) > 1 and tokens(_text(row[0])) in _NAME
            found = list(self._read(_BELOW, [], row[named]))
            if found or self.reader.formed:
                yield from found
                return

    def _under(self, r: int, cell: Cell) -> Iterator[list[Cell]]:
        """The column under a cell, each with the rest of its row: the nearest aligned at an edge, and so on."""
        box = cell[0].cell
        for i in range(r + 1, min(r + 5, len(self.rows))):
            for j, other in enumerate(self.rows[i]):
                near = other[0].page == cell[0].page and other[0].cell[1] < box[3] + 1.6 * height(box)
                aligned = any(abs(other[0].cell[edge] - box[edge]) <= 4 for edge in (0, 2))
                if near and aligned and overlap(other[0].cell, box):
                    yield self.rows[i][j:]
                    yield from self._under(i, other)
                    return

    def _read(self, score: float, label: Cell, cell: Cell) -> Iterator[Found]:
        text = fold(_text(cell))
        rest = self.reader.rest(text)
        if value := self.reader.value(rest):
            quote = f"{_text(label)} {text[: len(text) - len(rest)]}{value}" if label else value
            yield score, Answer(value=value, quote=quote, zone=_zone(cell))


def _text(cell: Cell) -> str:
    return " ".join(spot.word.text for spot in cell)


def _joined(cells: Sequence[Cell]) -> Cell:
    return [spot for cell in cells for spot in cell]


def _zone(cell: Cell) -> int | None:
    zone = cell[-1].word.zone
    return zone if zone > 0 else None
