"""Documents made by chance: forms, tables and prose that print every value in several places.

One of the places is meant.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.samples.facts import (
    Place,
    count_fact,
    format_long_date,
    format_price,
    money_fact,
    short_day_fact,
    text_fact,
)
from scripts.samples.letterhead import LEFT, RIGHT
from scripts.samples.sheet import Column, Fact, Facts, Sheet
from scripts.samples.truth import Truth, describe_fields

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
_COMPANY_KINDS = ("Ltd", "GmbH", "SARL", "S.A.", "& Sons", "Logistik", "Foundation", "e.V.")
_LABELS = {
    "supplier": "Supplier",
    "customer": "Customer",
    "reference": "Reference",
    "order": "Order number",
    "issued": "Issued on",
    "due": "Payable until",
    "net": "Net amount",
    "tax": "Tax",
    "total": "Total",
    "deposit": "Deposit",
    "days": "Payment days",
    "pieces": "Pieces",
}
_TYPES = {
    "issued": "date",
    "due": "date",
    "days": "number",
    "pieces": "number",
    "net": "money",
    "tax": "money",
    "total": "money",
    "deposit": "money",
}
_HEAD_KEYS = ("supplier", "customer", "reference", "order", "issued", "due")
_SUM_KEYS = ("net", "tax", "total", "deposit")
_PROSE_KEYS = ("days", "pieces")
_COUNTS = (7, 10, 14, 30, 45, 60)
_ITEM_COLUMNS: list[Column] = [
    ("Item", 200.0, "left"),
    ("Qty", 60.0, "right"),
    ("Price", 110.0, "right"),
    ("Amount", 110.0, "right"),
]
_PROSE_WIDTH = 470
_LOWEST_TABLE_END = 560  # below it the sums go to the next page


@dataclass(frozen=True)
class Made:
    """A document, what is true of it, and label and type of each of its fields."""

    name: str
    language: str
    pdf: bytes
    fields: dict[str, Truth]
    labels: dict[str, str]
    types: dict[str, str]


def make_documents(number: int, seed: int = 0) -> Iterator[Made]:
    """So many documents; the same seed gives the same ones."""
    types = {key: _TYPES.get(key, "text") for key in _LABELS}
    for place_in_row in range(number):
        dice = random.Random(f"{seed}/{place_in_row}")
        language = dice.choice(list(_PLACES))
        sheet = _draw_document(dice, language, dice.choice(_PLACES[language]))
        pdf = sheet.finish()
        yield Made(
            name=f"generated-{seed}-{place_in_row}",
            language=language,
            pdf=pdf,
            fields=describe_fields(pdf, sheet.facts, sheet.marks, list(_LABELS)),
            labels=_LABELS,
            types=types,
        )


def _make_facts(dice: random.Random, language: str, place: Place) -> Facts:
    net = dice.randrange(2_000, 900_000) / 100
    days = [_make_date(dice), _make_date(dice)]
    issued, due = (_write_date(dice, iso, language) for iso in days)
    names = dice.sample(_NAMES, 4)
    supplier = _make_company(dice, names[:2])
    customer = _make_company(dice, names[2:])
    return {
        "supplier": supplier,
        "customer": customer,
        "reference": text_fact(f"{dice.choice('ABCDE')}-{dice.randrange(10_000, 99_999)}"),
        "order": text_fact(f"{dice.randrange(2020, 2027)}/{dice.randrange(100, 9_999)}"),
        "issued": issued,
        "due": due,
        "net": money_fact(net, place),
        "tax": money_fact(net * 0.19, place),
        "total": money_fact(net * 1.19, place),
        # As often as not the same amount means two things.
        "deposit": money_fact(net * dice.choice((0.19, 0.5, 1.19)), place),
        "days": count_fact(dice.choice(_COUNTS)),
        "pieces": count_fact(dice.choice(_COUNTS)),
    }


def _make_date(dice: random.Random) -> str:
    return f"20{dice.randrange(18, 27)}-{dice.randrange(1, 13):02}-{dice.randrange(13, 29)}"


def _write_date(dice: random.Random, iso: str, language: str) -> Fact:
    """In words or in digits."""
    if dice.random() < 0.5:
        return Fact(format_long_date(iso, language), iso)
    return short_day_fact(iso, dice.choice("./"))


def _make_company(dice: random.Random, names: list[str]) -> Fact:
    return text_fact(f"{names[0]} {names[1]} {dice.choice(_COMPANY_KINDS)}")


def _draw_document(dice: random.Random, language: str, place: Place) -> Sheet:
    facts = _make_facts(dice, language, place)
    sheet = Sheet(facts, dice.choice(("sans", "serif", "vera")), frame=_draw_frame)
    head = list(_HEAD_KEYS)
    dice.shuffle(head)
    repeated = [*head, *_SUM_KEYS]
    all_keys = [*repeated, *_PROSE_KEYS]

    pairs = [(f"{_LABELS[key]}:", f"{{*{key}}}") for key in head]
    y = sheet.draw_pairs(LEFT, 90, pairs, gap=dice.choice((110, 150)))
    for _ in range(dice.randrange(0, 3)):
        sentence = _make_sentence(dice, all_keys)
        y = sheet.draw_paragraph(LEFT, y + 20, _PROSE_WIDTH, sentence)
    rows = [_table_row(dice, facts, place) for _ in range(dice.randrange(2, 14))]
    y = sheet.draw_table(LEFT, y + 30, _ITEM_COLUMNS, rows)
    if dice.random() < 0.5 or y > _LOWEST_TABLE_END:
        sheet.begin_page()
        y = 80
    sums = [(_LABELS[key], f"{{*{key}}}") for key in _SUM_KEYS]
    y = sheet.draw_pairs(300, y + 16, sums, right=RIGHT, leading=16)
    closing = "Payment days: {*days}. Pieces: {*pieces}. " + _make_sentence(dice, repeated)
    y = sheet.draw_paragraph(LEFT, y + 30, _PROSE_WIDTH, closing)
    for _ in range(dice.randrange(1, 4)):
        sentence = _make_sentence(dice, all_keys)
        y = sheet.draw_paragraph(LEFT, y + 14, _PROSE_WIDTH, sentence)
    return sheet


def _draw_frame(sheet: Sheet) -> None:
    sheet.draw_text(LEFT, 40, "{supplier} · {reference}", size=8)
    sheet.draw_text(RIGHT, 810, "{order} · {total}", size=7, align="right")


def _table_row(dice: random.Random, facts: Facts, place: Place) -> list[str]:
    """Its amounts are often those of the sums, its quantity that of the prose."""
    sums = [facts[key].raw for key in _SUM_KEYS]
    others = [format_price(dice.randrange(100, 90_000) / 100, place) for _ in range(4)]
    amounts = sums + others
    other_quantity = str(dice.randrange(2, 99))
    quantity = dice.choice((facts["days"].raw, facts["pieces"].raw, other_quantity))
    item = f"{dice.choice(_NAMES)} {dice.choice('ABC')}{dice.randrange(10, 99)}"
    return [item, quantity, dice.choice(amounts), dice.choice(amounts)]


def _make_sentence(dice: random.Random, keys: list[str]) -> str:
    """Prose that says values again, without their labels."""
    a, b, c = dice.sample(keys, 3)
    forms = (
        f"We refer to {{{a}}} and confirm {{{b}}} as agreed; what was said of {{{c}}} stands.",
        f"As written before, {{{a}}} follows from {{{b}}}, and neither changes {{{c}}}.",
        f"Please quote {{{a}}} with every letter. {{{b}}} and {{{c}}} are for your records.",
    )
    return dice.choice(forms)
