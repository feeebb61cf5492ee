"""What business papers call things, in English, German, French and Spanish. One paragraph a concept."""

import re
from collections.abc import Iterable
from functools import cache

from service.extraction.values.characters import loose

Phrase = tuple[str, ...]

_CONCEPTS = """
invoice number | invoice no | invoice id | rechnungsnummer | rechnungs nr | rechnung nr |
  rechnung nummer | handelsrechnung nr | beleg nr | numero de facture | n de facture | facture n |
  numero de factura | factura n | n de factura | rechnungsnr
invoice date | issue date | date of issue | rechnungsdatum | date de facture |
  date de facturation | date d emission | fecha de factura | fecha de emision
due date | payment due | pay by | fallig am | falligkeit | falligkeitsdatum | zahlbar bis |
  date d echeance | echeance | vencimiento | fecha de vencimiento
delivery date | lieferdatum | leistungsdatum | liefer und leistungsdatum |
  liefer bzw leistungsdatum | date de livraison | fecha de entrega
order number | order no | purchase order | buyer order ref | po number | bestellnummer |
  bestellung | auftragsnummer | numero de commande | n de commande | commande | numero de pedido |
  votre reference | your order | order | bestell nr | my order | meine bestellung | ma commande |
  mi pedido | pedido
customer number | customer no | customer id | client number | kundennummer | kunden nr |
  numero client | numero de client | n client | numero de cliente | n o de cliente |
  my customer number | meine kundennummer | debitorennummer
account number | account no | vertragskonto | kontonummer | numero de compte | numero de cuenta |
  contrato | compte client
subtotal | net total | net amount | tax basis total | zwischensumme | nettobetrag | summe netto |
  warenwert netto | rechnungssumme ohne ust | rechnungssumme netto | sous total | total ht |
  base imponible
tax | tax amount | tax total | vat | vat amount | sales tax | mwst | umsatzsteuer | ust gesamt |
  steuerbetrag | mehrwertsteuer | tva | total tva | total taxes | iva | total iva | steuer gesamt
total | grand total | total amount | total due | invoice total | gesamtbetrag | bruttosumme |
  rechnungsbetrag | rechnungssumme brutto | rechnungsendbetrag | gesamtsumme | summe gesamt |
  bruttobetrag | total ttc | total a payer | montant total | total a pagar | importe total
amount due | due payable | amount payable | balance due | zahlbetrag | zu zahlen | offener betrag |
  montant du | montant a payer | net a payer | importe a pagar | a pagar
iban | iban nr | verkaufer iban
bic | swift | bic swift | verkaufer bic
currency | invoice currency | wahrung | devise | moneda
vat id | vat number | vat registration number | vat no | seller vat id | ust id nr | ust idnr |
  ust id | umsatzsteuer id | n tva | tva intracommunautaire | nif | cif
customer name | client name | buyer name | name | bill to | billed to | customer | client |
  rechnung an | kunde | nom | facture a | nombre | facturar a | cliente
buyer name | buyer | bill to | billed to | kaufer | kaufer leistungsempfanger |
  rechnungsempfanger | acheteur | rechnung an | facture a | facturar a
number | nummer | globale nummer | numero | gln | herr | herrn | frau | monsieur | madame
address | anschrift | adresse | direccion | postal address
phone | telephone | telephone number | phone number | telefon | tel | telefono
email | e mail | email address | courriel | correo | correo electronico | mail
case reference | case number | reference number | vorgangsnummer | aktenzeichen |
  reference dossier | referencia del caso | numero de dossier
serial number | serial no | seriennummer | numero de serie | n de serie
request date | application date | date | datum | fecha | antrag vom
refund amount | refund | a refund of | erstattungsbetrag | erstattung von |
  montant du remboursement | le remboursement de | importe a devolver | reembolso de
report number | report no | berichtsnummer | numero de rapport
visit date | date of visit | besuchsdatum | date de visite
next visit | next visit date | nachster besuch | prochaine visite
billing period | period | zeitraum | abrechnungszeitraum | periode | periodo
vendor | supplier | seller | seller name | lieferant | verkaufer | fournisseur | vendeur |
  proveedor | company name
"""


def tokens(text: str) -> Phrase:
    """The words of a text for comparison: no case, no accents, no punctuation."""
    return tuple(re.findall(r"\w+", loose(text.replace("_", " "))))


# Words between a label and its value that say nothing.
FILLERS = frozenset(tokens("is are lautet ist est es von of de du le la the nr no n number nummer at zu a"))
# A title that the number of the paper follows.
TITLES = frozenset({("rechnung",), ("invoice",), ("facture",), ("avoir",), ("factura",), ("credit", "note")})
# Between an invoice's number and its date.
OF = frozenset(tokens("vom von du of dated del de"))


def phrases(names: Iterable[str]) -> frozenset[Phrase]:
    """The names and everything else that their concepts are called."""
    own = frozenset(name for name in map(tokens, names) if name)
    return own.union(*(concept for concept in _concepts() if concept & own))


def known() -> frozenset[Phrase]:
    """Every phrase of the table: what is not a value where it stands alone."""
    return frozenset().union(*_concepts())


@cache
def _concepts() -> list[frozenset[Phrase]]:
    lines = re.split(r"\n(?! )", _CONCEPTS.strip())
    return [frozenset(map(tokens, line.split("|"))) for line in lines]
