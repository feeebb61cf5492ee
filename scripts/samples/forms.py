"""Forms with boxes to fill in and to tick: an expense claim, an application for membership."""

from collections.abc import Sequence

from scripts.samples.facts import format_price, money_fact, short_day_fact, text_fact
from scripts.samples.letterhead import LEFT, RIGHT, draw_banner, draw_footer, draw_signature
from scripts.samples.sheet import Fact, Facts, Sheet


def _draw_field(sheet: Sheet, x: float, y: float, width: float, label: str, value: str) -> None:
    sheet.draw_rectangle(x, y - 20, width, 30)
    sheet.draw_text(x + 4, y - 11, label, size=6.5, grey=0.35)
    sheet.draw_text(x + 6, y + 4, value, size=10, label=label)


def _draw_choice(
    sheet: Sheet, y: float, question: str, options: Sequence[str], marked: int
) -> None:
    """A question with its options; the ticked one may carry a marked fact."""
    sheet.draw_text(LEFT, y, question, size=9.5)
    x = 330.0
    for index, option in enumerate(options):
        tick = "[X]" if index == marked else "[ ]"
        x = sheet.draw_text(x, y, f"{tick} {option}", size=9.5) + 22


def expense_claim() -> Sheet:
    """A claim form in English: the signed box is one Yes among several, an advance is taken off."""
    facts: Facts = {
        "document_kind": Fact("Expense claim form", "form"),
        "document_number": text_fact("EC-2025-0611"),
        "document_date": short_day_fact("2025-06-23", "/"),
        "sender": text_fact("Aoife Brennan"),
        "recipient": text_fact("Finance Office, Ballinasloe College"),
        "customer_number": text_fact("S-60312"),
        "total_amount": money_fact(287.35, "ie"),
        "iban": text_fact("IE64 IRCE 9205 0112 3456 78"),
        "signed": Fact("Yes", True),
    }
    sheet = Sheet(facts)
    sheet.draw_text(LEFT, 62, "{*document_kind}", size=17, bold=True)
    sheet.draw_text(RIGHT, 62, "Claim {*document_number}", size=10, align="right")
    sheet.draw_text(LEFT, 80, "Return to: {*recipient}. Dates as DD/MM/YYYY.", size=9)
    _draw_field(sheet, LEFT, 118, 236, "Name of claimant", "{*sender}")
    _draw_field(sheet, LEFT + 248, 118, 236, "Staff number", "{*customer_number}")
    _draw_field(sheet, LEFT, 160, 236, "Department", "School of Geography")
    _draw_field(sheet, LEFT + 248, 160, 236, "Purpose of journey", "Field course, Clare Island")
    _draw_field(sheet, LEFT, 202, 236, "Travelled from / to", "09/06/2025 – 13/06/2025")
    _draw_field(sheet, LEFT + 248, 202, 236, "Advance received", format_price(100, "ie"))
    rows = [
        ["09/06/2025", "Bus and ferry, return", format_price(61.7, "ie")],
        ["09/06/2025", "Accommodation, 4 nights", format_price(248, "ie")],
        ["12/06/2025", "Meals", format_price(77.65, "ie")],
        ["", "Less advance received", format_price(-100, "ie")],
        ["", "Amount claimed", "{*total_amount}"],
    ]
    y = sheet.draw_table(
        LEFT,
        254,
        [("Date", 90, "left"), ("What for", 270, "left"), ("Cost", 124, "right")],
        rows,
        size=9.5,
        leading=20,
    )
    for question, options, marked in (
        ("Are all receipts attached?", ("Yes", "No"), 0),
        ("Was alcohol part of any meal?", ("Yes", "No"), 1),
        ("Has the budget holder agreed?", ("Yes", "No"), 0),
        ("Form signed by the claimant?", ("{*signed}", "No"), 0),
    ):
        y += 20
        _draw_choice(sheet, y, question, options, marked)
    sheet.draw_text(LEFT, y + 34, "Pay {total_amount} to {sender}, IBAN {*iban}.", size=9.5)
    draw_signature(sheet, LEFT, y + 96, ["{sender}"], inked=True)
    sheet.draw_text(330, y + 92, "Date: {*document_date}", size=10)
    sheet.draw_text(
        LEFT,
        y + 136,
        "For office use: received 25/06/2025 · claim {document_number} · voucher ______",
        size=8,
    )
    draw_footer(sheet, [["Form F12, version 3 of 01/09/2023"]], "1 of 1")
    return sheet


def membership_application() -> Sheet:
    """An application in German, not yet signed: the No that counts follows others."""
    facts: Facts = {
        "document_kind": Fact("Aufnahmeantrag", "form"),
        "document_date": short_day_fact("2025-02-26", "."),
        "due_date": short_day_fact("2025-04-01", "."),
        "sender": text_fact("Mareike Großmann"),
        "recipient": text_fact("Turnverein Einigkeit 1904 e. V."),
        "customer_number": text_fact("1904-2271"),
        "total_amount": money_fact(144, "de"),
        "iban": text_fact("DE12 5001 0517 0648 4898 90"),
        "signed": Fact("Nein", False),
    }
    sheet = Sheet(facts, "vera")
    draw_banner(
        sheet,
        "{*recipient}",
        "Sporthalle am Bleichanger · 26316 Varel",
        ["geschaeftsstelle@tv.example"],
    )
    sheet.draw_text(LEFT, 100, "{*document_kind}", size=15, bold=True)
    _draw_field(sheet, LEFT, 142, 236, "Vor- und Nachname", "{*sender}")
    _draw_field(sheet, LEFT + 248, 142, 236, "Mitgliedsnummer (vom Verein)", "{*customer_number}")
    _draw_field(sheet, LEFT, 184, 236, "Geburtsdatum", "08.11.1991")
    _draw_field(sheet, LEFT + 248, 184, 236, "Eintritt zum", "01.03.2025")
    _draw_field(sheet, LEFT, 226, 236, "Straße, Ort", "Mühlenteichstraße 9, 26316 Varel")
    _draw_field(sheet, LEFT + 248, 226, 236, "Antrag vom", "{*document_date}")
    y = 270.0
    for question, options, marked in (
        ("Abteilung", ("Turnen", "Handball", "Judo"), 1),
        ("Sind Sie schon in einem anderen Verein?", ("Ja", "Nein"), 1),
        ("Dürfen wir Fotos veröffentlichen?", ("Ja", "Nein"), 0),
        ("Liegt ein Attest bei?", ("Ja", "Nein"), 1),
        ("Antrag unterschrieben?", ("Ja", "{*signed}"), 1),
    ):
        _draw_choice(sheet, y, question, options, marked)
        y += 22
    dues = [
        ("Aufnahmegebühr (einmalig)", format_price(20, "de")),
        ("Monatsbeitrag", format_price(12, "de")),
        ("Jahresbeitrag", "{*total_amount}"),
        ("Jahresbeitrag fällig am", "{*due_date}"),
    ]
    y = sheet.draw_pairs(LEFT, y + 20, dues, gap=210, size=9.5, leading=18)
    mandate = (
        "SEPA-Lastschriftmandat: Ich ermächtige {recipient}, den Jahresbeitrag von {total_amount} "
        "jeweils zum "
        "1. April, "
        "erstmals am {due_date}, von meinem Konto {*iban} einzuziehen. Mandatsreferenz: "
        "{customer_number}."
    )
    y = sheet.draw_paragraph(LEFT, y + 20, 480, mandate, size=9, leading=14)
    draw_signature(sheet, LEFT, y + 70, ["Ort, Datum, Unterschrift"], inked=False)
    draw_footer(
        sheet,
        [["{recipient}", "Amtsgericht Oldenburg VR 3071"], ["Stand 11.01.2024"]],
        "Seite 1 von 1",
    )
    return sheet
