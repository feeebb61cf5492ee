"""Pure layout: the printed lines of a document become zones in reading order.

Nothing here knows a PDF library. Layout works on upright boxes (the page turned until most of its
text runs left to right); what comes out carries boxes as displayed.
"""

from collections.abc import Iterable, Iterator

from service.parsing import kinds
from service.parsing.models import Page, Parsed, Word, Zone
from service.parsing.shapes import Block, Cell, Line, Sheet, share, union

# Beyond these a page is a flood, not a layout: its lines are only grouped.
_MAX_LINES, _FLOOD_ZONE = 3000, 50


def layout(sheets: list[Sheet], flags: Iterable[str] = ()) -> Parsed:
    """The document: pages with their words, zones numbered from 1 in reading order."""
    drafts = [_blocks(sheet) for sheet in sheets]
    body = kinds.body_size(sheets)
    for blocks in drafts:
        for block in blocks:
            block.kind = kinds.kind(block, *body)
    kinds.mark_running(sheets, drafts)
    pages: list[Page] = []
    zones: list[Zone] = []
    for sheet, blocks in zip(sheets, drafts, strict=True):
        words = tuple(_place(sheet, blocks, zones))
        text = "\n".join(block.text for block in blocks)
        size = (sheet.number, sheet.width, sheet.height, sheet.rotation)
        pages.append(Page(*size, text, "text" if words else "none", words))
    return Parsed(tuple(pages), tuple(zones), tuple(flags))


def _place(sheet: Sheet, blocks: list[Block], zones: list[Zone]) -> list[Word]:
    words: list[Word] = []
    level = 0
    for block in blocks:
        position, start = len(zones) + 1, len(words)
        for row in block.rows:
            parts = (line.words for cell in row for line in cell)
            words += [Word(box, text, position, level) for part in parts for box, text in part]
            level += 1
        box = union([word.box for word in words[start:]]) if sheet.turned else block.box
        zones.append(Zone(position, sheet.number, block.kind, box, block.text))
    for box in sheet.figures:
        zones.append(Zone(len(zones) + 1, sheet.number, "figure", box, ""))
    return words


def _blocks(sheet: Sheet) -> list[Block]:
    flood = len(sheet.lines) > _MAX_LINES
    blocks = [*_flood(sheet.lines)] if flood else _stacked(_columns_joined(_rows(sheet.lines)))
    strays = [Block([[[line]]], line.box) for line in sheet.strays]
    for block in (*blocks, *strays):
        block.text = block.say()
    return [*(blocks if flood else _ordered(blocks)), *strays]


def _flood(lines: list[Line]) -> Iterator[Block]:
    for start in range(0, len(lines), _FLOOD_ZONE):
        part = lines[start : start + _FLOOD_ZONE]
        yield Block([[[line]] for line in part], union([line.box for line in part]))


def _rows(lines: list[Line]) -> list[Block]:
    """Runs that the file prints one after the other on one level: rows of a table, label and value."""
    rows: list[Block] = []
    for line in lines:
        last = rows[-1].rows[0][-1] if rows else []
        if not last or not _beside(last[-1], line):
            rows.append(Block([[[line]]], line.box))
            continue
        if kinds.MARKER.fullmatch(last[-1].text):
            last.append(line)
        else:
            rows[-1].rows[0].append([line])
        rows[-1].box = union([rows[-1].box, line.box])
    return rows


def _beside(left: Line, right: Line) -> bool:
    (_, top, end, bottom), (start, top2, _, bottom2) = left.box, right.box
    shared = min(bottom, bottom2) - max(top, top2)
    level = shared > 0.6 * min(bottom - top, bottom2 - top2)
    alike = left.size < 1.4 * right.size and not (len(left.text) > 40 and len(right.text) > 40)
    return level and start > end - 1 and alike


def _columns_joined(rows: list[Block]) -> list[Block]:
    """Label and value printed apart (all labels, then all values) come together on their level."""
    out: list[Block] = []
    for row in sorted(rows, key=lambda row: (row.box[1] + row.box[3], row.box[0])):
        left = out[-1] if out else None
        if left is not None and _labels(left, row):
            left.rows[0].extend(row.rows[0])
            left.box = union([left.box, row.box])
        else:
            out.append(row)
    return out


def _labels(left: Block, right: Block) -> bool:
    label = left.rows[0][-1][-1]
    return label.text.endswith(":") and not right.tabular and _beside(label, right.first)


def _stacked(rows: list[Block]) -> list[Block]:
    """Rows that continue what stands right above them join it; anything else opens a block."""
    done: list[Block] = []
    above: list[Block] = []
    for row in sorted(rows, key=lambda row: (row.box[1], row.box[0])):
        over = [block for block in above if share(block.box, row.box, 0) > 0]
        target = next((block for block in reversed(over) if _continues(block, row)), None)
        above = [block for block in above if block is target or block not in over]
        if target is None:
            done.append(row)
            above.append(row)
        else:
            _append(target, row)
    return done


def _append(block: Block, row: Block) -> None:
    cell = _wrapped_cell(block, row)
    if cell is None:
        block.gap = row.box[1] - block.box[3]
        block.rows.extend(row.rows)
    else:
        cell.extend(row.rows[0][0])
    block.box = union([block.box, row.box])


def _continues(block: Block, row: Block) -> bool:
    above, line = block.rows[-1][0][0], row.first
    gap = (row.box[1] - block.box[3]) / line.size
    if block.tabular:
        if not row.tabular:
            return _wrapped_cell(block, row) is not None
        wide = min(len(block.rows[-1]), len(row.rows[0])) > 2
        limit = 1.5 * block.gap / line.size + 0.2 if len(block.rows) > 1 else 2.2 if wide else 1.1
        return gap < max(limit, 0.8) and (wide or _aligned(block.rows[-1], row.rows[0]))
    if row.tabular or gap < -0.6 or kinds.MARKER.match(line.text):
        return False
    if _over_value(block, line):
        return gap < 0.8
    same = abs(above.size - line.size) < 0.08 * line.size and above.bold == line.bold
    labelled = bool(kinds.LABELLED.match(above.text)) == bool(kinds.LABELLED.match(line.text))
    return same and labelled and gap < 0.7


def _over_value(block: Block, value: Line) -> bool:
    """A small label printed right over its value, as forms do."""
    label = block.first
    near = abs(label.box[0] - value.box[0]) < 3 and len(block.rows) == 1
    return near and label.size < 0.87 * value.size and len(label.words) < 5 and len(value.words) < 8


def _wrapped_cell(block: Block, row: Block) -> Cell | None:
    """The cell of the last row that the words of `row` continue on a line of their own."""
    if row.tabular or not block.tabular or not any(c.isalpha() for c in row.first.text):
        return None
    hit = [cell for cell in block.rows[-1] if share(cell[-1].box, row.box, 0) > 0]
    if len(hit) != 1 or abs(hit[0][-1].box[0] - row.box[0]) > 3:
        return None
    gap = row.box[1] - hit[0][-1].box[3]
    return hit[0] if -0.6 < gap / row.first.size < 0.4 else None


def _aligned(above: list[Cell], below: list[Cell]) -> bool:
    edges = [side for cell in above for side in (cell[0].box[0], cell[0].box[2])]
    return any(abs(side - edge) < 4 for cell in below for side in (cell[0].box[0], cell[0].box[2]) for edge in edges)


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
    columns = _cut([*above, *below], 0, 4.0)
    prose = [column for column in columns if any(len(block.text) > 60 for block in column)]
    return len(prose) > 1 and gap < 2.5 * below[0].first.size


def _cut(blocks: list[Block], axis: int, least: float) -> list[list[Block]]:
    parts: list[list[Block]] = []
    end = 0.0
    for block in sorted(blocks, key=lambda block: block.box[axis]):
        if parts and block.box[axis] < end + least:
            parts[-1].append(block)
            end = max(end, block.box[axis + 2])
        else:
            parts.append([block])
            end = block.box[axis + 2]
    return parts
