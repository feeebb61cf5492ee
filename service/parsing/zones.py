"""Pure layout: the printed lines of a document become zones in reading order.

Nothing here knows a PDF library. Layout works on upright boxes; what comes out carries boxes as displayed.
"""

from collections.abc import Iterable
from itertools import count

from service.parsing import kinds
from service.parsing.models import Page, Parsed, Word, Zone
from service.parsing.shapes import MARKER, Block, Line, Sheet, share, union

# Beyond these a page is a flood, not a layout: its lines are only grouped.
_MAX_LINES, _FLOOD_ZONE = 2000, 50


def layout(sheets: list[Sheet], flags: Iterable[str] = ()) -> Parsed:
    """The document: pages with their words, zones numbered from 1 in reading order."""
    drafts = [_blocks(sheet) for sheet in sheets]
    kinds.tell(sheets, drafts)
    pages: list[Page] = []
    zones: list[Zone] = []
    for sheet, blocks in zip(sheets, drafts, strict=True):
        words: list[Word] = []
        rows = count()
        for position, block in enumerate(blocks, len(zones) + 1):
            start = len(words)
            for row in block.rows:
                line = next(rows)
                words += [
                    Word(box, text, position, line) for cell in row for box, text in cell.words
                ]
            box = union([word.box for word in words[start:]])
            zones.append(Zone(position, sheet.number, block.kind, box, block.text))
        zones += [
            Zone(at, sheet.number, "figure", box, "")
            for at, box in enumerate(sheet.figures, len(zones) + 1)
        ]
        text = "\n".join(block.text for block in blocks)
        size = (sheet.number, sheet.width, sheet.height, sheet.rotation)
        pages.append(Page(*size, text, "text" if words else "none", tuple(words)))
    return Parsed(tuple(pages), tuple(zones), tuple(flags))


def _blocks(sheet: Sheet) -> list[Block]:
    strays = [Block([[line]]) for line in sheet.strays]
    if len(sheet.lines) <= _MAX_LINES:
        return _ordered(_stacked(_rows(sheet.lines))) + strays
    parts = [
        sheet.lines[start : start + _FLOOD_ZONE]
        for start in range(0, len(sheet.lines), _FLOOD_ZONE)
    ]
    return [Block([[line] for line in part]) for part in parts] + strays


def _rows(lines: list[Line]) -> list[Block]:
    """Lines printed one after the other on one level, and values printed later beside a label that waits for one."""
    rows: list[list[Line]] = []
    waiting: list[list[Line]] = []
    for line in lines:
        row = next((row for row in (*rows[-1:], *waiting) if _beside(row[-1], line)), [])
        if not row:
            rows.append(row)
        row.append(line)
        waiting = [row for row in (*waiting, row) if row[-1].text.endswith(":")]
    return [Block([row]) for row in rows]


def _beside(left: Line, right: Line) -> bool:
    lower = min(left.box[3] - left.box[1], right.box[3] - right.box[1])
    level = share(left.box, right.box, 1) > 0.6 * lower
    alike = left.size < 1.4 * right.size and min(len(left.text), len(right.text)) <= 40
    return level and right.box[0] > left.box[2] - 1 and alike


def _stacked(rows: list[Block]) -> list[Block]:
    """Rows that go on with what stands right above them join it; anything else opens a block."""
    blocks: list[Block] = []
    for row in sorted(rows, key=lambda row: (row.box[1], row.box[0])):
        above = next((block for block in reversed(blocks) if _continues(block, row)), None)
        if above is None:
            blocks.append(row)
        else:
            above.rows += row.rows
            above.box = union([above.box, row.box])
    return blocks


def _continues(block: Block, row: Block) -> bool:
    above, line = block.rows[-1][-1], row.rows[0][-1]
    gap = (row.box[1] - block.box[3]) / line.size
    if not -0.6 < gap < 2.2 or share(block.box, row.box, 0) <= 0:
        return False
    if block.tabular:
        wide = min(len(block.rows[-1]), len(row.rows[0])) > 2
        wrapped = not row.tabular
        return wide or (gap < (0.4 if wrapped else 1.1) and _aligned(block.rows[-1], row.rows[0]))
    if row.tabular or MARKER.match(row.first.text):
        return False
    if kinds.label_over(above, line) and len(block.rows) == 1:
        return gap < 0.8
    alike = abs(above.size - line.size) < 0.08 * line.size and above.bold == line.bold
    labelled = bool(kinds.LABELLED.match(above.text)) == bool(kinds.LABELLED.match(line.text))
    return alike and labelled and gap < 0.7


def _aligned(above: list[Line], below: list[Line]) -> bool:
    return any(
        abs(one.box[side] - two.box[side]) < 4 for one in above for two in below for side in (0, 2)
    )


def _ordered(blocks: list[Block]) -> list[Block]:
    """Reading order by cutting: bands from the top, inside a band columns from the left."""
    if len(blocks) < 2:
        return blocks
    bands: list[list[Block]] = []
    for band in _cut(blocks, 1, -2.0):
        if bands and _same_columns(bands[-1], band):
            bands[-1].extend(band)
        else:
            bands.append(band)
    parts = bands if len(bands) > 1 else _cut(blocks, 0, 4.0)
    if len(parts) == 1:
        return sorted(blocks, key=lambda block: (block.box[1], block.box[0]))
    return [block for part in parts for block in _ordered(part)]


def _same_columns(above: list[Block], below: list[Block]) -> bool:
    """Two bands of running text in the same columns are read column by column."""
    gap = min(block.box[1] for block in below) - max(block.box[3] for block in above)
    prose = [
        part for part in _cut(above + below, 0, 4.0) if any(len(block.text) > 60 for block in part)
    ]
    return len(prose) > 1 and gap < 2.5 * below[0].first.size


def _cut(blocks: list[Block], axis: int, least: float) -> list[list[Block]]:
    """The blocks in groups that a gap of at least so much parts along the axis (0: x, 1: y)."""
    parts: list[list[Block]] = []
    end = float("-inf")
    for block in sorted(blocks, key=lambda block: block.box[axis]):
        if block.box[axis] >= end + least:
            parts.append([])
        parts[-1].append(block)
        end = max(end, block.box[axis + 2])
    return parts
