"""The table that the demonstration fills: one definition for all samples, by an analyst."""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Column:
    """A variable; `aliases` are the labels that papers print for it."""

    key: str
    label: str
    type: str
    instructions: str
    aliases: tuple[str, ...]
    required: bool = False


COLUMNS = (
    Column(
        key="document_kind",
        label="Document kind",
        type="category",
        instructions="What sort of paper this is, judged by its title. Quote the title.",
        aliases=(
            "document type",
            "Dokumentart",
            "type de document",
        ),
        required=True,
    ),
    Column(
        key="document_number",
        label="Document number",
        type="text",
        instructions=(
            "The number that names this very document. Not an order, customer or earlier "
            "invoice number."
        ),
        aliases=(
            "invoice no.",
            "Rechnungsnummer",
            "facture n°",
            "n° de facture",
            "número",
            "credit note no.",
            "our reference",
            "claim",
            "Mahnung Nr.",
            "bail n°",
            "accusé de réception n°",
            "no.",
        ),
    ),
    Column(
        key="document_date",
        label="Document date",
        type="date",
        instructions=(
            "The date the document bears. Not the date of an order, a delivery or a period."
        ),
        aliases=(
            "invoice date",
            "date of issue",
            "Rechnungsdatum",
            "date de facturation",
            "fecha",
            "dated",
            "date",
            "am",
            "Antrag vom",
            "le",
        ),
        required=True,
    ),
    Column(
        key="sender",
        label="Sender",
        type="text",
        instructions=(
            "Who issued the document: supplier, author, applicant, first party of a contract. "
            "Name only."
        ),
        aliases=(
            "payee",
            "Empfänger der Zahlung",
            "créancier",
            "name of claimant",
            "Vor- und Nachname",
            "between",
            "entre",
        ),
    ),
    Column(
        key="recipient",
        label="Recipient",
        type="text",
        instructions=(
            "Whom the document is addressed to: customer, office, second party of a contract. "
            "Name only."
        ),
        aliases=(
            "bill to",
            "issued to",
            "à l'attention de",
            "cliente",
            "return to",
            "client",
        ),
    ),
    Column(
        key="total_amount",
        label="Total amount",
        type="money",
        instructions=(
            "The final sum this document asks for, gives back or agrees on, tax included "
            "where it says so. Not a subtotal, a deposit or an instalment."
        ),
        aliases=(
            "total due",
            "amount payable",
            "Rechnungsbetrag",
            "Gesamtbetrag",
            "Gesamtforderung",
            "total TTC",
            "montant à payer",
            "total a pagar",
            "amount claimed",
            "Jahresbeitrag",
            "fixed fee",
            "loyer annuel",
            "total fee",
            "total credited",
        ),
    ),
    Column(
        key="tax_amount",
        label="Tax amount",
        type="money",
        instructions="The tax contained in or added to the total. Only if an amount is printed.",
        aliases=(
            "VAT",
            "VAT 20%",
            "VAT at 23%",
            "Umsatzsteuer",
            "MwSt.",
            "MWST",
            "TVA",
            "TVA 20 %",
            "total IVA",
            "sales tax",
            "insurance premium tax",
        ),
    ),
    Column(
        key="due_date",
        label="Due date",
        type="date",
        instructions=(
            "The day by which something is to be paid or on which the matter takes effect."
        ),
        aliases=(
            "due date",
            "payment due",
            "pay by",
            "zahlbar bis",
            "fällig am",
            "spätestens bis zum",
            "au plus tard le",
            "avant le",
            "vencimiento",
            "fristgerecht zum",
            "payable by",
        ),
    ),
    Column(
        key="payment_days",
        label="Payment term in days",
        type="number",
        instructions="The number of days allowed for payment. Not a notice or guarantee period.",
        aliases=(
            "within days",
            "payment term",
            "innerhalb von Tagen",
            "binnen",
            "innert",
            "règlement à jours",
            "payment terms",
            "transferencia a días",
        ),
    ),
    Column(
        key="iban",
        label="IBAN",
        type="text",
        instructions="The account that money is to be paid to or taken from, as printed.",
        aliases=(
            "IBAN",
            "Konto",
            "compte",
            "cuenta",
            "account",
        ),
    ),
    Column(
        key="customer_number",
        label="Customer number",
        type="text",
        instructions=(
            "The number or code under which the sender keeps the other side: customer, "
            "account, order or membership."
        ),
        aliases=(
            "customer no.",
            "Kundennummer",
            "Kundenkonto",
            "n° client",
            "référence client",
            "n.º de cliente",
            "account",
            "your account",
            "membership",
            "staff number",
            "Mitgliedsnummer",
            "commande",
        ),
    ),
    Column(
        key="signed",
        label="Signed",
        type="boolean",
        instructions=(
            "Whether the document states, in a ticked box or a schedule, that it has been "
            "signed. A scribble alone says nothing."
        ),
        aliases=(
            "form signed by the claimant",
            "Antrag unterschrieben",
            "signed by both parties",
            "signé par les deux parties",
        ),
    ),
)

KEYS = [column.key for column in COLUMNS]


def define_variables() -> list[dict[str, JsonValue]]:
    """The variables in the form that the project's `variables` table takes them."""
    return [_definition(column, position) for position, column in enumerate(COLUMNS, 1)]


def _definition(column: Column, position: int) -> dict[str, JsonValue]:
    is_category = column.type == "category"
    return {
        "key": column.key,
        "label": column.label,
        "type": column.type,
        "instructions": column.instructions,
        "aliases": list(column.aliases),
        "categories": list(KINDS) if is_category else [],
        "multiple": False,
        "required": column.required,
        "rules": {"synonyms": KINDS} if is_category else {},
        "position": position,
    }
