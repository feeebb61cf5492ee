"""How amounts and dates are printed where a document comes from; facts made from plain values."""

from datetime import date
from typing import Literal, NamedTuple

from scripts.samples.sheet import Fact

Place = Literal["uk", "us", "ie", "de", "ch", "fr", "es"]
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
    ),
}


class MoneyForm(NamedTuple):
    """How people of a place write amounts."""

    pattern: str
    thousands: str
    decimal: str
    currency: str


_MONEY: dict[Place, MoneyForm] = {
    "uk": MoneyForm("£{}", ",", ".", "GBP"),
    "us": MoneyForm("${}", ",", ".", "USD"),
    "ie": MoneyForm("EUR {}", ",", ".", "EUR"),
    "de": MoneyForm("{} €", ".", ",", "EUR"),
    "ch": MoneyForm("CHF {}", "'", ".", "CHF"),
    "fr": MoneyForm("{}\u00a0€", "\u00a0", ",", "EUR"),
    "es": MoneyForm("{} €", ".", ",", "EUR"),
}


def format_digits(amount: float, place: Place) -> str:
    """An amount with two decimals and no currency, as people there write it."""
    form = _MONEY[place]
    whole, cents = f"{abs(amount):,.2f}".split(".")
    return whole.replace(",", form.thousands) + form.decimal + cents


def format_price(amount: float, place: Place) -> str:
    """An amount with its currency; a negative one carries its sign in front."""
    sign = "-" if amount < 0 else ""
    return sign + _MONEY[place].pattern.format(format_digits(amount, place))


def money_fact(amount: float, place: Place, *, bare: bool = False) -> Fact:
    """An amount as a fact; `bare` where the page prints the currency elsewhere."""
    raw = format_digits(amount, place) if bare else format_price(amount, place)
    return Fact(raw, {"amount": round(amount, 2), "currency": _MONEY[place].currency})


def format_long_date(iso: str, language: str) -> str:
    """A date with its month in words."""
    moment = date.fromisoformat(iso)
    month = _MONTHS[language].split()[moment.month - 1]
    words = [_format_day(moment.day, language), month, str(moment.year)]
    separator = " de " if language == "es" else " "
    return separator.join(words)


def _format_day(day: int, language: str) -> str:
    if language == "de":
        return f"{day}."
    if language == "fr" and day == 1:
        return "1er"
    return str(day)


def format_short_date(iso: str, separator: str) -> str:
    """A date as dd, mm, yyyy."""
    return date.fromisoformat(iso).strftime(f"%d{separator}%m{separator}%Y")


def day_fact(iso: str, language: str) -> Fact:
    """A date in words as a fact."""
    return Fact(format_long_date(iso, language), iso)


def short_day_fact(iso: str, separator: str) -> Fact:
    """A date in digits as a fact."""
    return Fact(format_short_date(iso, separator), iso)


def text_fact(raw: str) -> Fact:
    """A text, which is its own value."""
    return Fact(raw, raw)


def count_fact(number: int) -> Fact:
    """A whole number as a fact."""
    return Fact(str(number), number)
