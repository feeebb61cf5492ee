"""Dates as printed: the spans of a text and every day, month or year each may mean, as ISO text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from service.extraction.values.characters import loose
from service.extraction.values.languages import locale, meanings

# Whose months are read in a document of any language.
_LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "sk", "sl", "hr", "ro", "tr", "ru"]
_OTHER_MONTHS = meanings("months")

_NAME = r"(?P<name>[^\W\d_][^\d\s,/()\-]{0,24})"
_TIME = r"(?:(?:T|,?\s)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:Z|[+-]\d{2}:?\d{2})?)?"
_JOIN = r"(?:de |del |of |d')?"
# In order: a longer form takes its characters before a shorter one may look at them.
_FORMS = [
    re.compile(rf"(?<![\w-])(?<!\d[./:,])(?:{form})(?!\w|[-/:]\w|[.,]\d)")
    for form in (
        rf"(?P<y>\d{{4}})(?P<mark>[-./])(?P<m>\d\d?)(?P=mark)(?P<d>\d\d?){_TIME}",
        rf"(?P<a>\d\d?)(?P<mark>[./-])\s?(?P<b>\d\d?)(?P=mark)\s?(?P<y>\d{{4}}|\d{{2}}){_TIME}",
        rf"(?P<d>\d\d?)(?:st|nd|rd|th|er|[ºª.])?[\s-]*{_JOIN}{_NAME},?[\s-]*{_JOIN}(?P<y>\d{{4}}|'?\d{{2}})",
        rf"{_NAME}\s*(?P<d>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})",
        rf"{_NAME},?[\s-]*{_JOIN}(?P<y>\d{{4}})",
        r"(?P<y>\d{4})[-/](?P<m>\d\d?)",
        r"(?P<m>\d\d?)[-./](?P<y>\d{4})",
        r"(?P<y>(?:1[5-9]|2[0-6])\d\d)",
    )
]


@dataclass(frozen=True, slots=True)
class Dated:
    """One printed date. No reading: the day does not exist. Several: it is ambiguous."""

    start: int
    end: int
    readings: tuple[str, ...]
    short_year: bool


@lru_cache(maxsize=64)
def _month_names(language: str) -> dict[str, set[int]]:
    names: dict[str, set[int]] = {}
    known = locale(language)
    months = known.months if known else {}
    for width in (months[form][size] for form in months for size in ("wide", "abbreviated")):
        for number, name in width.items():
            names.setdefault(loose(name).replace(".", ""), set()).add(number)
    return names


def _months(name: str, language: str) -> list[int]:
    key = loose(name).replace(".", "")
    every = (_month_names(other).get(key, set()) for other in _LANGUAGES)
    return sorted(_month_names(language).get(key) or set(map(int, _OTHER_MONTHS.get(key, ()))).union(*every))


def _day_first(language: str, mark: str) -> bool | None:
    """None where nothing says: plain English, or a language that begins with the year."""
    known = locale(language)
    short = str(known.date_formats["short"].pattern) if known else "y"
    # Dots are how day-first countries write, whatever the language of the project.
    unsaid = True if mark == "." else None
    return unsaid if language.lower() == "en" or short.startswith("y") else short.index("d") < short.index("M")


def _iso(year: int, month: int | None, day: int | None) -> str | None:
    try:
        date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    return "-".join(f"{part:02}" for part in (year, month, day) if part is not None)


def _readings(part: dict[str, str], language: str, day_first: bool | None) -> list[str]:
    year = int(part["y"].lstrip("'"))
    if len(part["y"]) < 4:
        year += 2000 if year < 70 else 1900
    if year >= 2400:
        year -= 543  # counted from the Buddha, as Thailand does
    if "a" not in part:
        months = _months(part["name"], language) if "name" in part else [int(part["m"])] if "m" in part else [None]
        found = [_iso(year, month, int(part["d"]) if "d" in part else None) for month in months]
        return [reading for reading in found if reading]
    first, second = int(part["a"]), int(part["b"])
    day_first = _day_first(language, part["mark"]) if day_first is None else day_first
    orders = [_iso(year, second, first), _iso(year, first, second)]
    exist = [reading for reading in (orders[::-1] if day_first is False else orders) if reading]
    return list(dict.fromkeys(exist)) if day_first is None else exist[:1]


def dates(text: str, language: str, day_first: bool | None = None) -> Iterator[Dated]:
    """The dates of a folded text, whole tokens only; `day_first` is what the rules state."""
    for form in _FORMS:
        for match in form.finditer(text):
            part = {name: printed for name, printed in match.groupdict().items() if printed}
            if "name" not in part or _months(part["name"], language):
                readings = _readings(part, language, day_first)
                yield Dated(match.start(), match.end(), tuple(readings), len(part["y"].lstrip("'")) == 2)
                text = text[: match.start()] + "\x00" * len(match[0]) + text[match.end() :]
