"""How much speaks for a value: one figure from its signals. Pure."""

import math
from collections.abc import Mapping
from typing import Any

# What the value of a signal leaves of the confidence: a made-up value stays below one half.
_FACTORS: dict[str, dict[Any, float]] = {
    "origin": {"model": 1.0, "offline": 0.9},
    "evidence": {
        "exact": 0.99,
        "moved": 0.95,
        "split": 0.95,
        "fuzzy": 0.6,
        "not_found": 0.25,
        "none": 0.2,
    },
    "derivable": {True: 1.0, False: 0.45},
    "rules_ok": {True: 1.0, False: 0.6},
    "ambiguous": {True: 0.5, False: 1.0},
    "source": {"text": 1.0, "ocr": 0.9, "none": 0.5},
}


def confidence(signals: Mapping[str, Any]) -> float:
    """0 to 0.99: a product of factors, one a signal, each rising with what speaks for the value.

    Besides the table: text_quality 0-1 (x 0.5-1); occurrences (x 1 down to 0.9).
    """
    factors = [factor[signals[name]] for name, factor in _FACTORS.items()]
    factors += [
        0.5 + 0.5 * signals["text_quality"],
        max(0.9, 1 - 0.02 * max(0, signals["occurrences"] - 1)),
    ]
    return round(math.prod(factors), 4)
