"""One page of a PyMuPDF document becomes a sheet of printed lines, as read by MuPDF's text device."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pymupdf

from service.parsing.models import Box
from service.parsing.sight import Sight
from service.parsing.zones import Line, Sheet, union

# What is printed counts: no ActualText, and an unknown glyph is U+FFFD, not an invented letter.
_TEXT = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_COLLECT_VECTORS | pymupdf.TEXT_IGNORE_ACTUALTEXT
_MAX_FIGURES, _LEAST_FIGURE = 50, 20.0  # smaller images (in points) are ornaments
_CELL_GAP = 1.8  # of the type size; the blanks of justified text stay below
_MAX_UNKNOWN = 0.3  # share of unknown glyphs from which a page counts as unread
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_TURNS: dict[tuple[int, int], Callable[[Box], Box]] = {
    (1, 0): lambda box: box,
    (0, -1): lambda box: (-box[3], box[0], -box[1], box[2]),
    (0, 1): lambda box: (box[1], -box[2], box[3], -box[0]),
    (-1, 0): lambda box: (-box[2], -box[3], -box[0], -box[1]),
}
_Words = list[tuple[Box, str]]
_Printed = tuple[tuple[int, int], dict[str, Any], _Words]  # direction, first span, words


def read(page: pymupdf.Page, sheet: Sheet, flags: set[str]) -> None:
    """Fills the sheet from the page and adds to the flags. Raises what PyMuPDF raises."""
    sheet.rotation = page.rotation
    sheet.width, sheet.height = round(page.rect.width, 2), round(page.rect.height, 2)
    if not page.parent.is_pdf:
        sheet.figures = [(0.0, 0.0, sheet.width, sheet.height)]
        return
    matrix = tuple(page.rotation_matrix) if page.rotation else None
    if page.get_images():
        sheet.figures = [_shown(box, matrix) for box in _images(page)]
    printed = list(_printed(page, bool(sheet.figures), flags))
    letters = "".join(text for _, _, words in printed for _, text in words)
    if letters.count("\ufffd") > _MAX_UNKNOWN * len(letters):
        flags.add(f"unknown_letters:{sheet.number}")
        return
    ways = Counter[tuple[int, int]]()
    for way, _, words in printed:
        ways[way] += len(words)
    way = ways.most_common(1)[0][0] if ways else (1, 0)
    turn = _TURNS.get(way, _TURNS[1, 0])
    box = page.cropbox
    sheet.upright = turn((0.0, 0.0, box.width, box.height))
    for one, span, words in printed:
        into = sheet.lines if one == way else sheet.strays
        into.extend(_runs(words, span, turn, matrix))


def clean(text: str) -> str:
    """NFC without what is never seen; ligatures spelt out; a printed soft hyphen is a hyphen."""
    if text.isascii() and text.isprintable():
        return text
    text = _UNSEEN.sub("", text).replace("\u00ad", "-")
    text = _LIGATURE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    return unicodedata.normalize("NFC", text)


def _printed(page: pymupdf.Page, images: bool, flags: set[str]) -> Iterator[_Printed]:
    textpage = page.get_textpage(flags=_TEXT)
    found: defaultdict[tuple[int, int], _Words] = defaultdict(list)
    for x0, y0, x1, y1, text, block, line, _ in textpage.extractWORDS():
        if text := clean(text):
            found[block, line].append(((x0, y0, x1, y1), text))
    blocks = textpage.extractDICT()["blocks"]
    sight, number = Sight(page, textpage, blocks, images), -1
    for order, block in enumerate(blocks):
        if block["type"]:
            continue
        number += 1
        for index, line in enumerate(block["lines"]):
            words = found.get((number, index), [])
            unseen = [s["bbox"] for s in line["spans"] if not sight.sees(s, order)]
            if unseen:
                kept = [word for word in words if not any(_inside(word[0], b) for b in unseen)]
                flags.update(("hidden_text",) if len(kept) < len(words) else ())
                words = kept
            if words:
                dx, dy = line["dir"]
                yield (round(dx), round(dy)), line["spans"][0], words


def _inside(word: Box, box: Box) -> bool:
    x, y = (word[0] + word[2]) / 2, (word[1] + word[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _runs(words: _Words, span: dict[str, Any], turn: Callable[[Box], Box], matrix: Any) -> Iterator[Line]:
    """A printed line, parted where it leaves a gap as between the cells of a row."""
    size = span["size"] or 1.0
    run: _Words = []
    boxes: list[Box] = []
    for box, text in words:
        upright = turn(box)
        if boxes and upright[0] - boxes[-1][2] > _CELL_GAP * size:
            yield _line(run, boxes, span)
            run, boxes = [], []
        run.append((_shown(box, matrix), text))
        boxes.append(upright)
    yield _line(run, boxes, span)


def _line(run: _Words, boxes: list[Box], span: dict[str, Any]) -> Line:
    text = " ".join([text for _, text in run])
    box = boxes[0] if len(boxes) == 1 else union(boxes)
    return Line(box, run, text, span["size"] or 1.0, bool(span["flags"] & pymupdf.TEXT_FONT_BOLD))


def _shown(box: Box, matrix: tuple[float, ...] | None) -> Box:
    """The box as displayed, to a hundredth of a point."""
    x0, y0, x1, y1 = box
    if matrix:
        a, b, c, d, e, f = matrix
        (x0, x1), (y0, y1) = (
            sorted((a * x0 + c * y0 + e, a * x1 + c * y1 + e)),
            sorted((b * x0 + d * y0 + f, b * x1 + d * y1 + f)),
        )
    return (round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2))


def _images(page: pymupdf.Page) -> list[Box]:
    blocks = page.get_textpage(flags=pymupdf.TEXT_PRESERVE_IMAGES).extractBLOCKS()
    boxes = [block[:4] for block in blocks if block[6] == pymupdf.mupdf.FZ_STEXT_BLOCK_IMAGE]
    large = (box for box in boxes if min(box[2] - box[0], box[3] - box[1]) > _LEAST_FIGURE)
    return list(islice(large, _MAX_FIGURES))
