"""Whether a quote says the value that was read from it. Nothing is guessed."""

import re
from collections.abc import Sequence

from pydantic import JsonValue

from service.evidence.models import Located
from service.reading.characters import fold_name, fold_text
from service.reading.choices import names_category
from service.reading.models import PrintedValue, Variable
from service.reading.values import printed_values

_PROVING_EVIDENCE = ("exact", "split", "moved")

# An identifier may be printed in groups: DE70 2106 …
_IDENTIFIER = re.compile(r"(?=.*\d)[^\W_]{8,}")
# What stands right before a value or behind it and makes it a part of a longer token: for a number
# also a sign, for an identifier also another group of digits.
_WORD_BEFORE = r"\w[-./,'&@_]?$"
_SIGN_BEFORE = r"[-+]$"
_GROUP_BEFORE = r"\d $"
_WORD_BEHIND = r"[-./,'&@_]?\w"
_GROUP_BEHIND = r" \d"
_LABEL_WORDS = re.compile(r"[\s():]+")


def is_verified(located: Located, derivable: bool, flags: Sequence[str]) -> bool:
    """True where the quote is printed, says the value, and the value has one reading."""
    is_ambiguous = any(flag.startswith("ambiguous") for flag in flags)
    return located.evidence in _PROVING_EVIDENCE and derivable and not is_ambiguous


def is_derivable(
    variable: Variable,
    value: JsonValue,
    quote: str,
    *,
    language: str,
    raw: JsonValue = None,
    page_text: str = "",
) -> bool:
    """True where the quote says the normalised value. Pass what the page prints, `Located.quote`.

    `raw` is the value before normalising: a unit written there must be the quote's. `page_text` is
    the text of the page: a currency that the quote lacks counts where it is the only one there.
    """
    text = fold_text(quote)
    if isinstance(value, str):
        if variable.type == "category":
            return names_category(text, variable, value)
        if variable.type in ("text", "location"):
            return _prints_text(text, value)
    if isinstance(value, bool) != (variable.type == "boolean"):
        return False
    unit = _unit_of(variable, raw, language)
    for printed in printed_values(variable, text, language, fold_text(page_text)):
        if _has_unit(unit, printed, text) and _means(printed.readings, value):
            return True
    return False


def _prints_text(text: str, value: str) -> bool:
    """True where a folded text prints the value as whole tokens, blanks and line ends aside."""
    body = " ".join(fold_text(value).split())
    if not body:
        return False
    text = " ".join(text.split())
    before = [_WORD_BEFORE]
    behind = [_WORD_BEHIND]
    if body[0].isdigit():
        before.append(_SIGN_BEFORE)
    if _IDENTIFIER.fullmatch(value):
        before.append(_GROUP_BEFORE)
        behind.append(_GROUP_BEHIND)
        text = _join_groups(text, body)
    return _stands_alone(body, text, before="|".join(before), behind="|".join(behind))


def _join_groups(text: str, identifier: str) -> str:
    """The text with an identifier that it prints in groups written in one, as the value is."""
    in_groups = " ?".join(identifier)
    return re.sub(in_groups, lambda _: identifier, text)


def _stands_alone(body: str, text: str, *, before: str, behind: str) -> bool:
    """True where the body stands in the text at least once with neither pattern beside it."""
    at = text.find(body)
    while at >= 0:
        end = at + len(body)
        is_tail = re.search(before, text[max(0, at - 2) : at])
        if not is_tail and not re.match(behind, text[end:]):
            return True
        at = text.find(body, at + 1)
    return False


def _unit_of(variable: Variable, raw: JsonValue, language: str) -> str:
    """The unit that a raw number is written with."""
    if variable.type != "number":
        return ""
    numbers = printed_values(variable, fold_text(str(raw)), language)
    return next((number.unit for number in numbers), "")


def _has_unit(unit: str, printed: PrintedValue, text: str) -> bool:
    """True where the unit stands with the number or, if that has none, in the label before it."""
    if not unit:
        return True
    if printed.unit:
        return fold_name(printed.unit) == fold_name(unit)
    label = fold_name(text[: printed.start])
    return fold_name(unit) in _LABEL_WORDS.split(label)


def _means(readings: tuple[JsonValue, ...], value: JsonValue) -> bool:
    """True where there are readings, and each of them is the value."""
    return bool(readings) and all(_agrees(reading, value) for reading in readings)


def _agrees(reading: JsonValue, value: JsonValue) -> bool:
    """True where a reading is the value, or says more: the day, or the currency of an amount."""
    if isinstance(reading, dict) and isinstance(value, dict) and value["currency"] is None:
        return reading["amount"] == value["amount"]
    if isinstance(reading, str) and isinstance(value, str):
        return reading[: len(value)] == value
    return reading == value
