"""What a block is: title, text, table, list, key_value, or a running header or footer."""

import re
from collections import Counter

from service.parsing.models import ZoneKind
from service.parsing.shapes import Block, Sheet

MARKER = re.compile(r"(?:[•◦▪■●‣·*–—-]|\(?(?:\d{1,2}|[a-z])[.)])(?=\s|$)")
LABELLED = re.compile(r"(?:[^\s:]+ ){0,4}[^\s:]*[^\s:\d] ?: +\S.{0,60}$")
_PAGE_NUMBER = re.compile(r"(?:\w+\.? )?\d{1,4}(?: ?(?:/|\w{1,4}) ?\d{1,4})?$")
_MARGIN = 0.1  # the share of a page's height where running headers and footers are looked for


def kind(block: Block, body: float, body_bold: bool) -> ZoneKind:
    """The kind of a block, judged by its words and beside the document's usual type."""
    first, text = block.first, block.text
    if block.tabular:
        wide = sum(len(row) > 2 for row in block.rows) * 2 > len(block.rows) > 1
        headed = len(block.rows) > 2 and all(cell[0].bold for cell in block.rows[0])
        headed = headed and not any(cell[0].bold for cell in block.rows[1])
        return "table" if wide or headed else "key_value"
    if MARKER.match(text) and (len(text) > 40 or not first.bold):
        return "list"
    if len(block.rows) < 4 and len(text) < 160 and first.size > 1.15 * body:
        return "title"
    if LABELLED.match(first.text) or (len(block.rows) == 2 and _over_value_pair(block)):
        return "key_value"
    loud = first.bold and not body_bold and all(row[0][0].bold for row in block.rows)
    return "title" if loud and len(text) < 90 and not text.endswith((".", ":", ",")) else "text"


def _over_value_pair(block: Block) -> bool:
    return block.rows[0][0][0].size < 0.87 * block.rows[1][0][0].size


def body_size(sheets: list[Sheet]) -> tuple[float, bool]:
    """Size of the type that most of the document is set in, and whether it is bold."""
    sizes: Counter[tuple[float, bool]] = Counter()
    for line in (line for sheet in sheets for line in sheet.lines):
        sizes[(round(line.size * 2) / 2, line.bold)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else (10.0, False)


def mark_running(sheets: list[Sheet], drafts: list[list[Block]]) -> None:
    """What the margins repeat from page to page (numbers aside) is header or footer."""
    seen: dict[tuple[ZoneKind, str], list[Block]] = {}
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
