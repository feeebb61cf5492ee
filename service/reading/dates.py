"""Dates as printed: the spans of a text and every day, month or year each may mean, as ISO text."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache

from pydantic import JsonValue

from service.reading.characters import fold_name
from service.reading.languages import find_locale
from service.reading.models import PrintedValue

# Whose months are read in a document of any language.
_LANGUAGES = (
    "en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "sk", "hr", "ro",
    "tr",
)  # fmt: skip
_MONTH_NAME = r"(?P<name>[^\W\d_][^\d\s,/()\-]{0,24})"
_OF = r"(?:de\ |del\ |of\ |d')?"
_TIME = r"""
    (?:
        (?:T|,?\s)
        \d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?   # hours, minutes, seconds and parts of one
        \s?(?:Z|[+-]\d{2}:?\d{2})?           # the time zone
    )?
"""
# 2024-05-12, 2024/5, 2024.05.12 10:30
_YEAR_MONTH_DAY = rf"(?P<y>\d{{4}})(?P<mark>[-./])(?P<m>\d\d?)(?:(?P=mark)(?P<d>\d\d?){_TIME})?"
# 12.05.2024, 5/12/24: whether a or b is the day, language and rules say
_DAY_AND_MONTH_YEAR = r"""
    (?P<a>\d\d?)(?P<mark>[./-])\s?(?P<b>\d\d?)(?P=mark)\s?(?P<y>\d{4}|\d{2})
"""
# 12. Mai 2024, 12th of May '24, 12-May-2024, 1º de mayo de 2024
_DAY_NAME_YEAR = rf"""
    (?P<d>\d\d?)(?:st|nd|rd|th|er|[ºª.])?
    [\s-]*{_OF}{_MONTH_NAME}
    ,?[\s-]*{_OF}(?P<y>\d{{4}}|'?\d{{2}})
"""
# May 12, 2024; May 12th 2024; mai 2024; May-2024
_NAME_YEAR = rf"""
    {_MONTH_NAME}
    (?:
        \s*(?P<d>\d\d?)(?:st|nd|rd|th)?,?\s+
      | ,?[\s-]*{_OF}
    )
    (?P<y>\d{{4}})
"""
_MONTH_YEAR = r"(?P<m>\d\d?)[-./](?P<y>\d{4})"
_YEAR = r"(?P<y>(?:1[5-9]|2[0-6])\d\d)"
# 2024年5月12日, 2024년 5월
_EAST_ASIAN = r"""
    (?<!\d)
    (?P<y>\d{4})\ ?[年년]
    \ ?(?P<m>\d\d?)\ ?[月월]
    (?:
        \ ?(?P<d>\d\d?)\ ?[日일]
      | (?!\ ?\d)                            # a day that is no date says nothing of its month
    )
"""


def _whole_token(form: str) -> str:
    """The form where it is neither the tail nor the head of a longer token."""
    return rf"(?<![\w-])(?<!\d[./:,])(?:{form})(?!\w|[-/:]\w|[.,]\d)"


# In order: a longer form takes its characters before a shorter one may look at them.
_FORMS = [
    re.compile(form, re.VERBOSE)
    for form in (
        _EAST_ASIAN,
        _whole_token(_YEAR_MONTH_DAY),
        _whole_token(_DAY_AND_MONTH_YEAR + _TIME),
        _whole_token(_DAY_NAME_YEAR),
        _whole_token(_NAME_YEAR),
        _whole_token(_MONTH_YEAR),
        _whole_token(_YEAR),
    )
]


def printed_dates(
    text: str, language: str, rules: Mapping[str, JsonValue]
) -> Iterator[PrintedValue]:
    """The dates of a folded text, whole tokens only. The rule `day_first` says what 3/4/2024 is."""
    day_first = rules.get("day_first")
    untaken = text
    for form in _FORMS:
        for match in form.finditer(untaken):
            parts = {name: printed for name, printed in match.groupdict().items() if printed}
            if "name" in parts and not _months_named(parts["name"], language):
                continue
            start, end = match.span()
            yield PrintedValue(start, end, tuple(_readings(parts, language, day_first)))
            untaken = untaken[:start] + "\x00" * (end - start) + untaken[end:]


def _readings(parts: dict[str, str], language: str, day_first: JsonValue) -> list[str]:
    """Every date that the parts of a match can mean; none where the calendar has no such day."""
    year = _full_year(parts["y"])
    if "a" in parts:
        if not isinstance(day_first, bool):
            day_first = _day_first(language, parts["mark"])
        return _readings_in_order(year, int(parts["a"]), int(parts["b"]), day_first)
    day = [int(parts["d"])] if "d" in parts else []
    if "name" in parts:
        months = _months_named(parts["name"], language)
    elif "m" in parts:
        months = [int(parts["m"])]
    else:
        return _iso_dates(year)
    readings = []
    for month in months:
        readings += _iso_dates(year, month, *day)
    return readings


def _full_year(printed: str) -> int:
    year = int(printed.lstrip("'"))
    if year >= 2400:
        return year - 543  # counted from the Buddha, as Thailand does
    if len(printed) == 4:
        return year
    return 2000 + year if year < 70 else 1900 + year


def _readings_in_order(year: int, first: int, second: int, day_first: bool | None) -> list[str]:
    """What two numbers and a year mean: both orders where both are dates and nothing says which."""
    by_day = _iso_dates(year, second, first)
    by_month = _iso_dates(year, first, second)
    if day_first is None or not (by_day and by_month):
        return list(dict.fromkeys(by_day + by_month))
    return by_day if day_first else by_month


def _iso_dates(year: int, *month_and_day: int) -> list[str]:
    """The date in ISO form, as precise as it is given; none where the calendar has no such day."""
    missing = 2 - len(month_and_day)
    try:
        date(year, *month_and_day, *[1] * missing)
    except ValueError:
        return []
    return ["-".join(f"{part:02}" for part in (year, *month_and_day))]


def _day_first(language: str, mark: str) -> bool | None:
    """None where nothing says: plain English, or a language that begins with the year."""
    locale = find_locale(language)
    short_form = str(locale.date_formats["short"].pattern) if locale else "y"
    if language.lower() != "en" and not short_form.startswith("y"):
        return short_form.index("d") < short_form.index("M")
    if mark == ".":
        return True  # dots are how day-first countries write
    return None


def _months_named(name: str, language: str) -> list[int]:
    """The months that are called so in the language, else in any that is known."""
    key = _month_key(name)
    months = _month_names(language).get(key) or _month_names(*_LANGUAGES).get(key, set())
    return sorted(months)


def _month_key(name: str) -> str:
    return fold_name(name).replace(".", "")


@lru_cache(maxsize=64)
def _month_names(*languages: str) -> dict[str, set[int]]:
    names: dict[str, set[int]] = {}
    for locale in filter(None, map(find_locale, languages)):
        for widths in locale.months.values():
            for width in ("wide", "abbreviated"):
                for number, name in widths[width].items():
                    names.setdefault(_month_key(name), set()).add(number)
    return names
