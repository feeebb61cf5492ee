"""The rules of a variable, each a flag of its own. A rule that cannot be applied is a flag too."""

from decimal import Decimal

import regex  # type: ignore[import-untyped]  # ships no types
from pydantic import JsonValue

from service.extraction.models import Variable

_PATTERN_SECONDS = 0.1


def _measure(value: JsonValue) -> Decimal | str | None:
    if isinstance(value, dict):
        value = value.get("amount")
    if isinstance(value, bool) or value is None:
        return None
    return Decimal(str(value)) if isinstance(value, int | float) else str(value)


def _outside(value: JsonValue, low: JsonValue, high: JsonValue) -> bool:
    at, least, most = _measure(value), _measure(low), _measure(high)
    if isinstance(at, Decimal):
        under = isinstance(least, Decimal) and at < least
        return under or (isinstance(most, Decimal) and at > most)
    # ISO dates of lesser precision are compared at that precision: 2024 is not before 2024-05-01.
    if isinstance(at, str):
        under = isinstance(least, str) and at[: len(least)] < least[: len(at)]
        return under or (isinstance(most, str) and at[: len(most)] > most[: len(at)])
    return False


def _pattern(pattern: str, text: str) -> str | None:
    try:
        return None if regex.fullmatch(pattern, text, timeout=_PATTERN_SECONDS) else "rule_pattern"
    except (regex.error, TimeoutError):
        return "rule_pattern_unchecked"


def _broken(variable: Variable, value: JsonValue) -> list[str]:
    rules, flags = variable.rules, []
    if _outside(value, rules.get("min"), rules.get("max")):
        flags.append("rule_range")
    text = str(_measure(value) if isinstance(value, dict) else value)
    pattern = rules.get("pattern")
    if isinstance(pattern, str) and (flag := _pattern(pattern, text)):
        flags.append(flag)
    listed = rules.get("enum")
    if isinstance(listed, list) and value not in listed:
        flags.append("rule_enum")
    longest = rules.get("max_length")
    if isinstance(longest, int) and len(text) > longest:
        flags.append("rule_length")
    return flags


def validate(variable: Variable, value: JsonValue) -> tuple[str, ...]:
    """Flags of the rules that a normalised value breaks; `required` where a required one is absent.

    Rules read: min, max, pattern (full match), enum, max_length, max_items.
    """
    if value is None or value == []:
        return ("required",) if variable.required else ()
    items = value if isinstance(value, list) else [value]
    flags = [flag for item in items for flag in _broken(variable, item)]
    most = variable.rules.get("max_items")
    if isinstance(most, int) and len(items) > most:
        flags.append("rule_items")
    return tuple(dict.fromkeys(flags))
