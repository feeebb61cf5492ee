"""Proof: does the printed quote say this value, is the cell verified, how sure are we."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import JsonValue

from service.extraction.models import Located, Variable
from service.extraction.values.characters import fold, loose
from service.extraction.values.choices import said_boolean, said_category
from service.extraction.values.currencies import currencies
from service.extraction.values.dates import dates
from service.extraction.values.numbers import Number, numbers
from service.extraction.values.reading import day_first, stated

_PROOF = {"exact", "split", "moved"}
_BASE = {"exact": 0.99, "moved": 0.95, "split": 0.95, "fuzzy": 0.6, "not_found": 0.25}
_SOURCE = {"text": 1.0, "ocr": 0.9}


def verbatim(value: str, text: str) -> str | None:
    """Where a folded text prints the value as whole tokens, blanks and line ends aside."""
    words = fold(value).split()
    body, before, after = r"\s+".join(map(re.escape, words)), r"(?<!\w)(?<!\w[-./,'&@_])", ""
    if re.fullmatch(r"(?=.*\d)[^\W_]{8,}", value):
        # An identifier printed in groups, DE70 2106 …, is the same when written in one.
        body, before, after = " ?".join(fold(value)), before + r"(?<!\d\s)", r"(?!\s\d)"
    if words and words[0][0].isdigit():
        before += r"(?<![-+])"
    match = re.search(rf"{before}(?:{body})(?![-./,'&@_]?\w){after}", text) if words else None
    return match[0] if match else None


@dataclass(frozen=True, slots=True)
class _Quote:
    variable: Variable
    text: str
    language: str
    around: str

    def numbers(self, text: str) -> list[Number]:
        decimal = stated(self.variable, "decimal")
        lone = list(numbers(text, self.language, decimal, lone=True))
        if len(lone) == 1 and not re.search(r"\w", text[: lone[0].start] + text[lone[0].end :]):
            return lone
        return list(numbers(text, self.language, decimal))

    def names(self, code: str, token: Number) -> bool:
        """True where the currency beside the number, or else the only one near, is this one."""
        named = {token.currency} if token.currency else currencies(self.text, self.language)
        unclear = not named or any(len(meant) > 1 and code in meant for meant in named)
        near = stated(self.variable, "currency") or fold(self.around)
        return (currencies(near, self.language) if unclear else named) == {(code,)}

    def has_unit(self, raw: JsonValue, token: Number) -> bool:
        written = self.numbers(fold(raw)) if isinstance(raw, str) else []
        unit = loose((written[0].unit if written else "") or stated(self.variable, "unit"))
        label = rf"(?<!\w){re.escape(unit)}(?!\w)"
        labelled = not token.unit and re.search(label, loose(self.text[: token.start]))
        if unit and unit != loose(token.unit) and not labelled:
            return False
        return all(self.names(code, token) for number in written for code in number.currency[:1])

    def number(self, value: JsonValue, raw: JsonValue) -> str | None:
        code = value.get("currency") if isinstance(value, dict) else None
        amount = value.get("amount") if isinstance(value, dict) else value
        for token in self.numbers(self.text):
            if token.readings != (Decimal(str(amount)),):
                continue
            if self.variable.type == "number":
                fits = self.has_unit(raw, token)
            else:
                fits = token.unit not in {"%", "‰"} and (code is None or self.names(str(code), token))
            if fits:
                return self.text[token.start : token.end]
        return None

    def date(self, value: str) -> str | None:
        for dated in dates(self.text, self.language, day_first(self.variable)):
            if {reading[: len(value)] for reading in dated.readings} == {value}:
                return self.text[dated.start : dated.end]
        return None

    def says(self, value: JsonValue, raw: JsonValue) -> str | None:
        """The part of the quote that says one value."""
        match self.variable.type, value:
            case "boolean", bool():
                return self.text if said_boolean(self.text) is value else None
            case _, bool():
                return None
            case ("number", int() | float()) | ("money", {"amount": int() | float()}):
                return self.number(value, raw)
            case "date", str():
                return self.date(value)
            case "category", str():
                named = said_category(self.variable, value, self.text)
                return (verbatim(value, self.text) or self.text) if named else None
            case (("text" | "location"), str()):
                return verbatim(value, self.text)
        return None


def said(variable: Variable, value: JsonValue, quote: str, language: str, raw: JsonValue, around: str) -> str | None:
    """The part of the quote that says the normalised value; None where it does not. As `derivable`."""
    quoted = _Quote(variable, fold(quote), language, around)
    values = value if isinstance(value, list) else [value]
    raws = raw if isinstance(raw, list) and len(raw) == len(values) else [raw] * len(values)
    parts = [quoted.says(v, r) for v, r in zip(values, raws, strict=True)]
    if not parts or None in parts:
        return None
    return (isinstance(raw, str) and verbatim(raw, quoted.text)) or parts[0]


def derivable(
    variable: Variable, value: JsonValue, quote: str, *, language: str,
    raw: JsonValue = None, around: str = "",
) -> bool:  # fmt: skip
    """True where the quote says the normalised value. Pass what the page prints, `Located.quote`.

    `raw` is the value before normalising: a unit written there must be the quote's. `around` is
    the text of the page: a currency that the quote lacks counts where it is the only one there.
    """
    return said(variable, value, quote, language, raw, around) is not None


def verified(located: Located, derivable: bool, flags: Sequence[str]) -> bool:
    """True where the quote is printed, says the value, and the value has one reading."""
    ambiguous = any(flag.startswith("ambiguous") or flag == "several_values" for flag in flags)
    return located.evidence in _PROOF and derivable and not ambiguous


def confidence(signals: Mapping[str, Any]) -> float:
    """0 to 0.99: a product of factors, one a signal, each rising with what speaks for the value.

    evidence (exact 0.99 … none 0.2); derivable (else x 0.45, so a made-up value stays below one
    half); rules_ok (else x 0.6); ambiguous (x 0.5); source text, ocr or none (x 1, 0.9, 0.5);
    text_quality 0-1 (x 0.5-1); occurrences (x 1 down to 0.9); offline_score 0-1 (x 0.4-0.9).
    """
    quality = min(1.0, max(0.0, float(signals.get("text_quality", 1.0))))
    offline = min(1.0, max(0.0, float(signals.get("offline_score", 0.0))))
    return round(
        _BASE.get(str(signals.get("evidence")), 0.2)
        * (1.0 if signals.get("derivable") else 0.45)
        * (1.0 if signals.get("rules_ok", True) else 0.6)
        * (0.5 if signals.get("ambiguous") else 1.0)
        * _SOURCE.get(str(signals.get("source", "text")), 0.5)
        * (0.5 + 0.5 * quality)
        * max(0.9, 1.02 - 0.02 * max(1, int(signals.get("occurrences", 1))))
        * (0.4 + 0.5 * offline if "offline_score" in signals else 1.0),
        4,
    )
