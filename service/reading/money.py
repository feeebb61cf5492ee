"""Amounts of money: which currency the numbers of a text are in."""

from collections.abc import Iterable, Iterator

from pydantic import JsonValue

from service.reading.currencies import codes_in_text
from service.reading.models import PrintedValue, Variable

_SHARES = ("%", "‰")  # a share is no amount of money


def printed_amounts(
    numbers: Iterable[PrintedValue], variable: Variable, text: str, language: str, *, page_text: str
) -> Iterator[PrintedValue]:
    """The numbers of a text that can be money, each with the currencies that it can be in.

    The nearest currency counts: beside the number, else in the text, else by the rule `currency`,
    else on the page.
    """
    rule = variable.rules.get("currency")
    codes_of_text = codes_in_text(text, language)
    codes_around = {rule} if isinstance(rule, str) else codes_in_text(page_text, language)
    for number in numbers:
        if number.unit in _SHARES:
            continue
        codes = _nearest_codes(set(number.currency), codes_of_text, codes_around)
        currencies: list[JsonValue] = [*codes] or [None]
        readings = tuple(
            {"amount": amount, "currency": currency}
            for amount in number.readings
            for currency in currencies
        )
        yield number._replace(readings=readings)


def _nearest_codes(*places: set[str]) -> list[str]:
    """What the nearest place names that names a currency.

    Places further off decide only between its meanings: $ beside the number, CAD on the page.
    """
    codes = set[str]()
    for named in places:
        if len(codes) != 1:
            codes = codes & named or codes or named
    return sorted(codes)
