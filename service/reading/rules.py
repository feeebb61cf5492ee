"""The rules of a variable, and which of them a value breaks. Pure."""

from collections.abc import Iterator
from typing import Any

import regex  # type: ignore[import-untyped]  # ships no types; patterns with a timeout
from pydantic import JsonValue

from service.reading.models import Variable

_PATTERN_SECONDS = 0.1


def _less(a: JsonValue, b: JsonValue) -> bool:
    """Dates of lesser precision are compared at that precision: 2024 is not before 2024-05-01."""
    if isinstance(a, str) and isinstance(b, str):
        return a[: len(b)] < b[: len(a)]
    return isinstance(a, int | float) and isinstance(b, int | float) and a < b


def items(value: JsonValue) -> list[Any]:
    """What a cell holds one by one, of money the amounts."""
    listed = value if isinstance(value, list) else [value]
    return [
        item["amount"] if isinstance(item, dict) else item for item in listed if item is not None
    ]


def _broken(rules: dict[str, JsonValue], value: JsonValue) -> Iterator[str]:
    if _less(value, rules.get("min")) or _less(rules.get("max"), value):
        yield "rule_range"
    if value not in items(rules.get("enum", value)):
        yield "rule_enum"
    pattern = rules.get("pattern")
    try:
        if isinstance(pattern, str) and not regex.fullmatch(
            pattern, str(value), timeout=_PATTERN_SECONDS
        ):
            yield "rule_pattern"
    except (regex.error, TimeoutError):
        yield "rule_pattern_unchecked"


def validate(variable: Variable, value: JsonValue) -> tuple[str, ...]:
    """Flags of the rules that a normalised value breaks; `required` where a required one is absent.

    Rules read: min, max, enum, pattern (full match).
    """
    if value is None or value == []:
        return ("required",) if variable.required else ()
    return tuple(
        dict.fromkeys(flag for item in items(value) for flag in _broken(variable.rules, item))
    )
