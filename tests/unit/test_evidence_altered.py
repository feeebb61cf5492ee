"""Ten thousand lies, none of them shown as verified; and the truths beside them, which are."""

import random
import re
from dataclasses import dataclass, replace

import pytest
from babel.numbers import format_decimal

from service.evidence.locate import DocumentIndex, locate
from service.evidence.proof import is_derivable, is_verified
from service.generated.contract import VariablesType as VariableType
from service.parsing.models import Parsed
from service.reading.models import Variable
from service.reading.values import normalise
from tests.support.pages import Cell, document, drawn

LANGUAGES = ("en", "de", "fr", "es")
CURRENCIES = ("EUR", "USD", "GBP", "CHF")
UNITS = ("kg", "g", "km", "kWh", "%")
KINDS: tuple[VariableType, ...] = ("number", "money", "date", "text")


@dataclass(frozen=True)
class Claim:
    """What a model says of one printed row."""

    kind: VariableType
    label: str
    raw: str
    quote: str
    zone: int


def shows_as_verified(claim: Claim, index: DocumentIndex, language: str) -> bool:
    """As the pipeline judges: the value is proved by what the page prints."""
    variable = Variable(id="1", key="k", label=claim.label, type=claim.kind)
    value = normalise(variable, claim.raw, language=language)
    found = locate(index, claim.quote, zone=claim.zone, raw_value=claim.raw, hints=[claim.label])
    said = value.value is not None and is_derivable(
        variable, value.value, found.quote or "", language=language, raw=claim.raw
    )
    return is_verified(found, said, value.flags)


def printed_value(kind: VariableType, language: str, chance: random.Random) -> str:
    amount = chance.randrange(101, 9_999_999) / 100 * chance.choice((1, 1, 1, -1))
    number = format_decimal(amount, format="#,##0.00", locale=language)
    day = chance.randrange(13, 28), chance.randrange(1, 12), chance.randrange(2001, 2029)
    letter = chance.choice("ABK")
    return {
        "number": f"{number} {chance.choice(UNITS)}",
        "money": f"{number} {chance.choice(CURRENCIES)}",
        "date": "{:02}.{:02}.{}".format(*day),
        "text": f"{letter}{chance.randrange(10**6, 10**7)}-{chance.randrange(10, 99)}",
    }.get(kind, "")


def page(language: str, chance: random.Random, layout: int) -> tuple[Parsed, list[Claim]]:
    kinds = [chance.choice(KINDS) for _ in range(10)]
    rows = [
        (f"Label{chr(65 + i)}", printed_value(kind, language, chance))
        for i, kind in enumerate(kinds)
    ]
    if layout == 0:
        cells: list[list[Cell]] = [[(50, label), (300, value)] for label, value in rows]
    else:
        cells = [[(50, f"{label} {value}")] for label, value in rows]
    parsed = document(drawn(cells, zone=1 if layout == 2 else None))
    zones = [1 if layout == 2 else 1001 + i * (2 - layout) for i in range(10)]
    claims = [
        Claim(kind, label, value, f"{label} {value}", zone)
        for kind, (label, value), zone in zip(kinds, rows, zones, strict=True)
    ]
    return parsed, claims


def other_digit(text: str, chance: random.Random) -> str:
    at = chance.choice([match.start() for match in re.finditer(r"\d", text)])
    return f"{text[:at]}{(int(text[at]) + chance.randrange(1, 10)) % 10}{text[at + 1 :]}"


def other_word(text: str, words: tuple[str, ...], chance: random.Random) -> str:
    number, _, word = text.rpartition(" ")
    return f"{number} {chance.choice([other for other in words if other != word])}"


def altered(claim: Claim, neighbour: Claim, chance: random.Random) -> list[Claim]:
    """Lies about one row: in the value, in the quote, in both."""
    digit = other_digit(claim.raw, chance)
    raws = [digit, neighbour.raw]
    if claim.kind in {"number", "money"}:
        raws.append(claim.raw[1:] if claim.raw.startswith("-") else f"-{claim.raw}")
        raws.append(other_word(claim.raw, UNITS if claim.kind == "number" else CURRENCIES, chance))
        raws.append(f"1{claim.raw}" if claim.raw[0].isdigit() else claim.raw[2:])
    if claim.kind == "date":
        day, month, year = claim.raw.split(".")
        raws += [f"{day}.{int(month) + 1:02}.{year}", f"{int(day) + 1}.{month}.{year}"]
    if claim.kind == "text":
        raws += [claim.raw[1:], claim.raw.partition("-")[0]]
    lies = [replace(claim, raw=raw) for raw in raws]
    lies += [replace(claim, raw=raw, quote=f"{claim.label} {raw}") for raw in raws]
    lies += [replace(claim, raw=digit, quote=digit), replace(claim, quote=f"{claim.label} {digit}")]
    lies.append(replace(claim, quote=f"{neighbour.label} {claim.raw}"))
    return [lie for lie in lies if lie != claim and claim.raw != neighbour.raw]


@pytest.mark.no_cover
def test_altered__ten_thousand_lies_are_never_verified() -> None:
    chance = random.Random(20260101)
    lies, shown, truths, proved = 0, [], 0, 0
    while lies < 10_000:
        language = chance.choice(LANGUAGES)
        parsed, claims = page(language, chance, layout=truths // 10 % 3)
        index = DocumentIndex(parsed)
        for i, claim in enumerate(claims):
            truths += 1
            proved += shows_as_verified(claim, index, language)
            for lie in altered(claim, claims[i - 1], chance):
                lies += 1
                if shows_as_verified(lie, index, language):
                    shown.append((lie, language))
    assert shown == []
    assert proved >= 0.99 * truths


def test_altered__quote_of_the_model_does_not_count_for_the_print() -> None:
    """The page prints a sign or a scale that the quote leaves out."""
    rows: list[list[Cell]] = [
        [(50, "Loss (155.24)")],
        [(50, "Sales 1,5 Mio. EUR")],
        [(50, "- 77.10")],
    ]
    index = DocumentIndex(document(drawn(rows)))
    for label, raw in (("Loss", "155.24"), ("Sales", "1,5"), ("Rebate", "77.10")):
        assert not shows_as_verified(Claim("number", label, raw, raw, 1001), index, "en")
