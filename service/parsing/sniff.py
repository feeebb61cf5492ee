"""What a file is, judged by its bytes and never by its name."""

import re
from pathlib import Path

from service.parsing import encoding

# What `media_type` wants of a file: text is told by its head, a ZIP by its directory at the end.
HEAD_BYTES = 8192
TAIL_BYTES = 65536
# A PDF may carry junk before its header; readers accept it within the first KiB.
_PDF_WINDOW = 1024
_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
}
TEXT = "text/plain"
HTML = "text/html"
CSV = "text/csv"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LEGACY = "application/x-ole-storage"
MEDIA_TYPES = {"application/pdf", *_IMAGES.values(), TEXT, HTML, DOCX}
# Tables, as their bytes look -> as they are read. CSV looks like any other text.
TABLE_TYPES = {TEXT: CSV, XLSX: XLSX}
# Names of parts stand uncompressed in a ZIP: at its parts and in the directory at its end.
_PARTS = {b"word/document": DOCX, b"xl/workbook": XLSX}
# Programs, pictures, archives and marked-up sources that would pass for text in some encoding.
_NO_TEXT = (b"MZ", b"\x7fELF", b"GIF8", b"PK", b"Rar!", b"7z\xbc", b"\x1f\x8b", b"%!PS", b"{\\rtf")
_HTML = re.compile(
    r"""
    \s*
    (?: <\?xml [^>]* > \s* )?
    (?: <!-- .*? --> \s* )*
    <
    (?: !doctype \s+ html | html | head | body | title | meta | div | p | h[1-6] | table
      | article | section | main | span | ul | ol | a | br
    ) \b
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


def media_type(head: bytes, tail: bytes = b"") -> str | None:
    """The media type of a file that begins with `head` and ends with `tail`, if we know it.

    `HEAD_BYTES` and `TAIL_BYTES` are enough. Not every type that is named is supported.
    """
    if b"%PDF-" in head[:_PDF_WINDOW]:
        return "application/pdf"
    if head.startswith(b"PK\x03\x04"):
        return next((kind for part, kind in _PARTS.items() if part in head or part in tail), None)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return LEGACY
    image = next((kind for magic, kind in _IMAGES.items() if head.startswith(magic)), None)
    return image or _text_type(head)


def media_type_of_file(path: Path) -> str | None:
    """As `media_type`, of a file on this machine."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(path.stat().st_size - TAIL_BYTES, 0))
        return media_type(head, file.read(TAIL_BYTES))


def _text_type(head: bytes) -> str | None:
    if not head or head.startswith(_NO_TEXT):
        return None
    text = encoding.decode_text(head)
    if text is None:
        return None
    return HTML if _HTML.match(text) else TEXT
