"""Which text of a page no reader sees: hidden text must not speak for the document."""

from functools import cached_property
from typing import Any

import pymupdf

from service.parsing.models import Box

TEXT, _VECTOR = pymupdf.mupdf.FZ_STEXT_BLOCK_TEXT, pymupdf.mupdf.FZ_STEXT_BLOCK_VECTOR
_OPAQUE, _TRANSPARENT, _LIGHT = 200, 16, 0xE0  # of 255
_RULE = 4.0  # points; rules and underlines hide nothing
_PIXELS, _CONTRAST = 1_000_000, 16


class Sight:
    """Judges the spans of one page, given its blocks of text and drawing in the order they were painted."""

    def __init__(self, page: pymupdf.Page, bounds: Box, blocks: list[dict[str, Any]]) -> None:
        self._page, self._bounds = page, bounds
        self._fills = [block for block in blocks if block["type"] == _VECTOR and _hides(block)]

    def sees(self, span: dict[str, Any], painted: int) -> bool:
        """False for a span that is tiny, off the page, transparent, painted over or white on white.

        The page is drawn only where its own description leaves a doubt: a transparent layer over a
        scan stands where the scan shows something.
        """
        box = span["bbox"]
        if span["size"] < 1 or not over(self._bounds, box):
            return False
        grounds = [fill for fill in self._fills if over(fill["bbox"], box)]
        covered = any(fill["number"] > painted for fill in grounds)
        pale = _light(span["color"]) and all(_light(fill["color"]) for fill in grounds)
        doubtful = covered or pale or span["alpha"] < _TRANSPARENT
        return not doubtful or self._inked(box)

    @cached_property
    def _picture(self) -> pymupdf.Pixmap:
        scale = min(1.0, (_PIXELS / self._page.rect.get_area()) ** 0.5)
        matrix = pymupdf.Matrix(scale, scale)
        return self._page.get_pixmap(matrix=matrix, colorspace=pymupdf.csGRAY, alpha=False)

    def _inked(self, box: Box) -> bool:
        """True where the drawn page shows anything but one even ground."""
        scale = self._picture.width / self._page.rect.width
        place = (pymupdf.Rect(box) * self._page.rotation_matrix * scale).irect & self._picture.irect
        detail = pymupdf.Pixmap(pymupdf.csGRAY, place, False)
        detail.copy(self._picture, place)
        return bool(detail.samples) and max(detail.samples) - min(detail.samples) > _CONTRAST


def over(ground: Box, box: Box) -> bool:
    """True where the middle of the box lies on the ground."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return ground[0] <= x <= ground[2] and ground[1] <= y <= ground[3]


def _hides(drawing: dict[str, Any]) -> bool:
    x0, y0, x1, y1 = drawing["bbox"]
    return not drawing["stroked"] and drawing["alpha"] >= _OPAQUE and min(x1 - x0, y1 - y0) > _RULE


def _light(color: int) -> bool:
    return min(color >> 16 & 255, color >> 8 & 255, color & 255) >= _LIGHT
