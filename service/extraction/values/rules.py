"""The rules of a variable, each a flag of its own. A rule that cannot be applied is a flag too."""

import regex  # type: ignore[import-untyped]  # ships no types
from pydantic import JsonValue

from service.extraction.models import Variable

_PATTERN_SECONDS = 0.1


def _outside(value: JsonValue, low: JsonValue, high: JsonValue) -> bool:
    if isinstance(value, str):
        # Dates of lesser precision are compared at that precision: 2024 is not before 2024-05-01.
        under = isinstance(low, str) and value[: len(low)] < low[: len(value)]
        return under or (isinstance(high, str) and value[: len(high)] > high[: len(value)])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (isinstance(low, int | float) and value < low) or (isinstance(high, int | float) and value > high)


def _pattern(pattern: str, text: str) -> str | None:
    try:
        return None if regex.fullmatch(pattern, text, timeout=_PATTERN_SECONDS) else "rule_pattern"
    except (regex.error, TimeoutError):
        return "rule_pattern_unchecked"


def _broken(variable: Variable, value: JsonValue) -> list[str]:
    rules, flags = variable.rules, []
    value = value.get("amount") if isinstance(value, dict) else value
    if _outside(value, rules.get("min"), rules.get("max")):
        flags.append("rule_range")
    text, pattern = str(value), rules.get("pattern")
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
