"""Dates as printed: the spans of a text and every day, month or year each may mean, as ISO text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from service.extraction.values.characters import base, locale, loose

_LANGUAGES = re.findall("..", "endefresitptnlsvdanbfiplcsskslhrhurobgelruuktrthidarhehiltlvetca")
_OTHER_MONTHS = {"sept": 9, "mrz": 3, "maerz": 3}

_NAME = r"(?P<name>[^\W\d_][^\d\s,/()\-]{0,24})"
_TIME = r"(?:T|,?\s)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:Z|[+-]\d{2}:?\d{2})?"
_JOIN = r"(?:de |del |of |d')?"
_WHOLE = r"(?<![\w-])(?<!\d[./:,])(?:%s)(?!\w|[-/:]\w|[.,]\d)"
# In order: a longer form takes its characters before a shorter one may look at them.
_FORMS = [re.compile(r"(?P<y>\d{4})\s?[年년]\s?(?P<m>\d\d?)\s?[月월](?:\s?(?P<d>\d\d?)\s?[日일])?")]
_FORMS += [
    re.compile(_WHOLE % form)
    for form in (
        rf"(?P<y>\d{{4}})(?P<s>[-./])(?P<m>\d\d?)(?P=s)(?P<d>\d\d?)(?:{_TIME})?",
        r"(?P<a>\d\d?)(?P<s>[./-])\s?(?P<b>\d\d?)(?P=s)\s?(?P<y>\d{4}|\d{2})",
        rf"(?P<d>\d\d?)(?:st|nd|rd|th|er|[ºª.])?[\s-]*{_JOIN}{_NAME},?[\s-]*{_JOIN}"
        r"(?P<y>\d{4}|'?\d{2})",
        rf"{_NAME}\s*(?P<d>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})",
        rf"(?P<y>\d{{4}})[\s,.-]+{_NAME}\s*(?P<d>\d\d?)\.?",
        rf"{_NAME},?[\s-]*{_JOIN}(?P<y>\d{{4}})",
        r"(?P<y>\d{4})[-/](?P<m>\d\d?)|(?P<m2>\d\d?)[-./](?P<y2>\d{4})",
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


def _months(name: str, language: str) -> set[int]:
    key = loose(name).replace(".", "")
    every = (_month_names(other).get(key, set()) for other in _LANGUAGES)
    other = {_OTHER_MONTHS[key]} if key in _OTHER_MONTHS else set()
    return _month_names(language).get(key) or set().union(*every, other)


def _day_first(language: str) -> bool | None:
    """None where the language does not say: plain English, or the year comes first."""
    known = locale(language)
    short = str(known.date_formats["short"].pattern) if known else "y"
    unsaid = language.lower() == "en" or short.startswith("y")
    return None if unsaid else short.index("d") < short.index("M")


def _iso(year: int, month: int, day: int | None) -> str | None:
    try:
        date(year, month, 1 if day is None else day)
    except ValueError:
        return None
    return f"{year:04}-{month:02}" + (f"-{day:02}" if day is not None else "")


def _year(printed: str, language: str, name: str) -> int:
    year = int(printed.lstrip("'"))
    if len(printed) < 4:
        return year + (2000 if year < 70 else 1900)
    thai = base(language) == "th" or any("\u0e00" <= c <= "\u0e7f" for c in name)
    return year - 543 if thai and year >= 2400 else year


def _numeric(a: int, b: int, year: int, day_first: bool | None) -> list[str | None]:
    by_day, by_month = _iso(year, b, a), _iso(year, a, b)
    if day_first is None:
        return [by_day, by_month]
    return [(by_day or by_month) if day_first else (by_month or by_day)]


def _read(match: re.Match[str], language: str, day_first: bool | None) -> Dated | None:
    parts = {key.rstrip("2"): part for key, part in match.groupdict().items() if part}
    name, printed = parts.get("name", ""), parts["y"]
    months = _months(name, language) if name else {int(parts["m"])} if "m" in parts else set()
    if name and not months:
        return None
    year, day = _year(printed, language, name), int(parts["d"]) if "d" in parts else None
    found = [_iso(year, month, day) for month in sorted(months)]
    if "a" in parts:
        known = _day_first(language) if day_first is None else day_first
        # Dots are how day-first countries write, whatever the language of the project.
        known = True if known is None and parts["s"] == "." else known
        found = _numeric(int(parts["a"]), int(parts["b"]), year, known)
        if known is None and parts["s"] == "-" and len(printed) == 2:
            found.append(_iso(2000 + int(parts["a"]), int(parts["b"]), int(printed)))
    elif not months:
        found = [f"{year:04}"]
    readings = tuple(dict.fromkeys(reading for reading in found if reading))
    return Dated(match.start(), match.end(), readings, len(printed.lstrip("'")) == 2)


def dates(text: str, language: str, day_first: bool | None = None) -> Iterator[Dated]:
    """The dates of a folded text, whole tokens only; `day_first` is what the rules state."""
    for form in _FORMS:
        for match in form.finditer(text):
            if dated := _read(match, language, day_first):
                yield dated
                blank = "\x00" * (match.end() - match.start())
                text = text[: match.start()] + blank + text[match.end() :]
