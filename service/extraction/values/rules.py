"""The rules of a variable, each a flag of its own. A rule that cannot be applied is a flag too."""

import regex  # type: ignore[import-untyped]  # ships no types; patterns with a timeout
from pydantic import JsonValue

from service.extraction.models import Variable

_PATTERN_SECONDS = 0.1


def _less(a: JsonValue, b: JsonValue) -> bool:
    """Dates of lesser precision are compared at that precision: 2024 is not before 2024-05-01."""
    if isinstance(a, str) and isinstance(b, str):
        return a[: len(b)] < b[: len(a)]
    return isinstance(a, int | float) and isinstance(b, int | float) and a < b


def _broken(rules: dict[str, JsonValue], value: JsonValue) -> list[str]:
    value, flags = (value["amount"] if isinstance(value, dict) else value), []
    if _less(value, rules.get("min")) or _less(rules.get("max"), value):
        flags.append("rule_range")
    if isinstance(pattern := rules.get("pattern"), str):
        try:
            if not regex.fullmatch(pattern, str(value), timeout=_PATTERN_SECONDS):
                flags.append("rule_pattern")
        except (regex.error, TimeoutError):
            flags.append("rule_pattern_unchecked")
    if isinstance(listed := rules.get("enum"), list) and value not in listed:
        flags.append("rule_enum")
    return flags


def validate(variable: Variable, value: JsonValue) -> tuple[str, ...]:
    """Flags of the rules that a normalised value breaks; `required` where a required one is absent.

    Rules read: min, max, pattern (full match), enum.
    """
    if value is None or value == []:
        return ("required",) if variable.required else ()
    items = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(flag for item in items for flag in _broken(variable.rules, item)))
