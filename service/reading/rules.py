"""The rules of a variable, and which of them a value breaks."""

from collections.abc import Iterator, Mapping

import regex  # type: ignore[import-untyped]  # ships no types; patterns with a timeout
from pydantic import JsonValue

from service.reading.models import Variable

_PATTERN_SECONDS = 0.1


def broken_rules(variable: Variable, value: JsonValue) -> tuple[str, ...]:
    """Flags of the rules that a normalised value breaks; `required` where a required one is absent.

    Rules read: min, max, enum, pattern (full match).
    """
    if value is None or value == []:
        return ("required",) if variable.required else ()
    flags: dict[str, None] = {}
    for plain in plain_values(value):
        flags.update(dict.fromkeys(_flags_of(plain, variable.rules)))
    return tuple(flags)


def plain_values(value: JsonValue) -> list[JsonValue]:
    """What a cell holds one by one, of money the amounts."""
    listed = value if isinstance(value, list) else [value]
    return [
        item["amount"] if isinstance(item, dict) else item for item in listed if item is not None
    ]


def _flags_of(value: JsonValue, rules: Mapping[str, JsonValue]) -> Iterator[str]:
    if _is_less(value, rules.get("min")) or _is_less(rules.get("max"), value):
        yield "rule_range"
    if "enum" in rules and value not in plain_values(rules["enum"]):
        yield "rule_enum"
    pattern = rules.get("pattern")
    if isinstance(pattern, str):
        try:
            if not regex.fullmatch(pattern, str(value), timeout=_PATTERN_SECONDS):
                yield "rule_pattern"
        except (regex.error, TimeoutError):
            yield "rule_pattern_unchecked"


def _is_less(a: JsonValue, b: JsonValue) -> bool:
    """Dates of lesser precision are compared at that precision: 2024 is not before 2024-05-01."""
    if isinstance(a, str) and isinstance(b, str):
        return a[: len(b)] < b[: len(a)]
    return isinstance(a, int | float) and isinstance(b, int | float) and a < b
