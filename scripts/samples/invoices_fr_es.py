"""Bills in French and Spanish: a translator, a power company with a coupon, an olive press."""

from scripts.samples.facts import count, day, long_date, money, price, short_date, short_day, text
from scripts.samples.letterhead import LEFT, RIGHT, banner, footer, slip
from scripts.samples.sheet import Column, Fact, Facts, Sheet


def translator() -> Sheet:
    """A freelancer's bill: amounts with no-break spaces, two lines with the same amount."""
    net = 1240.0 + 1240.0 + 385.5
    facts: Facts = {
        "document_kind": Fact("FACTURE", "invoice"),
        "document_number": text("F2025-047"),
        "document_date": day("2025-04-28", "fr"),
        "due_date": day("2025-05-28", "fr"),
        "payment_days": count(30),
        "sender": text("Élodie Lefèvre Traductions"),
        "recipient": text("Éditions du Vieux Chêne"),
        "customer_number": text("CL-219"),
        "total_amount": money(net * 1.2, "fr"),
        "tax_amount": money(net * 0.2, "fr"),
        "iban": text("FR14 2004 1010 0505 0001 3M02 606"),
    }
    sheet = Sheet(facts, "serif")
    sheet.put(LEFT, 62, "{*sender}", size=18)
    sheet.put(LEFT, 78, "8 bis, rue des Tanneurs · 37000 Tours · SIRET 812 604 339 00021", size=8)
    sheet.put(RIGHT, 62, "{*document_kind}", size=18, bold=True, align="right")
    sheet.put(340, 128, "À l'attention de", size=8, grey=0.4)
    sheet.put(340, 142, "{*recipient}", size=11, bold=True, label="À l'attention de")
    sheet.lines(340, 157, ["Mme Anaïs Noël", "21, quai de la Fosse", "44000 Nantes"], size=10)
    details = [
        ("Facture n°", "{*document_number}"),
        ("Date de facturation", "{*document_date}"),
        ("Commande du", long_date("2025-03-03", "fr")),
        ("Livraison", long_date("2025-04-25", "fr")),
        ("N° client", "{*customer_number}"),
    ]
    sheet.pairs(LEFT, 128, details, gap=104, size=10, leading=15)
    columns: list[Column] = [
        ("Désignation", 262, "left"),
        ("Quantité", 60, "right"),
        ("Prix unitaire", 80, "right"),
        ("Montant HT", 82, "right"),
    ]
    rows = [
        ["Traduction, chapitres 1 à 6", "12 400", price(0.1, "fr"), price(1240, "fr")],
        ["Traduction, chapitres 7 à 11", "12 400", price(0.1, "fr"), price(1240, "fr")],
        ["Relecture sur épreuves", "1", price(385.5, "fr"), price(385.5, "fr")],
    ]
    y = sheet.table(LEFT, 246, columns, rows, size=10, leading=19)
    totals = [
        ("Total HT", price(net, "fr")),
        ("TVA 20 %", "{*tax_amount}"),
        ("Total TTC", "{*total_amount}"),
    ]
    y = sheet.pairs(372, y + 14, totals, right=RIGHT, bold_last=True, size=10.5, leading=18)
    terms = (
        "Règlement à {*payment_days} jours, soit au plus tard le {*due_date}, par virement de {total_amount} sur le "
        "compte {*iban}. Tout retard entraîne une indemnité forfaitaire de 40 euros (art. D. 441-5). "
        "Merci de rappeler la référence {document_number}."
    )
    sheet.paragraph(LEFT, y + 30, 474, terms, size=10.5, leading=15)
    footer(sheet, [["{sender}", "TVA FR 55 812604339"], ["Facture {document_number}"]], "page 1/1")
    return sheet


def power() -> Sheet:
    """A yearly power bill on two pages: the sum on page one, details and a coupon on page two."""
    use, fee = 3212 * 0.1982, 12 * 13.4
    net = round(use + fee, 2)
    facts: Facts = {
        "document_kind": Fact("Facture", "invoice"),
        "document_number": text("10 204 885 317"),
        "document_date": short_day("2025-02-18", "/"),
        "due_date": short_day("2025-03-17", "/"),
        "sender": text("Énergie du Ponant SA"),
        "recipient": text("M. Théo Kerbœuf"),
        "customer_number": text("6 003 418 902"),
        "total_amount": money(net * 1.2, "fr"),
        "tax_amount": money(net * 0.2, "fr"),
        "iban": text("FR76 3000 6000 0112 3456 7890 189"),
    }

    def frame(sheet: Sheet) -> None:
        star = "*" if sheet.page == 1 else ""
        contact = ["Service clients 09 69 55 00 12", "du lundi au samedi, 8 h à 20 h"]
        banner(sheet, "{" + star + "sender}", "L'électricité de l'Ouest", contact)
        small = ["{sender} au capital de 4 200 000 €", "RCS Brest 481 203 557"]
        footer(sheet, [small, ["Réf. client {customer_number}"]], f"Page {sheet.page} sur 2")

    sheet = Sheet(facts, frame=frame)
    details = [
        ("Référence client", "{*customer_number}"),
        ("N° de facture", "{*document_number}"),
        ("Date", "{*document_date}"),
        ("Prochain relevé", short_date("2026-02-10", "/")),
    ]
    sheet.pairs(LEFT, 104, details, gap=90)
    sheet.lines(350, 128, ["{*recipient}", "4, venelle du Four", "29200 Brest"], size=10.5)
    sheet.put(
        LEFT,
        226,
        "{*document_kind} d'électricité du 1er février 2024 au 31 janvier 2025",
        size=12,
        bold=True,
    )
    sheet.rect(LEFT, 246, 484, 78, fill=0.93)
    sheet.pairs(
        LEFT + 16,
        272,
        [("Montant à payer", "{*total_amount}"), ("À régler avant le", "{*due_date}")],
        gap=150,
        size=13,
        leading=26,
    )
    body = (
        "Votre consommation de l'année est de 3 212 kWh, contre 3 405 kWh l'année précédente. "
        "Le détail figure au verso. Sans règlement de {total_amount} reçu avant le {due_date}, des frais de "
        "retard de 7,50 € seront ajoutés."
    )
    sheet.paragraph(LEFT, 356, 484, body, size=10, leading=15)
    sheet.turn()
    columns: list[Column] = [
        ("Poste", 214, "left"),
        ("Quantité", 80, "right"),
        ("Prix", 90, "right"),
        ("Montant", 100, "right"),
    ]
    rows = [
        ["Consommation, heures pleines", "3 212 kWh", "0,1982\u00a0€", price(use, "fr")],
        ["Abonnement 6 kVA", "12 mois", price(13.4, "fr"), price(fee, "fr")],
        ["Total hors taxes", "", "", price(net, "fr")],
        ["TVA 20 %", "", "", "{*tax_amount}"],
        ["Total TTC", "", "", "{total_amount}"],
    ]
    sheet.table(LEFT, 112, columns, rows, size=9.5, leading=19)
    coupon = [
        ("Créancier", "{sender}"),
        ("IBAN", "{*iban}"),
        ("Client", "{recipient}"),
        ("Montant", "{total_amount}"),
        ("Référence", "{document_number}"),
        ("Avant le", "{due_date}"),
    ]
    slip(sheet, 560, "Coupon à joindre à votre paiement", coupon)
    return sheet


def olives() -> Sheet:
    """A Spanish bill with two tax rates; the order number looks like the bill's number."""
    oil, soap = 48 * 11.25, 30 * 4.8
    tax = round(oil * 0.1 + soap * 0.21, 2)
    facts: Facts = {
        "document_kind": Fact("Factura", "invoice"),
        "document_number": text("A/2025/0316"),
        "document_date": day("2025-10-09", "es"),
        "due_date": day("2025-12-08", "es"),
        "payment_days": count(60),
        "sender": text("Almazara Nuestra Señora del Río S.L."),
        "recipient": text("Ultramarinos Muñoz e Hijos"),
        "customer_number": text("00482"),
        "total_amount": money(oil + soap + tax, "es"),
        "tax_amount": money(tax, "es"),
        "iban": text("ES91 2100 0418 4502 0005 1332"),
    }
    sheet = Sheet(facts, "vera")
    sheet.put(LEFT, 58, "{*sender}", size=14, bold=True)
    sheet.put(LEFT, 73, "Camino de la Vega, s/n · 23440 Baeza (Jaén) · NIF B23711904", size=8)
    sheet.rule(LEFT, 84, RIGHT)
    sheet.put(LEFT, 116, "{*document_kind}", size=16, bold=True)
    left = [
        ("Número", "{*document_number}"),
        ("Fecha", "{*document_date}"),
        ("Pedido", "A/2025/0361"),
        ("Fecha del pedido", long_date("2025-09-29", "es")),
    ]
    sheet.pairs(LEFT, 140, left, gap=106)
    right = [
        ("Cliente", "{*recipient}"),
        ("N.º de cliente", "{*customer_number}"),
        ("", "Calle Ancha 8, Córdoba"),
    ]
    sheet.pairs(318, 140, right, gap=86)
    columns: list[Column] = [
        ("Concepto", 214, "left"),
        ("Cantidad", 64, "right"),
        ("Precio", 66, "right"),
        ("IVA", 46, "right"),
        ("Importe", 94, "right"),
    ]
    rows = [
        ["Aceite de oliva virgen extra, 1 l", "48", price(11.25, "es"), "10 %", price(oil, "es")],
        ["Jabón de aceite, pastilla", "30", price(4.8, "es"), "21 %", price(soap, "es")],
    ]
    y = sheet.table(LEFT, 228, columns, rows, leading=19)
    totals = [
        ("Base imponible", price(oil + soap, "es")),
        ("Total IVA", "{*tax_amount}"),
        ("TOTAL A PAGAR", "{*total_amount}"),
    ]
    y = sheet.pairs(330, y + 14, totals, right=RIGHT, bold_last=True, leading=18)
    pay = (
        "Forma de pago: transferencia a {*payment_days} días de la fecha de la factura. Vencimiento: {*due_date}. "
        "Cuenta: {*iban}. Importe: {total_amount}. Indique el número {document_number}."
    )
    sheet.paragraph(LEFT, y + 30, 474, pay, leading=15)
    footer(sheet, [["{sender}"], ["Registro Mercantil de Jaén, T 901 F 12"]], "Página 1 de 1")
    return sheet
