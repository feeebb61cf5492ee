"""Real pages: every true value is found at its own place. Truth boxes are not the parser's."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.samples import SAMPLES
from service.evidence.locate import DocumentIndex, locate
from service.evidence.models import Located
from service.parsing.models import Box, Parsed
from tests.support.pages import iou, printed

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "corpus" / "fields" / "made" / "open"


def zone_at(parsed: Parsed, page: int, box: Box) -> int | None:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    for zone in parsed.zones:
        x0, y0, x1, y1 = zone.box
        if zone.page == page and x0 - 1 <= x <= x1 + 1 and y0 - 1 <= y <= y1 + 1:
            return zone.position
    return None


@dataclass(frozen=True)
class Truth:
    """One true value: pages count from 1."""

    key: str
    raw: str
    page: int
    box: Box
    repeated: bool
    hint: str


def truths(path: Path, *, first_page: int, box: str) -> list[Truth]:
    fields: dict[str, Any] = json.loads(path.read_text())["fields"]
    return [
        Truth(
            key, field["raw"], field["page"] + 1 - first_page, tuple(field[box]),
            field.get("occurrences", 1) > 1, field.get("context", ""),
        )
        for key, field in fields.items()
        if isinstance(field, dict) and field.get("raw") and field.get(box)
    ]  # fmt: skip


@dataclass
class Figures:
    """How many values there were, were found verbatim, and in their own box."""

    values: int = 0
    repeated: int = 0
    found: int = 0
    right: int = 0

    def add(self, truth: Truth, located: Located) -> None:
        self.values += 1
        self.repeated += truth.repeated
        self.found += located.evidence in {"exact", "moved", "split"}
        near = located.box is not None and iou(located.box, truth.box) >= 0.5
        self.right += near and located.page == truth.page


def measure(files: list[Path], *, first_page: int, box: str, claim: bool) -> Figures:
    figures = Figures()
    for path in files:
        parsed = printed(path.with_suffix(".pdf"))
        index = DocumentIndex(parsed)
        for truth in truths(path, first_page=first_page, box=box):
            zone = zone_at(parsed, truth.page, truth.box)
            # Where no word stands in the true box, it is a scan or a form field: none to find.
            if zone is not None:
                hints = [truth.key.replace("_", " "), truth.hint]
                located = locate(
                    index, truth.raw, zone=zone if claim else None, raw_value=truth.raw, hints=hints
                )
                figures.add(truth, located)
    return figures


@pytest.mark.no_cover
def test_samples__true_values_are_found_in_their_own_box() -> None:
    truth = {path: json.loads(path.read_text()) for path in sorted(SAMPLES.glob("*.json"))}
    files = [path for path, told in truth.items() if told.get("state") == "ready"]
    for claim in (True, False):
        figures = measure(files, first_page=1, box="box", claim=claim)
        assert figures.repeated >= 0.3 * figures.values
        assert figures.found >= 0.99 * figures.values
        assert figures.right >= (0.95 if claim else 0.8) * figures.values


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpus is not beside the repository")
def test_corpus__true_values_are_found_in_their_own_box() -> None:
    figures = measure(sorted(SHARED.glob("*.json")), first_page=0, box="bbox", claim=True)
    assert figures.values >= 250
    assert figures.found >= 0.99 * figures.values
    assert figures.right >= 0.95 * figures.values
