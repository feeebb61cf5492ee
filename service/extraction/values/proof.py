"""Proof: does the printed quote say this value, is the cell verified, how sure are we."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from service.extraction.models import Located, Variable
from service.extraction.values.characters import fold, loose
from service.extraction.values.choices import said_category
from service.extraction.values.languages import Printed
from service.extraction.values.reading import printed

_PROOF = {"exact", "split", "moved"}
# What the value of a signal leaves of the confidence: a made-up value stays below one half.
_FACTORS: dict[str, dict[Any, float]] = {
    "evidence": {"exact": 0.99, "moved": 0.95, "split": 0.95, "fuzzy": 0.6, "not_found": 0.25, "none": 0.2},
    "derivable": {True: 1.0, False: 0.45},
    "rules_ok": {True: 1.0, False: 0.6},
    "ambiguous": {True: 0.5, False: 1.0},
    "source": {"text": 1.0, "ocr": 0.9, "none": 0.5},
}


def _verbatim(value: str, text: str) -> bool:
    """True where a folded text prints the value as whole tokens, blanks and line ends aside."""
    words = fold(value).split()
    body, before, after = r"\s+".join(map(re.escape, words)), r"(?<!\w)(?<!\w[-./,'&@_])", ""
    if re.fullmatch(r"(?=.*\d)[^\W_]{8,}", value):
        # An identifier printed in groups, DE70 2106 …, is the same when written in one.
        body, before, after = " ?".join(fold(value)), before + r"(?<!\d\s)", r"(?!\s\d)"
    if words and words[0][0].isdigit():
        before += r"(?<![-+])"
    return bool(words) and re.search(rf"{before}(?:{body})(?![-./,'&@_]?\w){after}", text) is not None


def _agrees(reading: JsonValue, value: JsonValue) -> bool:
    """True where a reading is the value, or says more: the day of a month, the currency of an amount."""
    if isinstance(reading, dict) and isinstance(value, dict) and value["currency"] is None:
        return reading["amount"] == value["amount"]
    return (reading[: len(value)] if isinstance(reading, str) and isinstance(value, str) else reading) == value


def _has_unit(unit: str, number: Printed, text: str) -> bool:
    """True where the unit is printed with the number or, if that has none, in the label before it."""
    label = re.split(r"[\s():]+", loose(text[: number.start]))
    return not unit or loose(unit) in ([loose(number.unit)] if number.unit else label)


def derivable(
    variable: Variable, value: JsonValue, quote: str, *, language: str, raw: JsonValue = None, around: str = ""
) -> bool:
    """True where the quote says the normalised value. Pass what the page prints, `Located.quote`.

    `raw` is the value before normalising: a unit written there must be the quote's. `around` is
    the text of the page: a currency that the quote lacks counts where it is the only one there.
    """
    text = fold(quote)
    if variable.type in ("text", "location", "category") and isinstance(value, str):
        return said_category(variable, value, text) if variable.type == "category" else _verbatim(value, text)
    if isinstance(value, bool) != (variable.type == "boolean"):
        return False
    written = printed(variable, fold(str(raw)), language) if variable.type == "number" else iter(())
    unit = next((number.unit for number in written), "")
    said = (p for p in printed(variable, text, language, fold(around)) if _has_unit(unit, p, text))
    return any(p.readings and all(_agrees(reading, value) for reading in p.readings) for p in said)


def verified(located: Located, derivable: bool, flags: Sequence[str]) -> bool:
    """True where the quote is printed, says the value, and the value has one reading."""
    return located.evidence in _PROOF and derivable and not any(flag.startswith("ambiguous") for flag in flags)


def confidence(signals: Mapping[str, Any]) -> float:
    """0 to 0.99: a product of factors, one a signal, each rising with what speaks for the value.

    Besides the table: text_quality 0-1 (x 0.5-1); occurrences (x 1 down to 0.9); of the offline
    extractor alone offline_score 0-1 (x 0.4-0.9).
    """
    factors = [factor[signals[name]] for name, factor in _FACTORS.items()]
    factors.append(0.5 + 0.5 * signals["text_quality"])
    factors.append(max(0.9, 1 - 0.02 * max(0, signals["occurrences"] - 1)))
    if "offline_score" in signals:
        factors.append(0.4 + 0.5 * signals["offline_score"])
    return round(math.prod(factors), 4)
