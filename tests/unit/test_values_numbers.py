"""Numbers and money: what is printed, what it means, what stays open."""

import json
from decimal import Decimal

import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from service.evidence.proof import is_derivable
from service.generated.contract import VariablesType as VariableType
from service.reading.models import Variable
from service.reading.values import normalise

LOCALES = ["en", "de", "fr", "es", "it", "nl", "pt", "sv", "pl", "cs", "da", "fi", "de_CH", "tr"]


def variable(kind: VariableType = "number", **rules: JsonValue) -> Variable:
    return Variable(id="1", key="amount", label="Amount", type=kind, rules=rules)


@pytest.mark.parametrize(
    ("raw", "language", "value"),
    [
        ("1234", "en", 1234),
        ("1,234", "en", 1234),
        ("1.234", "de", 1234),
        ("1.234,56", "en", 1234.56),
        ("1,234.56", "de", 1234.56),
        ("1 234,56", "fr", 1234.56),
        ("1\u202f234,56", "de", 1234.56),
        ("1’234.50", "de-CH", 1234.5),
        ("1'234'567", "de", 1234567),
        ("1.000.000", "en", 1000000),
        ("0,125", "en", 0.125),
        ("12.3456", "de", 12.3456),
        ("5 %", "en", 5),
        ("-5", "en", -5),
        ("\u22125", "en", -5),
        ("5-", "en", -5),
        ("5,00 -", "de", -5),
        ("- 5", "en", -5),
        ("(1,234.50)", "en", -1234.5),
        ("1.5 million", "en", 1500000),
        ("1,5 Mio.", "de", 1500000),
        ("3 Mrd", "de", 3000000000),
        ("2 billion", "en", 2000000000),
        ("2 lakh", "en", 200000),
        ("12,34,567", "en", 1234567),
        ("1,23,45,678.50", "en-IN", 12345678.5),
        ("5M", "en", 5000000),
        ("5 m", "en", 5),
        ("1.2bn", "en", 1200000000),
        ("5万", "zh", 50000),
        ("٣٤٥", "ar", 345),
        ("１２３", "ja", 123),
        ("100,-", "de", 100),
        ("885 kWh", "en", 885),
        ("5kg", "en", 5),
        ("+7", "en", 7),
        (1234.5, "de", 1234.5),
        (1e-7, "de", 1e-7),
        ("99999999999999999999", "en", 99999999999999999999),
    ],
)
def test_number__is_read_as_printed(raw: JsonValue, language: str, value: float) -> None:
    """E-PP-01: thousands marks, European decimals, percent, brackets, words, other digits."""
    found = normalise(variable(), raw, language=language)
    assert (found.value, found.flags) == (value, ())


@pytest.mark.parametrize(
    "raw",
    ["10-20", "10 - 20", "10 to 20", "abc", "<5", "~ 5", "1.2.3", "12.05.2024", "10²", "½", "08:15",
     "1e5", "INV-4485", "1 2 3", "12/05", "5 TEUR", "TEUR 5", "5 MEUR", "$5m", "5 M€", ".5",
     "12,345,67", "12.34.567", "5万円", "None", "9" * 500, "1" + "0" * 400 + ".5", float("inf"),
     True],
)  # fmt: skip
def test_number__that_cannot_be_coerced_is_flagged(raw: JsonValue) -> None:
    """E-PP-05: flagged, and no value is stored."""
    found = normalise(variable(), raw, language="en")
    assert (found.value, found.flags) == (None, ("not_a_number",))


@pytest.mark.parametrize(
    ("raw", "language", "readings"),
    [
        ("1.234", "en", (1234, 1.234)),
        ("1,234", "de", (1234, 1.234)),
        ("1.234", "xx", (1234, 1.234)),
        ("2 billion", "de", (2 * 10**9, 2 * 10**12)),
    ],
)
def test_number__of_two_readings_has_no_value(
    raw: str, language: str, readings: tuple[float, ...]
) -> None:
    """E-PP-01: what may be two numbers is flagged with both."""
    found = normalise(variable(), raw, language=language)
    assert (found.value, found.readings, found.flags) == (None, readings, ("ambiguous_number",))


def test_number__decimal_mark_in_the_rules_decides() -> None:
    assert normalise(variable(decimal="."), "1.234", language="en").value == 1.234
    assert normalise(variable(decimal=","), "1.234", language="en").value == 1234


@pytest.mark.parametrize(
    ("raw", "language", "amount", "currency"),
    [
        ("€ 1.234,50", "de", 1234.5, "EUR"),
        ("1 175,69 €", "fr", 1175.69, "EUR"),
        ("$5.00", "en", 5, "USD"),
        ("$5.00", "en-CA", 5, "CAD"),
        ("US$ 5", "es", 5, "USD"),
        ("5 kr", "sv", 5, "SEK"),
        ("5 kr.", "da", 5, "DKK"),
        ("CHF 5.–", "de", 5, "CHF"),
        ("-€5.00", "en", -5, "EUR"),
        ("EUR-5.00", "en", -5, "EUR"),
        ("(€5.00)", "en", -5, "EUR"),
        ("3,5 Tsd. €", "de", 3500, "EUR"),
        ("12,50 zł", "pl", 12.5, "PLN"),
        ("100 euros", "fr", 100, "EUR"),
    ],
)
def test_money__keeps_amount_and_currency(
    raw: JsonValue, language: str, amount: float, currency: str
) -> None:
    found = normalise(variable("money"), raw, language=language)
    assert (found.value, found.flags) == ({"amount": amount, "currency": currency}, ())


def test_money__currency_missing_is_flagged_and_the_rule_fills_it() -> None:
    bare = normalise(variable("money"), "155.24", language="en")
    assert (bare.value, bare.flags) == ({"amount": 155.24, "currency": None}, ("currency_missing",))
    ruled = normalise(variable("money", currency="EUR"), "155.24", language="en")
    assert ruled.value == {"amount": 155.24, "currency": "EUR"}
    other = normalise(variable("money", currency="EUR"), "155.24 USD", language="en")
    assert other.value == {"amount": 155.24, "currency": "USD"}


@pytest.mark.parametrize(("raw", "language"), [("5 kr", "en"), ("$5", "es"), ("¥500", "en")])
def test_money__sign_of_many_currencies_is_ambiguous(raw: str, language: str) -> None:
    found = normalise(variable("money"), raw, language=language)
    assert found.value is None
    assert found.flags == ("ambiguous_currency",)
    assert len(found.readings) > 1


amounts = st.decimals(-10_000_000, 10_000_000, places=2, allow_nan=False, allow_infinity=False)


@settings(max_examples=300, deadline=None)
@given(amounts, st.sampled_from(LOCALES))
def test_number__printed_by_a_locale_reads_back(amount: Decimal, locale: str) -> None:
    printed = format_decimal(amount, format="#,##0.00", locale=locale)
    found = normalise(variable(), printed, language=locale)
    assert Decimal(str(found.value)) == amount
    assert is_derivable(variable(), found.value, f"Total: {printed}", language=locale)


@settings(max_examples=300, deadline=None)
@given(amounts, st.sampled_from(LOCALES), st.sampled_from(["EUR", "USD", "GBP", "PLN", "CHF"]))
def test_money__printed_by_a_locale_reads_back(amount: Decimal, locale: str, code: str) -> None:
    printed = format_currency(amount, code, "¤¤ #,##0.00", locale=locale)
    found = normalise(variable("money"), printed, language=locale)
    assert found.value == {"amount": json.loads(str(float(amount))), "currency": code}


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="0123456789.,-+()'  €$%kM–-/:aE", max_size=14), st.sampled_from(LOCALES))
def test_number__any_text_gets_a_value_or_a_flag(raw: str, locale: str) -> None:
    found = normalise(variable(), raw, language=locale)
    assert (found.value is not None) or found.flags or not raw.strip()
