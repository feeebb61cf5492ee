"""More bills in German: a Swiss one that is scanned, a second reminder."""

from scripts.samples.facts import count, day, long_date, money, price, text
from scripts.samples.letterhead import LEFT, RIGHT, address, banner, footer
from scripts.samples.sheet import Column, Fact, Facts, Sheet


def swiss() -> Sheet:
    """The page behind the scan: a Swiss bill in francs, with apostrophes in the thousands."""
    net = 1980.0 + 640.0
    facts: Facts = {
        "document_kind": Fact("Rechnung", "invoice"),
        "document_number": text("ZH 4471"),
        "document_date": day("2025-01-20", "de"),
        "due_date": day("2025-02-19", "de"),
        "payment_days": count(30),
        "sender": text("Atelier Nüssli Grafik"),
        "recipient": text("Verein Quartierkultur Wipkingen"),
        "total_amount": money(net * 1.081, "ch"),
        "tax_amount": money(net * 0.081, "ch"),
        "iban": text("CH93 0076 2011 6238 5295 7"),
    }
    sheet = Sheet(facts, "serif")
    sheet.put(LEFT, 70, "{*sender}", size=20, bold=True)
    sheet.put(LEFT, 86, "Röschibachstrasse 22 · 8037 Zürich", size=9)
    sheet.lines(LEFT, 150, ["{*recipient}", "Postfach 118", "8037 Zürich"], size=11)
    sheet.put(RIGHT, 236, "Zürich, {*document_date}", size=11, align="right")
    sheet.put(LEFT, 262, "{*document_kind} {*document_number}", size=15, bold=True)
    rows = [
        ("Gestaltung Programmheft, 22 Stunden", price(1980, "ch")),
        ("Druckbegleitung und Reinzeichnung", price(640, "ch")),
        ("Zwischensumme", price(net, "ch")),
        ("MWST 8.1 %", "{*tax_amount}"),
        ("Total", "{*total_amount}"),
    ]
    y = sheet.pairs(LEFT, 300, rows, right=RIGHT, size=11, leading=22, bold_last=True)
    ask = "Zahlbar innert {*payment_days} Tagen, also bis {*due_date}, auf IBAN {*iban}. Bitte {document_number} angeben."
    sheet.paragraph(LEFT, y + 24, 470, ask, size=11, leading=16)
    return sheet


def reminder() -> Sheet:
    """A second reminder: one open amount stands in two rows and is neither total nor due."""
    facts: Facts = {
        "document_kind": Fact("Mahnung", "reminder"),
        "document_number": text("M-0619-2"),
        "document_date": day("2025-11-03", "de"),
        "due_date": day("2025-11-17", "de"),
        "payment_days": count(14),
        "sender": text("Stadtwerke Hohenfels AöR"),
        "recipient": text("Bäckerei Schäfer & Töchter OHG"),
        "customer_number": text("7120 0458"),
        "total_amount": money(2 * 418.3 + 96.75 + 15, "de"),
        "iban": text("DE75 5121 0800 1245 1261 99"),
    }
    sheet = Sheet(facts, "serif")
    contact = ["Brunnengasse 1 · 92366 Hohenfels", "Kundendienst 09472 555 010"]
    banner(sheet, "{*sender}", "Strom · Wasser · Wärme", contact)
    home = ["{*recipient}", "Obere Zeile 17", "92366 Hohenfels"]
    address(sheet, 112, "Stadtwerke Hohenfels · Brunnengasse 1", home)
    sheet.put(RIGHT, 200, "Hohenfels, {*document_date}", size=10, align="right")
    subject = "2. {*document_kind} Nr. {*document_number} zu Ihrem Kundenkonto {*customer_number}"
    sheet.put(LEFT, 230, subject, size=11, bold=True)
    opening = (
        "Sehr geehrte Damen und Herren, zu Ihrem Kundenkonto {customer_number} sind die folgenden "
        "Rechnungen noch offen. Eine erste Mahnung haben wir Ihnen am 6. Oktober 2025 geschickt."
    )
    y = sheet.paragraph(LEFT, 256, 480, opening, size=10.5, leading=15)
    columns: list[Column] = [
        ("Beleg", 110, "left"),
        ("vom", 100, "left"),
        ("fällig seit", 110, "left"),
        ("offen", 140, "right"),
    ]
    rows = [
        [
            "A-250711",
            long_date("2025-07-11", "de"),
            long_date("2025-07-25", "de"),
            price(418.3, "de"),
        ],
        [
            "A-250811",
            long_date("2025-08-11", "de"),
            long_date("2025-08-25", "de"),
            price(418.3, "de"),
        ],
        [
            "A-250911",
            long_date("2025-09-11", "de"),
            long_date("2025-09-25", "de"),
            price(96.75, "de"),
        ],
        ["Mahngebühr", "", "", price(15, "de")],
        ["Gesamtforderung", "", "", "{*total_amount}"],
    ]
    y = sheet.table(LEFT, y + 20, columns, rows, size=10, leading=18)
    ask = (
        "Bitte zahlen Sie {total_amount} binnen {*payment_days} Tagen, das heißt bis zum {*due_date}, auf unser "
        "Konto {*iban}. Geht bis zum {due_date} nichts ein, müssen wir die Versorgung nach § 19 StromGVV sperren."
    )
    y = sheet.paragraph(LEFT, y + 18, 480, ask, size=10.5, leading=15)
    sheet.lines(
        LEFT, y + 16, ["Mit freundlichen Grüßen", "", "i. A. Renate Kühn", "{sender}"], size=10.5
    )
    footer(sheet, [["IBAN {iban}"], ["Mahnung {document_number}"]], "Seite 1 von 1")
    return sheet
