"""Which samples there are, and how each becomes bytes and truth."""

import json
from collections.abc import Callable, Iterator

from pydantic import JsonValue

from scripts.samples import (
    bills_de,
    contracts,
    forms,
    invoices_de,
    invoices_en,
    invoices_fr_es,
    letters,
    scan,
    variables,
)
from scripts.samples.sheet import Sheet
from scripts.samples.truth import Sample, describe

_DRAWN: tuple[tuple[str, str, Callable[[], Sheet]], ...] = (
    ("en_invoice_joinery", "en", invoices_en.workshop),
    ("en_invoice_consulting", "en", invoices_en.consulting),
    ("en_credit_note", "en", invoices_en.credit_note),
    ("de_rechnung_dachdecker", "de", invoices_de.craft),
    ("de_rechnung_grosshandel", "de", invoices_de.wholesale),
    ("de_mahnung", "de", bills_de.reminder),
    ("fr_facture_traduction", "fr", invoices_fr_es.translator),
    ("fr_facture_energie", "fr", invoices_fr_es.power),
    ("es_factura_aceite", "es", invoices_fr_es.olives),
    ("en_letter_insurance", "en", letters.cover),
    ("de_brief_kuendigung", "de", letters.notice),
    ("fr_lettre_reclamation", "fr", letters.complaint),
    ("en_form_expenses", "en", forms.expenses),
    ("de_antrag_verein", "de", forms.membership),
    ("en_contract_services", "en", contracts.services),
    ("fr_bail_atelier", "fr", contracts.lease),
)


def samples() -> Iterator[Sample]:
    """All samples: the drawn ones, one scan, one broken file."""
    for name, language, draw in _DRAWN:
        yield _drawn(name, language, draw)
    yield _scanned("de_scan_rechnung")
    yield _broken("en_broken_invoice")


def files() -> Iterator[tuple[str, bytes]]:
    """Every file of the folder: a PDF and its truth for each sample, and the table definition."""
    for sample in samples():
        yield f"{sample.name}.pdf", sample.pdf
        yield f"{sample.name}.json", _pretty(sample.as_json())
    yield "variables.json", _pretty({"variables": list(variables.definitions())})


def _drawn(name: str, language: str, draw: Callable[[], Sheet]) -> Sample:
    sheet = draw()
    kind = str(sheet.facts["document_kind"].value)
    pdf = sheet.pdf()
    fields = describe(pdf, sheet.facts, sheet.marks, variables.KEYS)
    return Sample(name, language, kind, pdf, fields)


def _scanned(name: str) -> Sample:
    behind = _drawn(name, "de", bills_de.swiss)
    pdf, matrix = scan.scan(behind.pdf)
    fields = {key: scan.moved(field, matrix) for key, field in behind.fields.items()}
    return Sample(name, "de", behind.kind, pdf, fields, image_only=True)


def _broken(name: str) -> Sample:
    whole = _drawn(name, "en", invoices_en.workshop)
    nothing = describe(whole.pdf, {}, [], variables.KEYS)
    return Sample(name, "en", whole.kind, scan.truncate(whole.pdf), nothing, ready=False)


def _pretty(value: JsonValue) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
