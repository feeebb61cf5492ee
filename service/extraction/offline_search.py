"""Where a value may stand: after its label, beside it, below it, in a sentence; and the few that need no label."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from service.extraction import offline_reading as reading
from service.extraction import values
from service.extraction.models import Answer, Variable
from service.extraction.offline_layout import Cell, below, letterhead, text, value_words
from service.extraction.offline_words import FILLERS, OF, TITLES, Phrase, phrases, tokens
from service.extraction.values.characters import fold
from service.extraction.values.choices import said_boolean
from service.extraction.words import Spot

_AFTER, _BESIDE, _BELOW, _IN_PROSE, _ALONE = 1.0, 0.95, 0.85, 0.6, 0.5
_STRICT = frozenset({"date", "money", "id", "iban", "bic", "email", "phone", "currency"})
_SENTENCE = re.compile(r"\w{4,}[.?!] \w|[^:]{1,40}:(\s|$)")
_NAME = frozenset({"name", "nom", "nombre"})
# A line that is nothing but a date, or a place and a date.
_DATELINE = frozenset(tokens("am den le the el a"))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that may be the one; `key` is equal for equal values."""

    score: float
    value: JsonValue
    quote: str
    zone: int
    key: str

    @property
    def answer(self) -> Answer:
        """As a model would give it."""
        return Answer(value=self.value, quote=self.quote, zone=self.zone if self.zone > 0 else None)


class Search:
    """Looks for one variable in one document."""

    def __init__(self, variable: Variable, language: str, rows: list[list[Cell]], labels: frozenset[Phrase]) -> None:
        self.variable = variable.model_copy(update={"multiple": False})
        self.language, self.rows, self.labels = language, rows, labels
        self.kind = reading.kind(variable)
        self.phrases = phrases([variable.key, variable.label, *variable.aliases])

    def candidates(self) -> Iterator[Candidate]:
        """Every place that reads as a value of this variable."""
        for r, row in enumerate(self.rows):
            for c, cell in enumerate(row):
                for phrase in self.phrases:
                    yield from self._labelled(r, c, phrase)
                yield from self._alone(cell)
        if self.phrases & {("vendor",), ("seller", "name"), ("sender",)}:
            head = letterhead(self.rows)
            if head and self.kind == "text":
                yield from self._read(_IN_PROSE, head.spots, head.spots)

    def _labelled(self, r: int, c: int, phrase: Phrase) -> Iterator[Candidate]:
        cell = self.rows[r][c]
        if self.kind == "number":
            for i in range(1, len(phrase)):
                yield from self._around(cell, phrase[:i], phrase[i:])
        for first, end in cell.find(phrase):
            if self.kind == "boolean":
                yield from self._boolean(r, c, first, end)
                continue
            yield from self._beside(r, c, first, end)
            if self.kind in _STRICT and sum(map(len, phrase)) >= 4:
                yield from self._in_prose(r, c, first, end)

    def _beside(self, r: int, c: int, first: int, end: int) -> Iterator[Candidate]:
        cell = self.rows[r][c]
        rest = value_words(cell.spots[end:], self.kind)
        opens = first == 0 or cell.spots[first - 1].word.text.endswith((":", ",", ".", "|", "·"))
        colon = ":" in text(cell.spots[end - 1 : len(cell.spots) - len(rest)])
        if opens and rest and (colon or self.kind in _STRICT or self.kind == "number"):
            yield from self._read(_AFTER, cell.spots[first:], rest)
        elif opens and not rest:
            yield from self._in_next_cell(r, c, cell.spots[first:])

    def _in_next_cell(self, r: int, c: int, label: list[Spot]) -> Iterator[Candidate]:
        row = self.rows[r]
        right = row[c + 1 :]
        found: list[Candidate] = []
        # Several amounts or texts beside one label are columns or choices, not a value.
        if right and self._alike(right) < 2:
            rest = value_words(right[0].spots, self.kind)
            found = list(self._read(_BESIDE, [*label, *right[0].spots], rest))
        # A row of three labels is the head of a table: what stands below is one line of many.
        if not found and len(row) < 3:
            found = list(self._under(r, row[c]))
        yield from found

    def _alike(self, right: list[Cell]) -> int:
        if self.kind not in ("money", "text"):
            return 0
        alike = sum(bool(self._length(value_words(cell.spots, self.kind))) for cell in right)
        return alike if self.kind == "money" else alike - 1

    def _under(self, r: int, cell: Cell) -> Iterator[Candidate]:
        for _ in range(4):
            under = below(self.rows, r, cell)
            if under is None:
                return
            r = next(i for i in range(r + 1, len(self.rows)) if under in self.rows[i])
            beside = self.rows[r][self.rows[r].index(under) + 1 :]
            named = self._names(under) and beside
            rest = value_words(beside[0].spots if named else under.spots, self.kind)
            found = list(self._read(_BELOW, rest, rest))
            yield from found
            if found or self.kind != "text":
                return
            cell = under

    def _names(self, cell: Cell) -> bool:
        return bool(cell.tokens) and set(cell.tokens) <= _NAME

    def _in_prose(self, r: int, c: int, first: int, end: int) -> Iterator[Candidate]:
        cell = self.rows[r][c]
        following = self.rows[r + 1][0].spots if r + 1 < len(self.rows) else []
        same = following and following[0].word.zone == cell.spots[0].word.zone
        runs_on = same and first > 0 and c + 1 == len(self.rows[r])
        spots = [*cell.spots[first:], *(following if runs_on else [])]
        rest = spots[end - first :]
        while rest and set(tokens(rest[0].word.text)) <= FILLERS:
            rest = rest[1:]
        yield from self._read(_IN_PROSE, spots, rest)

    def _around(self, cell: Cell, before: Phrase, after: Phrase) -> Iterator[Candidate]:
        """A number inside its label: within 30 days."""
        for first, end in cell.find(before):
            words = cell.spots[end:]
            size = self._length(words[:1])
            if size and tokens(text(words[size : size + len(after)])) == after:
                yield self._candidate(_IN_PROSE, text(words[:size]), cell.spots[first : end + size + len(after)])

    def _boolean(self, r: int, c: int, first: int, end: int) -> Iterator[Candidate]:
        cell = self.rows[r][c]
        others = [spot for other in self.rows[r][c + 1 :] for spot in other.spots]
        rest = [*cell.spots[end:], *others]
        said = said_boolean(fold(text(rest))) if rest else None
        if said is not None:
            yield self._candidate(_BESIDE, said, [*cell.spots[first:end], *rest])

    def _alone(self, cell: Cell) -> Iterator[Candidate]:
        """What needs no label: codes that look like nothing else, a title that is a category, a date line."""
        if self.kind in ("iban", "email", "currency"):
            for i in range(len(cell.spots)):
                yield from self._read(_ALONE, cell.spots[i:], cell.spots[i:])
        elif self.kind == "category":
            yield from self._read(_ALONE, cell.spots, cell.spots)
        elif self.phrases & {("invoice", "number"), ("invoice", "date")}:
            yield from self._titled(cell)
        if self.kind == "date" and self.phrases & {("letter", "date"), ("document", "date")}:
            yield from self._dateline(cell)

    def _dateline(self, cell: Cell) -> Iterator[Candidate]:
        spots = cell.spots
        if len(spots) > 1 and spots[0].word.text.endswith(","):
            spots = spots[1:]
        while spots and set(tokens(spots[0].word.text)) <= _DATELINE:
            spots = spots[1:]
        # A date and a full stop is the end of a paragraph.
        whole = spots and self._length(spots) == len(spots) and spots[0].page == 1
        if whole and not spots[-1].word.text.endswith("."):
            yield from self._read(_ALONE, spots, spots)

    def _titled(self, cell: Cell) -> Iterator[Candidate]:
        """The number and the date in: Invoice no. 471102 of 5 March 2018."""
        places = [cell.find(phrase) for phrase in phrases(["invoice number"]) | TITLES]
        for end in [end for found in places for first, end in found if first == 0]:
            rest = value_words(cell.spots[end:], "id")
            words = [spot.word.text for spot in rest]
            size = reading.length("id", self.variable, words, self.language)
            if self.kind == "id":
                yield from self._read(_IN_PROSE, cell.spots, rest)
            elif self.kind == "date" and size and set(tokens(text(rest[size : size + 1]))) & OF:
                yield from self._read(_BELOW, cell.spots, rest[size + 1 :])

    def _read(self, score: float, quoted: list[Spot], rest: list[Spot]) -> Iterator[Candidate]:
        size = self._length(rest)
        if size:
            value = text(rest[:size]).strip().rstrip(",;:")
            value = value.rstrip(".") if self.kind in _STRICT else value
            last = next(i for i, spot in enumerate(quoted) if spot is rest[size - 1])
            yield self._candidate(score, value, quoted[: last + 1])

    def _length(self, rest: list[Spot]) -> int:
        words = [spot.word.text for spot in rest]
        if not words:
            return 0
        if self.kind in ("text", "location", "category"):
            return len(words) if self._is_text(" ".join(words)) else 0
        return reading.length(self.kind, self.variable, words, self.language)

    def _is_text(self, found: str) -> bool:
        if self.kind == "category":
            return self._normal(found) is not None
        bare = re.sub(r"\(.*\)", "", found)
        label = _SENTENCE.search(found) or tokens(bare) in self.labels
        return not label and len(found) <= 80 and bool(re.search(r"[^\W\d_]{2}", found))

    def _candidate(self, score: float, value: JsonValue, quoted: list[Spot]) -> Candidate:
        normal = self._normal(value)
        key = str(value if normal is None else normal)
        return Candidate(score, value, text(quoted), quoted[-1].word.zone, key)

    def _normal(self, value: JsonValue) -> JsonValue:
        return values.normalise(self.variable, value, language=self.language).value
