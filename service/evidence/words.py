"""Words as printed: rows, cells and running text with the place of every character. Pure.

Text is kept without blanks, so that word breaks do not matter, except between digits and signs,
where they do: 1 23 is not 12 3.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, groupby

from service.parsing.models import Box, Word
from service.parsing.shapes import union
from service.reading.characters import fold
from service.reading.numbers import BELONGS

_NUMERIC = set("0123456789.,-+'")
_LOOSE_BLANK = re.compile(r"(?<![0-9.,\-+'])\s+|\s+(?![0-9.,\-+'])")
_DIVIDED = re.compile(r"(?<=[^\W\d_])-\s+(?=[^\W\d_])")
_UNSPACED = r"[\u0e00-\u0eff\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]"
# A character and what stands beside and beyond it: all of one token, of which no part is a quote.
_GLUED = re.compile(rf"\d\d|(?!.?{_UNSPACED})[^\W_]{{2}}|\d[-+]|\d[.,:/']\d")


@dataclass(slots=True)
class Spot:
    """A word in its place: its visual row in the document and the box of its cell in that row."""

    word: Word
    page: int
    row: int = -1
    cell: Box = (0.0, 0.0, 0.0, 0.0)


Cell = list[Spot]  # a run of words in a visual row


def height(box: Box) -> float:
    """From top to bottom."""
    return box[3] - box[1]


def _runs(spots: Iterable[Spot], parted: Callable[[Box, Box], bool]) -> list[Cell]:
    """The spots in runs: a new one begins where two neighbours are parted."""
    runs: list[Cell] = []
    for spot in spots:
        if not runs or parted(runs[-1][-1].word.box, spot.word.box):
            runs.append([])
        runs[-1].append(spot)
    return runs


def _apart(a: Box, b: Box) -> bool:
    """True where the gap between two words of a line is wider than a blank."""
    return b[0] - a[2] > 1.2 * height(a)


def _lower(a: Box, b: Box) -> bool:
    """True where the middle of b is lower than that of a by half a word."""
    return b[1] + b[3] - a[1] - a[3] > min(height(a), height(b))


def visual_rows(spots: list[Spot], first: int) -> list[list[Cell]]:
    """The visual rows of one page from top to bottom, each in cells from left to right."""
    lines = _runs(sorted(spots, key=lambda spot: spot.word.box[1] + spot.word.box[3]), _lower)
    rows = [_runs(sorted(line, key=lambda spot: spot.word.box[0]), _apart) for line in lines]
    for number, row in enumerate(rows, first):
        for cell in row:
            box = union([spot.word.box for spot in cell])
            for spot in cell:
                spot.row, spot.cell = number, box
    return rows


def text_of(spots: Iterable[Spot]) -> str:
    """Their words with blanks between."""
    return " ".join(spot.word.text for spot in spots)


@lru_cache(4096)  # the same few words and quotes, again and again
def compact(text: str) -> str:
    """The folded text without the blanks, bars and hyphens at line ends that a model may write otherwise."""
    spaced = " ".join(fold(text).replace("|", " ").split())
    return _LOOSE_BLANK.sub("", _DIVIDED.sub("", spaced)) if " " in spaced else spaced


class Stream:
    """Words run together in one order: `begins` is the first character of each word."""

    def __init__(self, spots: list[Spot]) -> None:
        self.spots, parts = spots, [compact(spot.word.text) for spot in spots]
        self._printed = [f"{spot.word.text} " for spot in spots]
        for i in range(1, len(parts)):
            if _DIVIDED.search(f"{parts[i - 1][-2:]} {parts[i][:1]}"):
                parts[i - 1] = parts[i - 1][:-1]
                # A word that a line end divides is one.
                if spots[i - 1].row != spots[i].row and parts[i][0].islower():
                    self._printed[i - 1] = spots[i - 1].word.text[:-1]
            elif {parts[i - 1][-1:], parts[i][:1]} <= _NUMERIC:
                parts[i - 1] += " "
        self.text, self.begins = "".join(parts), [0, *accumulate(map(len, parts))]
        self._edges = {
            0,
            *(
                end
                for end, word in zip(self.begins[1:], self._printed, strict=True)
                if word[-1] == " "
            ),
        }

    def word(self, at: int) -> int:
        """The word that holds a character."""
        return bisect_right(self.begins, at, hi=len(self.spots)) - 1

    def find(self, quote: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
        """Where a quote stands as whole tokens with the same blanks between digits and signs."""
        body, at, found = compact(quote), start - 1, []
        while body and (at := self.text.find(body, at + 1, end)) >= 0:
            if self._whole(at, at + len(body)):
                found.append((at, at + len(body)))
        return found

    def _whole(self, start: int, end: int) -> bool:
        around = {
            start: self.text[max(0, start - 2) : start + 1][::-1],
            end: self.text[end - 1 : end + 2],
        }
        return all(edge in self._edges or not _GLUED.match(text) for edge, text in around.items())

    def span(self, start: int, end: int) -> list[Spot]:
        """The words that hold these characters."""
        return self.spots[self.word(start) : self.word(end - 1) + 1]

    def boxes(self, start: int, end: int) -> list[Box]:
        """One box a row, on the page where the characters start; words cut in proportion."""
        words = range(self.word(start), self.word(end - 1) + 1)
        page = self.spots[words[0]].page
        rows = groupby(
            [i for i in words if self.spots[i].page == page], key=lambda i: self.spots[i].row
        )
        return [union([self._part(i, start, end) for i in row]) for _, row in rows]

    def _part(self, i: int, start: int, end: int) -> Box:
        (x0, y0, x1, y1), begin = self.spots[i].word.box, self.begins[i]
        width = (x1 - x0) / max(1, len(self.text[begin : self.begins[i + 1]].rstrip()))
        return (x0 + width * max(0, start - begin), y0, min(x1, x0 + width * (end - begin)), y1)

    def printed(self, start: int, end: int) -> str:
        """The whole words as printed, with a sign, scale, unit or currency that belongs to them."""
        first, last = self.word(start), self.word(end - 1)
        while first and self.text[start] in _NUMERIC and self._belongs(first - 1, first):
            first -= 1
        while (
            last + 1 < len(self.spots)
            and self.text[end - 1] in _NUMERIC
            and self._belongs(last + 1, last)
        ):
            last += 1
        return "".join(self._printed[first : last + 1]).rstrip()

    def _belongs(self, i: int, beside: int) -> bool:
        spot, text = self.spots[i], fold(self.spots[i].word.text)
        same_cell = (spot.row, spot.cell) == (self.spots[beside].row, self.spots[beside].cell)
        # A dash amid a line parts words; where it opens the cell it is a minus.
        parts = text == "-" and i < beside and spot.cell[0] < spot.word.box[0]
        return same_cell and not parts and re.fullmatch(BELONGS, text) is not None
