"""One page of a PyMuPDF document becomes a sheet of printed lines."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import pymupdf

from service.parsing.models import Box
from service.parsing.shapes import Line, PrintedWord, Sheet, box_around
from service.parsing.sight import TEXT, Sight, is_over

FAULTS = (RuntimeError, ValueError, IndexError, pymupdf.mupdf.FzErrorBase)
# What is printed counts: ActualText is left alone, and an unknown glyph is U+FFFD and not a letter
# that MuPDF made up.
_PRINTED = (
    pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_COLLECT_VECTORS | pymupdf.TEXT_IGNORE_ACTUALTEXT
)
_MAX_FIGURES = 50
_LEAST_FIGURE = 20.0  # points; smaller images are ornaments
_TEXT_LINES = 10  # a page of so many lines is no scan; its images are not worth a second pass
_CELL_GAP = 1.8  # of the type size; the blanks of justified text are narrower
_MAX_UNKNOWN = 0.3  # share of unknown glyphs above which a page counts as unread
_UNPRINTED = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # Unicode categories
_BLOCK_AND_LINE = itemgetter(5, 6)  # of a word as MuPDF gives it: the numbers of both
_Direction = tuple[int, int]
_RIGHT: _Direction = (1, 0)


def read_sheet(document: pymupdf.Document, number: int) -> Sheet:
    """The page of that number, counted from 1. Where MuPDF gives up, the sheet tells the fault."""
    sheet = Sheet(number)
    try:
        _fill_sheet(sheet, document[number - 1])
    except FAULTS as fault:
        sheet.fault = str(fault)
    return sheet


def clean_text(text: str) -> str:
    """NFC without what is never printed; a printed soft hyphen is a hyphen."""
    hyphenated = text.replace("\u00ad", "-")
    printed = [sign for sign in hyphenated if unicodedata.category(sign) not in _UNPRINTED]
    return unicodedata.normalize("NFC", "".join(printed))


def _fill_sheet(sheet: Sheet, page: pymupdf.Page) -> None:
    # PyMuPDF asks MuPDF at every access; on short pages that takes as long as reading them.
    cropbox = page.cropbox
    sheet.rotation = page.rotation
    sheet.width, sheet.height = page.rect[2:]
    bounds = (0.0, 0.0, cropbox.width, cropbox.height)
    to_displayed = pymupdf.Matrix(page.rotation_matrix if sheet.rotation else pymupdf.Identity)
    printed = list(_printed_lines(page, bounds, sheet.flags))
    if len(printed) < _TEXT_LINES:
        sheet.figures = _figures(page, to_displayed)
    letters = "".join(line.text for _, line in printed)
    if letters.count("\ufffd") > _MAX_UNKNOWN * len(letters):
        sheet.flags.add(f"unknown_letters:{sheet.number}")
        return
    main = _main_direction(direction for direction, _ in printed)
    to_upright = pymupdf.Matrix(main[0], -main[1], main[1], main[0], 0, 0)
    sheet.upright = _turn_box(bounds, to_upright)
    for direction, line in printed:
        if sheet.rotation:
            line.words = [(_turn_box(box, to_displayed), text) for box, text in line.words]
        if main != _RIGHT:
            line.box = _turn_box(line.box, to_upright)
        if direction == main:
            sheet.lines.append(line)
        else:
            sheet.strays.append(line)


def _figures(page: pymupdf.Page, to_displayed: pymupdf.Matrix) -> list[Box]:
    if page.parent.is_pdf and not page.get_images():
        return []
    boxes = [pymupdf.Rect(image["bbox"]) * to_displayed for image in page.get_image_info()]
    large = [tuple(box) for box in boxes if min(box.width, box.height) > _LEAST_FIGURE]
    return large[:_MAX_FIGURES]


def _main_direction(directions: Iterator[_Direction]) -> _Direction:
    """The direction that most lines run in; text that runs aslant has no say."""
    counts = Counter(direction for direction in directions if 0 in direction)
    return max(counts, key=lambda direction: counts[direction], default=_RIGHT)


def _printed_lines(
    page: pymupdf.Page, bounds: Box, flags: set[str]
) -> Iterator[tuple[_Direction, Line]]:
    """What a reader sees, with the direction each line runs in, and `hidden_text` among the flags.

    A line is parted where it leaves a gap as between cells.
    """
    # With a clip, MuPDF would leave lines out of one of its two lists and count them in the other.
    textpage = page.get_textpage(clip=pymupdf.INFINITE_RECT(), flags=_PRINTED)
    blocks = textpage.extractDICT()["blocks"]
    text_blocks = [block for block in blocks if block["type"] == TEXT]
    sight = Sight(page, bounds, blocks)
    for (block_number, line_number), words in groupby(textpage.extractWORDS(), _BLOCK_AND_LINE):
        block = text_blocks[block_number]
        line = block["lines"][line_number]
        spans = [span for span in line["spans"] if not span["text"].isspace()]
        hidden = [span["bbox"] for span in spans if not sight.sees(span, block["number"])]
        if hidden:
            flags.add("hidden_text")
            words = (word for word in words if not _is_over_any(hidden, word))
        size = max(span["size"] for span in line["spans"])
        bold = all(span["flags"] & pymupdf.TEXT_FONT_BOLD for span in spans)
        direction = (round(line["dir"][0]), round(line["dir"][1]))
        gap = _CELL_GAP * size if direction == _RIGHT else float("inf")
        for run in _split_at_gaps(words, gap):
            box = box_around([box for box, _ in run])
            text = " ".join([text for _, text in run])
            yield direction, Line(box, run, text, size, bold)


def _is_over_any(grounds: list[Box], word: Any) -> bool:
    return any(is_over(ground, word) for ground in grounds)


def _split_at_gaps(words: Iterator[Any], gap: float) -> Iterator[list[PrintedWord]]:
    """Runs of words as MuPDF gives them; a gap wider than `gap` ends a run."""
    run: list[PrintedWord] = []
    for x0, y0, x1, y1, printed, *_ in words:
        # Most words are plain ASCII, and need no look at every letter.
        text = printed if printed.isascii() and printed.isprintable() else clean_text(printed)
        if run and x0 - run[-1][0][2] > gap:
            yield run
            run = []
        if text:
            run.append(((x0, y0, x1, y1), text))
    if run:
        yield run


def _turn_box(box: Box, matrix: pymupdf.Matrix) -> Box:
    x0, y0, x1, y1 = pymupdf.Rect(box) * matrix
    return (x0, y0, x1, y1)
