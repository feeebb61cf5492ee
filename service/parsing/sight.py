"""Which text of a page no reader sees: hidden text must not speak for the document."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pymupdf

from service.parsing.models import Box

_TEXT, _VECTOR = pymupdf.mupdf.FZ_STEXT_BLOCK_TEXT, pymupdf.mupdf.FZ_STEXT_BLOCK_VECTOR
_PIXELS, _CONTRAST = 1_000_000, 16
# In MuPDF's HTML: type below 1 pt, near white, or no colour at all, which is how it writes transparent.
_DOUBTFUL = re.compile(r'font-size:0|color:#[e-f].[e-f].[e-f].|pt">[^<]*[^<\s]')
_FILLED = re.compile(r"<vector filled, color: #(\w{6}), alpha: 2\d\d, is-rect: (\w+)")


class _Fill(NamedTuple):
    """A filled area: `at` is its place in the drawing order."""

    at: int
    box: Box
    light: bool
    rectangle: bool


def unseen(page: pymupdf.Page, textpage: pymupdf.TextPage, html: str, images: bool) -> dict[tuple[int, int], list[Box]]:
    """Boxes of text that is tiny, transparent, covered or white on white, by (text block, line).

    Empty for nearly every page. The page is rendered, once, only when its own description leaves a
    doubt. `images` says whether it has any: then transparent text may be the layer that OCR lays over
    a scan, which counts.
    """
    doubtful = _DOUBTFUL.search(html) is not None
    if not doubtful and not _painted_over(textpage):
        return {}
    drawn = textpage.extractBLOCKS()
    fills = list(_fills(drawn))
    covers = [fill for fill in fills if _covers(fill, drawn)]
    if not doubtful and not covers:
        return {}
    grounds = [fill for fill in fills if not fill.light]
    rendered: list[pymupdf.Pixmap] = []
    found: dict[tuple[int, int], list[Box]] = {}
    blocks = enumerate(textpage.extractDICT()["blocks"])
    for number, (at, block) in enumerate(item for item in blocks if item[1]["type"] == _TEXT):
        for index, line in enumerate(block["lines"]):
            for span in line["spans"]:
                seen = _verdict(span, at, covers, grounds, images)
                if seen is None:
                    rendered = rendered or [_picture(page)]
                    seen = _inked(rendered[0], span["bbox"], page)
                if not seen:
                    found.setdefault((number, index), []).append(span["bbox"])
    return found


def _verdict(span: dict[str, Any], at: int, covers: list[_Fill], grounds: list[_Fill], images: bool) -> bool | None:
    """Whether a reader sees it; None where only the rendered page can tell."""
    box = span["bbox"]
    if span["size"] < 1 or (span["alpha"] < 16 and not images):
        return False
    if span["alpha"] < 16 or any(fill.at > at and over(fill.box, box) for fill in covers):
        return None
    dark = not _light(span["color"]) or any(fill.at < at and over(fill.box, box) for fill in grounds)
    return True if dark else None


def _painted_over(textpage: pymupdf.TextPage) -> bool:
    block, text = textpage.this.m_internal.first_block, False
    while block:
        if block.type == _TEXT:
            text = True
        elif text and block.type == _VECTOR:
            box = block.bbox
            if box.x1 - box.x0 > 4 and box.y1 - box.y0 > 4:  # rules and underlines hide nothing
                return True
        block = block.next
    return False


def _fills(drawn: list[Any]) -> Iterator[_Fill]:
    for at, block in enumerate(drawn):
        if block[6] == _VECTOR and (filled := _FILLED.search(block[4])):
            yield _Fill(at, block[:4], _light(int(filled[1], 16)), filled[2] == "true")


def _covers(fill: _Fill, drawn: list[Any]) -> bool:
    """True for a light rectangle that is painted over the place of earlier text."""
    x0, y0, x1, y1 = fill.box
    return (
        fill.light
        and fill.rectangle
        and any(
            block[6] == _TEXT and block[0] < x1 and block[2] > x0 and block[1] < y1 - 2 and block[3] > y0 + 2
            for block in drawn[: fill.at]
        )
    )


def _picture(page: pymupdf.Page) -> pymupdf.Pixmap:
    scale = min(1.0, (_PIXELS / (page.rect.width * page.rect.height)) ** 0.5)
    return page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY, alpha=False)


def _inked(picture: pymupdf.Pixmap, box: Box, page: pymupdf.Page) -> bool:
    """True where the rendered page shows anything but one even ground."""
    scale = picture.width / page.rect.width
    x0, y0, x1, y1 = (int(side * scale) for side in pymupdf.Rect(box) * page.rotation_matrix)
    left, right = max(x0, 0), min(x1 + 1, picture.width)
    rows = range(max(y0, 0), min(y1 + 1, picture.height))
    shades = b"".join(
        bytes(picture.samples_mv[row * picture.stride + left : row * picture.stride + right]) for row in rows
    )
    return bool(shades) and max(shades) - min(shades) > _CONTRAST


def _light(color: int) -> bool:
    return min(color >> 16 & 255, color >> 8 & 255, color & 255) >= 0xE0


def over(ground: Box, box: Box) -> bool:
    """True where the middle of the box lies on the ground."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return ground[0] <= x <= ground[2] and ground[1] <= y <= ground[3]
