"""Invoices and a credit note in English: Britain, Ireland, the United States."""

from scripts.samples.facts import (
    count_fact,
    day_fact,
    format_long_date,
    format_price,
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

_ITEMS: list[Column] = [
    ("Description", 258, "left"),
    ("Qty", 46, "right"),
    ("Unit price", 86, "right"),
    ("Amount", 94, "right"),
]


def workshop_invoice() -> Sheet:
    """A joiner's invoice with a remittance slip; one line costs as much as another."""
    net = 2 * 640.0 + 4 * 320.0 + 185.5
    facts: Facts = {
        "document_kind": Fact("INVOICE", "invoice"),
        "document_number": text_fact("HS-20417"),
        "document_date": day_fact("2025-03-14", "en"),
        "due_date": day_fact("2025-04-13", "en"),
        "payment_days": count_fact(30),
        "sender": text_fact("Holt & Sons Joinery Ltd"),
        "recipient": text_fact("Marlow Street Dental Practice"),
        "customer_number": text_fact("C-3308"),
        "total_amount": money_fact(net * 1.2, "uk"),
        "tax_amount": money_fact(net * 0.2, "uk"),
        "iban": text_fact("GB29 NWBK 6016 1331 9268 19"),
    }

    def frame(sheet: Sheet) -> None:
        sheet.draw_text(LEFT, 60, "{*sender}", size=19, bold=True)
        sheet.draw_text(LEFT, 76, "Unit 4, Canal Yard, Bristol BS2 0QT · 0117 496 0152", size=8)
        sheet.draw_text(RIGHT, 60, "{*document_kind}", size=17, bold=True, align="right")
        small = ["{sender} · Registered in England 0482 7716", "VAT registration GB 417 0033 91"]
        draw_footer(sheet, [small], "Page 1 of 1")

    sheet = Sheet(facts, frame=frame)
    sheet.draw_text(LEFT, 128, "Bill to", size=8, grey=0.4)
    sheet.draw_text(LEFT, 142, "{*recipient}", size=10, bold=True, label="Bill to")
    sheet.draw_lines(LEFT, 156, ["12 Marlow Street", "Bath BA1 4NE"], size=10)
    details = [
        ("Invoice no.", "{*document_number}"),
        ("Invoice date", "{*document_date}"),
        ("Order date", format_long_date("2025-02-03", "en")),
        ("Delivered on", format_long_date("2025-03-13", "en")),
        ("Customer no.", "{*customer_number}"),
        ("Due date", "{*due_date}"),
    ]
    sheet.draw_pairs(346, 128, details, gap=92)
    rows = [
        ["Oak worktop, oiled, 2.4 m", "2", format_price(640, "uk"), format_price(1280, "uk")],
        [
            "Wall cabinet with soft-close doors",
            "4",
            format_price(320, "uk"),
            format_price(1280, "uk"),
        ],
        [
            "Fitting and removal of old units",
            "1",
            format_price(185.5, "uk"),
            format_price(185.5, "uk"),
        ],
    ]
    y = sheet.draw_table(LEFT, 252, _ITEMS, rows)
    totals = [
        ("Subtotal", format_price(net, "uk")),
        ("VAT 20%", "{*tax_amount}"),
        ("Total due", "{*total_amount}"),
    ]
    y = sheet.draw_pairs(380, y + 14, totals, right=RIGHT, bold_last=True, leading=16)
    terms = (
        "Please pay within {*payment_days} days, by {due_date} at the latest. Oak is guaranteed "
        "for "
        "30 months against warping. Goods remain the property of {sender} until {total_amount} is "
        "paid."
    )
    sheet.draw_paragraph(LEFT, y + 30, 460, terms)
    remit = [
        ("Payee", "{sender}"),
        ("IBAN", "{*iban}"),
        ("Reference", "{document_number}"),
        ("From", "{recipient}"),
        ("Amount", "{total_amount}"),
        ("Pay by", "{due_date}"),
    ]
    draw_payment_slip(sheet, 640, "Remittance advice", remit)
    return sheet


def consulting_invoice() -> Sheet:
    """Three pages of hours; number and customer on each page, the total first on a cover."""
    weeks = [(w, 20 + (w * 7) % 19, 145.0 if w % 3 else 160.0) for w in range(1, 58)]
    net = sum(hours * rate for _, hours, rate in weeks)
    facts: Facts = {
        "document_kind": Fact("Invoice", "invoice"),
        "document_number": text_fact("2025/0093-B"),
        "document_date": short_day_fact("2025-06-30", "/"),
        "due_date": short_day_fact("2025-07-14", "/"),
        "payment_days": count_fact(14),
        "sender": text_fact("Larkfield Data Consulting DAC"),
        "recipient": text_fact("Tern Harbour Logistics plc"),
        "customer_number": text_fact("THL-077"),
        "total_amount": money_fact(net * 1.23, "ie"),
        "tax_amount": money_fact(net * 0.23, "ie"),
        "iban": text_fact("IE29 AIBK 9311 5212 3456 78"),
    }

    def frame(sheet: Sheet) -> None:
        sheet.draw_text(LEFT, 36, "{sender}" if sheet.page > 1 else "{*sender}", size=11, bold=True)
        sheet.draw_text(RIGHT, 36, "{document_number} · {customer_number}", size=8, align="right")
        sheet.draw_rule(LEFT, 42, RIGHT)
        foot = [["{sender}", "Grattan Quay 9, Galway"], ["VAT IE 3628 714 PH"]]
        draw_footer(sheet, foot, f"Page {sheet.page} of 3")

    sheet = Sheet(facts, "serif", frame=frame)
    draw_address(
        sheet, 92, "Larkfield · Grattan Quay 9 · Galway", ["{*recipient}", "Pier Road 2", "Cork"]
    )
    sheet.draw_text(LEFT, 210, "{*document_kind} {*document_number}", size=15, bold=True)
    cover = [
        ("Date of issue", "{*document_date}"),
        ("Period covered", "01/06/2024 to 30/06/2025"),
        ("Your account", "{*customer_number}"),
        ("Payment due", "{*due_date}"),
        ("Net amount", format_price(net, "ie")),
        ("VAT at 23%", "{*tax_amount}"),
        ("Amount payable", "{*total_amount}"),
    ]
    sheet.draw_pairs(LEFT, 240, cover, gap=110, leading=17, size=10)
    intro = (
        "The hours behind this invoice are listed by week on the following pages. Payment terms "
        "are "
        "{*payment_days} days from the date of issue; after 14 further days we charge interest of "
        "8 % a year. "
        "Please transfer {total_amount} to the account {*iban} and quote {document_number}."
    )
    sheet.draw_paragraph(LEFT, 388, 470, intro, size=10.5, leading=15)
    columns: list[Column] = [
        ("Week", 80, "left"),
        ("Hours", 90, "right"),
        ("Rate", 130, "right"),
        ("Amount", 150, "right"),
    ]
    for start in (0, 30):
        sheet.begin_page()
        rows = [
            [f"Week {w}", str(hours), format_price(rate, "ie"), format_price(hours * rate, "ie")]
            for w, hours, rate in weeks[start : start + 30]
        ]
        y = sheet.draw_table(LEFT, 84, columns, rows, leading=17)
    closing = [("Sum of all weeks", format_price(net, "ie")), ("Amount payable", "{total_amount}")]
    sheet.draw_pairs(300, y + 16, closing, right=LEFT + 448, bold_last=True)
    return sheet


def credit_note() -> Sheet:
    """A landscape page stored rotated: what was billed, what is given back, with a sign."""
    facts: Facts = {
        "document_kind": Fact("Credit Note", "credit_note"),
        "document_number": text_fact("CN-5521"),
        "document_date": Fact("May 27, 2025", "2025-05-27"),
        "sender": text_fact("Pinewood Office Supply Inc."),
        "recipient": text_fact("Ada Whitcombe, Architect"),
        "customer_number": text_fact("884120"),
        "total_amount": money_fact(-318.4, "us"),
        "tax_amount": money_fact(-23.58, "us"),
    }
    sheet = Sheet(facts, "vera", rotated=True)
    contact = ["410 Alder Avenue, Portland, OR 97205", "billing desk: (503) 555-0168"]
    draw_banner(sheet, "{*sender}", "Paper, ink and everything between", contact)
    sheet.draw_text(LEFT, 104, "{*document_kind}", size=17, bold=True)
    left = [
        ("Credit note no.", "{*document_number}"),
        ("Date", "{*document_date}"),
        ("Credits invoice", "INV-5498 of May 6, 2025"),
        ("Account", "{*customer_number}"),
    ]
    sheet.draw_pairs(LEFT, 132, left, gap=110)
    sheet.draw_pairs(
        450, 132, [("Issued to", "{*recipient}"), ("", "77 Mill Street, Salem, OR")], gap=70
    )
    columns: list[Column] = [
        ("Item", 300, "left"),
        ("Billed", 140, "right"),
        ("Correct", 140, "right"),
        ("Credit", 140, "right"),
    ]
    rows = [
        [
            "Toner cartridge, black (returned)",
            format_price(189.9, "us"),
            format_price(0, "us"),
            format_price(-189.9, "us"),
        ],
        [
            "Copy paper, 12 boxes billed twice",
            format_price(209.84, "us"),
            format_price(104.92, "us"),
            format_price(-104.92, "us"),
        ],
        [
            "Sales tax on the above",
            format_price(31.98, "us"),
            format_price(8.4, "us"),
            "{*tax_amount}",
        ],
        ["Total credited to account {customer_number}", "", "", "{*total_amount}"],
    ]
    y = sheet.draw_table(LEFT, 226, columns, rows, size=9, leading=20)
    note = (
        "We have credited {total_amount} to your account on {document_date}. It will be set "
        "against the next "
        "invoice; no payment is due. Questions? Quote {document_number}."
    )
    sheet.draw_paragraph(LEFT, y + 24, 700, note)
    draw_footer(sheet, [["{sender}"], ["Federal tax number 93-1182045"]], "1 / 1")
    return sheet
