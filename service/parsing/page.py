"""One page of a PyMuPDF document becomes a sheet of printed lines."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import pymupdf

from service.parsing.models import Box
from service.parsing.shapes import Line, Sheet, union
from service.parsing.sight import TEXT, Sight, over

# What is printed counts: no ActualText, and an unknown glyph is U+FFFD, not an invented letter.
_PRINTED = (
    pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_COLLECT_VECTORS | pymupdf.TEXT_IGNORE_ACTUALTEXT
)
_MAX_FIGURES, _LEAST_FIGURE = 50, 20.0  # smaller images (in points) are ornaments
_TEXT_LINES = 10  # from here on a page is no scan, and its images are not worth a second pass
_CELL_GAP = 1.8  # of the type size; the blanks of justified text stay below
_MAX_UNKNOWN = 0.3  # share of unknown glyphs from which a page counts as unread
_UNPRINTED = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # Unicode categories
_RIGHT = (1, 0)
_Way = tuple[int, int]


def read(page: pymupdf.Page, sheet: Sheet, flags: set[str]) -> None:
    """Fills the sheet from the page and adds to the flags. Raises what PyMuPDF raises."""
    # Each of these asks MuPDF anew, which a short page would feel.
    sheet.rotation, (sheet.width, sheet.height), cropbox = (
        page.rotation,
        page.rect[2:],
        page.cropbox,
    )
    bounds = (0.0, 0.0, cropbox.width, cropbox.height)
    shown = page.rotation_matrix if sheet.rotation else pymupdf.Matrix(pymupdf.Identity)
    lines = list(_lines(page, bounds, flags))
    if len(lines) < _TEXT_LINES and (page.get_images() or not page.parent.is_pdf):
        boxes = [pymupdf.Rect(image["bbox"]) * shown for image in page.get_image_info()]
        sheet.figures = [tuple(box) for box in boxes if min(box.width, box.height) > _LEAST_FIGURE][
            :_MAX_FIGURES
        ]
    letters = "".join(line.text for _, line in lines)
    if letters.count("\ufffd") > _MAX_UNKNOWN * len(letters):
        flags.add(f"unknown_letters:{sheet.number}")
        return
    ways = Counter(way for way, _ in lines if 0 in way)
    most = max(ways, key=lambda way: ways[way], default=_RIGHT)
    upright = pymupdf.Matrix(most[0], -most[1], most[1], most[0], 0, 0)
    sheet.upright = _turned(bounds, upright)
    for way, line in lines:
        if sheet.rotation:
            line.words = [(_turned(box, shown), text) for box, text in line.words]
        if most != _RIGHT:
            line.box = _turned(line.box, upright)
        (sheet.lines if way == most else sheet.strays).append(line)


def clean(text: str) -> str:
    """NFC without what is never printed; a printed soft hyphen is a hyphen."""
    printed = [
        sign for sign in text.replace("\u00ad", "-") if unicodedata.category(sign) not in _UNPRINTED
    ]
    return unicodedata.normalize("NFC", "".join(printed))


def _lines(page: pymupdf.Page, bounds: Box, flags: set[str]) -> Iterator[tuple[_Way, Line]]:
    """What a reader sees: the way each line runs, and the line, parted where a gap is left as between cells."""
    # Without bounds: MuPDF would leave lines out of the one list and count them in the other.
    textpage = page.get_textpage(clip=pymupdf.INFINITE_RECT(), flags=_PRINTED)
    blocks = textpage.extractDICT()["blocks"]
    texts = [block for block in blocks if block["type"] == TEXT]
    sight = Sight(page, bounds, blocks)
    for (block, number), words in groupby(textpage.extractWORDS(), itemgetter(5, 6)):
        line = texts[block]["lines"][number]
        spans = [span for span in line["spans"] if not span["text"].isspace()]
        hidden = [span["bbox"] for span in spans if not sight.sees(span, texts[block]["number"])]
        if hidden:
            flags.add("hidden_text")
            words = (word for word in words if not any(over(box, word) for box in hidden))
        size = max(span["size"] for span in line["spans"])
        bold = all(span["flags"] & pymupdf.TEXT_FONT_BOLD for span in spans)
        way = (round(line["dir"][0]), round(line["dir"][1]))
        for run in _runs(words, _CELL_GAP * size if way == _RIGHT else float("inf")):
            yield (
                way,
                Line(
                    union([box for box, _ in run]),
                    run,
                    " ".join([text for _, text in run]),
                    size,
                    bold,
                ),
            )


def _runs(words: Iterator[Any], gap: float) -> Iterator[list[tuple[Box, str]]]:
    runs: list[list[tuple[Box, str]]] = [[]]
    for x0, y0, x1, y1, printed, *_ in words:
        text = printed if printed.isascii() and printed.isprintable() else clean(printed)
        if runs[-1] and x0 - runs[-1][-1][0][2] > gap:
            runs.append([])
        if text:
            runs[-1].append(((x0, y0, x1, y1), text))
    return filter(None, runs)


def _turned(box: Box, matrix: pymupdf.Matrix) -> Box:
    x0, y0, x1, y1 = pymupdf.Rect(box) * matrix
    return (x0, y0, x1, y1)
