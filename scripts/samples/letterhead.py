"""What the samples share in looks: letterheads, address windows, footers, slips, signatures."""

from collections.abc import Sequence

from scripts.samples.sheet import Sheet

LEFT = 56.0
RIGHT = 540.0


def draw_banner(sheet: Sheet, sender: str, claim: str, contact: Sequence[str]) -> None:
    """A shaded band with the sender left and how to reach them right."""
    sheet.draw_rectangle(0, 0, sheet.width, 64, fill=0.91)
    sheet.draw_text(LEFT, 34, sender, size=16, bold=True)
    sheet.draw_text(LEFT, 50, claim, size=8, grey=0.35)
    for index, line in enumerate(contact):
        at = sheet.width - LEFT
        sheet.draw_text(at, 20 + 11 * index, line, size=7.5, align="right", grey=0.25)


def draw_address(sheet: Sheet, y: float, back: str, lines: Sequence[str]) -> None:
    """The address window of a letter with the small line of who it comes from."""
    sheet.draw_text(LEFT, y, back, size=6.5, grey=0.35)
    sheet.draw_rule(LEFT, y + 3, LEFT + 215, grey=0.6)
    sheet.draw_lines(LEFT, y + 18, lines, size=10)


def draw_footer(sheet: Sheet, columns: Sequence[Sequence[str]], page: str) -> None:
    """Small print in columns at the foot of the page, and the page number."""
    top = sheet.height - 62
    sheet.draw_rule(LEFT, top, sheet.width - LEFT, grey=0.6)
    width = (sheet.width - 2 * LEFT) / max(len(columns), 1)
    for index, lines in enumerate(columns):
        sheet.draw_lines(LEFT + index * width, top + 12, lines, size=7, leading=9)
    sheet.draw_text(sheet.width - LEFT, sheet.height - 16, page, size=7.5, align="right", grey=0.3)


def draw_payment_slip(sheet: Sheet, y: float, title: str, rows: Sequence[tuple[str, str]]) -> None:
    """A payment slip to cut off: a dashed line, a title and key/value pairs in two columns."""
    sheet.draw_rule(LEFT - 20, y, sheet.width - LEFT + 20, dashed=True)
    sheet.draw_text(LEFT, y + 18, title, size=10, bold=True)
    half = (len(rows) + 1) // 2
    sheet.draw_pairs(LEFT, y + 36, rows[:half], gap=92, size=8.5, leading=13)
    sheet.draw_pairs(LEFT + 262, y + 36, rows[half:], gap=92, size=8.5, leading=13)


def draw_signature(sheet: Sheet, x: float, y: float, lines: Sequence[str], *, inked: bool) -> None:
    """A line to sign on, with a scribble where somebody did, and who signs beneath."""
    if inked:
        path = sheet.canvas.beginPath()
        base = sheet.height - y + 4
        path.moveTo(x + 8, base)
        for step in range(5):
            at = x + 12 + 22 * step
            path.curveTo(at, base + 22, at + 9, base - 12, at + 20, base + 5)
        sheet.canvas.setStrokeGray(0.2)
        sheet.canvas.drawPath(path)
    sheet.draw_rule(x, y, x + 180)
    sheet.draw_lines(x, y + 12, lines, size=8)
