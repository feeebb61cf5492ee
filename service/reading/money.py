"""Amounts of money: which currency the numbers of a text are in. Pure."""

from collections.abc import Iterator

from pydantic import JsonValue

from service.reading.currencies import currencies
from service.reading.models import Printed, Variable


def money(
    variable: Variable, found: Iterator[Printed], text: str, language: str, around: str
) -> Iterator[Printed]:
    rule = variable.rules.get("currency")
    near = [
        currencies(text, language),
        {rule} if isinstance(rule, str) else currencies(around, language),
    ]
    for number in found:
        codes: list[JsonValue] = [*_codes([set(number.currency), *near])] or [None]
        money = tuple(
            {"amount": amount, "currency": code} for amount in number.readings for code in codes
        )
        if number.unit not in ("%", "‰"):
            yield number._replace(readings=money)


def _codes(places: list[set[str]]) -> list[str]:
    """What the nearest place names that names a currency; those further off decide only between its meanings."""
    codes: set[str] = set()
    for named in places:
        codes = codes if len(codes) == 1 else codes & named or codes or named
    return sorted(codes)
