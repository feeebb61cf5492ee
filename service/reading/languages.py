"""What is known of languages: CLDR's locales, the words of words.toml, and what currencies are called."""

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.numbers import get_territory_currencies
from pydantic import JsonValue

_TABLES: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text("utf-8")
)


class Printed(NamedTuple):
    """A value as it stands in a text, with all its readings. None: it cannot be. Several: it is ambiguous."""

    start: int
    end: int
    readings: tuple[JsonValue, ...]
    currency: tuple[str, ...] = ()  # the codes that the sign beside a number can mean
    unit: str = ""  # the %, the currency or the word behind a number


def meanings(table: str) -> dict[str, tuple[str, ...]]:
    """Each printed form of a table with everything that it can mean."""
    found: dict[str, tuple[str, ...]] = {}
    for meaning, forms in _TABLES[table].items():
        found |= {form: (*found.get(form, ()), meaning) for form in forms.split()}
    return found


def either(forms: Iterable[str]) -> str:
    """A pattern for any of the forms, the longest first."""
    return "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))


@lru_cache(maxsize=64)
def locale(language: str) -> Locale | None:
    """What CLDR says of a language such as de or de-CH; None of an unknown one."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return None


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
