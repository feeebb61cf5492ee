"""What layout works on: printed lines, sheets, blocks in the making, and the little geometry they need."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from service.parsing.models import Box, ZoneKind

MARKER = re.compile(r"(?:[•◦▪■●‣·*–—-]|\(?(?:\d{1,2}|[a-z])[.)])(?=\s|$)")


@dataclass(slots=True)
class Line:
    """Words printed as one run: a line of a column or a cell. `words` as displayed, `box` as layout sees it."""

    box: Box
    words: list[tuple[Box, str]]
    text: str
    size: float
    bold: bool


@dataclass(slots=True)
class Sheet:
    """What was read of a page. `strays` run in another direction than the rest (stamps, spines).

    `upright` is the page turned until most of its text runs left to right, as layout sees it.
    """

    number: int
    width: float = 0.0
    height: float = 0.0
    rotation: int = 0
    upright: Box = (0.0, 0.0, 0.0, 0.0)
    lines: list[Line] = field(default_factory=list)
    strays: list[Line] = field(default_factory=list)
    figures: list[Box] = field(default_factory=list)


class Block:
    """A zone in the making: rows of cells. A paragraph is rows of one cell."""

    def __init__(self, rows: list[list[Line]]) -> None:
        self.rows, self.box = rows, union([line.box for row in rows for line in row])
        self.kind: ZoneKind = "text"

    @property
    def first(self) -> Line:
        return self.rows[0][0]

    @property
    def tabular(self) -> bool:
        """True for rows of several cells; a marker and the item that it opens are none."""
        return len(self.rows[0]) > 1 and not MARKER.fullmatch(self.first.text)

    @cached_property
    def text(self) -> str:
        """What it says, told when nothing joins it any more."""
        return "\n".join("  ".join(cell.text for cell in row) for row in self.rows)


def share(one: Box, other: Box, axis: int) -> float:
    """How far two boxes overlap along an axis (0: x, 1: y), in points; negative where they are apart."""
    return min(one[axis + 2], other[axis + 2]) - max(one[axis], other[axis])


def union(boxes: list[Box]) -> Box:
    """The smallest box around all of them."""
    if len(boxes) == 1:
        return boxes[0]
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))
