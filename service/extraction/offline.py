"""The offline extractor: labels and layout instead of a model. Silent where it does not know.

A value stands after its label, beside it or below it, and reads as the variable's type. Two values that fit equally
well are no answer. What labels are called is in `offline_words`, what reads as a value in `offline_reading`.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from pydantic import JsonValue

from service.extraction import offline_reading as reading
from service.extraction import values
from service.extraction.answers import Answers
from service.extraction.evidence import DocumentIndex
from service.extraction.models import Answer, Context, Variable
from service.extraction.offline_words import FILLERS, OF, Phrase, known, phrases, tokens
from service.extraction.values.characters import fold
from service.extraction.values.choices import said_boolean
from service.extraction.words import Spot, height, overlap
from service.parsing.models import Box, Parsed

VERSION = "offline-1"
_BESIDE, _AFTER, _BELOW, _IN_PROSE, _ANYWHERE = 0.95, 1.0, 0.85, 0.6, 0.5
_TIE = 0.05
_STRICT = frozenset({"date", "money", "id", "iban", "bic", "email", "phone"})


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
    rows = [_cells(row) for row in DocumentIndex(parsed).rows]
    labels = known().union(*(phrases(_names(variable)) for variable in variables))
    by_key: dict[str, Answer | list[Answer]] = {}
    scores = {}
    for variable in variables:
        search = _Search(variable, context.language, rows, labels)
        best = search.best()
        answers = [candidate.answer for candidate in best]
        if best:
            scores[variable.key] = min(candidate.score for candidate in best)
        if variable.multiple:
            by_key[variable.key] = answers
        else:
            by_key[variable.key] = answers[0] if answers else Answer(reason="absent")
    return Answers(by_key, scores=scores)


def _names(variable: Variable) -> tuple[str, ...]:
    return (variable.key, variable.label, *variable.aliases)


@dataclass(frozen=True, slots=True)
class _Cell:
    spots: list[Spot]
    tokens: list[str]
    owners: list[int]

    @property
    def box(self) -> Box:
        return self.spots[0].cell

    @property
    def text(self) -> str:
        return _text(self.spots)

    def find(self, phrase: Phrase) -> Iterator[tuple[int, int]]:
        """Where the phrase stands in whole words: first word and the one after the last."""
        size = len(phrase)
        for i in range(len(self.tokens) - size + 1):
            if tuple(self.tokens[i : i + size]) == phrase:
                first, last = self.owners[i], self.owners[i + size - 1]
                before = i and self.owners[i - 1] == first
                after = i + size < len(self.owners) and self.owners[i + size] == last
                if not before and not after:
                    yield first, last + 1


def _cells(row: list[Spot]) -> list[_Cell]:
    cells = []
    for _, group in groupby(row, key=lambda spot: spot.cell):
        spots, inside = list(group), False
        words: list[str] = []
        owners: list[int] = []
        for i, spot in enumerate(spots):
            # What stands in brackets after a label only explains it.
            inside = inside or (i > 0 and spot.word.text.startswith("("))
            found = () if inside else tokens(spot.word.text)
            inside = inside and ")" not in spot.word.text
            words += found
            owners += [i] * len(found)
        cells.append(_Cell(spots, words, owners))
    return cells


def _text(spots: Sequence[Spot]) -> str:
    return " ".join(spot.word.text for spot in spots)


@dataclass(frozen=True, slots=True)
class _Candidate:
    score: float
    value: JsonValue
    quote: str
    zone: int
    key: str

    @property
    def answer(self) -> Answer:
        return Answer(value=self.value, quote=self.quote, zone=self.zone if self.zone > 0 else None)


class _Search:
    """Looks for one variable in one document."""

    def __init__(
        self, variable: Variable, language: str, rows: list[list[_Cell]], labels: frozenset[Phrase]
    ) -> None:
        self.variable, self.language, self.rows, self.labels = variable, language, rows, labels
        self.kind = reading.kind(variable)
        self.phrases = phrases(_names(variable))

    def best(self) -> list[_Candidate]:
        """The best candidate; none where another with another value is as good. All, where several are asked for."""
        found = sorted(self._all(), key=lambda candidate: -candidate.score)
        top = [c for c in found if c.score >= found[0].score - _TIE]
        distinct = list({candidate.key: candidate for candidate in reversed(top)}.values())[::-1]
        return distinct if self.variable.multiple or len(distinct) == 1 else []

    def _all(self) -> Iterator[_Candidate]:
        for r, row in enumerate(self.rows):
            for c, cell in enumerate(row):
                for phrase in self.phrases:
                    for first, end in cell.find(phrase):
                        yield from self._beside(r, c, phrase, first, end)
                yield from self._alone(cell)

    def _beside(self, r: int, c: int, phrase: Phrase, first: int, end: int) -> Iterator[_Candidate]:
        cell = self.rows[r][c]
        rest = _value_words(cell.spots[end:], self.kind)
        opens = first == 0 or cell.spots[first - 1].word.text.endswith((":", ",", ".", "|", "·"))
        colon = ":" in _text(cell.spots[end - 1 : len(cell.spots) - len(rest)])
        label = cell.spots[first:end]
        if self.kind == "boolean":
            after = [spot for other in self.rows[r][c + 1 :] for spot in other.spots]
            yield from self._boolean(label, [*cell.spots[end:], *after])
        elif opens and rest and (colon or self.kind in _STRICT or self.kind == "number"):
            yield from self._read(_AFTER, cell.spots[first:], rest)
        elif opens and not rest:
            yield from self._in_next_cell(r, c, label)
        if self.kind in _STRICT and sum(map(len, phrase)) >= 4:
            yield from self._in_prose(r, c, first, end)

    def _in_next_cell(self, r: int, c: int, label: list[Spot]) -> Iterator[_Candidate]:
        row = self.rows[r]
        beside = row[c + 1 : c + 2]
        found = [
            x for cell in beside for x in self._read(_BESIDE, [*label, *cell.spots], cell.spots)
        ]
        # A row of three labels is the head of a table: what stands below is one line of many.
        if not found and len(row) < 3 and (below := self._below(r, row[c])):
            found = list(self._read(_BELOW, below.spots, below.spots))
        yield from found

    def _below(self, r: int, cell: _Cell) -> _Cell | None:
        deepest = cell.box[3] + 1.6 * height(cell.box)
        for row in self.rows[r + 1 : r + 4]:
            for other in row:
                same = other.spots[0].page == cell.spots[0].page and other.box[1] < deepest
                aligned = (
                    abs(other.box[0] - cell.box[0]) <= 4 or abs(other.box[2] - cell.box[2]) <= 4
                )
                if same and aligned and overlap(other.box, cell.box):
                    return other
        return None

    def _in_prose(self, r: int, c: int, first: int, end: int) -> Iterator[_Candidate]:
        cell = self.rows[r][c]
        following = self.rows[r + 1][0].spots if r + 1 < len(self.rows) else []
        same = following and following[0].word.zone == cell.spots[0].word.zone
        spots = [*cell.spots[first:], *(following if same else [])]
        rest = spots[end - first :]
        while rest and set(tokens(rest[0].word.text)) <= FILLERS:
            rest = rest[1:]
        yield from self._read(_IN_PROSE, spots, rest)

    def _boolean(self, label: list[Spot], rest: list[Spot]) -> Iterator[_Candidate]:
        said = said_boolean(fold(_text(rest))) if rest else None
        if said is not None:
            yield self._candidate(_BESIDE, said, [*label, *rest], label[0])

    def _alone(self, cell: _Cell) -> Iterator[_Candidate]:
        """What needs no label: an IBAN or an address of mail that is the only one; a title that is a category."""
        if self.kind in ("iban", "email"):
            for i in range(len(cell.spots)):
                yield from self._read(_ANYWHERE, cell.spots[i:], cell.spots[i:])
        elif self.kind == "category":
            yield from self._read(_ANYWHERE, cell.spots, cell.spots)
        elif self.kind == "date" and ("invoice", "date") in self.phrases:
            yield from self._after_number(cell)

    def _after_number(self, cell: _Cell) -> Iterator[_Candidate]:
        """The date in: invoice no. 471102 of 5 March 2018."""
        starts = [
            end for p in phrases(["invoice number"]) for first, end in cell.find(p) if not first
        ]
        for end in starts:
            for i in range(end + 1, min(end + 4, len(cell.spots) - 1)):
                if set(tokens(cell.spots[i].word.text)) <= OF:
                    yield from self._read(_BELOW, cell.spots, cell.spots[i + 1 :])

    def _read(self, score: float, quoted: list[Spot], rest: list[Spot]) -> Iterator[_Candidate]:
        size = self._length(rest)
        if size:
            value = _text(rest[:size]).strip().rstrip(",;:")
            value = value.rstrip(".") if self.kind in _STRICT else value
            upto = next(i for i, spot in enumerate(quoted) if spot is rest[size - 1])
            yield self._candidate(score, value, quoted[: upto + 1], rest[0])

    def _length(self, rest: list[Spot]) -> int:
        words = [spot.word.text for spot in rest]
        if self.kind in ("text", "location", "category"):
            return len(words) if words and self._is_text(" ".join(words)) else 0
        return reading.length(self.kind, self.variable, words, self.language)

    def _is_text(self, text: str) -> bool:
        if self.kind == "category":
            return self._normal(text) is not None
        label = text.endswith(":") or tokens(text) in self.labels
        return not label and len(text) <= 80 and re.search(r"[^\W\d_]{2}", text) is not None

    def _candidate(
        self, score: float, value: JsonValue, quoted: list[Spot], at: Spot
    ) -> _Candidate:
        normal = self._normal(value)
        key = str(value if normal is None else normal)
        return _Candidate(score, value, _text(quoted), at.word.zone, key)

    def _normal(self, value: JsonValue) -> JsonValue:
        single = self.variable.model_copy(update={"multiple": False})
        return values.normalise(single, value, language=self.language).value


def _value_words(spots: list[Spot], kind: str) -> list[Spot]:
    """The words after a label, without colons, remarks in brackets and, before amounts, rates."""
    inside = False
    for i, spot in enumerate(spots):
        text = spot.word.text
        inside = inside or text.startswith("(")
        rate = kind == "money" and re.fullmatch(r"\(?(\d+([.,]\d+)?\s?%?|%|at)\)?:?", text)
        follows = spots[i + 1].word.text if i + 1 < len(spots) else ""
        percent = rate and (text.rstrip(":)").endswith(("%", "at")) or follows.startswith("%"))
        if not (inside or percent or re.fullmatch(r"[:#=.-]+", text)):
            return spots[i:]
        inside = inside and ")" not in text
    return []
