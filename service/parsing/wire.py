"""A parsed document as JSON: to the database and back, and from the reading child."""

from typing import Any

from service.parsing.models import Box, Page, Parsed, Word, Zone

_SIDES = ("x0", "y0", "x1", "y1")


def to_rows(parsed: Parsed) -> dict[str, Any]:
    """JSON for the database: pages (words as [x0, y0, x1, y1, text, zone, line]), zones, flags."""
    return {
        "pages": [_page_row(page) for page in parsed.pages],
        "zones": [_zone_row(zone) for zone in parsed.zones],
        "flags": list(parsed.flags),
    }


def from_rows(rows: dict[str, Any]) -> Parsed:
    """The document that `to_rows` wrote. Raises KeyError, TypeError or ValueError on any other."""
    return Parsed(
        pages=tuple(_page(row) for row in rows["pages"]),
        zones=tuple(_zone(row) for row in rows["zones"]),
        flags=tuple(rows["flags"]),
    )


def _page_row(page: Page) -> dict[str, Any]:
    return {
        **vars(page),
        "width": round(page.width, 2),
        "height": round(page.height, 2),
        "words": [
            [*_in_hundredths(word.box), word.text, word.zone, word.line] for word in page.words
        ],
    }


def _page(row: dict[str, Any]) -> Page:
    words = tuple(
        Word((x0, y0, x1, y1), text, zone, line)
        for x0, y0, x1, y1, text, zone, line in row["words"]
    )
    return Page(**{**row, "words": words})


def _zone_row(zone: Zone) -> dict[str, Any]:
    facts = {name: value for name, value in vars(zone).items() if name != "box"}
    sides = dict(zip(_SIDES, _in_hundredths(zone.box), strict=True))
    return {**facts, **sides}


def _zone(row: dict[str, Any]) -> Zone:
    facts = {name: value for name, value in row.items() if name not in _SIDES}
    return Zone(box=(row["x0"], row["y0"], row["x1"], row["y1"]), **facts)


def _in_hundredths(box: Box) -> list[float]:
    return [round(side, 2) for side in box]
