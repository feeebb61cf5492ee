"""Pure layout: the printed lines of a document become zones in reading order.

Nothing here knows a PDF library. Layout works on upright boxes; what comes out carries boxes as
displayed.
"""

from collections.abc import Iterable

from service.parsing import kinds
from service.parsing.models import Page, Parsed, Word, Zone
from service.parsing.shapes import MARKER, Block, Line, Sheet, box_around, overlap_along

# A page of more lines is a flood and no layout: its lines are only grouped.
_MAX_LINES = 2000
_LINES_IN_FLOOD_ZONE = 50
_X = 0
_Y = 1


def layout(sheets: list[Sheet], flags: Iterable[str] = ()) -> Parsed:
    """The document: pages with their words, zones numbered from 1 in reading order."""
    drafts = [_blocks(sheet) for sheet in sheets]
    kinds.assign_kinds(sheets, drafts)
    pages: list[Page] = []
    zones: list[Zone] = []
    for sheet, blocks in zip(sheets, drafts, strict=True):
        words: list[Word] = []
        line_number = 0
        for position, block in enumerate(blocks, len(zones) + 1):
            block_words = _number_words(block, position, line_number)
            box = box_around([word.box for word in block_words])
            zones.append(Zone(position, sheet.number, block.kind, box, block.text))
            words += block_words
            line_number += len(block.rows)
        for position, box in enumerate(sheet.figures, len(zones) + 1):
            zones.append(Zone(position, sheet.number, "figure", box, ""))
        pages.append(_page(sheet, blocks, words))
    return Parsed(tuple(pages), tuple(zones), tuple(flags))


def _number_words(block: Block, zone: int, first_line: int) -> list[Word]:
    """The words of a block in reading order; every row is a line of the page."""
    words: list[Word] = []
    for line, row in enumerate(block.rows, first_line):
        for cell in row:
            words += [Word(box, text, zone, line) for box, text in cell.words]
    return words


def _page(sheet: Sheet, blocks: list[Block], words: list[Word]) -> Page:
    return Page(
        number=sheet.number,
        width=sheet.width,
        height=sheet.height,
        rotation=sheet.rotation,
        text="\n".join(block.text for block in blocks),
        source="text" if words else "none",
        words=tuple(words),
    )


def _blocks(sheet: Sheet) -> list[Block]:
    """The blocks of a page in reading order; strays come last, a block each."""
    strays = [Block([[line]]) for line in sheet.strays]
    if len(sheet.lines) > _MAX_LINES:
        return _flood_blocks(sheet.lines) + strays
    return _in_reading_order(_stack_rows(_rows(sheet.lines))) + strays


def _flood_blocks(lines: list[Line]) -> list[Block]:
    blocks = []
    for start in range(0, len(lines), _LINES_IN_FLOOD_ZONE):
        part = lines[start : start + _LINES_IN_FLOOD_ZONE]
        blocks.append(Block([[line] for line in part]))
    return blocks


def _rows(lines: list[Line]) -> list[Block]:
    """Blocks of one row each: lines that are printed one after the other on one level.

    A value that is printed later joins the row of the label that waits for it.
    """
    rows: list[list[Line]] = []
    waiting: list[list[Line]] = []  # rows that end with a label
    for line in lines:
        row = next((row for row in (*rows[-1:], *waiting) if _is_beside(row[-1], line)), None)
        if row is None:
            row = []
            rows.append(row)
        row.append(line)
        waiting = [row for row in (*waiting, row) if row[-1].text.endswith(":")]
    return [Block([row]) for row in rows]


def _is_beside(left: Line, right: Line) -> bool:
    lower_height = min(left.box[3] - left.box[1], right.box[3] - right.box[1])
    on_one_level = overlap_along(left.box, right.box, _Y) > 0.6 * lower_height
    in_order = right.box[0] > left.box[2] - 1
    alike = left.size < 1.4 * right.size and min(len(left.text), len(right.text)) <= 40
    return on_one_level and in_order and alike


def _stack_rows(rows: list[Block]) -> list[Block]:
    """Rows that go on with what stands right above them join it; any other opens a block."""
    blocks: list[Block] = []
    for row in sorted(rows, key=_top_left):
        above = next((block for block in reversed(blocks) if _continues(block, row)), None)
        if above is None:
            blocks.append(row)
        else:
            above.append_row(row)
    return blocks


def _top_left(block: Block) -> tuple[float, float]:
    return block.box[1], block.box[0]


def _continues(block: Block, row: Block) -> bool:
    above = block.rows[-1][-1]
    line = row.rows[0][-1]
    gap = (row.box[1] - block.box[3]) / line.size
    if not -0.6 < gap < 2.2 or overlap_along(block.box, row.box, _X) <= 0:
        return False
    if block.tabular:
        return _continues_table(block, row, gap)
    if row.tabular or MARKER.match(row.first.text):
        return False
    if kinds.is_label_over(above, line) and len(block.rows) == 1:
        return gap < 0.8
    same_type = abs(above.size - line.size) < 0.08 * line.size and above.bold == line.bold
    labelled_alike = _is_labelled(above) == _is_labelled(line)
    return same_type and labelled_alike and gap < 0.7


def _continues_table(block: Block, row: Block, gap: float) -> bool:
    """True for a row of many cells, or one whose edges stand under those of the row above."""
    above = block.rows[-1]
    below = row.rows[0]
    if min(len(above), len(below)) > 2:
        return True
    # A row of one cell is the second line of a cell that wraps, and stands closer.
    most_gap = 1.1 if row.tabular else 0.4
    return gap < most_gap and _are_aligned(above, below)


def _is_labelled(line: Line) -> bool:
    return kinds.LABELLED.match(line.text) is not None


def _are_aligned(above: list[Line], below: list[Line]) -> bool:
    """True where two of their cells begin or end at the same place."""
    for one in above:
        for other in below:
            begins = abs(one.box[0] - other.box[0]) < 4
            ends = abs(one.box[2] - other.box[2]) < 4
            if begins or ends:
                return True
    return False


def _in_reading_order(blocks: list[Block]) -> list[Block]:
    """Order by cutting: bands from the top, inside a band columns from the left."""
    if len(blocks) < 2:
        return blocks
    parts = _bands(blocks)
    if len(parts) == 1:
        parts = _cut(blocks, _X, 4.0)
    if len(parts) == 1:
        return sorted(blocks, key=_top_left)
    ordered: list[Block] = []
    for part in parts:
        ordered += _in_reading_order(part)
    return ordered


def _bands(blocks: list[Block]) -> list[list[Block]]:
    """The blocks from the top; bands in the same columns stay together."""
    bands: list[list[Block]] = []
    for band in _cut(blocks, _Y, -2.0):
        if bands and _share_columns(bands[-1], band):
            bands[-1].extend(band)
        else:
            bands.append(band)
    return bands


def _share_columns(above: list[Block], below: list[Block]) -> bool:
    """True for two bands of running text in the same columns: they are read column by column."""
    gap = min(block.box[1] for block in below) - max(block.box[3] for block in above)
    columns = [part for part in _cut(above + below, _X, 4.0) if _holds_prose(part)]
    return len(columns) > 1 and gap < 2.5 * below[0].first.size


def _holds_prose(blocks: list[Block]) -> bool:
    return any(len(block.text) > 60 for block in blocks)


def _cut(blocks: list[Block], axis: int, least_gap: float) -> list[list[Block]]:
    """The blocks in groups that gaps along the axis part, each at least so wide."""
    groups: list[list[Block]] = []
    end = float("-inf")
    for block in sorted(blocks, key=lambda block: block.box[axis]):
        if block.box[axis] >= end + least_gap:
            groups.append([])
        groups[-1].append(block)
        end = max(end, block.box[axis + 2])
    return groups
