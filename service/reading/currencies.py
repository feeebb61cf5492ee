"""Currencies as printed: the signs and words for them, and the ISO codes that each can mean."""

import re
from functools import lru_cache

from babel.core import get_global
from babel.numbers import get_territory_currencies

from service.reading.languages import find_locale, meanings_in, pattern_of_any

_CODES_OF_SIGN = meanings_in("currencies")
CURRENCY = rf"(?<![^\W\d_])(?:{pattern_of_any(_CODES_OF_SIGN)})\.?(?![^\W\d_])"
_CURRENCY = re.compile(CURRENCY)


@lru_cache(maxsize=64)
def _home_currencies(language: str) -> set[str]:
    """What is paid with where the language is spoken: in its region, else where most speak it."""
    locale = find_locale(language)
    if locale and locale.territory:
        return set(get_territory_currencies(locale.territory))
    likely_locale = get_global("likely_subtags").get(language, "")
    region = likely_locale.rpartition("_")[2]
    return set(get_territory_currencies(region)) if region else set()


def codes_of_sign(sign: str, language: str) -> tuple[str, ...]:
    """The ISO codes that a printed sign can mean in this language."""
    codes = _CODES_OF_SIGN[sign.rstrip(".")]
    codes_at_home = tuple(code for code in codes if code in _home_currencies(language))
    return codes_at_home or codes


def codes_in_text(text: str, language: str) -> set[str]:
    """The ISO codes of all currencies that a folded text may name."""
    codes = set[str]()
    for sign in _CURRENCY.findall(text):
        codes.update(codes_of_sign(sign, language))
    return codes
