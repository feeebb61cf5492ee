"""The offline extractor: reads labels and layout, and is silent rather than wrong. E-LLM-06."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from scripts.benches import offline as bench
from service.extraction import pipeline
from service.extraction.models import Answer, Context, Extraction
from service.generated.contract import VariablesType as VariableType
from service.offline.extractor import OfflineModel
from service.reading.models import Variable
from tests.support.pages import Cell, document, drawn


def variable(key: str, kind: VariableType = "text", **more: Any) -> Variable:
    return Variable(id=key, key=key, label=key.replace("_", " "), type=kind, **more)


async def read(
    rows: Sequence[Sequence[Cell]], asked: Variable, language: str = "en-GB"
) -> Extraction:
    parsed = document(drawn(rows))
    (made,) = await pipeline.extract(Context(language=language), [asked], parsed, OfflineModel())
    return made


NUMBER = variable("invoice_number")
DUE = variable("due_date", "date")
TOTAL = variable("total", "money")
TAX = variable("tax", "money")
NAME = variable("customer_name")
IBAN = variable("iban")


BILL_TO = [[(50, "Invoice number"), (200, "Bill to")], [(50, "17574855"), (200, "Ada King")]]
CLEARED = variable("fault_cleared", "boolean")
SIGNED = variable("signed", "boolean")
EUROS = {"amount": 497.74, "currency": "EUR"}
UNNAMED = {"amount": 56.87, "currency": None}
TABLE = [[(50, "Qty"), (200, "Price"), (300, "Total")], [(50, "1"), (200, "£5.00"), (300, "£5.00")]]


@pytest.mark.parametrize(
    ("rows", "asked", "value"),
    [
        ([[(50, "Invoice number: INV-77 of 2024")]], NUMBER, "INV-77"),
        ([[(50, "Invoice number"), (200, "INV-77")]], NUMBER, "INV-77"),
        (BILL_TO, NUMBER, "17574855"),
        (BILL_TO, NAME, "Ada King"),
        ([[(50, "Rechnungsnummer:"), (200, "RE-1875-06")]], NUMBER, "RE-1875-06"),
        ([[(50, "Numéro de facture:"), (200, "22 626 140")]], NUMBER, "22 626 140"),
        ([[(50, "Rechnung # RE-2017/505 von 09.05.2017")]], NUMBER, "RE-2017/505"),
        ([[(50, "HANDELSRECHNUNG (380) Nr. 471102 vom 05.03.2018")]], NUMBER, "471102"),
        ([[(50, "Due date:"), (200, "13 April 2025")]], DUE, "2025-04-13"),
        ([[(50, "Please note: due date 13/04/2025, no discount")]], DUE, "2025-04-13"),
        ([[(50, "Fällig am 17.05.2025")]], DUE, "2025-05-17"),
        ([[(50, "Total due"), (300, "£3,294.60")]], TOTAL, {"amount": 3294.6, "currency": "GBP"}),
        ([[(50, "VAT 20%"), (300, "GBP 470.85")]], TAX, {"amount": 470.85, "currency": "GBP"}),
        ([[(50, "MwSt. 19 %"), (300, "497,74 €")]], TAX, EUROS),
        ([[(50, "pay to DE89 3704 0044 0532 0130 00 please")]], IBAN, "DE89 3704 0044 0532 0130 00"),
        ([[(50, "My customer number is K19422.")]], variable("customer_number"), "K19422"),
        ([[(50, "Fault cleared:"), (200, "( ) yes (X) no")]], CLEARED, False),
        ([[(50, "Signed?"), (200, "[X] Yes"), (300, "[ ] No")]], SIGNED, True),
        ([[(50, "Tax amount in"), (200, "EUR"), (300, "56.87")]], TAX, UNNAMED),
    ],
)  # fmt: skip
async def test_offline__reads_what_a_label_says(
    rows: list[list[Cell]], asked: Variable, value: object
) -> None:
    made = await read(rows, asked)
    assert made.value == value
    assert made.origin == "offline"
    assert made.evidence in ("exact", "split")
    assert made.verified
    assert 0 < made.confidence < 0.95


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        ([[(50, "Nothing of the sort")]], NUMBER),
        ([[(50, "Invoice number:")]], NUMBER),
        ([[(50, "Invoice number: see below")]], NUMBER),
        ([[(50, "Total due: £10.00")], [(50, "Total due: £20.00")]], TOTAL),
        ([[(50, "Total due"), (300, "soon")]], TOTAL),
        ([[(50, "Total due"), (200, "£1.00"), (300, "£2.00"), (400, "£3.00")]], TOTAL),
        (TABLE, TOTAL),
        ([[(50, "Bill to"), (200, "Invoice number: INV-77")]], NAME),
        ([[(50, "Bill to"), (200, "Due date")]], NAME),
        ([[(50, "Bill to"), (200, "Tel: five")]], NAME),
        ([[(50, "Bill to: Finance Office. Dates as below")]], NAME),
        ([[(50, "Reason"), (150, "damaged"), (250, "missing"), (350, "late")]], variable("reason")),
        ([[(50, "DE89 3704 0044 0532 0130 00")], [(50, "GB29 NWBK 6016 1331 9268 19")]], IBAN),
        ([[(50, "Date de facture associée : 01/01/2022")]], variable("invoice_date", "date")),
        ([[(50, "Signed?"), (200, "[ ] Yes"), (300, "[ ] No")]], SIGNED),
    ],
)  # fmt: skip
async def test_offline__is_silent_where_it_does_not_know(
    rows: list[list[Cell]], asked: Variable
) -> None:
    made = await read(rows, asked)
    assert (made.state, made.absent_reason, made.value) == ("absent", "absent", None)
    assert "offline_silent" in made.flags


async def test_offline__an_alias_is_a_label_too() -> None:
    rows = [[(50.0, "Verwendungszweck:"), (250.0, "ZW-881")]]
    asked = variable("payment_reference", aliases=("Verwendungszweck",))
    assert (await read(rows, asked)).value == "ZW-881"


async def test_offline__a_list_takes_every_value_that_fits() -> None:
    rows = [
        [(50.0, "IBAN: DE89 3704 0044 0532 0130 00")],
        [(50.0, "IBAN: GB29 NWBK 6016 1331 9268 19")],
    ]
    made = await read(rows, variable("iban", multiple=True))
    assert made.value == ["DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19"]


async def test_offline__a_title_is_a_category() -> None:
    kind = variable("kind", "category", categories=("invoice", "letter"))
    made = await read([[(50, "INVOICE")], [(50, "as agreed in our letter")]], kind)
    assert made.value == "invoice"


async def test_offline__answers_in_the_form_of_a_model() -> None:
    parsed = document(drawn([[(50, "Due date: 13 April 2025")]]))
    answers = await OfflineModel().ask(Context(language="en-GB"), [DUE, NUMBER], parsed)
    due = Answer(value="13 April 2025", quote="Due date: 13 April 2025", zone=1001)
    assert answers.by_key == {"due_date": [due], "invoice_number": []}


@pytest.mark.no_cover
@pytest.mark.parametrize("source", ["samples", "made", "einvoice"])
async def test_offline__at_most_one_in_twenty_is_wrong_and_none_without_evidence(
    source: str,
) -> None:
    counts, unproven = await bench.measure(verbose=False, only=source)
    if source not in counts:
        pytest.skip("../shared/corpus is not there")
    total = sum(counts[source].values(), Counter())
    assert total["wrong"] <= 0.05 * (total["right"] + total["wrong"])
    assert total["right"] >= 0.4 * total.total()
    assert unproven == 0
