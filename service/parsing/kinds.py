"""What a block is: title, text, table, list, key_value, or a running header or footer."""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from service.parsing.models import ZoneKind
from service.parsing.shapes import MARKER, Block, Line, Sheet

# A label of up to five words, a colon, and a short value behind it in the same line.
LABELLED = re.compile(
    r"""
    (?: [^\s:]+ [ ] ){0,4}
    [^\s:]* [^\s:\d] [ ]?
    : [ ]+
    \S .{0,60} $
    """,
    re.VERBOSE,
)
_MARGIN = 0.1  # the share of a page's height where running headers and footers are looked for


class _Type(NamedTuple):
    """Type that text is set in."""

    size: float
    bold: bool


def assign_kinds(sheets: list[Sheet], drafts: list[list[Block]]) -> None:
    """Gives every block its kind, judged beside the type that most of the document is set in.

    `drafts` are the blocks of each sheet.
    """
    body = _body_type(chain.from_iterable(sheet.lines for sheet in sheets))
    for block in chain.from_iterable(drafts):
        block.kind = _kind(block, body)
    _assign_running_kinds(sheets, drafts)


def is_label_over(label: Line, value: Line) -> bool:
    """True for a small label that is printed right over its value, as in forms."""
    flush = abs(label.box[0] - value.box[0]) < 3
    smaller = label.size < 0.87 * value.size
    return flush and smaller and len(label.words) < 5 and len(value.words) < 8


def _body_type(lines: Iterable[Line]) -> _Type:
    letters: Counter[_Type] = Counter()
    for line in lines:
        letters[_Type(round(line.size * 2) / 2, line.bold)] += len(line.text)
    return max(letters, key=lambda type_: letters[type_], default=_Type(10.0, False))


def _kind(block: Block, body: _Type) -> ZoneKind:
    if block.tabular:
        return "table" if _is_table(block) else "key_value"
    first = block.first
    text = block.text
    if MARKER.match(text) and (len(text) > 40 or not first.bold):
        return "list"
    if len(block.rows) < 4 and len(text) < 160 and first.size > 1.15 * body.size:
        return "title"
    if LABELLED.match(first.text):
        return "key_value"
    if len(block.rows) == 2 and is_label_over(first, block.rows[1][0]):
        return "key_value"
    if not body.bold and _is_heading(block):
        return "title"
    return "text"


def _is_table(block: Block) -> bool:
    """True where most rows have three cells or more, or the first row is a bold head."""
    rows = block.rows
    wide_rows = sum(len(row) > 2 for row in rows)
    if wide_rows * 2 > len(rows) > 1:
        return True
    return len(rows) > 2 and _is_bold(rows[0]) and not _is_bold(rows[1])


def _is_heading(block: Block) -> bool:
    """True for a few words that are all bold and do not end as a sentence does."""
    bold = all(_is_bold(row) for row in block.rows)
    return bold and len(block.text) < 90 and not block.text.endswith((".", ":", ","))


def _is_bold(row: list[Line]) -> bool:
    return all(cell.bold for cell in row)


def _assign_running_kinds(sheets: list[Sheet], drafts: list[list[Block]]) -> None:
    """What the margins repeat from page to page, numbers aside, is header or footer."""
    alike: dict[tuple[ZoneKind, str], list[Block]] = {}
    for sheet, blocks in zip(sheets, drafts, strict=True):
        for block in blocks:
            kind = _margin_kind(sheet, block)
            if kind:
                without_numbers = re.sub(r"\d+", "#", block.text)
                alike.setdefault((kind, without_numbers), []).append(block)
    for (kind, _), repeated in alike.items():
        if len(repeated) > 1:
            for block in repeated:
                block.kind = kind


def _margin_kind(sheet: Sheet, block: Block) -> ZoneKind | None:
    """What a block would be if other pages repeat it; None outside the margins."""
    _, top, _, bottom = sheet.upright
    margin = (bottom - top) * _MARGIN
    if block.box[3] < top + margin:
        return "header"
    if block.box[1] > bottom - margin:
        return "footer"
    return None
