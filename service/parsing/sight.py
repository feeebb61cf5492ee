"""Which text of a page no reader sees: hidden text must not speak for the document."""

from functools import cached_property
from typing import Any

import pymupdf

from service.parsing.models import Box

TEXT = pymupdf.mupdf.FZ_STEXT_BLOCK_TEXT
_VECTOR = pymupdf.mupdf.FZ_STEXT_BLOCK_VECTOR
# Alpha and colours are of 255.
_OPAQUE = 200
_TRANSPARENT = 16
_LIGHT = 0xE0
_LEAST_COVER = 4.0  # points; rules and underlines are thinner, and hide nothing
_LEAST_TYPE = 1.0  # points; nobody can read what is smaller
_MAX_PIXELS = 1_000_000
_LEAST_CONTRAST = 16  # of 255, between ink and ground


class Sight:
    """Judges the spans of one page.

    Receives its blocks of text and drawing in the order they were painted.
    """

    def __init__(self, page: pymupdf.Page, bounds: Box, blocks: list[dict[str, Any]]) -> None:
        self._page = page
        self._bounds = bounds
        self._fills = [
            block for block in blocks if block["type"] == _VECTOR and _can_hide_text(block)
        ]

    def sees(self, span: dict[str, Any], painted: int) -> bool:
        """False for a span that is tiny, off the page, transparent, painted over or white on white.

        `painted` is the place of the span's block in the order of painting. The page is drawn only
        where its own description leaves a doubt: a transparent layer over a scan stands where the
        scan shows something.
        """
        box = span["bbox"]
        if span["size"] < _LEAST_TYPE or not is_over(self._bounds, box):
            return False
        grounds = [fill for fill in self._fills if is_over(fill["bbox"], box)]
        covered = any(fill["number"] > painted for fill in grounds)
        pale = _is_light(span["color"]) and all(_is_light(fill["color"]) for fill in grounds)
        transparent = span["alpha"] < _TRANSPARENT
        doubtful = covered or pale or transparent
        return not doubtful or self._shows_ink(box)

    @cached_property
    def _picture(self) -> pymupdf.Pixmap:
        scale = min(1.0, (_MAX_PIXELS / self._page.rect.get_area()) ** 0.5)
        matrix = pymupdf.Matrix(scale, scale)
        return self._page.get_pixmap(matrix=matrix, colorspace=pymupdf.csGRAY, alpha=False)

    def _shows_ink(self, box: Box) -> bool:
        """True where the drawn page shows anything but one even ground."""
        scale = self._picture.width / self._page.rect.width
        place = (pymupdf.Rect(box) * self._page.rotation_matrix * scale).irect & self._picture.irect
        detail = pymupdf.Pixmap(pymupdf.csGRAY, place, False)
        detail.copy(self._picture, place)
        shades = detail.samples
        return bool(shades) and max(shades) - min(shades) > _LEAST_CONTRAST


def is_over(ground: Box, box: Box) -> bool:
    """True where the middle of the box lies on the ground."""
    x = (box[0] + box[2]) / 2
    y = (box[1] + box[3]) / 2
    return ground[0] <= x <= ground[2] and ground[1] <= y <= ground[3]


def _can_hide_text(drawing: dict[str, Any]) -> bool:
    x0, y0, x1, y1 = drawing["bbox"]
    opaque = not drawing["stroked"] and drawing["alpha"] >= _OPAQUE
    return opaque and min(x1 - x0, y1 - y0) > _LEAST_COVER


def _is_light(color: int) -> bool:
    red = color >> 16 & 255
    green = color >> 8 & 255
    blue = color & 255
    return min(red, green, blue) >= _LIGHT
