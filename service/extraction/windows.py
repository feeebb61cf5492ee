"""A long document in windows: parts that a model can read in one call.

Windows are cut at zones, and each begins with the end of the one before. Sizes are bytes, of which
there are never less than tokens. Zone and page numbers stay those of the document.
"""

import re
from dataclasses import replace
from itertools import accumulate, groupby
from typing import NamedTuple

from service.parsing.models import Page, Parsed, Zone

_SMALLEST_ROOM = 1024  # in less nothing of use can be read
_MARK_BYTES = 8  # for the number of a zone
_INDENT_BYTES = 4
# At most: four, as many again for a line of its own, and a share of the mark.
_BYTES_OF_CHARACTER = 10


class _Piece(NamedTuple):
    """Some text of a page that a window holds or leaves out as a whole."""

    page: Page
    zone: Zone | None  # None: the text of a page that has no zones
    text: str

    @property
    def size(self) -> int:
        """As a prompt shows it: numbered, and each line indented."""
        lines = len(self.text.splitlines())
        return len(self.text.encode()) + _INDENT_BYTES * lines + _MARK_BYTES


def shown_size(parsed: Parsed) -> int:
    """Of the document as a prompt shows it."""
    return sum(piece.size for piece in _pieces(parsed))


def split_document(parsed: Parsed, room: int) -> list[Parsed]:
    """Windows that fit the room and together hold all of the text.

    A document that fits is its own only window.
    """
    room = max(room, _SMALLEST_ROOM)
    if shown_size(parsed) <= room:
        return [parsed]
    step = room * 3 // 4
    # No piece is longer than the overlap, so that each window repeats one at least.
    overlap = room // 8
    pieces: list[_Piece] = []
    for piece in _pieces(parsed):
        pieces += _cut_piece(piece, longest=overlap)
    *starts, total = accumulate((piece.size for piece in pieces), initial=0)
    windows = []
    for begin in range(0, total, step):
        placed = zip(starts, pieces, strict=True)
        shown = [piece for start, piece in placed if begin - overlap <= start < begin + step]
        windows.append(_window_of(shown))
    return windows


def _pieces(parsed: Parsed) -> list[_Piece]:
    """Every zone, and the text of each page that has none."""
    zones_by_page = {
        number: list(zones) for number, zones in groupby(parsed.zones, key=lambda zone: zone.page)
    }
    pieces = []
    for page in parsed.pages:
        zones = zones_by_page.get(page.number, [])
        if zones and page.source != "none":
            pieces += [_Piece(page, zone, zone.text) for zone in zones]
        else:
            pieces.append(_Piece(page, None, page.text))
    return pieces


def _cut_piece(piece: _Piece, longest: int) -> list[_Piece]:
    """A piece that is too long in parts, at ends of lines where there are any."""
    if piece.size <= longest:
        return [piece]
    characters = longest // _BYTES_OF_CHARACTER
    up_to_line_end = rf".{{1,{characters}}}(?:\n|\Z)"
    parts = re.findall(rf"{up_to_line_end}|.{{1,{characters}}}", piece.text, re.DOTALL)
    return [piece._replace(text=part) for part in parts]


def _window_of(pieces: list[_Piece]) -> Parsed:
    """A document of these pieces; parts of one zone that follow one another are one again."""
    pages: dict[int, Page] = {}
    zones = []
    for (page, zone), parts in groupby(pieces, key=lambda piece: (piece.page, piece.zone)):
        text = "".join(part.text for part in parts)
        if zone is None:
            pages.setdefault(page.number, replace(page, text=text))
        else:
            pages.setdefault(page.number, page)
            zones.append(replace(zone, text=text))
    return Parsed(tuple(pages.values()), tuple(zones))
