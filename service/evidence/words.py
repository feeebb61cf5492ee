"""Words as printed: rows, cells and running text with the place of every character.

Text is kept without blanks, so that word breaks do not matter, except between digits and signs,
where they do: 1 23 is not 12 3.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, groupby
from typing import NamedTuple

from service.parsing.models import Box, Page, Word
from service.parsing.shapes import box_around
from service.reading.characters import fold_text
from service.reading.numbers import BELONGS

_NUMERIC = frozenset("0123456789.,-+'")
_LOOSE_BLANK = re.compile(r"(?<![0-9.,\-+'])\s+|\s+(?![0-9.,\-+'])")
_DIVIDING_HYPHEN = re.compile(r"(?<=[^\W\d_])-\s+(?=[^\W\d_])")
_BELONGS = re.compile(BELONGS)
# Scripts that put no blanks between words: Thai, Lao, Khmer, Chinese, Japanese, Korean.
_UNSPACED = r"[\u0e00-\u0eff\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]"
# The last character of a run and those beyond it, where they are one token: then the run is only a
# part of it, and no quote.
_GOES_ON = re.compile(
    rf"""
        \d\d
      | (?!.?{_UNSPACED})[^\W_]{{2}}         # letters or digits
      | \d[-+]                               # a sign
      | \d[.,:/']\d                          # more of a number, a date or a time
    """,
    re.VERBOSE,
)


@dataclass(slots=True)
class Spot:
    """A word in its place: its visual row in the document and the box of its cell in that row."""

    word: Word
    page: int
    row: int = -1
    cell: Box = (0.0, 0.0, 0.0, 0.0)


Cell = list[Spot]  # a run of words in a visual row


class Span(NamedTuple):
    """A run of characters in a stream."""

    start: int
    end: int


class PageWords(NamedTuple):
    """The words of a page in reading order, and the same in visual rows of cells."""

    reading: list[Spot]
    rows: list[list[Cell]]


def height_of(box: Box) -> float:
    """From top to bottom."""
    return box[3] - box[1]


def text_of(spots: Iterable[Spot]) -> str:
    """Their words with blanks between."""
    return " ".join(spot.word.text for spot in spots)


@lru_cache(4096)  # the same few words and quotes, again and again
def compact_text(text: str) -> str:
    """The folded text without what a model may write otherwise: blanks, bars, divided words."""
    spaced = " ".join(fold_text(text).replace("|", " ").split())
    if " " not in spaced:
        return spaced
    return _LOOSE_BLANK.sub("", _DIVIDING_HYPHEN.sub("", spaced))


def place_words(page: Page, first_row: int) -> PageWords:
    """Every word of a page in its place. Rows run from top to bottom, cells from left to right."""
    # Words outside every zone are read last.
    in_order = sorted(page.words, key=lambda word: (word.zone < 1, word.zone))
    reading = [Spot(word, page.number) for word in in_order]
    rows = _visual_rows(reading)
    for number, row in enumerate(rows, first_row):
        for cell in row:
            box = box_around([spot.word.box for spot in cell])
            for spot in cell:
                spot.row = number
                spot.cell = box
    return PageWords(reading, rows)


def _visual_rows(spots: list[Spot]) -> list[list[Cell]]:
    by_middle = sorted(spots, key=lambda spot: spot.word.box[1] + spot.word.box[3])
    rows = []
    for row in _split_into_runs(by_middle, _is_lower):
        from_left = sorted(row, key=lambda spot: spot.word.box[0])
        rows.append(_split_into_runs(from_left, _is_apart))
    return rows


def _split_into_runs(
    spots: Iterable[Spot], is_parted: Callable[[Box, Box], bool]
) -> list[list[Spot]]:
    """The spots in runs: a new one begins where two neighbours are parted."""
    runs: list[list[Spot]] = []
    for spot in spots:
        if not runs or is_parted(runs[-1][-1].word.box, spot.word.box):
            runs.append([])
        runs[-1].append(spot)
    return runs


def _is_apart(left: Box, right: Box) -> bool:
    """True where the gap between two words of a line is wider than a blank."""
    return right[0] - left[2] > 1.2 * height_of(left)


def _is_lower(upper: Box, lower: Box) -> bool:
    """True where the middle of the second box is lower than that of the first by half a word."""
    return lower[1] + lower[3] - upper[1] - upper[3] > min(height_of(upper), height_of(lower))


class Stream:
    """Words run together in one order: `begins` is the first character of each word."""

    def __init__(self, spots: list[Spot]) -> None:
        self.spots = spots
        texts = [compact_text(spot.word.text) for spot in spots]
        printed = [f"{spot.word.text} " for spot in spots]
        parts = list(texts)
        for i in range(1, len(spots)):
            left = texts[i - 1]
            right = texts[i]
            if _is_divided(left, right):
                parts[i - 1] = left[:-1]
                # A word that the end of a line divides is quoted in one.
                if spots[i - 1].row != spots[i].row and right[0].islower():
                    printed[i - 1] = spots[i - 1].word.text[:-1]
            elif left[-1:] in _NUMERIC and right[:1] in _NUMERIC:
                parts[i - 1] = f"{left} "
        self.text = "".join(parts)
        self.begins = [0, *accumulate(map(len, parts))]
        self._printed = printed
        # Where a word of the page ends, a quote may end whatever stands behind it.
        word_ends = zip(self.begins[1:], printed, strict=True)
        self._word_edges = {0, *(end for end, word in word_ends if word.endswith(" "))}

    def find(self, quote: str, within: Span | None = None) -> list[Span]:
        """Where a quote stands as whole tokens with the same blanks between digits and signs."""
        body = compact_text(quote)
        if not body:
            return []
        start, end = within or (0, len(self.text))
        found = []
        at = self.text.find(body, start, end)
        while at >= 0:
            span = Span(at, at + len(body))
            if self._begins_token(span.start) and self._ends_token(span.end):
                found.append(span)
            at = self.text.find(body, at + 1, end)
        return found

    def _begins_token(self, start: int) -> bool:
        if start in self._word_edges:
            return True
        outwards = self.text[max(0, start - 2) : start + 1][::-1]
        return not _GOES_ON.match(outwards)

    def _ends_token(self, end: int) -> bool:
        if end in self._word_edges:
            return True
        outwards = self.text[end - 1 : end + 2]
        return not _GOES_ON.match(outwards)

    def word_at(self, character: int) -> int:
        """The word that holds a character."""
        return bisect_right(self.begins, character, hi=len(self.spots)) - 1

    def _words_of(self, span: Span) -> range:
        return range(self.word_at(span.start), self.word_at(span.end - 1) + 1)

    def spots_of(self, span: Span) -> list[Spot]:
        """The words that hold these characters."""
        words = self._words_of(span)
        return self.spots[words.start : words.stop]

    def boxes_of(self, span: Span) -> list[Box]:
        """One box a row, on the page where the characters start; words cut in proportion."""
        words = self._words_of(span)
        page = self.spots[words.start].page
        on_page = (i for i in words if self.spots[i].page == page)
        boxes = []
        for _, row in groupby(on_page, key=lambda i: self.spots[i].row):
            boxes.append(box_around([self._box_of_part(i, span) for i in row]))
        return boxes

    def _box_of_part(self, i: int, span: Span) -> Box:
        """The box of those characters of a word that are in the span, all taken as equally wide."""
        x0, y0, x1, y1 = self.spots[i].word.box
        begin = self.begins[i]
        letters = len(self.text[begin : self.begins[i + 1]].rstrip())
        width = (x1 - x0) / max(1, letters)
        left = x0 + width * max(0, span.start - begin)
        right = min(x1, x0 + width * (span.end - begin))
        return (left, y0, right, y1)

    def printed_text(self, span: Span) -> str:
        """The whole words as printed, with a sign, scale, unit or currency that belongs to them."""
        words = self._words_of(span)
        first = words.start
        last = words.stop - 1
        if self.text[span.start] in _NUMERIC:
            while first > 0 and self._belongs_to(first - 1, first):
                first -= 1
        if self.text[span.end - 1] in _NUMERIC:
            while last + 1 < len(self.spots) and self._belongs_to(last + 1, last):
                last += 1
        return "".join(self._printed[first : last + 1]).rstrip()

    def _belongs_to(self, i: int, neighbour: int) -> bool:
        """True where a word changes what its neighbour, a number, says."""
        spot = self.spots[i]
        beside = self.spots[neighbour]
        if (spot.row, spot.cell) != (beside.row, beside.cell):
            return False
        text = fold_text(spot.word.text)
        # A dash amid a line parts words; where it opens the cell it is a minus.
        if text == "-" and i < neighbour and spot.cell[0] < spot.word.box[0]:
            return False
        return _BELONGS.fullmatch(text) is not None


def _is_divided(left: str, right: str) -> bool:
    """True for the two parts of a word that a hyphen at the end of a line divides."""
    if not left.endswith("-"):
        return False
    return _DIVIDING_HYPHEN.search(f"{left[-2:]} {right[:1]}") is not None
