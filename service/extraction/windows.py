"""A long document in windows: parts that a model can read, cut at zones, each beginning with the end of the one before.

Pure. Sizes are bytes, which is never less than the tokens. Zone and page numbers stay those of the document.
"""

import re
from dataclasses import replace
from itertools import accumulate, groupby
from typing import NamedTuple

from service.parsing.models import Page, Parsed, Zone

_SMALLEST = 1024  # who has less room than that reads nothing of use


class _Piece(NamedTuple):
    page: Page
    zone: Zone | None  # None: the text of a page that has no zones
    text: str

    @property
    def size(self) -> int:
        """As a prompt shows it: numbered, and each line indented."""
        return len(self.text.encode()) + 4 * len(self.text.splitlines()) + 8


def size(parsed: Parsed) -> int:
    """Of the document as a prompt shows it."""
    return sum(piece.size for piece in _pieces(parsed))


def split(parsed: Parsed, room: int) -> list[Parsed]:
    """Windows that fit the room; together they hold all of the text. Where it fits, the document itself."""
    room = max(room, _SMALLEST)
    if size(parsed) <= room:
        return [parsed]
    # No piece is longer than the overlap, so that each window repeats one at least.
    overlap, step = room // 8, room * 3 // 4
    pieces = [part for piece in _pieces(parsed) for part in _cut(piece, overlap)]
    begins = list(accumulate((piece.size for piece in pieces), initial=0))
    placed = list(zip(begins, pieces, strict=False))
    starts = range(0, begins[-1], step)
    return [
        _window([p for at, p in placed if start - overlap <= at < start + step]) for start in starts
    ]


def _pieces(parsed: Parsed) -> list[_Piece]:
    zones = {
        number: list(group) for number, group in groupby(parsed.zones, key=lambda zone: zone.page)
    }
    pieces = []
    for page in parsed.pages:
        shown = zones.get(page.number, []) if page.source != "none" else []
        pieces += [_Piece(page, zone, zone.text) for zone in shown] or [
            _Piece(page, None, page.text)
        ]
    return pieces


def _cut(piece: _Piece, most: int) -> list[_Piece]:
    """A piece that is too long in parts, at ends of lines where there are any; a character takes eight bytes."""
    if piece.size <= most:
        return [piece]
    longest = most // 10
    parts = re.findall(rf".{{1,{longest}}}(?:\n|\Z)|.{{1,{longest}}}", piece.text, re.DOTALL)
    return [piece._replace(text=part) for part in parts]


def _window(pieces: list[_Piece]) -> Parsed:
    pages: dict[int, Page] = {}
    zones = []
    for (page, zone), group in groupby(pieces, key=lambda piece: (piece.page, piece.zone)):
        text = "".join(piece.text for piece in group)
        pages.setdefault(page.number, page if zone else replace(page, text=text))
        zones += [replace(zone, text=text)] if zone else []
    return Parsed(tuple(pages.values()), tuple(zones))
