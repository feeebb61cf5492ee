"""The table that the demonstration fills: one definition for all samples, as an analyst would write it."""

from pydantic import JsonValue

# Every kind and the titles that papers of this kind bear.
KINDS: dict[str, JsonValue] = {
    "invoice": ["Rechnung", "facture", "factura"],
    "credit_note": ["credit note", "Gutschrift", "avoir"],
    "reminder": ["Mahnung", "payment reminder", "relance"],
    "letter": ["confirmation letter", "Kündigungsschreiben", "lettre recommandée"],
    "form": ["claim form", "Aufnahmeantrag", "formulaire"],
    "contract": [
        "agreement",
        "services agreement",
        "Mietvertrag",
        "contrat",
        "contrat de location",
    ],
}

# key, label, type, required, instructions, aliases
_ROWS: tuple[tuple[str, str, str, bool, str, tuple[str, ...]], ...] = (
    ("document_kind", "Document kind", "category", True,
     "What sort of paper this is, judged by its title. Quote the title.",
     ("document type", "Dokumentart", "type de document")),
    ("document_number", "Document number", "text", False,
     "The number that names this very document. Not an order, customer or earlier invoice number.",
     ("invoice no.", "Rechnungsnummer", "facture n°", "n° de facture", "número", "credit note no.", "our reference",
      "claim", "Mahnung Nr.", "bail n°", "accusé de réception n°", "no.")),
    ("document_date", "Document date", "date", True,
     "The date the document bears. Not the date of an order, a delivery or a period.",
     ("invoice date", "date of issue", "Rechnungsdatum", "date de facturation", "fecha", "dated", "date", "am",
      "Antrag vom", "le")),
    ("sender", "Sender", "text", False,
     "Who issued the document: supplier, author, applicant, first party of a contract. Name only.",
     ("payee", "Empfänger der Zahlung", "créancier", "name of claimant", "Vor- und Nachname", "between", "entre")),
    ("recipient", "Recipient", "text", False,
     "Whom the document is addressed to: customer, office, second party of a contract. Name only.",
     ("bill to", "issued to", "à l'attention de", "cliente", "return to", "client")),
    ("total_amount", "Total amount", "money", False,
     "The final sum this document asks for, gives back or agrees on, tax included where it says so. "
     "Not a subtotal, a deposit or an instalment.",
     ("total due", "amount payable", "Rechnungsbetrag", "Gesamtbetrag", "Gesamtforderung", "total TTC",
      "montant à payer", "total a pagar", "amount claimed", "Jahresbeitrag", "fixed fee", "loyer annuel",
      "total fee", "total credited")),
    ("tax_amount", "Tax amount", "money", False,
     "The tax contained in or added to the total. Only if an amount is printed.",
     ("VAT", "VAT 20%", "VAT at 23%", "Umsatzsteuer", "MwSt.", "MWST", "TVA", "TVA 20 %", "total IVA", "sales tax",
      "insurance premium tax")),
    ("due_date", "Due date", "date", False,
     "The day by which something is to be paid or on which the matter takes effect.",
     ("due date", "payment due", "pay by", "zahlbar bis", "fällig am", "spätestens bis zum", "au plus tard le",
      "avant le", "vencimiento", "fristgerecht zum", "payable by")),
    ("payment_days", "Payment term in days", "number", False,
     "The number of days allowed for payment. Not a notice or guarantee period.",
     ("within days", "payment term", "innerhalb von Tagen", "binnen", "innert", "règlement à jours",
      "payment terms", "transferencia a días")),
    ("iban", "IBAN", "text", False,
     "The account that money is to be paid to or taken from, as printed.",
     ("IBAN", "Konto", "compte", "cuenta", "account")),
    ("customer_number", "Customer number", "text", False,
     "The number or code under which the sender keeps the other side: customer, account, order or membership.",
     ("customer no.", "Kundennummer", "Kundenkonto", "n° client", "référence client", "n.º de cliente", "account",
      "your account", "membership", "staff number", "Mitgliedsnummer", "commande")),
    ("signed", "Signed", "boolean", False,
     "Whether the document states, in a ticked box or a schedule, that it has been signed. "
     "A scribble alone says nothing.",
     ("form signed by the claimant", "Antrag unterschrieben", "signed by both parties", "signé par les deux parties")),
)  # fmt: skip

KEYS = [row[0] for row in _ROWS]


def definitions() -> list[dict[str, JsonValue]]:
    """The variables in the form that the project's `variables` table takes them."""
    return [
        {
            "key": key,
            "label": label,
            "type": kind,
            "instructions": instructions,
            "aliases": list(aliases),
            "categories": list(KINDS) if kind == "category" else [],
            "multiple": False,
            "required": required,
            "rules": {"synonyms": KINDS} if kind == "category" else {},
            "position": position,
        }
        for position, (key, label, kind, required, instructions, aliases) in enumerate(_ROWS, 1)
    ]
