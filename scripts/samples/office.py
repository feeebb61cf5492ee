"""Samples without pages of their own: a DOCX, HTML and text in older encodings, and a CSV.

Truth: what is read, in this order, and what never is, because no reader of the file sees it.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from itertools import chain

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_DOCX}.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_GOODS = [
    ("Item", "Quantity", "Price"),
    ("Oak board", "12", "184.20"),
    ("Hinge", "40", "62.00"),
    ("Sum", "", "246.20"),
]
_TASKS = [
    ("Owner", "What was agreed", "Due"),
    (
        "Aoife Brennan",
        "Writes to the insurer and asks for the report of the loss adjuster, with all annexes",
        "2025-07-01",
    ),
    (
        "Tomas Novak",
        "Compares both offers for the roof and tells the committee which one includes gutters",
        "2025-07-15",
    ),
]

_NOTICE = """<!DOCTYPE html>
<html lang="de"><head><meta charset="windows-1252"><title>Bescheid</title>
<style>.nur-druck { display: none } .kopf { background: #204060; color: #fff }</style>
<script>document.write("Gesamtbetrag: 9.999,00 €")</script></head>
<body><div class="kopf"><h1>Gebührenbescheid</h1></div>
<p>Aktenzeichen: GB-2025/0417</p><p class="nur-druck">Gesamtbetrag: 1,00 €</p>
<table><tr><th>Leistung</th><th>Gebühr</th></tr><tr><td>Prüfung</td><td>85,00 €</td></tr>
<tr><td>Größenzuschlag</td><td>12,50 €</td></tr></table>
<p hidden>Gesamtbetrag: 2,00 €</p><img src="https://example.com/zaehler.gif" alt="Zähler">
<p>Gesamtbetrag: 97,50 €</p><ul><li>zahlbar bis 31.08.2025</li>\
<li>ohne Abzug</li></ul></body></html>
"""
_LETTER = "إلى السيد أحمد\n\nرقم العقد 2025 117\nالمبلغ 1250 درهم\n\nمع التحية\nليلى منصور\n"
_NOTE = (
    "Réclamation n° 88 – été 2025\n\nMontant :   45,90 €\nMotif : œuvre abîmée, reçue à Besançon.\n"
)
_REVIEWS = """title;body;publication_date;author
Good;The hinge arrived on time and fits.;2025-05-02;Ada
Late;"The board came ""a week late""; the invoice was right.";2025-05-09;Séan
Again;The hinge arrived on time and fits.;2025-05-11;Bo
Nothing; ;2025-05-12;Cy
Lines;"First line.
Second line; still the same review.";2025-05;Ada
"""


def make_files() -> Iterator[tuple[str, bytes]]:
    """Every file of the folder, and beside each its truth."""
    docx = [
        "Brennan & Novak",
        "Minutes of 17 June 2025",
        "Present: Aoife Brennan",
        *_cells_of(_GOODS),
        "first point",
    ]
    yield "en_minutes.docx", _minutes_docx()
    yield (
        "en_minutes.json",
        _truth_file(
            _DOCX,
            "utf-8",
            [*docx, *_cells_of(_TASKS), "Page of the committee"],
            ["struck out", "invisible"],
        ),
    )
    read = [
        "Gebührenbescheid",
        "GB-2025/0417",
        "Leistung",
        "Gebühr",
        "Prüfung",
        "85,00 €",
        "Größenzuschlag",
        "12,50 €",
    ]
    last = ["Gesamtbetrag: 97,50 €", "zahlbar bis 31.08.2025", "ohne Abzug"]
    never = ["9.999,00", "1,00 €", " 2,00 €", "Zähler", "display"]
    yield "de_bescheid.html", _NOTICE.encode("cp1252")
    yield "de_bescheid.json", _truth_file("text/html", "cp1252", [*read, *last], never)
    yield "ar_letter.txt", _LETTER.encode("utf-16")
    yield "ar_letter.json", _truth_file("text/plain", "utf-16", _LETTER.split("\n"), [])
    yield "fr_note.txt", _NOTE.encode("cp1252")
    yield (
        "fr_note.json",
        _truth_file(
            "text/plain", "cp1252", [" ".join(line.split()) for line in _NOTE.split("\n")], []
        ),
    )
    yield "en_reviews.csv", _REVIEWS.encode("cp1252")


def _cells_of(rows: list[tuple[str, str, str]]) -> list[str]:
    return [cell for cell in chain.from_iterable(rows) if cell]


def _truth_file(media_type: str, encoding: str, read: list[str], never: list[str]) -> bytes:
    told = {
        "media_type": media_type,
        "encoding": encoding,
        "reads": [line for line in read if line],
        "never": never,
    }
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def _minutes_docx() -> bytes:
    body = "".join(
        (
            _paragraph_xml("Minutes of 17 June 2025", '<w:pStyle w:val="Heading1"/>'),
            _paragraph_xml("Present: Aoife Brennan"),
            f"<w:p><w:del><w:r><w:delText>struck out</w:delText><w:t>struck "
            f"out</w:t></w:r></w:del>{_hidden_xml()}</w:p>",
            _table_xml(_GOODS),
            _paragraph_xml(
                "first point", '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
            ),
            _table_xml(_TASKS),
        )
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS,
        "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
        "word/header1.xml": f"<w:hdr {_W}>{_paragraph_xml('Brennan &amp; Novak')}</w:hdr>",
        "word/footer1.xml": f"<w:ftr {_W}>{_paragraph_xml('Page of the committee')}</w:ftr>",
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as file:
        for name, content in parts.items():
            # A date of its own would give every run other bytes.
            file.writestr(
                zipfile.ZipInfo(name), f'<?xml version="1.0" encoding="UTF-8"?>\n{content}'
            )
    return made.getvalue()


def _paragraph_xml(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def _hidden_xml() -> str:
    return "<w:r><w:rPr><w:vanish/></w:rPr><w:t>invisible</w:t></w:r>"


def _table_xml(rows: list[tuple[str, str, str]]) -> str:
    return f"<w:tbl>{''.join(map(_row_xml, rows))}</w:tbl>"


def _row_xml(row: tuple[str, str, str]) -> str:
    cells = "".join(f"<w:tc>{_paragraph_xml(cell)}</w:tc>" for cell in row)
    return f"<w:tr>{cells}</w:tr>"
