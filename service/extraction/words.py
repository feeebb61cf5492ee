"""Words as printed: rows, cells and running text with the place of every character. Pure.

Text is kept without blanks, so that word breaks do not matter, except between digits and signs,
where they do: 1 23 is not 12 3.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from service.extraction.values.characters import fold
from service.extraction.values.numbers import BELONGS
from service.parsing.models import Box, Word

_NUMERIC = set("0123456789.,-+'")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_SAME_ROW, _CELL_GAP = 0.5, 1.2  # of a word's height


@dataclass(slots=True)
class Spot:
    """A word in its place: its visual row in the document and the box of its cell in that row."""

    word: Word
    page: int
    row: int = -1
    cell: Box = (0.0, 0.0, 0.0, 0.0)


def union(boxes: Sequence[Box]) -> Box:
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))


def height(box: Box) -> float:
    return box[3] - box[1]


def overlap(a: Box, b: Box) -> bool:
    """True where one stands over the other."""
    return min(a[2], b[2]) > max(a[0], b[0])


def _set_cells(row: list[Spot]) -> None:
    row.sort(key=lambda spot: spot.word.box[0])
    cells = [row[:1]]
    for last, spot in pairwise(row):
        if spot.word.box[0] - last.word.box[2] > _CELL_GAP * height(last.word.box):
            cells.append([])
        cells[-1].append(spot)
    for cell in cells:
        box = union([spot.word.box for spot in cell])
        for spot in cell:
            spot.cell = box


def visual_rows(spots: list[Spot], first: int) -> list[list[Spot]]:
    """The visual rows of one page from top to bottom, each sorted from left to right."""
    rows: list[list[Spot]] = []
    last: Box = (0.0, -1e9, 0.0, -1e9)
    for spot in sorted(spots, key=lambda spot: spot.word.box[1] + spot.word.box[3]):
        box = spot.word.box
        drop = (box[1] + box[3] - last[1] - last[3]) / 2
        if not rows or drop > _SAME_ROW * min(height(box), height(last)):
            rows.append([])
        last = box
        rows[-1].append(spot)
        spot.row = first + len(rows) - 1
    for row in rows:
        _set_cells(row)
    return rows


def compact(text: str) -> tuple[str, bytes]:
    """The folded text without blanks, and for each character whether a blank stood before it."""
    parts = fold(text).split()
    return "".join(parts), b"".join(b"\1" + bytes(len(part) - 1) for part in parts)


def _glued(beyond: str, beside: str, inner: str) -> bool:
    """True where the character beside belongs to the same token, so that a part would be quoted."""
    if beside.isalnum() and inner.isalnum():
        both = beside.isdigit() and inner.isdigit()
        return both or not _UNSPACED.search(beside + inner)
    return inner.isdigit() and (beside in "-+" or (beside in ".,:/'" and beyond.isdigit()))


class Stream:
    """Words run together in one order: `begins` is the first character of each word."""

    def __init__(self, spots: list[Spot]) -> None:
        self.spots, self.begins = spots, [0]
        parts, gaps, joined = [], [], False
        for i, spot in enumerate(spots):
            part, gap = compact(spot.word.text)
            gap = b"\0" + gap[1:] if joined else gap
            joined = self._hyphened(part, i)
            part = part[:-1] if joined else part
            parts.append(part)
            gaps.append(gap[: len(part)])
            self.begins.append(self.begins[-1] + len(part))
        self.text, self.gaps = "".join(parts), b"".join(gaps)

    def _hyphened(self, part: str, i: int) -> bool:
        """True for a word that a line end divides; its hyphen is not part of the word."""
        after = self.spots[i + 1] if i + 1 < len(self.spots) else None
        divided = re.search(r"[^\W\d_]-$", part) and after and after.row != self.spots[i].row
        return bool(divided and after and after.word.text[:1].islower())

    def word(self, at: int) -> int:
        """The word that holds a character."""
        return bisect_right(self.begins, at, hi=len(self.spots)) - 1

    def find(self, quote: str, start: int = 0, end: int | None = None) -> list[int]:
        """Where a quote stands as whole tokens with the same blanks between digits and signs."""
        body, gaps = compact(quote)
        found, at = [], self.text.find(body, start, end) if body else -1
        while at >= 0:
            if self._whole(at, at + len(body), gaps):
                found.append(at)
            at = self.text.find(body, at + 1, end)
        return found

    def _whole(self, start: int, end: int, gaps: bytes) -> bool:
        text, here = self.text, self.gaps[start:end]
        inside = start > 0 and not here[0]
        if inside and _glued(text[start - 2 : start - 1], text[start - 1], text[start]):
            return False
        within = end < len(text) and not self.gaps[end]
        if within and _glued(text[end + 1 : end + 2], text[end], text[end - 1]):
            return False
        return here[1:] == gaps[1:] or not any(
            here[k] != gaps[k] and {text[start + k - 1], text[start + k]} <= _NUMERIC for k in range(1, end - start)
        )

    def span(self, start: int, end: int) -> list[Spot]:
        """The words that hold these characters."""
        return self.spots[self.word(start) : self.word(end - 1) + 1]

    def boxes(self, start: int, end: int) -> list[Box]:
        """One box a row, on the page where the characters start; words cut in proportion."""
        lines: list[tuple[int, Box]] = []
        for i in range(self.word(start), self.word(end - 1) + 1):
            (x0, y0, x1, y1), begin = self.spots[i].word.box, self.begins[i]
            width = (x1 - x0) / max(1, self.begins[i + 1] - begin)
            right = x1 if end >= self.begins[i + 1] else x0 + width * (end - begin)
            box = (x0 + width * max(0, start - begin), y0, right, y1)
            if self.spots[i].page == self.spots[self.word(start)].page:
                lines.append((self.spots[i].row, box))
        by_row = groupby(lines, key=lambda line: line[0])
        return [union([box for _, box in line]) for _, line in by_row]

    def printed(self, start: int, end: int) -> str:
        """The whole words as printed, with a sign, scale, unit or currency that belongs to them."""
        first, last = self.word(start), self.word(end - 1)
        while first and self.text[start] in _NUMERIC and self._belongs(first - 1, first):
            first -= 1
        amount = self.text[end - 1] in _NUMERIC
        while last + 1 < len(self.spots) and amount and self._belongs(last + 1, last):
            last += 1
        text = self.spots[first].word.text
        for i in range(first + 1, last + 1):
            divided = not self.gaps[self.begins[i]]
            text = (text[:-1] if divided else f"{text} ") + self.spots[i].word.text
        return text

    def _belongs(self, i: int, beside: int) -> bool:
        spot, text = self.spots[i], fold(self.spots[i].word.text)
        if (spot.row, spot.cell) != (self.spots[beside].row, self.spots[beside].cell):
            return False
        # A dash amid a line parts words; where it opens the cell it is a minus.
        parts = text == "-" and i < beside and spot.cell[0] < spot.word.box[0]
        return not parts and re.fullmatch(BELONGS, text) is not None
