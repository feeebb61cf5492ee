"""How amounts and dates are printed where a document comes from; facts made from plain values."""

from datetime import date
from typing import Literal

from scripts.samples.sheet import Fact

Place = Literal["uk", "us", "ie", "de", "ch", "fr", "es"]
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
# Pattern of an amount, thousands separator, decimal separator, currency.
_MONEY: dict[Place, tuple[str, str, str, str]] = {
    "uk": ("£{}", ",", ".", "GBP"),
    "us": ("${}", ",", ".", "USD"),
    "ie": ("EUR {}", ",", ".", "EUR"),
    "de": ("{} €", ".", ",", "EUR"),
    "ch": ("CHF {}", "'", ".", "CHF"),
    "fr": ("{}\u00a0€", "\u00a0", ",", "EUR"),
    "es": ("{} €", ".", ",", "EUR"),
}


def digits(amount: float, place: Place) -> str:
    """An amount with two decimals and no currency, as people there write it."""
    _, thousands, decimal, _ = _MONEY[place]
    whole, cents = f"{abs(amount):,.2f}".split(".")
    return whole.replace(",", thousands) + decimal + cents


def price(amount: float, place: Place) -> str:
    """An amount with its currency; a negative one carries its sign in front."""
    return ("-" if amount < 0 else "") + _MONEY[place][0].format(digits(amount, place))


def money(amount: float, place: Place, *, bare: bool = False) -> Fact:
    """An amount as a fact; `bare` where the page prints the currency elsewhere."""
    raw = digits(amount, place) if bare else price(amount, place)
    return Fact(raw, {"amount": round(amount, 2), "currency": _MONEY[place][3]})


def long_date(iso: str, language: str) -> str:
    """A date with its month in words."""
    moment = date.fromisoformat(iso)
    month = _MONTHS[language].split()[moment.month - 1]
    day = {"de": f"{moment.day}.", "fr": "1er" if moment.day == 1 else str(moment.day)}
    words = [day.get(language, str(moment.day)), month, str(moment.year)]
    return " de ".join(words) if language == "es" else " ".join(words)


def short_date(iso: str, separator: str) -> str:
    """A date as dd, mm, yyyy."""
    return date.fromisoformat(iso).strftime(f"%d{separator}%m{separator}%Y")


def day(iso: str, language: str) -> Fact:
    """A date in words as a fact."""
    return Fact(long_date(iso, language), iso)


def short_day(iso: str, separator: str) -> Fact:
    """A date in digits as a fact."""
    return Fact(short_date(iso, separator), iso)


def text(raw: str) -> Fact:
    """A text, which is its own value."""
    return Fact(raw, raw)


def count(number: int) -> Fact:
    """A whole number as a fact."""
    return Fact(str(number), number)
