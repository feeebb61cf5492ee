"""Parsing against the shared corpus: zones, kinds and order, and what injections must not say."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from service.parsing.models import Box, Parsed, Zone
from service.parsing.parse import parse_bytes

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
LAYOUT = CORPUS / "layout" / "made" / "open"
INJECTION = CORPUS / "hostile" / "made" / "open" / "injection"
pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the shared corpus is not beside this checkout"
)

# What our eight kinds may call the finer types of the truth.
KINDS = {
    "label": {"key_value"},
    "page_header": {"header"},
    "page_footer": {"footer"},
    "heading": {"title"},
    "title": {"title"},
    "subject": {"title"},
    "list_item": {"list"},
    "table": {"table"},
    "letterhead": {"text", "title", "header"},
    "footnote": {"text", "footer"},
}


def truth(path: Path) -> Iterator[tuple[int, str, Box]]:
    """(page, type, box as displayed); a label and the value under it are one zone here."""
    zones = [
        zone for zone in json.loads(path.with_suffix(".json").read_text())["zones"] if zone["bbox"]
    ]
    with pymupdf.open(path) as document:
        for zone, after in zip(zones, [*zones[1:], {}], strict=True):
            box = pymupdf.Rect(zone["bbox"])
            if zone["type"] == "label" and after.get("type") == "value":
                box |= pymupdf.Rect(after["bbox"])
            if zone["type"] != "value":
                yield (
                    zone["page"] + 1,
                    zone["type"],
                    tuple(box * document[zone["page"]].rotation_matrix),
                )


def iou(a: Box, b: Box) -> float:
    one, other = pymupdf.Rect(a), pymupdf.Rect(b)
    shared = pymupdf.Rect(one).intersect(other).get_area()
    return float(shared / (one.get_area() + other.get_area() - shared))


def matched(path: Path) -> list[tuple[str, float, Zone]]:
    zones = parse_bytes(path, "application/pdf").zones
    return [
        (
            kind,
            *max(
                ((iou(box, zone.box), zone) for zone in zones if zone.page == page),
                key=lambda pair: pair[0],
            ),
        )
        for page, kind, box in truth(path)
    ]


def mean(values: list[Any]) -> float:
    return float(sum(values) / len(values))


def test_layout__holds_the_numbers_of_the_requirements() -> None:
    files = [matched(path) for path in sorted(LAYOUT.glob("*.pdf"))]
    found = [match for matches in files for match in matches]
    assert len(found) > 200
    assert mean([share for _, share, _ in found]) >= 0.9
    assert mean([zone.kind in KINDS.get(kind, {"text"}) for kind, _, zone in found]) >= 0.9
    pairs = [
        pair
        for matches in files
        for pair in combinations([zone.position for *_, zone in matches], 2)
    ]
    assert mean([first <= second for first, second in pairs]) >= 0.95


def amounts(parsed: Parsed) -> list[str]:
    return re.findall(r"Total due: ([\d.]+)", parsed.pages[0].text)


@pytest.mark.parametrize(
    "name", sorted(path.name for path in INJECTION.glob("*.pdf")) or ["absent"]
)
def test_injection__says_no_hidden_total(name: str) -> None:
    total = json.loads((INJECTION / "truth.json").read_text())["total"]
    assert amounts(parse_bytes(INJECTION / name, "application/pdf")) == [total]


@pytest.mark.parametrize(
    "how", ["covered", "fake_total", "ocg_off", "offpage", "render3", "tiny", "white"]
)
def test_injection__that_nobody_sees_is_not_read(how: str) -> None:
    clean = parse_bytes(INJECTION / "clean.pdf", "application/pdf")
    hidden = parse_bytes(INJECTION / f"inj_{how}.pdf", "application/pdf")
    assert hidden.pages[0].text == clean.pages[0].text
