"""Invoices in German: a roofer's, a wholesaler's over two pages."""

from scripts.samples.facts import (
    count_fact,
    day_fact,
    format_digits,
    format_price,
    format_short_date,
    money_fact,
    short_day_fact,
    text_fact,
)
from scripts.samples.letterhead import (
    LEFT,
    RIGHT,
    draw_address,
    draw_banner,
    draw_footer,
    draw_payment_slip,
)
from scripts.samples.sheet import Column, Fact, Facts, Sheet

_TRANSFER = "Zahlschein / SEPA-Überweisung"


def craft_invoice() -> Sheet:
    """A roofer's bill: the total in the table, in a sentence and on the transfer slip."""
    net = 4860.0 + 1215.0 + 312.6
    facts: Facts = {
        "document_kind": Fact("Rechnung", "invoice"),
        "document_number": text_fact("R-2025-118"),
        "document_date": day_fact("2025-05-08", "de"),
        "due_date": short_day_fact("2025-05-22", "."),
        "payment_days": count_fact(14),
        "sender": text_fact("Dachdeckerei Jörg Müßiggang GmbH"),
        "recipient": text_fact("Wohnungsgenossenschaft Grünau eG"),
        "customer_number": text_fact("40017"),
        "total_amount": money_fact(net * 1.19, "de"),
        "tax_amount": money_fact(net * 0.19, "de"),
        "iban": text_fact("DE89 3704 0044 0532 0130 00"),
    }
    sheet = Sheet(facts)
    contact = ["Lübecker Straße 41", "39124 Magdeburg", "Telefon 0391 5550148"]
    draw_banner(sheet, "{*sender}", "Meisterbetrieb seit 1987 · Dach · Fassade · Spengler", contact)
    home = ["{*recipient}", "Frau Özlem Weiß", "Am Grünen Winkel 5", "39116 Magdeburg"]
    draw_address(sheet, 112, "J. Müßiggang · Lübecker Straße 41 · 39124 Magdeburg", home)
    details = [
        ("Rechnungsnummer", "{*document_number}"),
        ("Kundennummer", "{*customer_number}"),
        ("Rechnungsdatum", "{*document_date}"),
        ("Auftrag vom", format_short_date("2025-03-19", ".")),
        ("Ausgeführt am", "28.04. bis 05.05.2025"),
    ]
    sheet.draw_pairs(352, 118, details, gap=92)
    sheet.draw_text(LEFT, 232, "{*document_kind}", size=15, bold=True)
    columns: list[Column] = [
        ("Pos.", 34, "left"),
        ("Leistung", 240, "left"),
        ("Menge", 58, "right"),
        ("Einzelpreis", 76, "right"),
        ("Gesamt", 76, "right"),
    ]
    rows = [
        [
            "1",
            "Dachfläche neu eindecken, Biberschwanz",
            "54 m²",
            format_price(90, "de"),
            format_price(4860, "de"),
        ],
        ["2", "Dachrinne Zink, halbrund", "27 m", format_price(45, "de"), format_price(1215, "de")],
        [
            "3",
            "Gerüst, Anfahrt, Entsorgung",
            "1",
            format_price(312.6, "de"),
            format_price(312.6, "de"),
        ],
    ]
    y = sheet.draw_table(LEFT, 264, columns, rows)
    totals = [
        ("Nettobetrag", format_price(net, "de")),
        ("Umsatzsteuer 19 %", "{*tax_amount}"),
        ("Rechnungsbetrag", "{*total_amount}"),
    ]
    y = sheet.draw_pairs(376, y + 12, totals, right=RIGHT, bold_last=True, leading=16)
    ask = (
        "Bitte überweisen Sie {total_amount} innerhalb von {*payment_days} Tagen, spätestens bis "
        "zum "
        "{*due_date}, ohne Abzug. Auf die Arbeiten geben wir 60 Monate Gewähr."
    )
    sheet.draw_paragraph(LEFT, y + 26, 470, ask)
    rows_slip = [
        ("Empfänger", "{sender}"),
        ("IBAN", "{*iban}"),
        ("Zweck", "{document_number} / {customer_number}"),
        ("Betrag", "{total_amount}"),
        ("Zahlbar bis", "{due_date}"),
    ]
    draw_payment_slip(sheet, 612, _TRANSFER, rows_slip)
    draw_footer(
        sheet, [["Amtsgericht Stendal HRB 21874"], ["USt-IdNr. DE 274 118 003"]], "Seite 1 von 1"
    )
    return sheet


def wholesale_invoice() -> Sheet:
    """Forty-four lines over two pages with a carry; amounts without currency, two lines alike."""
    items = [(f"{1200 + 37 * n}", 3 + n % 9, 4.2 + (n * 1.35) % 17) for n in range(44)]
    items[29] = items[11]
    net = round(sum(round(q * p, 2) for _, q, p in items), 2)
    facts: Facts = {
        "document_kind": Fact("RECHNUNG", "invoice"),
        "document_number": text_fact("WG-7730915"),
        "document_date": short_day_fact("2025-09-17", "."),
        "due_date": short_day_fact("2025-10-17", "."),
        "payment_days": count_fact(30),
        "sender": text_fact("Elbtal Getränke Großhandel KG"),
        "recipient": text_fact("Gasthof Zum Schwarzen Bären"),
        "customer_number": text_fact("D-20881"),
        "total_amount": money_fact(net * 1.19, "de", bare=True),
        "tax_amount": money_fact(net * 0.19, "de", bare=True),
        "iban": text_fact("DE02 1203 0000 0000 2020 51"),
    }

    def frame(sheet: Sheet) -> None:
        star = "*" if sheet.page == 1 else ""
        sheet.draw_text(LEFT, 48, "{" + star + "sender}", size=14, bold=True)
        sheet.draw_text(LEFT, 62, "Hafenstraße 12 · 01662 Meißen", size=8)
        sheet.draw_text(RIGHT, 48, "{" + star + "document_kind}", size=14, bold=True, align="right")
        line = "Nr. {document_number} · Kunde {customer_number} · Alle Beträge in EUR"
        sheet.draw_text(RIGHT, 62, line, size=8, align="right")
        bank = ["Sparkasse Meißen", "IBAN {iban}" if sheet.page == 1 else "IBAN {*iban}"]
        draw_footer(sheet, [["{sender}", "HRA 5120 Dresden"], bank], f"Seite {sheet.page} / 2")

    sheet = Sheet(facts, "vera", frame=frame)
    sheet.draw_lines(
        LEFT, 100, ["{*recipient}", "Inh. René Krüger", "Markt 3", "01662 Meißen"], size=9
    )
    details = [
        ("Rechnungsnummer", "{*document_number}"),
        ("Rechnungsdatum", "{*document_date}"),
        ("Lieferdatum", format_short_date("2025-09-15", ".")),
        ("Kundennummer", "{*customer_number}"),
        ("Fällig am", "{*due_date}"),
    ]
    sheet.draw_pairs(344, 96, details, gap=104, size=8.5)
    columns: list[Column] = [
        ("Artikel", 70, "left"),
        ("Bezeichnung", 190, "left"),
        ("Kisten", 54, "right"),
        ("Preis EUR", 80, "right"),
        ("Summe EUR", 90, "right"),
    ]
    drinks = (
        "Mineralwasser 12 x 0,7",
        "Pils 20 x 0,5",
        "Apfelschorle 6 x 1,0",
        "Müller-Thurgau 6 x 0,75",
    )
    rows = [
        [code, drinks[n % 4], str(q), format_digits(p, "de"), format_digits(q * p, "de")]
        for n, (code, q, p) in enumerate(items)
    ]
    carry = format_digits(sum(round(q * p, 2) for _, q, p in items[:26]), "de")
    sheet.draw_table(LEFT, 190, columns, [*rows[:26], ["", "Übertrag", "", "", carry]], leading=19)
    sheet.begin_page()
    y = sheet.draw_table(
        LEFT, 96, columns, [["", "Übertrag", "", "", carry], *rows[26:]], leading=19
    )
    totals = [
        ("Warenwert netto", format_digits(net, "de")),
        ("MwSt. 19 %", "{*tax_amount}"),
        ("Gesamtbetrag EUR", "{*total_amount}"),
    ]
    y = sheet.draw_pairs(330, y + 14, totals, right=RIGHT, bold_last=True, leading=17)
    ask = (
        "Zahlbar innerhalb von {*payment_days} Tagen bis {due_date}. Den Gesamtbetrag von "
        "{total_amount} EUR "
        "ziehen wir nicht ein; bitte geben Sie {document_number} an."
    )
    sheet.draw_paragraph(LEFT, y + 20, 470, ask, size=9)
    return sheet
