"""Pure layout: the printed lines of a document become zones in reading order.

Nothing here knows a PDF library. Layout works on upright boxes (the page turned until most of its
text runs left to right); what comes out carries boxes as displayed.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter

from service.parsing.models import Box, Page, Parsed, Word, Zone, ZoneKind

_MARKER = re.compile(r"(?:[•◦▪■●‣·*–—-]|\(?(?:\d{1,2}|[a-z])[.)])(?=\s|$)")
_LABELLED = re.compile(r"(?:[^\s:]+ ){0,4}[^\s:]+ ?: +\S.{0,60}$")
_PAGE_NUMBER = re.compile(r"(?:\w+\.? )?\d{1,4}(?: ?(?:/|\w{1,4}) ?\d{1,4})?$")
# Beyond these a page is a flood, not a layout: its lines are only grouped.
_MAX_LINES, _FLOOD_ZONE = 3000, 50
_MARGIN = 0.1  # the share of a page's height where running headers and footers are looked for


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
    """What was read of a page. `strays` run in another direction than the rest (stamps, spines)."""

    number: int
    width: float = 0.0
    height: float = 0.0
    rotation: int = 0
    upright: Box = (0.0, 0.0, 0.0, 0.0)
    lines: list[Line] = field(default_factory=list)
    strays: list[Line] = field(default_factory=list)
    figures: list[Box] = field(default_factory=list)


Cell = list[Line]


@dataclass(slots=True)
class _Block:
    """A zone in the making: rows of cells of lines. A paragraph is rows of one cell of one line."""

    rows: list[list[Cell]]
    box: Box
    gap: float = 0.0
    kind: ZoneKind = "text"

    @property
    def first(self) -> Line:
        return self.rows[0][0][0]

    @property
    def tabular(self) -> bool:
        return len(self.rows[0]) > 1

    @property
    def text(self) -> str:
        return "\n".join("  ".join(_cell_text(cell) for cell in row) for row in self.rows)


def layout(sheets: list[Sheet], flags: Iterable[str] = ()) -> Parsed:
    """The document: pages with their words, zones numbered from 1 in reading order."""
    drafts = [_blocks(sheet) for sheet in sheets]
    body = _body_size(sheets)
    for blocks in drafts:
        for block in blocks:
            block.kind = _kind(block, *body)
    _mark_running(sheets, drafts)
    pages, zones = [], []
    for sheet, blocks in zip(sheets, drafts, strict=True):
        words = tuple(_place(sheet, blocks, zones))
        text = "\n".join(block.text for block in blocks)
        size = (sheet.number, sheet.width, sheet.height, sheet.rotation)
        pages.append(Page(*size, text, "text" if words else "none", words))
    return Parsed(tuple(pages), tuple(zones), tuple(flags))


def _place(sheet: Sheet, blocks: list[_Block], zones: list[Zone]) -> Iterator[Word]:
    line = -1
    for block in blocks:
        position, boxes = len(zones) + 1, []
        for row in block.rows:
            line += 1
            for box, text in (word for cell in row for part in cell for word in part.words):
                boxes.append(box)
                yield Word(box, text, position, line)
        zones.append(Zone(position, sheet.number, block.kind, union(boxes), block.text))
    for box in sheet.figures:
        zones.append(Zone(len(zones) + 1, sheet.number, "figure", box, ""))


def _blocks(sheet: Sheet) -> list[_Block]:
    strays = [_Block([[[line]]], line.box) for line in sheet.strays]
    if len(sheet.lines) > _MAX_LINES:
        return [*_flood(sheet.lines), *strays]
    return [*_ordered(_stacked(_columns_joined(_rows(sheet.lines)))), *strays]


def _flood(lines: list[Line]) -> Iterator[_Block]:
    for start in range(0, len(lines), _FLOOD_ZONE):
        part = lines[start : start + _FLOOD_ZONE]
        yield _Block([[[line]] for line in part], union([line.box for line in part]))


def _rows(lines: list[Line]) -> list[_Block]:
    """Runs that the file prints one after the other on one level: rows of a table, label and value."""
    rows: list[_Block] = []
    for line in lines:
        last = rows[-1].rows[0][-1] if rows else []
        if not last or not _beside(last[-1], line):
            rows.append(_Block([[[line]]], line.box))
            continue
        if _MARKER.fullmatch(last[-1].text):
            last.append(line)
        else:
            rows[-1].rows[0].append([line])
        rows[-1].box = union([rows[-1].box, line.box])
    return rows


def _beside(left: Line, right: Line) -> bool:
    (_, top, end, bottom), (start, top2, _, bottom2) = left.box, right.box
    shared = min(bottom, bottom2) - max(top, top2)
    level = shared > 0.6 * min(bottom - top, bottom2 - top2)
    return level and start > end - 1 and not (len(left.text) > 40 and len(right.text) > 40)


def _columns_joined(rows: list[_Block]) -> list[_Block]:
    """Label and value printed apart (all labels, then all values) come together on their level."""
    out: list[_Block] = []
    for row in sorted(rows, key=lambda row: (row.box[1] + row.box[3], row.box[0])):
        left = out[-1] if out else None
        if left is not None and _labels(left, row):
            left.rows[0].extend(row.rows[0])
            left.box = union([left.box, row.box])
        else:
            out.append(row)
    return out


def _labels(left: _Block, right: _Block) -> bool:
    label = left.rows[0][-1][-1]
    return label.text.endswith(":") and not right.tabular and _beside(label, right.first)


def _stacked(rows: list[_Block]) -> list[_Block]:
    """Rows that continue what stands right above them join it; anything else opens a block."""
    done: list[_Block] = []
    above: list[_Block] = []
    for row in sorted(rows, key=lambda row: (row.box[1], row.box[0])):
        over = [block for block in above if _share(block.box, row.box, 0) > 0]
        target = next((block for block in reversed(over) if _continues(block, row)), None)
        above = [block for block in above if block is target or block not in over]
        if target is None:
            done.append(row)
            above.append(row)
        else:
            _append(target, row)
    return done


def _append(block: _Block, row: _Block) -> None:
    cell = _wrapped_cell(block, row)
    if cell is None:
        block.gap = row.box[1] - block.box[3]
        block.rows.extend(row.rows)
    else:
        cell.extend(row.rows[0][0])
    block.box = union([block.box, row.box])


def _continues(block: _Block, row: _Block) -> bool:
    above, line = block.rows[-1][0][0], row.first
    gap = (row.box[1] - block.box[3]) / line.size
    if block.tabular:
        if not row.tabular:
            return _wrapped_cell(block, row) is not None
        limit = 1.5 * block.gap / line.size + 0.2 if len(block.rows) > 1 else 1.1
        return gap < max(limit, 0.8) and _aligned(block.rows[-1], row.rows[0])
    if row.tabular or gap < -0.6 or _MARKER.match(line.text):
        return False
    if _over_value(block, line):
        return gap < 0.5
    same = abs(above.size - line.size) < 0.08 * line.size and above.bold == line.bold
    labelled = bool(_LABELLED.match(above.text)) == bool(_LABELLED.match(line.text))
    return same and labelled and gap < 0.7


def _over_value(block: _Block, value: Line) -> bool:
    """A small label printed right over its value, as forms do."""
    label = block.first
    near = abs(label.box[0] - value.box[0]) < 3 and len(block.rows) == 1
    return near and label.size < 0.87 * value.size and len(label.words) < 5 and len(value.words) < 8


def _wrapped_cell(block: _Block, row: _Block) -> Cell | None:
    """The cell of the last row that the words of `row` continue on a line of their own."""
    if row.tabular or not block.tabular or not any(c.isalpha() for c in row.first.text):
        return None
    hit = [cell for cell in block.rows[-1] if _share(cell[-1].box, row.box, 0) > 0]
    if len(hit) != 1 or abs(hit[0][-1].box[0] - row.box[0]) > 3:
        return None
    gap = row.box[1] - hit[0][-1].box[3]
    return hit[0] if -0.6 < gap / row.first.size < 0.4 else None


def _aligned(above: list[Cell], below: list[Cell]) -> bool:
    edges = [side for cell in above for side in (cell[0].box[0], cell[0].box[2])]
    return any(abs(side - edge) < 4 for cell in below for side in (cell[0].box[0], cell[0].box[2]) for edge in edges)


def _ordered(blocks: list[_Block]) -> list[_Block]:
    """Reading order by cutting: bands from the top, inside a band columns from the left."""
    if len(blocks) < 2:
        return blocks
    bands: list[list[_Block]] = []
    for band in _cut(blocks, 1, -2.0):
        if bands and _same_columns(bands[-1], band):
            bands[-1].extend(band)
        else:
            bands.append(band)
    parts = bands if len(bands) > 1 else _cut(blocks, 0, 4.0)
    if len(parts) == 1:
        return sorted(blocks, key=lambda block: (block.box[1], block.box[0]))
    return [block for part in parts for block in _ordered(part)]


def _same_columns(above: list[_Block], below: list[_Block]) -> bool:
    """Two bands of running text in the same columns are read column by column."""
    gap = min(block.box[1] for block in below) - max(block.box[3] for block in above)
    columns = _cut([*above, *below], 0, 4.0)
    prose = [column for column in columns if any(len(block.text) > 60 for block in column)]
    return len(prose) > 1 and gap < 2.5 * below[0].first.size


def _cut(blocks: list[_Block], axis: int, least: float) -> list[list[_Block]]:
    parts: list[list[_Block]] = []
    end = 0.0
    for block in sorted(blocks, key=lambda block: block.box[axis]):
        if parts and block.box[axis] < end + least:
            parts[-1].append(block)
            end = max(end, block.box[axis + 2])
        else:
            parts.append([block])
            end = block.box[axis + 2]
    return parts


def _kind(block: _Block, body: float, body_bold: bool) -> ZoneKind:
    first, text = block.first, block.text
    if block.tabular:
        wide = sum(len(row) > 2 for row in block.rows) * 2 > len(block.rows)
        headed = len(block.rows) > 2 and all(cell[0].bold for cell in block.rows[0])
        headed = headed and not any(cell[0].bold for cell in block.rows[1])
        return "table" if wide or headed else "key_value"
    if _MARKER.match(text) and (len(text) > 40 or not first.bold):
        return "list"
    if len(block.rows) < 4 and len(text) < 160 and first.size > 1.15 * body:
        return "title"
    if _LABELLED.match(first.text) or (len(block.rows) == 2 and _over_value_pair(block)):
        return "key_value"
    loud = first.bold and not body_bold and all(row[0][0].bold for row in block.rows)
    return "title" if loud and len(text) < 90 and not text.endswith((".", ":", ",")) else "text"


def _over_value_pair(block: _Block) -> bool:
    return block.rows[0][0][0].size < 0.87 * block.rows[1][0][0].size


def _body_size(sheets: list[Sheet]) -> tuple[float, bool]:
    sizes: Counter[tuple[float, bool]] = Counter()
    for line in (line for sheet in sheets for line in sheet.lines):
        sizes[(round(line.size * 2) / 2, line.bold)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else (10.0, False)


def _mark_running(sheets: list[Sheet], drafts: list[list[_Block]]) -> None:
    """What the margins repeat from page to page (numbers aside) is header or footer."""
    seen: dict[tuple[ZoneKind, str], list[_Block]] = {}
    for sheet, blocks in zip(sheets, drafts, strict=True):
        _, top, _, bottom = sheet.upright
        margin = (bottom - top) * _MARGIN
        for block in blocks:
            head, foot = block.box[3] < top + margin, block.box[1] > bottom - margin
            if head or foot:
                key = re.sub(r"\d+", "#", block.text)
                seen.setdefault(("header" if head else "footer", key), []).append(block)
    for (kind, _), blocks in seen.items():
        for block in blocks:
            if len(blocks) > 1 or _PAGE_NUMBER.match(block.text):
                block.kind = kind


def _cell_text(cell: Cell) -> str:
    return " ".join(map(attrgetter("text"), cell))


def _share(one: Box, other: Box, axis: int) -> float:
    return min(one[axis + 2], other[axis + 2]) - max(one[axis], other[axis])


def union(boxes: list[Box]) -> Box:
    """The smallest box around all of them."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return (min(x0), min(y0), max(x1), max(y1))
