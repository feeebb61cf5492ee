"""Where a quote is printed. No behaviour."""

from service.generated import contract
from service.parsing.models import Box
from service.reading.models import Frozen


class Located(Frozen):
    """Where a quote was found. `box` is the value inside the quote where it is printed there, else the quote."""

    evidence: contract.ExtractionsEvidence = "none"
    page: int | None = None
    box: Box | None = None
    boxes: tuple[Box, ...] = ()
    zone: int | None = None
    quote: str | None = None
