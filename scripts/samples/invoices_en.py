"""Invoices and a credit note in English: Britain, Ireland, the United States."""

from scripts.samples.facts import count, day, long_date, money, price, short_day, text
from scripts.samples.letterhead import LEFT, RIGHT, address, banner, footer, slip
from scripts.samples.sheet import Column, Fact, Facts, Sheet

_ITEMS: list[Column] = [
    ("Description", 258, "left"),
    ("Qty", 46, "right"),
    ("Unit price", 86, "right"),
    ("Amount", 94, "right"),
]


def workshop() -> Sheet:
    """A joiner's invoice with a remittance slip; one line costs as much as another."""
    net = 2 * 640.0 + 4 * 320.0 + 185.5
    facts: Facts = {
        "document_kind": Fact("INVOICE", "invoice"),
        "document_number": text("HS-20417"),
        "document_date": day("2025-03-14", "en"),
        "due_date": day("2025-04-13", "en"),
        "payment_days": count(30),
        "sender": text("Holt & Sons Joinery Ltd"),
        "recipient": text("Marlow Street Dental Practice"),
        "customer_number": text("C-3308"),
        "total_amount": money(net * 1.2, "uk"),
        "tax_amount": money(net * 0.2, "uk"),
        "iban": text("GB29 NWBK 6016 1331 9268 19"),
    }

    def frame(sheet: Sheet) -> None:
        sheet.put(LEFT, 60, "{*sender}", size=19, bold=True)
        sheet.put(LEFT, 76, "Unit 4, Canal Yard, Bristol BS2 0QT · 0117 496 0152", size=8)
        sheet.put(RIGHT, 60, "{*document_kind}", size=17, bold=True, align="right")
        small = ["{sender} · Registered in England 0482 7716", "VAT registration GB 417 0033 91"]
        footer(sheet, [small], "Page 1 of 1")

    sheet = Sheet(facts, frame=frame)
    sheet.put(LEFT, 128, "Bill to", size=8, grey=0.4)
    sheet.put(LEFT, 142, "{*recipient}", size=10, bold=True, label="Bill to")
    sheet.lines(LEFT, 156, ["12 Marlow Street", "Bath BA1 4NE"], size=10)
    details = [
        ("Invoice no.", "{*document_number}"),
        ("Invoice date", "{*document_date}"),
        ("Order date", long_date("2025-02-03", "en")),
        ("Delivered on", long_date("2025-03-13", "en")),
        ("Customer no.", "{*customer_number}"),
        ("Due date", "{*due_date}"),
    ]
    sheet.pairs(346, 128, details, gap=92)
    rows = [
        ["Oak worktop, oiled, 2.4 m", "2", price(640, "uk"), price(1280, "uk")],
        ["Wall cabinet with soft-close doors", "4", price(320, "uk"), price(1280, "uk")],
        ["Fitting and removal of old units", "1", price(185.5, "uk"), price(185.5, "uk")],
    ]
    y = sheet.table(LEFT, 252, _ITEMS, rows)
    totals = [
        ("Subtotal", price(net, "uk")),
        ("VAT 20%", "{*tax_amount}"),
        ("Total due", "{*total_amount}"),
    ]
    y = sheet.pairs(380, y + 14, totals, right=RIGHT, bold_last=True, leading=16)
    terms = (
        "Please pay within {*payment_days} days, by {due_date} at the latest. Oak is guaranteed for "
        "30 months against warping. Goods remain the property of {sender} until {total_amount} is paid."
    )
    sheet.paragraph(LEFT, y + 30, 460, terms)
    remit = [
        ("Payee", "{sender}"),
        ("IBAN", "{*iban}"),
        ("Reference", "{document_number}"),
        ("From", "{recipient}"),
        ("Amount", "{total_amount}"),
        ("Pay by", "{due_date}"),
    ]
    slip(sheet, 640, "Remittance advice", remit)
    return sheet


def consulting() -> Sheet:
    """Three pages of hours; number and customer on each page, the total first on a cover."""
    weeks = [(w, 20 + (w * 7) % 19, 145.0 if w % 3 else 160.0) for w in range(1, 58)]
    net = sum(hours * rate for _, hours, rate in weeks)
    facts: Facts = {
        "document_kind": Fact("Invoice", "invoice"),
        "document_number": text("2025/0093-B"),
        "document_date": short_day("2025-06-30", "/"),
        "due_date": short_day("2025-07-14", "/"),
        "payment_days": count(14),
        "sender": text("Larkfield Data Consulting DAC"),
        "recipient": text("Tern Harbour Logistics plc"),
        "customer_number": text("THL-077"),
        "total_amount": money(net * 1.23, "ie"),
        "tax_amount": money(net * 0.23, "ie"),
        "iban": text("IE29 AIBK 9311 5212 3456 78"),
    }

    def frame(sheet: Sheet) -> None:
        sheet.put(LEFT, 36, "{sender}" if sheet.page > 1 else "{*sender}", size=11, bold=True)
        sheet.put(RIGHT, 36, "{document_number} · {customer_number}", size=8, align="right")
        sheet.rule(LEFT, 42, RIGHT)
        foot = [["{sender}", "Grattan Quay 9, Galway"], ["VAT IE 3628 714 PH"]]
        footer(sheet, foot, f"Page {sheet.page} of 3")

    sheet = Sheet(facts, "serif", frame=frame)
    address(
        sheet, 92, "Larkfield · Grattan Quay 9 · Galway", ["{*recipient}", "Pier Road 2", "Cork"]
    )
    sheet.put(LEFT, 210, "{*document_kind} {*document_number}", size=15, bold=True)
    cover = [
        ("Date of issue", "{*document_date}"),
        ("Period covered", "01/06/2024 to 30/06/2025"),
        ("Your account", "{*customer_number}"),
        ("Payment due", "{*due_date}"),
        ("Net amount", price(net, "ie")),
        ("VAT at 23%", "{*tax_amount}"),
        ("Amount payable", "{*total_amount}"),
    ]
    sheet.pairs(LEFT, 240, cover, gap=110, leading=17, size=10)
    intro = (
        "The hours behind this invoice are listed by week on the following pages. Payment terms are "
        "{*payment_days} days from the date of issue; after 14 further days we charge interest of 8 % a year. "
        "Please transfer {total_amount} to the account {*iban} and quote {document_number}."
    )
    sheet.paragraph(LEFT, 388, 470, intro, size=10.5, leading=15)
    columns: list[Column] = [
        ("Week", 80, "left"),
        ("Hours", 90, "right"),
        ("Rate", 130, "right"),
        ("Amount", 150, "right"),
    ]
    for start in (0, 30):
        sheet.turn()
        rows = [
            [f"Week {w}", str(hours), price(rate, "ie"), price(hours * rate, "ie")]
            for w, hours, rate in weeks[start : start + 30]
        ]
        y = sheet.table(LEFT, 84, columns, rows, leading=17)
    closing = [("Sum of all weeks", price(net, "ie")), ("Amount payable", "{total_amount}")]
    sheet.pairs(300, y + 16, closing, right=LEFT + 448, bold_last=True)
    return sheet


def credit_note() -> Sheet:
    """A landscape page stored rotated: what was billed, what is given back, with a sign."""
    facts: Facts = {
        "document_kind": Fact("Credit Note", "credit_note"),
        "document_number": text("CN-5521"),
        "document_date": Fact("May 27, 2025", "2025-05-27"),
        "sender": text("Pinewood Office Supply Inc."),
        "recipient": text("Ada Whitcombe, Architect"),
        "customer_number": text("884120"),
        "total_amount": money(-318.4, "us"),
        "tax_amount": money(-23.58, "us"),
    }
    sheet = Sheet(facts, "vera", rotated=True)
    contact = ["410 Alder Avenue, Portland, OR 97205", "billing desk: (503) 555-0168"]
    banner(sheet, "{*sender}", "Paper, ink and everything between", contact)
    sheet.put(LEFT, 104, "{*document_kind}", size=17, bold=True)
    left = [
        ("Credit note no.", "{*document_number}"),
        ("Date", "{*document_date}"),
        ("Credits invoice", "INV-5498 of May 6, 2025"),
        ("Account", "{*customer_number}"),
    ]
    sheet.pairs(LEFT, 132, left, gap=110)
    sheet.pairs(
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
            price(189.9, "us"),
            price(0, "us"),
            price(-189.9, "us"),
        ],
        [
            "Copy paper, 12 boxes billed twice",
            price(209.84, "us"),
            price(104.92, "us"),
            price(-104.92, "us"),
        ],
        ["Sales tax on the above", price(31.98, "us"), price(8.4, "us"), "{*tax_amount}"],
        ["Total credited to account {customer_number}", "", "", "{*total_amount}"],
    ]
    y = sheet.table(LEFT, 226, columns, rows, size=9, leading=20)
    note = (
        "We have credited {total_amount} to your account on {document_date}. It will be set against the next "
        "invoice; no payment is due. Questions? Quote {document_number}."
    )
    sheet.paragraph(LEFT, y + 24, 700, note)
    footer(sheet, [["{sender}"], ["Federal tax number 93-1182045"]], "1 / 1")
    return sheet
