"""What a parsed document is, and why there may be none.

Boxes are (x0, y0, x1, y1) in points from the top left of the page as displayed.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Box = tuple[float, float, float, float]
ZoneKind = Literal["title", "text", "table", "list", "figure", "header", "footer", "key_value"]


class Word(NamedTuple):
    """One word as printed; a tuple, because a long document has a million of them.

    `zone` is the position of its zone, -1 outside every zone; `line` counts within the page.
    """

    box: Box
    text: str
    zone: int
    line: int


@dataclass(frozen=True)
class Zone:
    """A block of a page. `position` counts from 1 through the document, in reading order."""

    position: int
    page: int
    kind: ZoneKind
    box: Box
    text: str
    confidence: float = 1.0


@dataclass(frozen=True)
class Page:
    """One page. `number` counts from 1.

    `source` is none where nothing could be read: on a scan before OCR, or on a damaged page.
    """

    number: int
    width: float
    height: float
    rotation: int
    text: str
    source: Literal["text", "ocr", "none"]
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Parsed:
    """A whole document.

    `flags` are snake_case remarks such as hidden_text, page_failed:3, text_truncated.
    """

    pages: tuple[Page, ...]
    zones: tuple[Zone, ...]
    flags: tuple[str, ...] = ()

    @property
    def unread_pages(self) -> list[int]:
        """Numbers of the pages that gave no text."""
        return [page.number for page in self.pages if page.source == "none"]


@dataclass(frozen=True)
class Limits:
    """What one document may cost before it is given up."""

    pages: int = 2000
    seconds: float = 60.0
    memory_bytes: int = 1 << 30
    text_chars: int = 5_000_000


class Unreadable(Exception):
    """A document that cannot be parsed.

    `code` is encrypted, unsupported_encryption, corrupt, no_pages, too_many_pages, too_large,
    unsupported_type, not_text, timeout, out_of_memory or crashed, of a table also column_missing or
    no_rows. `detail` is a sentence for people.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
