"""The shape of a parsed document on the wire: to the database verb, back from it, and from the child process."""

from typing import Any

from service.parsing.models import Box, Page, Parsed, Word, Zone

_SIDES = ("x0", "y0", "x1", "y1")


def to_rows(parsed: Parsed) -> dict[str, Any]:
    """JSON for the database: pages (words as [x0, y0, x1, y1, text, zone, line]), zones, flags."""
    zones = [
        vars(zone) | dict(zip(_SIDES, _hundredths(zone.box), strict=True)) for zone in parsed.zones
    ]
    for zone in zones:
        del zone["box"]
    return {
        "pages": [_page_row(page) for page in parsed.pages],
        "zones": zones,
        "flags": list(parsed.flags),
    }


def from_rows(rows: dict[str, Any]) -> Parsed:
    """The document that `to_rows` wrote. Raises KeyError, TypeError or ValueError on any other."""
    words = [
        tuple(Word((x0, y0, x1, y1), *rest) for x0, y0, x1, y1, *rest in row["words"])
        for row in rows["pages"]
    ]
    pages = tuple(
        Page(**row | {"words": own}) for row, own in zip(rows["pages"], words, strict=True)
    )
    zones = [
        Zone(box=(row.pop("x0"), row.pop("y0"), row.pop("x1"), row.pop("y1")), **row)
        for row in rows["zones"]
    ]
    return Parsed(pages, tuple(zones), tuple(rows["flags"]))


def _page_row(page: Page) -> dict[str, Any]:
    words = [[*_hundredths(word.box), word.text, word.zone, word.line] for word in page.words]
    return vars(page) | {
        "width": round(page.width, 2),
        "height": round(page.height, 2),
        "words": words,
    }


def _hundredths(box: Box) -> list[float]:
    return [round(side, 2) for side in box]
