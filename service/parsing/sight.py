"""Which text of a page a reader sees: hidden text must not speak for the document."""

from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Any

import pymupdf

from service.parsing.models import Box

_MAX_BLOCKS = 5000
_LIGHT = 0xE0  # every channel above it: near white
_PIXELS, _CONTRAST = 1_000_000, 16
_STROKED, _RECTANGLE = 1, 2


def blocks_of(textpage: pymupdf.TextPage) -> Iterator[Any]:
    """The blocks of a MuPDF text page in drawing order."""
    block = textpage.this.m_internal.first_block
    while block:
        yield block
        block = block.next


class Sight:
    """One page. It is rendered, once, only when something on it is doubtful."""

    def __init__(self, page: pymupdf.Page, textpage: pymupdf.TextPage, images: bool) -> None:
        self._page, self._images = page, images
        box = page.cropbox
        self._bounds = (0.0, 0.0, box.width, box.height)
        self._covers: list[tuple[int, Box]] = []
        self._grounds: list[tuple[int, Box]] = []
        for order, block in enumerate(islice(blocks_of(textpage), _MAX_BLOCKS)):
            if block.type == pymupdf.mupdf.FZ_STEXT_BLOCK_VECTOR:
                self._fill(order, block)

    def _fill(self, order: int, block: Any) -> None:
        flags, argb, box = block.u.v.flags, block.u.v.argb, block.bbox
        if flags & _STROKED or argb >> 24 < 200:
            return
        light = _light(argb)
        if not light:
            self._grounds.append((order, (box.x0, box.y0, box.x1, box.y1)))
        if flags & _RECTANGLE and (light or not argb & 0xFFFFFF):
            self._covers.append((order, (box.x0, box.y0, box.x1, box.y1)))

    def sees(self, span: dict[str, Any], order: int) -> bool:
        """False for text that is off the page, tiny, transparent, covered or white on white."""
        box = span["bbox"]
        if span["size"] < 1 or not _over(self._bounds, box):
            return False
        if span["alpha"] < 16:  # also the text layer that OCR lays over a scan: it counts
            return self._images and self._inked(box)
        grounds = (at < order and _over(ground, box) for at, ground in self._grounds)
        doubtful = _light(span["color"]) and not any(grounds)
        doubtful = doubtful or any(at > order and _over(cover, box) for at, cover in self._covers)
        return not doubtful or self._inked(box)

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


def _over(ground: Box, box: Box) -> bool:
    """True where the middle of the box lies on the ground."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return ground[0] <= x <= ground[2] and ground[1] <= y <= ground[3]
