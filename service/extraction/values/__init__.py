"""What a value means and whether its quote says so. Pure: no input or output, nothing is guessed."""

from service.extraction.values.proof import confidence, derivable, verified
from service.extraction.values.reading import normalise
from service.extraction.values.rules import validate

__all__ = ["confidence", "derivable", "normalise", "validate", "verified"]
