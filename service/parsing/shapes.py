"""What layout works on: printed lines, sheets, blocks in the making, and the little geometry they need."""

from dataclasses import dataclass, field

from service.parsing.models import Box, ZoneKind


@dataclass(slots=True)
class Line:
    """Words printed as one run: a line of a column or (part of) a cell. `words` as displayed."""

    box: Box
    words: list[tuple[Box, str]]
    text: str
    size: float
    bold: bool


@dataclass(slots=True)
class Sheet:
    """What was read of a page. `strays` run in another direction than the rest (stamps, spines).

    `turned` says that words are displayed elsewhere than where layout sees their lines.
    """

    number: int
    width: float = 0.0
    height: float = 0.0
    rotation: int = 0
    upright: Box = (0.0, 0.0, 0.0, 0.0)
    turned: bool = False
    lines: list[Line] = field(default_factory=list)
    strays: list[Line] = field(default_factory=list)
    figures: list[Box] = field(default_factory=list)


Cell = list[Line]


@dataclass(slots=True)
class Block:
    """A zone in the making: rows of cells of lines. A paragraph is rows of one cell of one line."""

    rows: list[list[Cell]]
    box: Box
    gap: float = 0.0
    kind: ZoneKind = "text"
    text: str = ""

    @property
    def first(self) -> Line:
        return self.rows[0][0][0]

    @property
    def tabular(self) -> bool:
        return len(self.rows[0]) > 1

    def say(self) -> str:
        rows = ("  ".join([" ".join([line.text for line in cell]) for cell in row]) for row in self.rows)
        return "\n".join(rows)


def share(one: Box, other: Box, axis: int) -> float:
    """How far two boxes overlap along an axis (0: x, 1: y), in points; negative where they are apart."""
    return min(one[axis + 2], other[axis + 2]) - max(one[axis], other[axis])


def union(boxes: list[Box]) -> Box:
    """The smallest box around all of them."""
    if len(boxes) == 1:
        return boxes[0]
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))
