"""Currencies as printed: the signs and words for them, and the ISO codes that each can mean. Pure."""

import re
from functools import lru_cache

from babel.core import get_global
from babel.numbers import get_territory_currencies

from service.reading.languages import either, locale, meanings

_CURRENCIES = meanings("currencies")
CURRENCY = rf"(?<![^\W\d_])(?:{either(_CURRENCIES)})\.?(?![^\W\d_])"


@lru_cache(maxsize=64)
def _home(language: str) -> set[str]:
    """What is paid with where the language is spoken: in its region, else where most speak it."""
    known, likely = locale(language), get_global("likely_subtags").get(language, "")
    region = (known.territory if known else None) or likely.rpartition("_")[2]
    return set(get_territory_currencies(region)) if region else set()


def currency(sign: str, language: str) -> tuple[str, ...]:
    """The ISO codes a printed sign can mean in this language."""
    meant = _CURRENCIES[sign.rstrip(".")]
    return tuple(code for code in meant if code in _home(language)) or meant


def currencies(text: str, language: str) -> set[str]:
    """The ISO codes of all currencies that a folded text may name."""
    return {code for sign in re.findall(CURRENCY, text) for code in currency(sign, language)}
