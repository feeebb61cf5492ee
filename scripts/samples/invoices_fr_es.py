"""Bills in French and Spanish: a translator, a power company with a coupon, an olive press."""

from scripts.samples.facts import (
    count_fact,
    day_fact,
    format_long_date,
    format_price,
    format_short_date,
    money_fact,
    short_day_fact,
    text_fact,
)
from scripts.samples.letterhead import LEFT, RIGHT, draw_banner, draw_footer, draw_payment_slip
from scripts.samples.sheet import Column, Fact, Facts, Sheet


def translator_invoice() -> Sheet:
    """A freelancer's bill: amounts with no-break spaces, two lines with the same amount."""
    net = 1240.0 + 1240.0 + 385.5
    facts: Facts = {
        "document_kind": Fact("FACTURE", "invoice"),
        "document_number": text_fact("F2025-047"),
        "document_date": day_fact("2025-04-28", "fr"),
        "due_date": day_fact("2025-05-28", "fr"),
        "payment_days": count_fact(30),
        "sender": text_fact("Élodie Lefèvre Traductions"),
        "recipient": text_fact("Éditions du Vieux Chêne"),
        "customer_number": text_fact("CL-219"),
        "total_amount": money_fact(net * 1.2, "fr"),
        "tax_amount": money_fact(net * 0.2, "fr"),
        "iban": text_fact("FR14 2004 1010 0505 0001 3M02 606"),
    }
    sheet = Sheet(facts, "serif")
    sheet.draw_text(LEFT, 62, "{*sender}", size=18)
    sheet.draw_text(
        LEFT, 78, "8 bis, rue des Tanneurs · 37000 Tours · SIRET 812 604 339 00021", size=8
    )
    sheet.draw_text(RIGHT, 62, "{*document_kind}", size=18, bold=True, align="right")
    sheet.draw_text(340, 128, "À l'attention de", size=8, grey=0.4)
    sheet.draw_text(340, 142, "{*recipient}", size=11, bold=True, label="À l'attention de")
    sheet.draw_lines(340, 157, ["Mme Anaïs Noël", "21, quai de la Fosse", "44000 Nantes"], size=10)
    details = [
        ("Facture n°", "{*document_number}"),
        ("Date de facturation", "{*document_date}"),
        ("Commande du", format_long_date("2025-03-03", "fr")),
        ("Livraison", format_long_date("2025-04-25", "fr")),
        ("N° client", "{*customer_number}"),
    ]
    sheet.draw_pairs(LEFT, 128, details, gap=104, size=10, leading=15)
    columns: list[Column] = [
        ("Désignation", 262, "left"),
        ("Quantité", 60, "right"),
        ("Prix unitaire", 80, "right"),
        ("Montant HT", 82, "right"),
    ]
    rows = [
        [
            "Traduction, chapitres 1 à 6",
            "12 400",
            format_price(0.1, "fr"),
            format_price(1240, "fr"),
        ],
        [
            "Traduction, chapitres 7 à 11",
            "12 400",
            format_price(0.1, "fr"),
            format_price(1240, "fr"),
        ],
        ["Relecture sur épreuves", "1", format_price(385.5, "fr"), format_price(385.5, "fr")],
    ]
    y = sheet.draw_table(LEFT, 246, columns, rows, size=10, leading=19)
    totals = [
        ("Total HT", format_price(net, "fr")),
        ("TVA 20 %", "{*tax_amount}"),
        ("Total TTC", "{*total_amount}"),
    ]
    y = sheet.draw_pairs(372, y + 14, totals, right=RIGHT, bold_last=True, size=10.5, leading=18)
    terms = (
        "Règlement à {*payment_days} jours, soit au plus tard le {*due_date}, par virement de "
        "{total_amount} sur le "
        "compte {*iban}. Tout retard entraîne une indemnité forfaitaire de 40 euros (art. D. "
        "441-5). "
        "Merci de rappeler la référence {document_number}."
    )
    sheet.draw_paragraph(LEFT, y + 30, 474, terms, size=10.5, leading=15)
    draw_footer(
        sheet, [["{sender}", "TVA FR 55 812604339"], ["Facture {document_number}"]], "page 1/1"
    )
    return sheet


def power_bill() -> Sheet:
    """A yearly power bill on two pages: the sum on page one, details and a coupon on page two."""
    use = 3212 * 0.1982
    fee = 12 * 13.4
    net = round(use + fee, 2)
    facts: Facts = {
        "document_kind": Fact("Facture", "invoice"),
        "document_number": text_fact("10 204 885 317"),
        "document_date": short_day_fact("2025-02-18", "/"),
        "due_date": short_day_fact("2025-03-17", "/"),
        "sender": text_fact("Énergie du Ponant SA"),
        "recipient": text_fact("M. Théo Kerbœuf"),
        "customer_number": text_fact("6 003 418 902"),
        "total_amount": money_fact(net * 1.2, "fr"),
        "tax_amount": money_fact(net * 0.2, "fr"),
        "iban": text_fact("FR76 3000 6000 0112 3456 7890 189"),
    }

    def frame(sheet: Sheet) -> None:
        star = "*" if sheet.page == 1 else ""
        contact = ["Service clients 09 69 55 00 12", "du lundi au samedi, 8 h à 20 h"]
        draw_banner(sheet, "{" + star + "sender}", "L'électricité de l'Ouest", contact)
        small = ["{sender} au capital de 4 200 000 €", "RCS Brest 481 203 557"]
        draw_footer(sheet, [small, ["Réf. client {customer_number}"]], f"Page {sheet.page} sur 2")

    sheet = Sheet(facts, frame=frame)
    details = [
        ("Référence client", "{*customer_number}"),
        ("N° de facture", "{*document_number}"),
        ("Date", "{*document_date}"),
        ("Prochain relevé", format_short_date("2026-02-10", "/")),
    ]
    sheet.draw_pairs(LEFT, 104, details, gap=90)
    sheet.draw_lines(350, 128, ["{*recipient}", "4, venelle du Four", "29200 Brest"], size=10.5)
    sheet.draw_text(
        LEFT,
        226,
        "{*document_kind} d'électricité du 1er février 2024 au 31 janvier 2025",
        size=12,
        bold=True,
    )
    sheet.draw_rectangle(LEFT, 246, 484, 78, fill=0.93)
    sheet.draw_pairs(
        LEFT + 16,
        272,
        [("Montant à payer", "{*total_amount}"), ("À régler avant le", "{*due_date}")],
        gap=150,
        size=13,
        leading=26,
    )
    body = (
        "Votre consommation de l'année est de 3 212 kWh, contre 3 405 kWh l'année précédente. "
        "Le détail figure au verso. Sans règlement de {total_amount} reçu avant le {due_date}, "
        "des frais de "
        "retard de 7,50 € seront ajoutés."
    )
    sheet.draw_paragraph(LEFT, 356, 484, body, size=10, leading=15)
    sheet.begin_page()
    columns: list[Column] = [
        ("Poste", 214, "left"),
        ("Quantité", 80, "right"),
        ("Prix", 90, "right"),
        ("Montant", 100, "right"),
    ]
    rows = [
        ["Consommation, heures pleines", "3 212 kWh", "0,1982\u00a0€", format_price(use, "fr")],
        ["Abonnement 6 kVA", "12 mois", format_price(13.4, "fr"), format_price(fee, "fr")],
        ["Total hors taxes", "", "", format_price(net, "fr")],
        ["TVA 20 %", "", "", "{*tax_amount}"],
        ["Total TTC", "", "", "{total_amount}"],
    ]
    sheet.draw_table(LEFT, 112, columns, rows, size=9.5, leading=19)
    coupon = [
        ("Créancier", "{sender}"),
        ("IBAN", "{*iban}"),
        ("Client", "{recipient}"),
        ("Montant", "{total_amount}"),
        ("Référence", "{document_number}"),
        ("Avant le", "{due_date}"),
    ]
    draw_payment_slip(sheet, 560, "Coupon à joindre à votre paiement", coupon)
    return sheet


def olive_press_invoice() -> Sheet:
    """A Spanish bill with two tax rates; the order number looks like the bill's number."""
    oil = 48 * 11.25
    soap = 30 * 4.8
    tax = round(oil * 0.1 + soap * 0.21, 2)
    facts: Facts = {
        "document_kind": Fact("Factura", "invoice"),
        "document_number": text_fact("A/2025/0316"),
        "document_date": day_fact("2025-10-09", "es"),
        "due_date": day_fact("2025-12-08", "es"),
        "payment_days": count_fact(60),
        "sender": text_fact("Almazara Nuestra Señora del Río S.L."),
        "recipient": text_fact("Ultramarinos Muñoz e Hijos"),
        "customer_number": text_fact("00482"),
        "total_amount": money_fact(oil + soap + tax, "es"),
        "tax_amount": money_fact(tax, "es"),
        "iban": text_fact("ES91 2100 0418 4502 0005 1332"),
    }
    sheet = Sheet(facts, "vera")
    sheet.draw_text(LEFT, 58, "{*sender}", size=14, bold=True)
    sheet.draw_text(LEFT, 73, "Camino de la Vega, s/n · 23440 Baeza (Jaén) · NIF B23711904", size=8)
    sheet.draw_rule(LEFT, 84, RIGHT)
    sheet.draw_text(LEFT, 116, "{*document_kind}", size=16, bold=True)
    left = [
        ("Número", "{*document_number}"),
        ("Fecha", "{*document_date}"),
        ("Pedido", "A/2025/0361"),
        ("Fecha del pedido", format_long_date("2025-09-29", "es")),
    ]
    sheet.draw_pairs(LEFT, 140, left, gap=106)
    right = [
        ("Cliente", "{*recipient}"),
        ("N.º de cliente", "{*customer_number}"),
        ("", "Calle Ancha 8, Córdoba"),
    ]
    sheet.draw_pairs(318, 140, right, gap=86)
    columns: list[Column] = [
        ("Concepto", 214, "left"),
        ("Cantidad", 64, "right"),
        ("Precio", 66, "right"),
        ("IVA", 46, "right"),
        ("Importe", 94, "right"),
    ]
    rows = [
        [
            "Aceite de oliva virgen extra, 1 l",
            "48",
            format_price(11.25, "es"),
            "10 %",
            format_price(oil, "es"),
        ],
        [
            "Jabón de aceite, pastilla",
            "30",
            format_price(4.8, "es"),
            "21 %",
            format_price(soap, "es"),
        ],
    ]
    y = sheet.draw_table(LEFT, 228, columns, rows, leading=19)
    totals = [
        ("Base imponible", format_price(oil + soap, "es")),
        ("Total IVA", "{*tax_amount}"),
        ("TOTAL A PAGAR", "{*total_amount}"),
    ]
    y = sheet.draw_pairs(330, y + 14, totals, right=RIGHT, bold_last=True, leading=18)
    pay = (
        "Forma de pago: transferencia a {*payment_days} días de la fecha de la factura. "
        "Vencimiento: {*due_date}. "
        "Cuenta: {*iban}. Importe: {total_amount}. Indique el número {document_number}."
    )
    sheet.draw_paragraph(LEFT, y + 30, 474, pay, leading=15)
    draw_footer(sheet, [["{sender}"], ["Registro Mercantil de Jaén, T 901 F 12"]], "Página 1 de 1")
    return sheet
