"""One page of a PyMuPDF document becomes a sheet of printed lines, read from MuPDF's text device."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import pymupdf

from service.parsing import sight
from service.parsing.models import Box
from service.parsing.shapes import Line, Sheet, union

# What is printed counts: no ActualText, and an unknown glyph is U+FFFD, not an invented letter.
_TEXT = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_COLLECT_VECTORS | pymupdf.TEXT_IGNORE_ACTUALTEXT
_MAX_FIGURES, _LEAST_FIGURE = 50, 20.0  # smaller images (in points) are ornaments
_TEXT_LINES = 10  # from here on a page is no scan, and its images are not worth a second pass
_CELL_GAP = 1.8  # of the type size; the blanks of justified text stay below
_MAX_UNKNOWN = 0.3  # share of unknown glyphs from which a page counts as unread
_HTML_LINE = re.compile(r'<p style="[^"]*line-height:([\d.]+)pt">(.*)</p>')
_TAG = re.compile("<[^>]*>")
_UNPRINTED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_TURNS: dict[str, Callable[[Box], Box]] = {
    "right": lambda box: box,
    "up": lambda box: (-box[3], box[0], -box[1], box[2]),
    "down": lambda box: (box[1], -box[2], box[3], -box[0]),
}
_Words = list[tuple[Box, str]]


def read(page: pymupdf.Page, sheet: Sheet, flags: set[str]) -> None:
    """Fills the sheet from the page and adds to the flags. Raises what PyMuPDF raises."""
    sheet.rotation, (sheet.width, sheet.height) = page.rotation, page.rect[2:]
    if not page.parent.is_pdf:
        sheet.figures = [(0.0, 0.0, sheet.width, sheet.height)]
        return
    matrix = tuple(page.rotation_matrix)
    images = bool(page.get_images())
    lines = list(_lines(page, images, flags))
    if images and len(lines) < _TEXT_LINES:
        sheet.figures = [_shown(box, matrix) for box in _images(page)]
    letters = "".join(line.text for _, line in lines)
    if letters.count("\ufffd") > _MAX_UNKNOWN * len(letters):
        flags.add(f"unknown_letters:{sheet.number}")
        return
    ways = Counter(way for way, _ in lines)
    way = max(_TURNS, key=lambda way: ways[way])
    bounds = (0.0, 0.0, page.cropbox.width, page.cropbox.height)
    sheet.upright, sheet.turned = _TURNS[way](bounds), bool(page.rotation) or way != "right"
    for one, line in lines:
        if not sight.over(bounds, line.box):
            flags.add("hidden_text")
            continue
        if page.rotation:
            line.words = [(_shown(box, matrix), text) for box, text in line.words]
        line.box = _TURNS[way](line.box)
        (sheet.lines if one == way else sheet.strays).append(line)


def clean(text: str) -> str:
    """NFC without what is never printed; ligatures spelt out; a printed soft hyphen is a hyphen."""
    if text.isascii() and text.isprintable():
        return text
    text = _UNPRINTED.sub("", text).replace("\u00ad", "-")
    text = _LIGATURE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    return unicodedata.normalize("NFC", text)


def _lines(page: pymupdf.Page, images: bool, flags: set[str]) -> Iterator[tuple[str, Line]]:
    """Printed lines and the way each runs, parted where a gap is left as between the cells of a row."""
    textpage = page.get_textpage(flags=_TEXT)
    html = textpage.extractHTML()
    printed = [list(words) for _, words in groupby(textpage.extractWORDS(), itemgetter(5, 6))]
    styles = list(_styles(html))
    if len(styles) != len(printed):
        styles = [(0.0, False)] * len(printed)
    unseen = sight.unseen(page, textpage, html, images)
    for (size, bold), words in zip(styles, printed, strict=True):
        kept = words
        if unseen:
            hidden = unseen.get(words[0][5:7], ())
            kept = [word for word in words if not any(sight.over(box, word) for box in hidden)]
            flags.update(["hidden_text"] if len(kept) < len(words) else ())
        way = _way(words, size)
        size = size or (words[0][3] - words[0][1]) * 0.75
        for run in _runs(kept, way, size):
            text = " ".join([text for _, text in run])
            box = union([box for box, _ in run]) if len(run) > 1 else run[0][0]
            yield way, Line(box, run, text, size, bold)


def _styles(html: str) -> Iterator[tuple[float, bool]]:
    """Type size and boldness of every line that prints anything, as MuPDF's HTML tells them."""
    for size, content in _HTML_LINE.findall(html):
        if len(content) > 160 or not _TAG.sub("", content).isspace():
            yield float(size), content.startswith("<b>") and content.find("</b>") == len(content) - 4


def _way(words: list[Any], size: float) -> str:
    first, last = words[0], words[-1]
    across, down = abs(last[0] - first[0]), last[1] - first[1]
    if len(words) > 1:
        return "right" if abs(down) <= 0.3 * across else "stray" if across > 0.3 * abs(down) else _up(down)
    tall = len(first[4]) > 2 and size and first[3] - first[1] > 1.8 * size
    return "right" if not tall else "up" if first[2] - first[0] < 1.8 * size else "stray"


def _up(down: float) -> str:
    return "up" if down < 0 else "down"


def _runs(words: list[Any], way: str, size: float) -> Iterator[_Words]:
    run: _Words = []
    end = 0.0
    for x0, y0, x1, y1, text, *_ in words:
        if not text.isascii() or not text.isprintable():
            text = clean(text)
        if run and way == "right" and x0 - end > _CELL_GAP * size:
            yield run
            run = []
        if text:
            run.append(((x0, y0, x1, y1), text))
            end = x1
    if run:
        yield run


def _shown(box: Box, matrix: tuple[float, ...]) -> Box:
    """The box as displayed on a turned page."""
    a, b, c, d, e, f = matrix
    xs, ys = (
        (a * box[0] + c * box[1] + e, a * box[2] + c * box[3] + e),
        (b * box[0] + d * box[1] + f, b * box[2] + d * box[3] + f),
    )
    return (min(xs), min(ys), max(xs), max(ys))


def _images(page: pymupdf.Page) -> list[Box]:
    blocks = page.get_textpage(flags=pymupdf.TEXT_PRESERVE_IMAGES).extractBLOCKS()
    boxes = (block[:4] for block in blocks if block[6] == pymupdf.mupdf.FZ_STEXT_BLOCK_IMAGE)
    large = (box for box in boxes if min(box[2] - box[0], box[3] - box[1]) > _LEAST_FIGURE)
    return list(islice(large, _MAX_FIGURES))
