"""Which text of a page a reader sees: hidden text must not speak for the document."""

import re
from bisect import bisect
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import Any

import pymupdf

from service.parsing.models import Box

_MAX_AREAS = 2000
_LIGHT = 0xE0  # every channel above it: near white
_PIXELS, _CONTRAST = 1_000_000, 16
_FILLED = re.compile(r"<vector filled, color: #(\w{6}), alpha: (?:2\d\d), is-rect: (\w+)")


class Sight:
    """One page. It is rendered, once, only when something on it is doubtful."""

    def __init__(self, page: pymupdf.Page, textpage: pymupdf.TextPage, blocks: list[Any], images: bool) -> None:
        self._page, self._textpage, self._images = page, textpage, images
        self._bounds = (0.0, 0.0, page.cropbox.width, page.cropbox.height)
        vectors = ((at, block["bbox"]) for at, block in enumerate(blocks) if block["type"] == 3)
        areas = (vector for vector in vectors if _area(vector[1]))
        self._areas = list(islice(areas, _MAX_AREAS))

    def sees(self, span: dict[str, Any], order: int) -> bool:
        """False for text that is off the page, tiny, transparent, covered or white on white.

        `order` is the place of its block in the drawing order.
        """
        box, light = span["bbox"], _light(span["color"])
        if span["size"] < 1 or not _over(self._bounds, box):
            return False
        if span["alpha"] < 16:  # also the text layer that OCR lays over a scan: it counts
            return self._images and self._inked(box)
        first = 0 if light else bisect(self._areas, order, key=itemgetter(0))
        fills = [(at, self._fills.get(at)) for at, area in self._areas[first:] if _over(area, box)]
        ground = any(at < order and fill and not fill[0] for at, fill in fills)
        covered = any(at > order and fill and all(fill) for at, fill in fills)
        return not (covered or (light and not ground)) or self._inked(box)

    @cached_property
    def _fills(self) -> dict[int, tuple[bool, bool]]:
        """Of every filled vector by its place in the drawing order: is it near white, is it a rectangle."""
        fills = ((at, _FILLED.search(block[4])) for at, block in enumerate(self._textpage.extractBLOCKS()))
        return {at: (_light(int(m[1], 16)), m[2] == "true") for at, m in fills if m}

    @cached_property
    def _picture(self) -> tuple[pymupdf.Pixmap, pymupdf.Matrix]:
        width, height = self._bounds[2:]
        scale = min(1.0, (_PIXELS / (width * height)) ** 0.5)
        zoom = pymupdf.Matrix(scale, scale)
        picture = self._page.get_pixmap(matrix=zoom, colorspace=pymupdf.csGRAY, alpha=False)
        return picture, self._page.rotation_matrix * zoom

    def _inked(self, box: Box) -> bool:
        """True where the rendered page shows anything but one even ground."""
        picture, matrix = self._picture
        x0, y0, x1, y1 = (int(side) for side in pymupdf.Rect(box) * matrix)
        left, right = max(x0, 0), min(x1 + 1, picture.width)
        rows = range(max(y0, 0), min(y1 + 1, picture.height))
        samples, stride = picture.samples_mv, picture.stride
        strips = [bytes(samples[row * stride + left : row * stride + right]) for row in rows]
        shades = b"".join(strips)
        return bool(shades) and max(shades) - min(shades) > _CONTRAST


def _light(color: int) -> bool:
    return min(color >> 16 & 255, color >> 8 & 255, color & 255) > _LIGHT


def _area(box: Box) -> bool:
    """False for rules and underlines, which hide nothing."""
    return min(box[2] - box[0], box[3] - box[1]) > 4


def _over(ground: Box, box: Box) -> bool:
    """True where the middle of the box lies on the ground."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return ground[0] <= x <= ground[2] and ground[1] <= y <= ground[3]
