"""A parsed document as a model reads it: page marks, zone numbers and text, and the hash of that.

Lines of the document are indented, so that a zone number or a page mark at the start of a line is
always ours.
"""

from itertools import groupby

from service.canonical import sha256
from service.parsing.models import Page, Parsed, Zone


def reading_text(parsed: Parsed) -> str:
    """All pages, each under its mark, each zone behind its number."""
    # Positions ascend in reading order: the zones of a page stand together.
    zones = {
        number: list(group) for number, group in groupby(parsed.zones, key=lambda zone: zone.page)
    }
    return "\n".join(_page_text(page, zones.get(page.number, [])) for page in parsed.pages)


def text_hash(parsed: Parsed) -> str:
    """Hash of the document as a model reads it."""
    return sha256(reading_text(parsed))


def _page_text(page: Page, zones: list[Zone]) -> str:
    mark = f"--- page {page.number} ---"
    if page.source == "none":
        return f"{mark}\n(no readable text)"
    if not zones:
        return f"{mark}\n    {_indent(page.text)}"
    return "\n".join([mark, *(f"[{zone.position}] {_indent(zone.text)}" for zone in zones)])


def _indent(text: str) -> str:
    return "\n    ".join(text.splitlines())
