"""The drawing surface of the samples: lines with marked facts, pairs, tables, paragraphs.

Positions are points from the top left of the page as displayed; `y` is a baseline. In every string
`{key}` prints a fact, and `{*key}` prints it and marks this place as the one that the truth means.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

import reportlab
from pydantic import JsonValue
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH = 595.0
HEIGHT = 842.0
Align = Literal["left", "right", "center"]
Column = tuple[str, float, Align]
_TOKEN = re.compile(r"\{(\*?)(\w+)\}")
_FAMILIES = {
    "sans": ("Helvetica", "Helvetica-Bold"),
    "serif": ("Times-Roman", "Times-Bold"),
    "vera": ("Vera", "VeraBd"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A value of the document: as it is printed, and normalised."""

    raw: str
    value: JsonValue


Facts = dict[str, Fact]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the generator drew the meant occurrence of a fact, and the words before it."""

    key: str
    page: int
    x: float
    y: float
    context: str


class Sheet:
    """One PDF in the making. `frame` draws what every page carries (letterhead, footer)."""

    def __init__(
        self,
        facts: Facts,
        family: str = "sans",
        *,
        rotated: bool = False,
        frame: Callable[["Sheet"], None] | None = None,
    ) -> None:
        _register_vera()
        self.facts = facts
        self.marks: list[Mark] = []
        self.page = 0
        self.width = HEIGHT if rotated else WIDTH
        self.height = WIDTH if rotated else HEIGHT
        self._fonts = _FAMILIES[family]
        self._rotated = rotated
        self._frame = frame
        self._out = BytesIO()
        # Uncompressed: the bytes must not depend on the zlib that this Python was built with.
        # Reportlab turns the media box of a rotated page round by itself.
        self.canvas = Canvas(
            self._out, pagesize=(self.width, self.height), invariant=1, pageCompression=0, lang=None
        )
        self.begin_page()

    def begin_page(self) -> None:
        """Begin the next page."""
        if self.page:
            self.canvas.showPage()
        self.page += 1
        if self._rotated:
            self.canvas.setPageRotation(90)
            self.canvas.transform(0, 1, -1, 0, WIDTH, 0)
        if self._frame:
            self._frame(self)

    def finish(self) -> bytes:
        """The finished file."""
        self.canvas.save()
        return self._out.getvalue()

    def draw_text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 9,
        bold: bool = False,
        align: Align = "left",
        label: str = "",
        grey: float = 0,
    ) -> float:
        """Draw one line and mark its facts; answers with the x where it ends.

        `label` is the context of a value that stands alone.
        """
        font = self._fonts[bold]
        plain = self._plain(text)
        width: float = pdfmetrics.stringWidth(plain, font, size)
        left = x - {"left": 0.0, "right": width, "center": width / 2}[align]
        for found in _TOKEN.finditer(text):
            if found[1]:
                before = self._plain(text[: found.start()])
                at = left + pdfmetrics.stringWidth(before, font, size)
                context = " ".join(before.split()[-6:]) or label
                self.marks.append(Mark(found[2], self.page, at, y, context))
        self.canvas.setFont(font, size)
        self.canvas.setFillGray(grey)
        self.canvas.drawString(left, self.height - y, plain)
        return left + width

    def draw_lines(
        self, x: float, y: float, texts: Sequence[str], *, size: float = 9, leading: float = 0
    ) -> float:
        """Draw lines below one another; answers with the baseline after the last."""
        step = leading or size * 1.35
        for text in texts:
            self.draw_text(x, y, text, size=size)
            y += step
        return y

    def draw_pairs(
        self,
        x: float,
        y: float,
        rows: Sequence[tuple[str, str]],
        *,
        gap: float = 0,
        right: float = 0,
        size: float = 9,
        leading: float = 14,
        bold_last: bool = False,
    ) -> float:
        """A key/value block: values start `gap` after the labels, or end at `right`."""
        for index, (label, value) in enumerate(rows):
            bold = bold_last and index == len(rows) - 1
            self.draw_text(x, y, label, size=size, bold=bold)
            if right:
                self.draw_text(right, y, value, size=size, bold=bold, align="right", label=label)
            else:
                self.draw_text(x + gap, y, value, size=size, bold=bold, label=label)
            y += leading
        return y

    def draw_paragraph(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        *,
        size: float = 9.5,
        leading: float = 13,
        bold: bool = False,
    ) -> float:
        """Wrap a text to `width`, a fact never broken; answers with the baseline after it."""
        line = ""
        for word in re.split(r"[ \n]+", text):  # not at no-break spaces
            longer = f"{line} {word}".strip()
            fits = pdfmetrics.stringWidth(self._plain(longer), self._fonts[bold], size) <= width
            if not fits:
                self.draw_text(x, y, line, size=size, bold=bold)
                y += leading
            line = longer if fits else word
        self.draw_text(x, y, line, size=size, bold=bold)
        return y + leading

    def draw_table(
        self,
        x: float,
        y: float,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        *,
        size: float = 8.5,
        leading: float = 16,
    ) -> float:
        """A table with a ruled head, its columns (title, width, align); the baseline after it."""
        right = x + sum(width for _, width, _ in columns)
        self.draw_rule(x, y - 12, right)
        self._row(x, y, columns, [title for title, _, _ in columns], size=size, bold=True)
        self.draw_rule(x, y + 5, right)
        for row in rows:
            y += leading
            self._row(x, y, columns, row, size=size)
        self.draw_rule(x, y + 6, right, grey=0.6)
        return y + leading + 4

    def draw_rule(
        self, x: float, y: float, right: float, *, grey: float = 0, dashed: bool = False
    ) -> None:
        """A horizontal line."""
        self.canvas.setStrokeGray(grey)
        self.canvas.setLineWidth(0.6)
        if dashed:
            self.canvas.setDash(3, 3)
        else:
            self.canvas.setDash()
        self.canvas.line(x, self.height - y, right, self.height - y)
        self.canvas.setDash()

    def draw_rectangle(
        self, x: float, y: float, width: float, height: float, *, fill: float = -1
    ) -> None:
        """A rectangle whose top left is (x, y); `fill` is a grey level, -1 draws the outline."""
        self.canvas.setStrokeGray(0.4)
        self.canvas.setLineWidth(0.7)
        self.canvas.setFillGray(max(fill, 0))
        args = (x, self.height - y - height, width, height)
        self.canvas.rect(*args, stroke=int(fill < 0), fill=int(fill >= 0))

    def _row(
        self,
        x: float,
        y: float,
        columns: Sequence[Column],
        cells: Sequence[str],
        *,
        size: float,
        bold: bool = False,
    ) -> None:
        for (title, width, align), cell in zip(columns, cells, strict=True):
            at = x + {"left": 2.0, "right": width - 2, "center": width / 2}[align]
            label = self._plain(cells[0]) if cells[0] not in ("", cell) else title
            self.draw_text(at, y, cell, size=size, bold=bold, align=align, label=label)
            x += width

    def _plain(self, text: str) -> str:
        return _TOKEN.sub(lambda found: self.facts[found[2]].raw, text)


def _register_vera() -> None:
    folder = Path(reportlab.__file__).parent / "fonts"
    for name in ("Vera", "VeraBd"):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
