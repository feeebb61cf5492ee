"""Parsed pages for tests: drawn by hand, or PyMuPDF's words of a file."""

from collections.abc import Sequence
from pathlib import Path

import pymupdf

from service.parsing.models import Box, Page, Parsed, Word, Zone

Cell = tuple[float, str]  # where it starts, what it prints


def drawn(rows: Sequence[Sequence[Cell]], number: int = 1, zone: int | None = None) -> Page:
    """A page of rows 14 points apart; each cell is a zone of its own unless `zone` is given."""
    words, line = [], 0
    for i, row in enumerate(rows):
        for x, text in row:
            line += 1
            for part in text.split(" "):
                box = (x, 40.0 + 14 * i, x + 5.0 * len(part), 50.0 + 14 * i)
                words.append(Word(box, part, number * 1000 + line if zone is None else zone, line))
                x = box[2] + 3
    return Page(number, 600.0, 800.0, 0, "", "text", tuple(words))


def document(*pages: Page) -> Parsed:
    """A document of these pages; its zones are what the words say."""
    boxes: dict[tuple[int, int], list[Word]] = {}
    for page in pages:
        for word in page.words:
            boxes.setdefault((page.number, word.zone), []).append(word)
    zones = [
        Zone(zone, page, "text", _union(words), " ".join(word.text for word in words))
        for (page, zone), words in boxes.items()
    ]
    return Parsed(tuple(pages), tuple(zones))


def printed(path: Path) -> Parsed:
    """The words of a PDF as PyMuPDF gives them, each block a zone."""
    pages, position = [], 0
    with pymupdf.open(path) as pdf:
        for number, page in enumerate(pdf, start=1):
            blocks: dict[int, int] = {}
            words = []
            for *corners, text, block, line, _ in page.get_text("words"):
                if block not in blocks:
                    position += 1
                    blocks[block] = position
                box = tuple(pymupdf.Rect(corners) * page.rotation_matrix)
                words.append(Word(box, text, blocks[block], block * 1000 + line))
            width, height = page.rect[2], page.rect[3]
            pages.append(Page(number, width, height, 0, "", "text", tuple(words)))
    return document(*pages)


def _union(words: Sequence[Word]) -> Box:
    x0, y0, x1, y1 = zip(*(word.box for word in words), strict=True)
    return (min(x0), min(y0), max(x1), max(y1))


def iou(a: Box, b: Box) -> float:
    """Shared area of two boxes over the area of both."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return width * height / (both - width * height)
