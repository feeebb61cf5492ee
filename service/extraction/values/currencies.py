"""Currencies as printed: codes, signs and words, and which currency each can mean."""

import re
from collections.abc import Iterable
from functools import lru_cache

from babel.core import get_global
from babel.numbers import get_territory_currencies

from service.extraction.values.languages import locale, meanings

_MEANT = meanings("currencies")


def either(forms: Iterable[str]) -> str:
    """A pattern for any of the forms, the longest first."""
    return "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))


_words = {form for form in _MEANT if form.islower()}
_codes = {form for form in _MEANT if form.isalpha()} - _words
CURRENCY = (
    rf"(?:{either(_MEANT.keys() - _words - _codes)}|"
    rf"(?<![^\W\d_])(?:{either(_codes)}|(?i:{either(_words)}))\.?(?![^\W\d_]))"
)


@lru_cache(maxsize=64)
def _home(language: str) -> set[str]:
    """What is paid with where the language is spoken: in its region, else where most speak it."""
    known, likely = locale(language), get_global("likely_subtags").get(language, "")
    region = (known.territory if known else None) or likely.rpartition("_")[2]
    return set(get_territory_currencies(region)) if region else set()


def resolve(sign: str, language: str) -> tuple[str, ...]:
    """The ISO codes a printed sign can mean in this language."""
    bare = sign.rstrip(".")
    meant = _MEANT.get(bare) or _MEANT[bare.lower()]
    return tuple(code for code in meant if code in _home(language)) or meant


def currencies(text: str, language: str) -> set[tuple[str, ...]]:
    """Every currency that a folded text names, each as the codes it can mean."""
    return {resolve(sign, language) for sign in re.findall(CURRENCY, text)}
