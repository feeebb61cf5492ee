"""What layout works on: printed lines, sheets, blocks in the making, and the geometry they need."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from service.parsing.models import Box, ZoneKind

# What opens an item of a list: a bullet, a dash, a number or a letter.
MARKER = re.compile(
    r"""
    (?: [•◦▪■●‣·*–—-]
      | \(? (?: \d{1,2} | [a-z] ) [.)]
    )
    (?= \s | $ )
    """,
    re.VERBOSE,
)

PrintedWord = tuple[Box, str]


@dataclass(slots=True)
class Line:
    """Words that are printed as one run: a line of a column, or of a cell.

    The boxes of `words` are as displayed; `box` is where layout sees the line, on the upright page.
    """

    box: Box
    words: list[PrintedWord]
    text: str
    size: float
    bold: bool


@dataclass(slots=True)
class Sheet:
    """What was read of a page. `strays` run in another direction than the rest (stamps, spines).

    `upright` is the page turned until most of its text runs left to right, as layout sees it.
    `fault` is the library's message where reading broke off; what was read before it is kept.
    """

    number: int
    width: float = 0.0
    height: float = 0.0
    rotation: int = 0
    upright: Box = (0.0, 0.0, 0.0, 0.0)
    lines: list[Line] = field(default_factory=list)
    strays: list[Line] = field(default_factory=list)
    figures: list[Box] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    fault: str | None = None


class Block:
    """A zone in the making: rows of cells. A paragraph is rows of one cell."""

    def __init__(self, rows: list[list[Line]]) -> None:
        self.rows = rows
        self.box = box_around([line.box for row in rows for line in row])
        self.kind: ZoneKind = "text"

    @property
    def first(self) -> Line:
        """Its first line."""
        return self.rows[0][0]

    @property
    def tabular(self) -> bool:
        """True for rows of several cells; a marker and the item that it opens are one cell."""
        return len(self.rows[0]) > 1 and not MARKER.fullmatch(self.first.text)

    @cached_property
    def text(self) -> str:
        """What it says. Only ask for it when no more rows join: the answer is remembered."""
        return "\n".join("  ".join(cell.text for cell in row) for row in self.rows)

    def append_row(self, row: "Block") -> None:
        """Lets a block of one row join below."""
        self.rows += row.rows
        self.box = box_around([self.box, row.box])


def overlap_along(one: Box, other: Box, axis: int) -> float:
    """How far two boxes overlap along an axis (0: x, 1: y), in points; negative when apart."""
    return min(one[axis + 2], other[axis + 2]) - max(one[axis], other[axis])


def box_around(boxes: list[Box]) -> Box:
    """The smallest box around all of them."""
    if len(boxes) == 1:
        return boxes[0]
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))
