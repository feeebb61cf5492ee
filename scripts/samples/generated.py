"""Documents made by chance: forms, tables and prose that print every value in several places, one of which is meant."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.samples.facts import Place, count, long_date, money, price, short_day, text
from scripts.samples.letterhead import LEFT, RIGHT
from scripts.samples.sheet import Fact, Facts, Sheet
from scripts.samples.truth import Truth, describe

_PLACES: dict[str, list[Place]] = {
    "en": ["uk", "us", "ie"],
    "de": ["de", "ch"],
    "fr": ["fr"],
    "es": ["es"],
}
_NAMES = (
    "Aldgate",
    "Brückner",
    "Cortés",
    "Dufour",
    "Eastman",
    "Feldmann",
    "Girard",
    "Holt",
    "Ibarra",
    "Jensen",
)
_KINDS = ("Ltd", "GmbH", "SARL", "S.A.", "& Sons", "Logistik", "Foundation", "e.V.")
_LABELS = {
    "supplier": "Supplier", "customer": "Customer", "reference": "Reference", "order": "Order number",
    "issued": "Issued on", "due": "Payable until", "net": "Net amount", "tax": "Tax", "total": "Total",
    "deposit": "Deposit", "days": "Payment days", "pieces": "Pieces",
}  # fmt: skip
_TYPES = {"issued": "date", "due": "date", "days": "number", "pieces": "number"}
_MONEY = ("net", "tax", "total", "deposit")


@dataclass(frozen=True)
class Made:
    """A document, what is true of it, and label and type of each of its fields."""

    name: str
    language: str
    pdf: bytes
    fields: dict[str, Truth]
    labels: dict[str, str]
    types: dict[str, str]


def documents(number: int, seed: int = 0) -> Iterator[Made]:
    """So many documents; the same seed gives the same ones."""
    types = _TYPES | dict.fromkeys(_MONEY, "money")
    for n in range(number):
        chance = random.Random(f"{seed}/{n}")
        language = chance.choice(list(_PLACES))
        sheet = _drawn(chance, language, chance.choice(_PLACES[language]))
        pdf = sheet.pdf()
        fields = describe(pdf, sheet.facts, sheet.marks, list(_LABELS))
        yield Made(
            f"generated-{seed}-{n}",
            language,
            pdf,
            fields,
            _LABELS,
            {k: types.get(k, "text") for k in _LABELS},
        )


def _facts(chance: random.Random, language: str, place: Place) -> Facts:
    net = chance.randrange(2_000, 900_000) / 100
    days = [
        f"20{chance.randrange(18, 27)}-{chance.randrange(1, 13):02}-{chance.randrange(13, 29)}"
        for _ in range(2)
    ]
    written = [
        Fact(long_date(iso, language), iso)
        if chance.random() < 0.5
        else short_day(iso, chance.choice("./"))
        for iso in days
    ]
    names = chance.sample(_NAMES, 4)
    company = [text(f"{a} {b} {chance.choice(_KINDS)}") for a, b in (names[:2], names[2:])]
    return {
        "supplier": company[0],
        "customer": company[1],
        "reference": text(f"{chance.choice('ABCDE')}-{chance.randrange(10_000, 99_999)}"),
        "order": text(f"{chance.randrange(2020, 2027)}/{chance.randrange(100, 9_999)}"),
        "issued": written[0],
        "due": written[1],
        "net": money(net, place),
        "tax": money(net * 0.19, place),
        "total": money(net * 1.19, place),
        # As often as not the same amount means two things.
        "deposit": money(net * chance.choice((0.19, 0.5, 1.19)), place),
        "days": count(chance.choice((7, 10, 14, 30, 45, 60))),
        "pieces": count(chance.choice((7, 10, 14, 30, 45, 60))),
    }


def _drawn(chance: random.Random, language: str, place: Place) -> Sheet:
    facts = _facts(chance, language, place)

    def frame(sheet: Sheet) -> None:
        sheet.put(LEFT, 40, "{supplier} · {reference}", size=8)
        sheet.put(RIGHT, 810, "{order} · {total}", size=7, align="right")

    sheet = Sheet(facts, chance.choice(("sans", "serif", "vera")), frame=frame)
    head, sums = (
        ["supplier", "customer", "reference", "order", "issued", "due"],
        ["net", "tax", "total", "deposit"],
    )
    chance.shuffle(head)
    prose = ["days", "pieces"]
    y = sheet.pairs(
        LEFT,
        90,
        [(f"{_LABELS[key]}:", f"{{*{key}}}") for key in head],
        gap=chance.choice((110, 150)),
    )
    for _ in range(chance.randrange(0, 3)):
        y = sheet.paragraph(LEFT, y + 20, 470, _sentence(chance, head + sums + prose))
    rows = [_row(chance, facts, place) for _ in range(chance.randrange(2, 14))]
    columns = [
        ("Item", 200.0, "left"),
        ("Qty", 60.0, "right"),
        ("Price", 110.0, "right"),
        ("Amount", 110.0, "right"),
    ]
    y = sheet.table(LEFT, y + 30, columns, rows)  # type: ignore[arg-type]  # literals of a list
    if chance.random() < 0.5 or y > 560:
        sheet.turn()
        y = 80
    pairs = [(_LABELS[key], f"{{*{key}}}") for key in sums]
    y = sheet.pairs(300, y + 16, pairs, right=RIGHT, leading=16)
    y = sheet.paragraph(
        LEFT,
        y + 30,
        470,
        "Payment days: {*days}. Pieces: {*pieces}. " + _sentence(chance, head + sums),
    )
    for _ in range(chance.randrange(1, 4)):
        y = sheet.paragraph(LEFT, y + 14, 470, _sentence(chance, head + sums + prose))
    return sheet


def _row(chance: random.Random, facts: Facts, place: Place) -> list[str]:
    """A row of the table; its amounts are often those of the sums, its quantity that of the prose."""
    amounts = [facts[key].raw for key in _MONEY] + [
        price(chance.randrange(100, 90_000) / 100, place) for _ in range(4)
    ]
    quantity = chance.choice((facts["days"].raw, facts["pieces"].raw, str(chance.randrange(2, 99))))
    item = f"{chance.choice(_NAMES)} {chance.choice('ABC')}{chance.randrange(10, 99)}"
    return [item, quantity, chance.choice(amounts), chance.choice(amounts)]


def _sentence(chance: random.Random, keys: list[str]) -> str:
    """Prose that says values again, without their labels."""
    a, b, c = chance.sample(keys, 3)
    forms = (
        f"We refer to {{{a}}} and confirm {{{b}}} as agreed; what was said of {{{c}}} stands.",
        f"As written before, {{{a}}} follows from {{{b}}}, and neither changes {{{c}}}.",
        f"Please quote {{{a}}} with every letter. {{{b}}} and {{{c}}} are for your records.",
    )
    return chance.choice(forms)
