"""Letters: a confirmation of cover in English, a notice in German, a complaint in French."""

from scripts.samples.facts import day_fact, format_long_date, format_price, money_fact, text_fact
from scripts.samples.letterhead import LEFT, RIGHT, draw_banner, draw_footer, draw_signature
from scripts.samples.sheet import Fact, Facts, Sheet


def cover_letter() -> Sheet:
    """An insurer confirms cover on two pages: the premium among other sums."""
    facts: Facts = {
        "document_kind": Fact("Confirmation letter", "letter"),
        "document_number": text_fact("NM/HH/55201-7"),
        "document_date": day_fact("2025-08-19", "en"),
        "due_date": day_fact("2025-09-01", "en"),
        "sender": text_fact("Northmoor Mutual Insurance"),
        "recipient": text_fact("Mrs Siân O'Rourke"),
        "customer_number": text_fact("4471 903"),
        "total_amount": money_fact(612.48, "uk"),
        "tax_amount": money_fact(65.62, "uk"),
    }

    def frame(sheet: Sheet) -> None:
        star = "*" if sheet.page == 1 else ""
        contact = ["Tanner Row 1, York YO1 6JT", "claims 01904 555 0170"]
        draw_banner(sheet, "{" + star + "sender}", "Owned by those we insure", contact)
        small = ["{sender} is authorised and regulated.", "Policy {document_number}"]
        draw_footer(sheet, [small], f"Page {sheet.page} of 2")

    sheet = Sheet(facts, "serif", frame=frame)
    home = ["{*recipient}", "3 Chapel Steps", "Whitby YO22 4EA"]
    sheet.draw_lines(LEFT, 110, home, size=11)
    sheet.draw_text(RIGHT, 180, "{*document_date}", size=11, align="right")
    refs = [("Our reference", "{*document_number}"), ("Membership", "{*customer_number}")]
    sheet.draw_pairs(LEFT, 196, refs, gap=90, size=10.5)
    sheet.draw_text(LEFT, 246, "{*document_kind}: your household policy", size=12, bold=True)
    y = 274.0
    for paragraph in (
        "Dear Mrs O'Rourke, thank you for renewing with us for the seventh year. We are glad to "
        "confirm "
        "that your policy {document_number} runs for a further twelve months from 1 September "
        "2025.",
        "Your buildings are covered up to £480,000.00 and your contents up to £65,000.00, with an "
        "excess of "
        "£250.00 a claim. Last year you paid £598.10.",
        "This year's premium is {*total_amount}, which includes insurance premium tax of "
        "{*tax_amount}. "
        "We shall collect {total_amount} from your account on or shortly after {*due_date}.",
        "If you would rather spread the cost, eleven payments of £56.14 can be arranged until "
        "{due_date}. "
        "You may cancel within 14 days of receiving this letter and owe nothing.",
    ):
        y = sheet.draw_paragraph(LEFT, y, 478, paragraph, size=11, leading=16) + 8
    sheet.begin_page()
    sheet.draw_text(LEFT, 104, "What happens next", size=12, bold=True)
    more = (
        "Keep this letter of {document_date} with your policy papers. Should you move, tell us at "
        "least ten days "
        "before. We will write again in July 2026 with terms for the year after."
    )
    y = sheet.draw_paragraph(LEFT, 126, 478, more, size=11, leading=16)
    sheet.draw_text(LEFT, y + 14, "Yours sincerely", size=11)
    draw_signature(sheet, LEFT, y + 66, ["Howard Penhale, Member Services", "{sender}"], inked=True)
    return sheet


def notice_letter() -> Sheet:
    """A tenant gives notice; moving out, meter reading and deposit are other dates and sums."""
    facts: Facts = {
        "document_kind": Fact("Kündigungsschreiben", "letter"),
        "document_date": day_fact("2025-06-27", "de"),
        "due_date": day_fact("2025-09-30", "de"),
        "sender": text_fact("Jürgen Öztürk"),
        "recipient": text_fact("Hausverwaltung Seeblick GbR"),
        "customer_number": text_fact("WE 14-03"),
        "total_amount": money_fact(2340, "de"),
        "iban": text_fact("AT61 1904 3002 3457 3201"),
    }
    sheet = Sheet(facts, "vera")
    own = ["{*sender}", "Uferweg 14, Tür 3", "6900 Bregenz", "Telefon 0664 555 0133"]
    sheet.draw_lines(380, 70, own, size=9)
    sheet.draw_lines(LEFT, 148, ["{*recipient}", "Rathausplatz 6", "6850 Dornbirn"], size=10)
    sheet.draw_text(RIGHT, 224, "Bregenz, am {*document_date}", size=9.5, align="right")
    sheet.draw_text(
        LEFT, 256, "{*document_kind} für die Wohnung {*customer_number}", size=11, bold=True
    )
    y = 284.0
    for paragraph in (
        "Sehr geehrte Frau Hämmerle, hiermit kündige ich den Mietvertrag vom 1. Oktober 2019 über "
        "die Wohnung "
        "{customer_number} fristgerecht zum {*due_date}. Ich werde voraussichtlich schon am 20. "
        "September 2025 "
        "ausziehen und schlage die Übergabe in der Woche danach vor.",
        "Die bei Einzug hinterlegte Kaution in Höhe von {*total_amount} überweisen Sie bitte auf "
        "mein Konto {*iban}. "
        "Die letzte Miete von 780,00 € habe ich bereits am 2. Juni 2025 gezahlt.",
        "Bitte bestätigen Sie mir den Eingang dieses Schreibens und das Ende des "
        "Mietverhältnisses am {due_date} "
        "bis zum 11. Juli 2025 schriftlich.",
    ):
        y = sheet.draw_paragraph(LEFT, y, 478, paragraph, size=10, leading=16) + 8
    sheet.draw_text(LEFT, y + 10, "Mit freundlichen Grüßen", size=10)
    draw_signature(sheet, LEFT, y + 62, ["{sender}"], inked=True)
    return sheet


def complaint_letter() -> Sheet:
    """A registered letter: what is asked back, next to what was paid and what was offered."""
    facts: Facts = {
        "document_kind": Fact("Lettre recommandée", "letter"),
        "document_number": text_fact("1A 204 557 8813 6"),
        "document_date": day_fact("2025-12-01", "fr"),
        "due_date": day_fact("2025-12-22", "fr"),
        "sender": text_fact("Cécile Béranger"),
        "recipient": text_fact("Meubles Garçon & Cie"),
        "customer_number": text_fact("CMD-88412"),
        "total_amount": money_fact(1349, "fr"),
    }
    sheet = Sheet(facts)
    own = ["{*sender}", "17, impasse du Lavoir", "69005 Lyon"]
    sheet.draw_lines(LEFT, 70, own, size=10)
    sheet.draw_lines(
        340, 128, ["{*recipient}", "Service après-vente", "Zone de l'Étang", "71000 Mâcon"], size=10
    )
    sheet.draw_text(
        LEFT, 214, "{*document_kind} avec accusé de réception n° {*document_number}", bold=True
    )
    sheet.draw_text(RIGHT, 240, "Lyon, le {*document_date}", size=10, align="right")
    sheet.draw_text(
        LEFT, 268, "Objet : commande {*customer_number}, remboursement", size=10.5, bold=True
    )
    y = 294.0
    asked = "{*total_amount}"
    paid = format_price(1408.9, "fr")
    offer = format_price(150, "fr")
    for paragraph in (
        f"Madame, Monsieur, le {format_long_date('2025-10-14', 'fr')} j'ai acheté chez vous un "
        "canapé (commande "
        f"{{customer_number}}) pour {paid}, livraison de {format_price(59.9, 'fr')} comprise. Il "
        "m'a été livré le "
        f"{format_long_date('2025-11-06', 'fr')} avec un pied cassé et un tissu déchiré.",
        f"Malgré deux appels, vous ne m'avez proposé qu'un avoir de {offer}. Je le refuse et vous "
        "demande de me "
        f"rembourser le prix du meuble, soit {asked}, et de le reprendre à vos frais.",
        "À défaut de paiement de {total_amount} au plus tard le {*due_date}, je saisirai le "
        "médiateur de la "
        "consommation, puis le tribunal judiciaire de Lyon.",
        "Dans l'attente de votre réponse avant le {due_date}, je vous prie d'agréer, Madame, "
        "Monsieur, "
        "l'expression de mes salutations distinguées.",
    ):
        y = sheet.draw_paragraph(LEFT, y, 478, paragraph, size=10.5, leading=15.5) + 8
    draw_signature(sheet, 340, y + 60, ["{sender}"], inked=True)
    sheet.draw_text(LEFT, y + 110, "P.-J. : bon de livraison, quatre photographies", size=9)
    return sheet
