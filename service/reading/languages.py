"""What is known of languages: CLDR's locales, and the words of words.toml."""

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError

_TABLES: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text("utf-8")
)


def meanings_in(table: str) -> dict[str, tuple[str, ...]]:
    """Each printed form of a table with everything that it can mean."""
    found: dict[str, tuple[str, ...]] = {}
    for meaning, forms in _TABLES[table].items():
        for form in forms.split():
            found[form] = (*found.get(form, ()), meaning)
    return found


def pattern_of_any(forms: Iterable[str]) -> str:
    """A pattern for any of the forms, the longest first."""
    longest_first = sorted(forms, key=len, reverse=True)
    return "|".join(re.escape(form) for form in longest_first)


@lru_cache(maxsize=64)
def find_locale(language: str) -> Locale | None:
    """What CLDR says of a language such as de or de-CH; None of an unknown one."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return None
