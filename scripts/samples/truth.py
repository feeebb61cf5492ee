"""What is true of a sample: its facts, with the boxes that pdfium, not the parser, sees."""

import math
import re
from dataclasses import dataclass
from typing import NamedTuple

import pypdfium2
from pydantic import JsonValue

from scripts.samples.sheet import Facts, Mark

Box = tuple[float, float, float, float]
Truth = dict[str, JsonValue]
NEAR = 8  # points


class Printed(NamedTuple):
    """One occurrence of a string: page from 1, box from the top left of the page as displayed."""

    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Sample:
    """A finished document and what is true of it. `ready` is false where parsing must fail."""

    name: str
    language: str
    kind: str
    pdf: bytes
    fields: dict[str, Truth]
    image_only: bool = False
    ready: bool = True

    def as_json(self) -> Truth:
        """The truth file."""
        return {
            "language": self.language,
            "kind": self.kind,
            "image_only": self.image_only,
            "state": "ready" if self.ready else "failed",
            "fields": dict(self.fields),
        }


def describe_fields(
    pdf: bytes, facts: Facts, marks: list[Mark], keys: list[str]
) -> dict[str, Truth]:
    """The truth of every key; raises ValueError where a fact is not marked exactly once."""
    printed = {key: find_occurrences(pdf, fact.raw) for key, fact in facts.items()}
    by_key = {mark.key: mark for mark in marks}
    if len(by_key) != len(marks) or by_key.keys() != facts.keys():
        odd = sorted(facts.keys() ^ {mark.key for mark in marks}) or [mark.key for mark in marks]
        raise ValueError(f"facts must be marked once each, see {odd}")
    truths = {key: _absent_truth() for key in keys}
    for key in keys:
        if key in facts:
            truths[key] = _field_truth(facts, by_key[key], printed[key])
    return truths


def find_occurrences(pdf: bytes, raw: str) -> list[Printed]:
    """Every place where `raw` is printed as whole words, in page order."""
    pattern = _whole_words(raw)
    found: list[Printed] = []
    document = pypdfium2.PdfDocument(pdf)
    for number, page in enumerate(document, start=1):
        text = page.get_textpage()
        for match in pattern.finditer(text.get_text_range()):
            found.append(Printed(number, _printed_box(page, text, *match.span())))
        text.close()
    document.close()
    return found


def _whole_words(raw: str) -> re.Pattern[str]:
    body = r"\s+".join(re.escape(word) for word in raw.split())
    return re.compile(rf"(?<!\w)(?<!\d[.,]){body}(?!\w)(?![.,]\d)")


def _printed_box(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, start: int, end: int) -> Box:
    shown = [place for place in range(start, end) if not text.get_text_range(place, 1).isspace()]
    chars = [text.get_charbox(place, loose=True) for place in shown]
    left = min(char[0] for char in chars)
    bottom = min(char[1] for char in chars)
    right = max(char[2] for char in chars)
    top = max(char[3] for char in chars)
    if page.get_rotation() == 90:
        return _rounded((bottom, left, top, right))
    height = page.get_height()
    return _rounded((left, height - top, right, height - bottom))


def _field_truth(facts: Facts, mark: Mark, printed: list[Printed]) -> Truth:
    on_page = [place for place in printed if place.page == mark.page]
    place = min(on_page, key=lambda place: _distance(mark, place), default=None)
    if place is None or _distance(mark, place) > NEAR:
        raise ValueError(f"{mark.key} is not on page {mark.page} where it was drawn")
    return {
        "value": facts[mark.key].value,
        "raw": facts[mark.key].raw,
        "page": place.page,
        "box": list(place.box),
        "occurrences": len(printed),
        "context": mark.context,
    }


def _distance(mark: Mark, place: Printed) -> float:
    """From where the fact was drawn to the left end of the baseline of what pdfium reads."""
    left, _, _, bottom = place.box
    return math.dist((mark.x, mark.y), (left, bottom))


def _absent_truth() -> Truth:
    nothing: Truth = dict.fromkeys(("value", "raw", "page", "box"))
    return {**nothing, "occurrences": 0, "context": ""}


def _rounded(box: Box) -> Box:
    return (round(box[0], 1), round(box[1], 1), round(box[2], 1), round(box[3], 1))
