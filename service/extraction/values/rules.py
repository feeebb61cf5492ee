"""The rules of a variable, each a flag of its own. A rule that cannot be applied is a flag too."""

from collections.abc import Iterator

import regex  # type: ignore[import-untyped]  # ships no types; patterns with a timeout
from pydantic import JsonValue

from service.extraction.models import Variable

_PATTERN_SECONDS = 0.1


def _less(a: JsonValue, b: JsonValue) -> bool:
    """Dates of lesser precision are compared at that precision: 2024 is not before 2024-05-01."""
    if isinstance(a, str) and isinstance(b, str):
        return a[: len(b)] < b[: len(a)]
    return isinstance(a, int | float) and isinstance(b, int | float) and a < b


def _broken(rules: dict[str, JsonValue], value: JsonValue) -> Iterator[str]:
    value = value["amount"] if isinstance(value, dict) else value
    if _less(value, rules.get("min")) or _less(rules.get("max"), value):
        yield "rule_range"
    pattern = rules.get("pattern")
    try:
        if isinstance(pattern, str) and not regex.fullmatch(pattern, str(value), timeout=_PATTERN_SECONDS):
            yield "rule_pattern"
    except (regex.error, TimeoutError):
        yield "rule_pattern_unchecked"


def validate(variable: Variable, value: JsonValue) -> tuple[str, ...]:
    """Flags of the rules that a normalised value breaks; `required` where a required one is absent.

    Rules read: min, max, pattern (full match).
    """
    if value is None or value == []:
        return ("required",) if variable.required else ()
    items = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(flag for item in items for flag in _broken(variable.rules, item)))
