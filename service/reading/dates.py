"""Dates as printed: the spans of a text and every day, month or year each may mean, as ISO text."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache

from pydantic import JsonValue

from service.reading.characters import loose
from service.reading.languages import locale
from service.reading.models import Printed

# Whose months are read in a document of any language.
_LANGUAGES = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "sv",
    "da",
    "nb",
    "fi",
    "pl",
    "cs",
    "sk",
    "hr",
    "ro",
    "tr",
)
_NAME = r"(?P<name>[^\W\d_][^\d\s,/()\-]{0,24})"
_TIME = r"(?:(?:T|,?\s)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:Z|[+-]\d{2}:?\d{2})?)?"
_JOIN = r"(?:de |del |of |d')?"
# In order: a longer form takes its characters before a shorter one may look at them.
_FORMS = [
    re.compile(rf"(?<![\w-])(?<!\d[./:,])(?:{form})(?!\w|[-/:]\w|[.,]\d)")
    for form in (
        rf"(?P<y>\d{{4}})(?P<mark>[-./])(?P<m>\d\d?)(?:(?P=mark)(?P<d>\d\d?){_TIME})?",
        rf"(?P<a>\d\d?)(?P<mark>[./-])\s?(?P<b>\d\d?)(?P=mark)\s?(?P<y>\d{{4}}|\d{{2}}){_TIME}",
        rf"(?P<d>\d\d?)(?:st|nd|rd|th|er|[ºª.])?[\s-]*{_JOIN}{_NAME},?[\s-]*{_JOIN}(?P<y>\d{{4}}|'?\d{{2}})",
        rf"{_NAME}(?:\s*(?P<d>\d\d?)(?:st|nd|rd|th)?,?\s+|,?[\s-]*{_JOIN})(?P<y>\d{{4}})",
        r"(?P<m>\d\d?)[-./](?P<y>\d{4})",
        r"(?P<y>(?:1[5-9]|2[0-6])\d\d)",
    )
]

_FORMS.insert(
    0,
    re.compile(
        r"(?<!\d)(?P<y>\d{4}) ?[年년] ?(?P<m>\d\d?) ?[月월](?: ?(?P<d>\d\d?) ?[日일]|(?! ?\d))"
    ),
)


@lru_cache(maxsize=64)
def _month_names(*languages: str) -> dict[str, set[int]]:
    names: dict[str, set[int]] = {}
    for known in filter(None, map(locale, languages)):
        for widths in known.months.values():
            for number, name in (*widths["wide"].items(), *widths["abbreviated"].items()):
                names.setdefault(loose(name).replace(".", ""), set()).add(number)
    return names


def _months(name: str, language: str) -> list[int]:
    key = loose(name).replace(".", "")
    return sorted(_month_names(language).get(key) or _month_names(*_LANGUAGES).get(key, set()))


def _day_first(language: str, mark: str) -> bool | None:
    """None where nothing says: plain English, or a language that begins with the year."""
    known = locale(language)
    short = str(known.date_formats["short"].pattern) if known else "y"
    if language.lower() == "en" or short.startswith("y"):
        return True if mark == "." else None  # dots are how day-first countries write
    return short.index("d") < short.index("M")


def _iso(year: int, *month_and_day: int) -> list[str]:
    try:
        date(year, *month_and_day, *[1] * (2 - len(month_and_day)))
    except ValueError:
        return []
    return ["-".join(f"{part:02}" for part in (year, *month_and_day))]


def _readings(part: dict[str, str], language: str, day_first: JsonValue) -> list[str]:
    year = int(part["y"].lstrip("'"))
    if len(part["y"]) < 4:
        year += 2000 if year < 70 else 1900
    elif year >= 2400:
        year -= 543  # counted from the Buddha, as Thailand does
    if "a" in part:
        order = day_first if isinstance(day_first, bool) else _day_first(language, part["mark"])
        by_day, by_month = (
            _iso(year, int(part["b"]), int(part["a"])),
            _iso(year, int(part["a"]), int(part["b"])),
        )
        if order is None or not (by_day and by_month):
            return list(dict.fromkeys(by_day + by_month))
        return by_day if order else by_month
    below_year = [int(part[name]) for name in ("m", "d") if name in part]
    months = [[month] for month in _months(part["name"], language)] if "name" in part else [[]]
    return [reading for month in months for reading in _iso(year, *month, *below_year)]


def dates(text: str, language: str, rules: Mapping[str, JsonValue]) -> Iterator[Printed]:
    """The dates of a folded text, whole tokens only. The rule `day_first` states what 03/04/2024 is."""
    for form in _FORMS:
        for match in form.finditer(text):
            part = {name: printed for name, printed in match.groupdict().items() if printed}
            if "name" not in part or _months(part["name"], language):
                yield Printed(
                    *match.span(), tuple(_readings(part, language, rules.get("day_first")))
                )
                text = text[: match.start()] + "\x00" * len(match[0]) + text[match.end() :]
