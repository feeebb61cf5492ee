"""The shape of a parsed document on the wire: to the database verb, back from it, and from the child process."""

from typing import Any

from service.parsing.models import Box, Page, Parsed, Word, Zone


def to_rows(parsed: Parsed) -> dict[str, Any]:
    """JSON for the database: pages (words as [x0, y0, x1, y1, text, zone, line]), zones, flags."""
    return {
        "pages": [_page_row(page) for page in parsed.pages],
        "zones": [_zone_row(zone) for zone in parsed.zones],
        "flags": list(parsed.flags),
    }


def from_rows(rows: dict[str, Any]) -> Parsed:
    """The document that `to_rows` wrote; unknown keys are ignored. Raises KeyError on a missing one."""
    return Parsed(
        pages=tuple(
            Page(**{key: row[key] for key in _PAGE}, words=tuple(map(_word, row["words"]))) for row in rows["pages"]
        ),
        zones=tuple(
            Zone(**{key: row[key] for key in _ZONE}, box=_box([row[key] for key in _BOX])) for row in rows["zones"]
        ),
        flags=tuple(rows["flags"]),
    )


_PAGE = ("number", "width", "height", "rotation", "text", "source")
_ZONE = ("position", "page", "kind", "text", "confidence")
_BOX = ("x0", "y0", "x1", "y1")


def _page_row(page: Page) -> dict[str, Any]:
    row: dict[str, Any] = {key: getattr(page, key) for key in _PAGE}
    row["width"], row["height"] = round(page.width, 2), round(page.height, 2)
    row["words"] = [[*(round(side, 2) for side in word.box), word.text, word.zone, word.line] for word in page.words]
    return row


def _zone_row(zone: Zone) -> dict[str, Any]:
    sides = {name: round(side, 2) for name, side in zip(_BOX, zone.box, strict=True)}
    return {key: getattr(zone, key) for key in _ZONE} | sides


def _word(row: list[Any]) -> Word:
    *sides, text, zone, line = row
    return Word(_box(sides), text, zone, line)


def _box(sides: list[float]) -> Box:
    x0, y0, x1, y1 = sides
    return float(x0), float(y0), float(x1), float(y1)
