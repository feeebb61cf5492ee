"""Where a quote is printed, and what speaks for a value."""

from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from service.generated import contract
from service.parsing.models import Box
from service.reading.models import Frozen

PageSource = Literal["text", "ocr", "none"]


class Located(Frozen):
    """Where a quote was found. `box`: of the value where the quote holds it, else of the quote."""

    evidence: contract.ExtractionsEvidence = "none"
    page: int | None = None
    box: Box | None = None
    boxes: tuple[Box, ...] = ()
    zone: int | None = None
    quote: str | None = None


@dataclass(frozen=True)
class Signals:
    """What speaks for a value or against it; stored with its cell, in this order."""

    origin: contract.ExtractionsOrigin
    evidence: contract.ExtractionsEvidence
    derivable: bool
    ambiguous: bool
    readings: list[JsonValue]
    source: PageSource
    text_quality: float
    occurrences: int
    rules_ok: bool

    def as_json(self) -> dict[str, JsonValue]:
        """As it is stored."""
        return dict(vars(self))
