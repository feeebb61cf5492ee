"""Dates: ISO out at the precision printed; ambiguous and impossible ones say so."""

from datetime import date

import pytest
from babel.dates import format_date
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from service.evidence.proof import is_derivable
from service.reading.models import Variable
from service.reading.values import normalise

LOCALES = ["en", "de", "fr", "es", "it", "nl", "pt", "sv", "pl", "cs", "da", "fi", "ru", "tr", "el"]


def variable(**rules: JsonValue) -> Variable:
    return Variable(id="1", key="day", label="Day", type="date", rules=rules)


@pytest.mark.parametrize(
    ("raw", "language", "value"),
    [
        ("2024-05-12", "en", "2024-05-12"),
        ("12.05.2024", "en", "2024-05-12"),
        ("27.05.25", "de", "2025-05-27"),
        ("27.05.69", "de", "2069-05-27"),
        ("27.05.70", "de", "1970-05-27"),
        ("12/05/2024", "fr", "2024-05-12"),
        ("12/05/2024", "en-GB", "2024-05-12"),
        ("12/05/2024", "en-US", "2024-12-05"),
        ("13/05/2024", "en", "2024-05-13"),
        ("05/13/2024", "en", "2024-05-13"),
        ("05/13/2024", "fr", "2024-05-13"),
        ("05/05/2024", "en", "2024-05-05"),
        ("12. 05. 2024", "cs", "2024-05-12"),
        ("12 May 2024", "en", "2024-05-12"),
        ("May 12, 2024", "en", "2024-05-12"),
        ("1st of June 2024", "en", "2024-06-01"),
        ("1er juin 2024", "fr", "2024-06-01"),
        ("24 de marzo de 2025", "es", "2025-03-24"),
        ("Montag, 12. Mai 2024", "de", "2024-05-12"),
        ("12 mai 2024", "en", "2024-05-12"),
        ("06-Mar-2024", "en", "2024-03-06"),
        ("15 Sept. 2023", "en", "2023-09-15"),
        ("12 มกราคม 2567", "th", "2024-01-12"),
        ("١٢/٠٥/٢٠٢٤", "ar", "2024-05-12"),
        ("2024", "en", "2024"),
        ("2024-05", "en", "2024-05"),
        ("05/2024", "de", "2024-05"),
        ("Mai 2024", "de", "2024-05"),
        ("12.05.2024 14:30", "de", "2024-05-12"),
        ("2024-05-12T23:30:00Z", "en", "2024-05-12"),
        ("2024年3月5日", "zh", "2024-03-05"),
        ("2024 年 3 月", "ja", "2024-03"),
        ("2024년 3월 5일", "ko", "2024-03-05"),
    ],
)
def test_date__is_read_at_its_own_precision(raw: str, language: str, value: str) -> None:
    """E-PP-02: ISO out, partial dates stay partial."""
    found = normalise(variable(), raw, language=language)
    assert (found.value, found.flags) == (value, ())


@pytest.mark.parametrize(
    ("raw", "language", "readings"),
    [
        ("12/05/2024", "en", ("2024-05-12", "2024-12-05")),
        ("03-04-2024", "ja", ("2024-04-03", "2024-03-04")),
        ("12 listopad 2024", "en", ("2024-10-12", "2024-11-12")),
    ],
)
def test_date__of_two_readings_has_no_value(
    raw: str, language: str, readings: tuple[str, ...]
) -> None:
    """E-PP-02: day or month first is flagged with both readings."""
    found = normalise(variable(), raw, language=language)
    assert (found.value, found.readings, found.flags) == (None, readings, ("ambiguous_date",))


def test_date__day_first_in_the_rules_decides() -> None:
    """E-PP-02: a stated setting resolves what is ambiguous."""
    assert normalise(variable(day_first=True), "12/05/2024", language="en").value == "2024-05-12"
    assert normalise(variable(day_first=False), "12/05/2024", language="en").value == "2024-12-05"


@pytest.mark.parametrize(
    ("raw", "flag"),
    [
        ("31.02.2024", "impossible_date"),
        ("2024-13-01", "impossible_date"),
        ("12/0/2024", "impossible_date"),
        ("29.02.2023", "impossible_date"),
        ("soon", "not_a_date"),
        ("12 May", "not_a_date"),
        ("2024-04-11 - 11 July 2024", "not_a_date"),
        ("12.05.2024.17", "not_a_date"),
        ("2024年3月5", "not_a_date"),
    ],
)
def test_date__that_does_not_exist_is_flagged(raw: str, flag: str) -> None:
    """E-PP-02, E-PP-05: flagged, and no value is stored."""
    found = normalise(variable(), raw, language="de")
    assert (found.value, found.flags) == (None, (flag,))


@settings(max_examples=300, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(LOCALES))
def test_date__printed_by_a_locale_reads_back(day: date, locale: str) -> None:
    printed = format_date(day, "long", locale=locale)
    found = normalise(variable(), printed, language=locale)
    assert found.value == day.isoformat()
    assert is_derivable(variable(), day.isoformat(), f"({printed})", language=locale)
    assert not is_derivable(
        variable(), f"{day.year + 1}{day.isoformat()[4:]}", printed, language=locale
    )
