"""Does a quote say a value, and is a cell verified."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import JsonValue

from service.evidence.models import Located
from service.evidence.proof import is_derivable, is_verified
from service.generated.contract import ExtractionsEvidence as Evidence
from service.generated.contract import VariablesType as VariableType
from service.reading.models import Variable
from service.reading.values import normalise


def variable(kind: VariableType, **rules: JsonValue) -> Variable:
    listed = ("late", "very late", "wrong item", "damaged") if kind == "category" else ()
    return Variable(id="1", key="k", label="K", type=kind, rules=rules, categories=listed)


QUOTES = ("Total 155.24", "Total -155.24", "Total 155.2", "155.24 %", "155.24 m EUR", "RE-155.24")


def usd(amount: float, currency: str | None = "USD") -> dict[str, JsonValue]:
    return {"amount": amount, "currency": currency}


@pytest.mark.parametrize(
    ("kind", "value", "quote", "language"),
    [
        ("number", 5, "Total 5", "en"),
        ("number", -5, "Total (5)", "en"),
        ("number", 1500000, "1,5 Mio. Euro", "de"),
        ("number", 1175.69, "Total 1 175,69 €", "fr"),
        ("number", 1234, "Summe 1.234", "de"),
        ("number", 19, "19 % MwSt von 3.117,41", "de"),
        ("number", 3, "3 of 12 pages", "en"),
        ("money", usd(155.24), "Total 155.24 USD", "en"),
        ("money", usd(155.24), "Total (USD): 155.24", "en"),
        ("money", usd(155.24), "$155.24", "en"),
        ("money", usd(155.24, None), "Total 155.24", "en"),
        ("date", "2024-05-12", "am 12. Mai 2024 um 12 Uhr", "de"),
        ("date", "2024-05", "12.05.2024", "de"),
        ("date", "2024", "12/05/2024", "en"),
        ("text", "RE-1875-06", "Rechnung: RE-1875-06.", "de"),
        ("text", "Orchard & Sons", "Orchard & Sons Ltd", "en"),
        ("text", "150 Calle Mayor", "150 Calle\nMayor, Sevilla", "es"),
        ("text", "DE70210657841513677920", "IBAN DE70 2106 5784 1513 6779 20", "de"),
        ("location", "São Paulo", "in São Paulo, Brazil", "pt"),
        ("boolean", True, "[x] yes [ ] no", "en"),
        ("boolean", False, "Ja ☐ Nein ☒", "de"),
        ("boolean", False, "Fault cleared: No", "en"),
        ("boolean", True, "☒ newsletter", "en"),
        ("category", "late", "It was Late.", "en"),
        ("category", "late", "[x] late [ ] damaged", "en"),
        ("category", "very late", "very  late", "en"),
    ],
)
def test_derivable__what_the_quote_says(
    kind: VariableType, value: JsonValue, quote: str, language: str
) -> None:
    assert is_derivable(variable(kind), value, quote, language=language)


@pytest.mark.parametrize(
    ("kind", "value", "quote", "language"),
    [
        ("number", 5, "Total -5", "en"),
        ("number", -5, "Total 5", "en"),
        ("number", 5, "Total (5)", "en"),
        ("number", 1.5, "1,5 Mio", "de"),
        ("number", 5, "Total 15", "en"),
        ("number", 100, "1.100,00", "de"),
        ("number", 175.69, "1 175,69 €", "fr"),
        ("number", 1.234, "1.234", "en"),
        ("number", 4485, "INV-4485", "en"),
        ("number", 10, "10-20", "en"),
        ("number", 5, "< 5", "en"),
        ("number", 12, "12.05.2024", "de"),
        ("number", True, "1", "en"),
        ("number", None, "5", "en"),
        ("money", usd(155.24), "Total 155.24 EUR", "en"),
        ("money", usd(155.24), "USD 10 EUR 155.24", "en"),
        ("money", usd(155.24), "Total 155.24", "en"),
        ("money", usd(5), "5 % of all USD", "en"),
        ("date", "2024-05-12", "Mai 2024", "de"),
        ("date", "2024-05-13", "Montag, 12. Mai 2024", "de"),
        ("date", "2024-05-12", "12/05/2024", "en"),
        ("date", "2024-05-12", "12.05.2025", "de"),
        ("date", "2024-03-02", "31.02.2024", "de"),
        ("text", "1875", "RE-1875-06", "de"),
        ("text", "Orch", "Orchard", "en"),
        ("text", "5", "-5", "en"),
        ("text", "DE702106578415136779", "IBAN DE70 2106 5784 1513 6779 20", "de"),
        ("text", "2106578415136779", "IBAN DE70 2106 5784 1513 6779", "de"),
        ("text", "", "anything", "en"),
        ("boolean", False, "[x] yes [ ] no", "en"),
        ("boolean", False, "Invoice No 123", "en"),
        ("boolean", True, "☐ yes", "en"),
        ("category", "late", "very late", "en"),
        ("category", "late", "related", "en"),
        ("category", "late", "late / damaged", "en"),
        ("category", "damaged", "[x] late [ ] damaged", "en"),
        ("category", "late", "[ ] late", "en"),
    ],
)
def test_derivable__not_what_the_quote_does_not_say(
    kind: VariableType, value: JsonValue, quote: str, language: str
) -> None:
    assert not is_derivable(variable(kind), value, quote, language=language)


@pytest.mark.parametrize(
    ("raw", "quote", "holds"),
    [
        ("5 kg", "5 kg net", True),
        ("5 kg", "Weight (kg): 5", True),
        ("5", "5 kg", True),
        ("5 kg", "5 g", False),
        ("5 kg", "5", False),
        ("5 %", "5", False),
        ("5 EUR", "5 USD", False),
    ],
)
def test_derivable__unit_of_the_raw_value_must_be_the_quotes(
    raw: str, quote: str, holds: bool
) -> None:
    assert is_derivable(variable("number"), 5, quote, language="en", raw=raw) is holds


def test_derivable__amount_without_a_currency_is_verified_and_flagged() -> None:
    found = normalise(variable("money"), "155.24", language="en")
    assert (found.value, found.flags) == (usd(155.24, None), ("currency_missing",))
    said = {
        quote: is_derivable(variable("money"), found.value, quote, language="en")
        for quote in QUOTES
    }
    assert said == dict.fromkeys(QUOTES, False) | {"Total 155.24": True}
    assert is_verified(Located(evidence="exact"), said["Total 155.24"], found.flags)


def test_derivable__currency_may_come_from_the_page_where_it_is_the_only_one() -> None:
    def near(page_text: str) -> bool:
        return is_derivable(
            variable("money"), usd(5), "Total 5", language="en", page_text=page_text
        )

    assert near("All amounts in USD")
    assert not near("All amounts in EUR")
    assert not near("USD 5 or EUR 4")
    assert is_derivable(variable("money", currency="USD"), usd(5), "Total 5", language="en")


@pytest.mark.parametrize(
    ("evidence", "said_so", "flags", "result"),
    [
        ("exact", True, (), True),
        ("split", True, ("currency_missing",), True),
        ("moved", True, (), True),
        ("fuzzy", True, (), False),
        ("not_found", True, (), False),
        ("none", True, (), False),
        ("exact", False, (), False),
        ("exact", True, ("ambiguous_date",), False),
    ],
)
def test_verified__needs_print_and_sense_and_one_reading(
    evidence: Evidence, said_so: bool, flags: tuple[str, ...], result: bool
) -> None:
    assert is_verified(Located(evidence=evidence), said_so, flags) is result


_PIECES = st.lists(
    st.sampled_from(["A", "7", "12", "ab", "-", ".", "/", " ", "+", "é", "X9", "_"]), max_size=9
)


@given(_PIECES.map("".join), _PIECES.map("".join), st.sampled_from(["", " ", "-", "x", "1", ". "]))
def test_derivable__a_text_is_printed_as_whole_tokens(value: str, around: str, glue: str) -> None:
    """Beside one pattern that says the same, but is compiled anew for every value."""
    quote = f"{around}{glue}{value}{glue}{around}"
    body = r" ".join(map(re.escape, value.split()))
    sign = r"(?<![-+])" if body[:1].isdigit() else ""
    pattern = rf"(?<!\w)(?<!\w[-./,'&@_]){sign}(?:{body})(?![-./,'&@_]?\w)"
    wanted = bool(body) and re.search(pattern, " ".join(quote.split())) is not None
    assume(not re.fullmatch(r"(?=.*\d)[^\W_]{8,}", value))
    assert is_derivable(variable("text"), value, quote, language="en") is wanted
