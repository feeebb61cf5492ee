"""Contracts in two columns: an English one for services, a French lease."""

from scripts.samples.facts import count_fact, day_fact, format_price, money_fact, text_fact
from scripts.samples.letterhead import LEFT, draw_footer, draw_signature
from scripts.samples.sheet import Column, Fact, Facts, Sheet

# A clause is `title | body`, clauses stand apart by an empty line.
_SERVICES = """
1. Subject | The Supplier shall design and build four interactive exhibits on the history of the
packet ships, as set out in the Client's brief of 4 November 2024, and shall train the Client's
staff in their use.

2. Term | This agreement begins on 1 February 2025 and ends on 31 October 2025. It may be
extended once by up to 45 days if both parties agree in writing before that date.

3. Fee | The Client shall pay a fixed fee of {*total_amount}, exclusive of value added tax. A
first part of £12,000.00 is payable by {*due_date}; the rest follows in three parts of
£12,000.00 each upon acceptance of an exhibit.

4. Payment | Invoices are payable within {*payment_days} days of receipt to the account {*iban}.
Overdue sums bear interest at 4 % a year above the base rate. The Client may hold back up to 5 %
for 30 days where a defect has been notified.

5. Changes | No change to the subject is binding unless signed by both parties. The Supplier
shall answer a request within 10 working days and state its effect on fee and dates.

6. Rights | On payment of {total_amount} in full all rights in the exhibits pass to {recipient}.
The Supplier keeps its tools and general know-how.

7. Confidence | Each party shall keep secret what it learns of the other's affairs for a period
of three years from {document_date}.

8. Liability | Neither party is liable for more than £100,000.00 in all, save for injury or
fraud. The Supplier shall insure itself for not less than £2,000,000.00.

9. Ending early | Either party may end this agreement on 60 days' notice, or at once where the
other is in grave breach and has not put it right within 15 days of being asked to.

10. Law | The law of England and Wales applies. The courts of Truro decide.
"""

_LEASE = """
Article 1 – Objet | Le bailleur loue au preneur un atelier de 210 m² situé 6, chemin des Forges
à Thiers, avec une cour de 90 m². L'état des lieux sera dressé le 28 mars 2025.

Article 2 – Durée | Le bail est conclu pour neuf ans à compter du 1er avril 2025. Le preneur
peut y mettre fin tous les trois ans, avec un préavis de six mois.

Article 3 – Loyer | Le loyer annuel s'élève à {*total_amount} toutes taxes comprises, dont
{*tax_amount} de TVA, payable en douze termes de 1\u00a0180,00\u00a0€. Le premier terme est dû
le {*due_date}.

Article 4 – Paiement | Chaque terme est payé dans les {*payment_days} jours de l'appel sur le
compte {*iban}. Passé ce délai, une majoration de 10 % est due.

Article 5 – Dépôt | Un dépôt de garantie de 3\u00a0540,00\u00a0€ est versé à la signature et
rendu dans les deux mois suivant la remise des clés.

Article 6 – Charges | Les charges sont estimées à 95,00\u00a0€ par mois et réglées avec le
loyer. Elles sont ajustées chaque 31 décembre.

Article 7 – Entretien | Le preneur entretient les lieux ; les grosses réparations de l'article
606 restent au bailleur. Le loyer de {total_amount} est révisé tous les ans.
"""


def _draw_columns(sheet: Sheet, clauses: str, top: float, bottom: float) -> None:
    """Two columns of clauses; the right one begins with the first clause below `bottom`."""
    x = LEFT
    y = top
    for clause in clauses.strip().split("\n\n"):
        title, body = clause.split(" | ")
        if y > bottom and x == LEFT:
            x = LEFT + 254
            y = top
        sheet.draw_text(x, y, title, size=9.5, bold=True)
        y = sheet.draw_paragraph(x, y + 14, 230, body, size=9.5, leading=13) + 10


def services_agreement() -> Sheet:
    """An English contract, two columns on two pages, fee and date repeated in a schedule."""
    facts: Facts = {
        "document_kind": Fact("SERVICES AGREEMENT", "contract"),
        "document_number": text_fact("SA-1187"),
        "document_date": day_fact("2025-01-15", "en"),
        "due_date": day_fact("2025-02-28", "en"),
        "payment_days": count_fact(45),
        "sender": text_fact("Quillfeather Studios Limited"),
        "recipient": text_fact("The Harbour Museum Trust"),
        "total_amount": money_fact(48000, "uk"),
        "iban": text_fact("GB33 BUKB 2020 1555 5555 55"),
        "signed": Fact("Yes", True),
    }

    def frame(sheet: Sheet) -> None:
        sheet.draw_text(LEFT, 40, "Agreement {document_number}", size=8, grey=0.3)
        draw_footer(sheet, [["{sender} / {recipient}"]], f"Page {sheet.page} of 2")

    sheet = Sheet(facts, "serif", frame=frame)
    sheet.draw_text(298, 78, "{*document_kind}", size=16, bold=True, align="center")
    sheet.draw_text(
        298, 96, "No. {*document_number}, dated {*document_date}", size=10, align="center"
    )
    parties = (
        "Between {*sender}, of 2 Slip Lane, Falmouth (the Supplier), and {*recipient}, of Custom "
        "House Quay, "
        "Falmouth (the Client)."
    )
    sheet.draw_paragraph(LEFT, 122, 484, parties, size=10.5)
    _draw_columns(sheet, _SERVICES, 172, 420)
    sheet.begin_page()
    sheet.draw_text(LEFT, 84, "Schedule", size=12, bold=True)
    parts = [[f"Exhibit {n}", "upon acceptance", format_price(12000, "uk")] for n in (1, 2, 3)]
    first = ["Upon signing", "{due_date}", format_price(12000, "uk")]
    titles: list[Column] = [("Part", 180, "left"), ("Payable", 170, "left"), ("Sum", 130, "right")]
    y = sheet.draw_table(LEFT, 116, titles, [first, *parts], size=10, leading=19)
    rows = [
        ("Total fee", "{total_amount}"),
        ("Payment term", "{payment_days} days"),
        ("Signed by both parties", "{*signed}"),
    ]
    sheet.draw_pairs(LEFT, y + 20, rows, gap=150, size=10, leading=17)
    draw_signature(sheet, LEFT, 380, ["Imogen Tallis, director", "{sender}"], inked=True)
    draw_signature(sheet, 330, 380, ["Prof. Amit Raman, chair", "{recipient}"], inked=True)
    return sheet


def workshop_lease() -> Sheet:
    """A French lease of a workshop: rent, deposit and charges side by side, not yet signed."""
    facts: Facts = {
        "document_kind": Fact("CONTRAT DE LOCATION", "contract"),
        "document_number": text_fact("B-2025-31"),
        "document_date": day_fact("2025-03-21", "fr"),
        "due_date": day_fact("2025-04-15", "fr"),
        "payment_days": count_fact(10),
        "sender": text_fact("SCI Les Tilleuls"),
        "recipient": text_fact("Forge & Fils SARL"),
        "total_amount": money_fact(14160, "fr"),
        "tax_amount": money_fact(2360, "fr"),
        "iban": text_fact("FR76 1234 5123 4512 3456 7890 146"),
        "signed": Fact("Non", False),
    }
    sheet = Sheet(
        facts,
        frame=lambda s: draw_footer(s, [["Bail {document_number}"], ["{sender}"]], "page 1 sur 1"),
    )
    sheet.draw_text(298, 66, "{*document_kind}", size=15, bold=True, align="center")
    sheet.draw_text(
        298, 84, "Bail n° {*document_number} du {*document_date}", size=10, align="center"
    )
    sheet.draw_paragraph(
        LEFT,
        112,
        484,
        "Entre {*sender}, bailleur, et {*recipient}, preneur, il est convenu ce qui suit :",
        size=10,
    )
    _draw_columns(sheet, _LEASE, 148, 330)
    rows = [("Signé par les deux parties", "{*signed}"), ("Premier terme", "{due_date}")]
    sheet.draw_pairs(LEFT, 500, rows, gap=140, size=9.5, leading=16)
    draw_signature(sheet, LEFT, 610, ["Le bailleur : {sender}"], inked=False)
    draw_signature(sheet, 330, 610, ["Le preneur : {recipient}"], inked=False)
    return sheet
