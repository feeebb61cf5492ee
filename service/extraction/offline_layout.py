"""Rows and cells as the offline extractor reads them: what stands below a cell, what an address looks like."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from service.extraction.offline_words import Phrase, tokens
from service.extraction.words import Spot, height, overlap
from service.parsing.models import Box

_ADDRESS = re.compile(r"(^|\s)\d{1,4}[a-z]?$|(^|[\s-])\d{4,5}\s+[^\W\d]|^\d{1,4}[a-z]?,? +[^\W\d]")


@dataclass(frozen=True, slots=True)
class Cell:
    """A run of words in a visual row. `owners` says which word each token is of."""

    spots: list[Spot]
    tokens: list[str]
    owners: list[int]

    @property
    def box(self) -> Box:
        """Around the whole run."""
        return self.spots[0].cell

    @property
    def text(self) -> str:
        """As printed."""
        return text(self.spots)

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


def cells(row: list[Spot]) -> list[Cell]:
    """The runs of a visual row, left to right; what stands in brackets gives no tokens."""
    found = []
    for _, group in groupby(row, key=lambda spot: spot.cell):
        spots, inside = list(group), False
        words: list[str] = []
        owners: list[int] = []
        for i, spot in enumerate(spots):
            inside = inside or (i > 0 and spot.word.text.startswith("("))
            named = () if inside else tokens(spot.word.text)
            inside = inside and ")" not in spot.word.text
            words += named
            owners += [i] * len(named)
        found.append(Cell(spots, words, owners))
    return found


def text(spots: Sequence[Spot]) -> str:
    """The words as printed, a blank between two."""
    return " ".join(spot.word.text for spot in spots)


def below(rows: Sequence[Sequence[Cell]], r: int, cell: Cell, reach: float = 1.6) -> Cell | None:
    """The nearest cell that stands under this one, aligned at its left or right edge."""
    deepest = cell.box[3] + reach * height(cell.box)
    for row in rows[r + 1 : r + 5]:
        for other in row:
            same = other.spots[0].page == cell.spots[0].page and other.box[1] < deepest
            left, right = (abs(other.box[i] - cell.box[i]) <= 4 for i in (0, 2))
            if same and (left or right) and overlap(other.box, cell.box):
                return other
    return None


def letterhead(rows: Sequence[Sequence[Cell]]) -> Cell | None:
    """The first name of the first page, if an address stands under it."""
    for r, row in enumerate(rows[:3]):
        for cell in row:
            if not re.search(r"\d|:$", cell.text):
                under = below(rows, r, cell)
                return cell if under and _ADDRESS.search(under.text) else None
    return None


def value_words(spots: list[Spot], kind: str) -> list[Spot]:
    """The words after a label, without colons, remarks in brackets and, before amounts, rates."""
    inside = False
    for i, spot in enumerate(spots):
        word = spot.word.text
        inside = inside or word.startswith("(")
        rate = kind == "money" and re.fullmatch(r"\(?(\d+([.,]\d+)?\s?%?|%|at)\)?:?", word)
        follows = spots[i + 1].word.text if i + 1 < len(spots) else ""
        percent = rate and (word.rstrip(":)").endswith(("%", "at")) or follows.startswith("%"))
        if not (inside or percent or re.fullmatch(r"[:#=.-]+", word)):
            return spots[i:]
        inside = inside and ")" not in word
    return []
