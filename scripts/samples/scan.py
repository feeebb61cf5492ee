"""Documents without usable text: a page seen by a crooked scanner, and a file cut short."""

from io import BytesIO

import pymupdf
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from scripts.samples.truth import Box, Truth

_DPI = 110
_SKEW_DEGREES = 1.3
_JPEG_QUALITY = 45
_POINTS_PER_INCH = 72


def scan_page(pdf: bytes) -> tuple[bytes, pymupdf.Matrix]:
    """The first page as an image-only PDF, and the matrix from its points to those of the scan."""
    with pymupdf.open(stream=pdf) as document:
        grow = _DPI / _POINTS_PER_INCH
        matrix = pymupdf.Matrix(grow, grow).prerotate(_SKEW_DEGREES)
        picture = document[0].get_pixmap(matrix=matrix, colorspace=pymupdf.csGRAY)
    shrink = _POINTS_PER_INCH / _DPI
    size = (picture.width * shrink, picture.height * shrink)
    out = BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=1, pageCompression=0)
    image = ImageReader(BytesIO(picture.tobytes("jpeg", jpg_quality=_JPEG_QUALITY)))
    canvas.drawImage(image, 0, 0, *size)
    canvas.save()
    move = pymupdf.Matrix(1, 0, 0, 1, -picture.x, -picture.y)
    return out.getvalue(), matrix * move * pymupdf.Matrix(shrink, shrink)


def move_box(truth: Truth, matrix: pymupdf.Matrix) -> Truth:
    """A field of the page behind the scan, its box where the scan shows it."""
    box = truth["box"]
    if not isinstance(box, list):
        return truth
    rect = pymupdf.Rect(*box) * matrix
    place: Box = (round(rect.x0, 1), round(rect.y0, 1), round(rect.x1, 1), round(rect.y1, 1))
    return {**truth, "box": list(place)}


def truncate_file(pdf: bytes) -> bytes:
    """What is left of a file whose transfer broke off before its first page object."""
    return pdf[: pdf.index(b"/Type /Page")]
