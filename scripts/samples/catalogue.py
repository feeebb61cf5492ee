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
from scripts.samples.truth import Sample, describe_fields

_DRAWN: tuple[tuple[str, str, Callable[[], Sheet]], ...] = (
    ("en_invoice_joinery", "en", invoices_en.workshop_invoice),
    ("en_invoice_consulting", "en", invoices_en.consulting_invoice),
    ("en_credit_note", "en", invoices_en.credit_note),
    ("de_rechnung_dachdecker", "de", invoices_de.craft_invoice),
    ("de_rechnung_grosshandel", "de", invoices_de.wholesale_invoice),
    ("de_mahnung", "de", bills_de.second_reminder),
    ("fr_facture_traduction", "fr", invoices_fr_es.translator_invoice),
    ("fr_facture_energie", "fr", invoices_fr_es.power_bill),
    ("es_factura_aceite", "es", invoices_fr_es.olive_press_invoice),
    ("en_letter_insurance", "en", letters.cover_letter),
    ("de_brief_kuendigung", "de", letters.notice_letter),
    ("fr_lettre_reclamation", "fr", letters.complaint_letter),
    ("en_form_expenses", "en", forms.expense_claim),
    ("de_antrag_verein", "de", forms.membership_application),
    ("en_contract_services", "en", contracts.services_agreement),
    ("fr_bail_atelier", "fr", contracts.workshop_lease),
)


def make_samples() -> Iterator[Sample]:
    """All samples: the drawn ones, one scan, one broken file."""
    for name, language, draw in _DRAWN:
        yield _drawn(name, language, draw)
    yield _scanned("de_scan_rechnung")
    yield _broken("en_broken_invoice")


def make_files() -> Iterator[tuple[str, bytes]]:
    """Every file of the folder: a PDF and its truth for each sample, and the table definition."""
    for sample in make_samples():
        yield f"{sample.name}.pdf", sample.pdf
        yield f"{sample.name}.json", _pretty(sample.as_json())
    yield "variables.json", _pretty({"variables": list(variables.define_variables())})


def _drawn(name: str, language: str, draw: Callable[[], Sheet]) -> Sample:
    sheet = draw()
    kind = str(sheet.facts["document_kind"].value)
    pdf = sheet.finish()
    fields = describe_fields(pdf, sheet.facts, sheet.marks, variables.KEYS)
    return Sample(name, language, kind, pdf, fields)


def _scanned(name: str) -> Sample:
    behind = _drawn(name, "de", bills_de.swiss_bill)
    pdf, matrix = scan.scan_page(behind.pdf)
    fields = {key: scan.move_box(field, matrix) for key, field in behind.fields.items()}
    return Sample(name, "de", behind.kind, pdf, fields, image_only=True)


def _broken(name: str) -> Sample:
    whole = _drawn(name, "en", invoices_en.workshop_invoice)
    nothing = describe_fields(whole.pdf, {}, [], variables.KEYS)
    return Sample(name, "en", whole.kind, scan.truncate_file(whole.pdf), nothing, ready=False)


def _pretty(value: JsonValue) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
