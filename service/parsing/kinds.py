"""What a block is: title, text, table, list, key_value, or a running header or footer."""

import re
from collections import Counter
from itertools import chain

from service.parsing.models import ZoneKind
from service.parsing.shapes import MARKER, Block, Line, Sheet

LABELLED = re.compile(r"(?:[^\s:]+ ){0,4}[^\s:]*[^\s:\d] ?: +\S.{0,60}$")
_MARGIN = 0.1  # the share of a page's height where running headers and footers are looked for


def tell(sheets: list[Sheet], drafts: list[list[Block]]) -> None:
    """Gives every block of every page its kind, judged beside the type that most of the document is set in."""
    sizes: Counter[tuple[float, bool]] = Counter()
    for line in chain.from_iterable(sheet.lines for sheet in sheets):
        sizes[round(line.size * 2) / 2, line.bold] += len(line.text)
    body = max(sizes, key=lambda size: sizes[size], default=(10.0, False))
    for block in chain.from_iterable(drafts):
        block.kind = _kind(block, *body)
    _mark_running(sheets, drafts)


def label_over(label: Line, value: Line) -> bool:
    """A small label printed right over its value, as forms do."""
    near = abs(label.box[0] - value.box[0]) < 3
    return near and label.size < 0.87 * value.size and len(label.words) < 5 and len(value.words) < 8


def _kind(block: Block, body: float, body_bold: bool) -> ZoneKind:
    first, rows, text = block.first, block.rows, block.text
    bold = [all(cell.bold for cell in row) for row in rows]
    if block.tabular:
        wide = sum(len(row) > 2 for row in rows) * 2 > len(rows) > 1
        return "table" if wide or (len(rows) > 2 and bold[0] and not bold[1]) else "key_value"
    if MARKER.match(text) and (len(text) > 40 or not first.bold):
        return "list"
    if len(rows) < 4 and len(text) < 160 and first.size > 1.15 * body:
        return "title"
    if LABELLED.match(first.text) or (len(rows) == 2 and label_over(first, rows[1][0])):
        return "key_value"
    loud = all(bold) and not body_bold
    return "title" if loud and len(text) < 90 and not text.endswith((".", ":", ",")) else "text"


def _mark_running(sheets: list[Sheet], drafts: list[list[Block]]) -> None:
    """What the margins repeat from page to page (numbers aside) is header or footer."""
    seen: dict[tuple[ZoneKind, str], list[Block]] = {}
    for sheet, blocks in zip(sheets, drafts, strict=True):
        _, top, _, bottom = sheet.upright
        margin = (bottom - top) * _MARGIN
        for block in blocks:
            head, foot = block.box[3] < top + margin, block.box[1] > bottom - margin
            if head or foot:
                seen.setdefault(
                    ("header" if head else "footer", re.sub(r"\d+", "#", block.text)), []
                ).append(block)
    for (kind, _), blocks in seen.items():
        for block in blocks if len(blocks) > 1 else ():
            block.kind = kind
