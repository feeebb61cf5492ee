"""More bills in German: a Swiss one that is scanned, a second reminder."""

from scripts.samples.facts import (
    count_fact,
    day_fact,
    format_long_date,
    format_price,
    money_fact,
    text_fact,
)
from scripts.samples.letterhead import LEFT, RIGHT, draw_address, draw_banner, draw_footer
from scripts.samples.sheet import Column, Fact, Facts, Sheet


def swiss_bill() -> Sheet:
    """The page behind the scan: a Swiss bill in francs, with apostrophes in the thousands."""
    net = 1980.0 + 640.0
    facts: Facts = {
        "document_kind": Fact("Rechnung", "invoice"),
        "document_number": text_fact("ZH 4471"),
        "document_date": day_fact("2025-01-20", "de"),
        "due_date": day_fact("2025-02-19", "de"),
        "payment_days": count_fact(30),
        "sender": text_fact("Atelier Nüssli Grafik"),
        "recipient": text_fact("Verein Quartierkultur Wipkingen"),
        "total_amount": money_fact(net * 1.081, "ch"),
        "tax_amount": money_fact(net * 0.081, "ch"),
        "iban": text_fact("CH93 0076 2011 6238 5295 7"),
    }
    sheet = Sheet(facts, "serif")
    sheet.draw_text(LEFT, 70, "{*sender}", size=20, bold=True)
    sheet.draw_text(LEFT, 86, "Röschibachstrasse 22 · 8037 Zürich", size=9)
    sheet.draw_lines(LEFT, 150, ["{*recipient}", "Postfach 118", "8037 Zürich"], size=11)
    sheet.draw_text(RIGHT, 236, "Zürich, {*document_date}", size=11, align="right")
    sheet.draw_text(LEFT, 262, "{*document_kind} {*document_number}", size=15, bold=True)
    rows = [
        ("Gestaltung Programmheft, 22 Stunden", format_price(1980, "ch")),
        ("Druckbegleitung und Reinzeichnung", format_price(640, "ch")),
        ("Zwischensumme", format_price(net, "ch")),
        ("MWST 8.1 %", "{*tax_amount}"),
        ("Total", "{*total_amount}"),
    ]
    y = sheet.draw_pairs(LEFT, 300, rows, right=RIGHT, size=11, leading=22, bold_last=True)
    ask = (
        "Zahlbar innert {*payment_days} Tagen, also bis {*due_date}, auf IBAN {*iban}. "
        "Bitte {document_number} angeben."
    )
    sheet.draw_paragraph(LEFT, y + 24, 470, ask, size=11, leading=16)
    return sheet


def second_reminder() -> Sheet:
    """A second reminder: one open amount stands in two rows and is neither total nor due."""
    facts: Facts = {
        "document_kind": Fact("Mahnung", "reminder"),
        "document_number": text_fact("M-0619-2"),
        "document_date": day_fact("2025-11-03", "de"),
        "due_date": day_fact("2025-11-17", "de"),
        "payment_days": count_fact(14),
        "sender": text_fact("Stadtwerke Hohenfels AöR"),
        "recipient": text_fact("Bäckerei Schäfer & Töchter OHG"),
        "customer_number": text_fact("7120 0458"),
        "total_amount": money_fact(2 * 418.3 + 96.75 + 15, "de"),
        "iban": text_fact("DE75 5121 0800 1245 1261 99"),
    }
    sheet = Sheet(facts, "serif")
    contact = ["Brunnengasse 1 · 92366 Hohenfels", "Kundendienst 09472 555 010"]
    draw_banner(sheet, "{*sender}", "Strom · Wasser · Wärme", contact)
    home = ["{*recipient}", "Obere Zeile 17", "92366 Hohenfels"]
    draw_address(sheet, 112, "Stadtwerke Hohenfels · Brunnengasse 1", home)
    sheet.draw_text(RIGHT, 200, "Hohenfels, {*document_date}", size=10, align="right")
    subject = "2. {*document_kind} Nr. {*document_number} zu Ihrem Kundenkonto {*customer_number}"
    sheet.draw_text(LEFT, 230, subject, size=11, bold=True)
    opening = (
        "Sehr geehrte Damen und Herren, zu Ihrem Kundenkonto {customer_number} sind die folgenden "
        "Rechnungen noch offen. Eine erste Mahnung haben wir Ihnen am 6. Oktober 2025 geschickt."
    )
    y = sheet.draw_paragraph(LEFT, 256, 480, opening, size=10.5, leading=15)
    columns: list[Column] = [
        ("Beleg", 110, "left"),
        ("vom", 100, "left"),
        ("fällig seit", 110, "left"),
        ("offen", 140, "right"),
    ]
    rows = [
        [
            "A-250711",
            format_long_date("2025-07-11", "de"),
            format_long_date("2025-07-25", "de"),
            format_price(418.3, "de"),
        ],
        [
            "A-250811",
            format_long_date("2025-08-11", "de"),
            format_long_date("2025-08-25", "de"),
            format_price(418.3, "de"),
        ],
        [
            "A-250911",
            format_long_date("2025-09-11", "de"),
            format_long_date("2025-09-25", "de"),
            format_price(96.75, "de"),
        ],
        ["Mahngebühr", "", "", format_price(15, "de")],
        ["Gesamtforderung", "", "", "{*total_amount}"],
    ]
    y = sheet.draw_table(LEFT, y + 20, columns, rows, size=10, leading=18)
    ask = (
        "Bitte zahlen Sie {total_amount} binnen {*payment_days} Tagen, das heißt bis zum "
        "{*due_date}, auf unser "
        "Konto {*iban}. Geht bis zum {due_date} nichts ein, müssen wir die Versorgung nach § 19 "
        "StromGVV sperren."
    )
    y = sheet.draw_paragraph(LEFT, y + 18, 480, ask, size=10.5, leading=15)
    sheet.draw_lines(
        LEFT, y + 16, ["Mit freundlichen Grüßen", "", "i. A. Renate Kühn", "{sender}"], size=10.5
    )
    draw_footer(sheet, [["IBAN {iban}"], ["Mahnung {document_number}"]], "Seite 1 von 1")
    return sheet
