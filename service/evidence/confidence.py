"""How much speaks for a value: one figure from its signals."""

import math

from service.evidence.models import Signals

# What the value of a signal leaves of the confidence: a made-up value stays below one half.
_BY_ORIGIN = {"model": 1.0, "offline": 0.9}
_BY_EVIDENCE = {
    "exact": 0.99,
    "moved": 0.95,
    "split": 0.95,
    "fuzzy": 0.6,
    "not_found": 0.25,
    "none": 0.2,
}
_NOT_DERIVABLE = 0.45
_RULE_BROKEN = 0.6
_AMBIGUOUS = 0.5
_BY_SOURCE = {"text": 1.0, "ocr": 0.9, "none": 0.5}
_EACH_FURTHER_PLACE = 0.02
_LEAST_FOR_PLACES = 0.9


def confidence(signals: Signals) -> float:
    """0 to 0.99: a product of factors, one a signal, each rising with what speaks for the value."""
    further_places = max(0, signals.occurrences - 1)
    factors = (
        _BY_ORIGIN[signals.origin],
        _BY_EVIDENCE[signals.evidence],
        1.0 if signals.derivable else _NOT_DERIVABLE,
        1.0 if signals.rules_ok else _RULE_BROKEN,
        _AMBIGUOUS if signals.ambiguous else 1.0,
        _BY_SOURCE[signals.source],
        0.5 + 0.5 * signals.text_quality,
        max(_LEAST_FOR_PLACES, 1 - _EACH_FURTHER_PLACE * further_places),
    )
    return round(math.prod(factors), 4)
