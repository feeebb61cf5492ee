"""Text, HTML and DOCX become pages: in reading order, in any encoding, without what nobody sees."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scripts.samples import OFFICE_SAMPLES, office
from scripts.samples import __main__ as command
from service.parsing import sniff
from service.parsing.models import Parsed, Unreadable
from service.parsing.parse import parse_bytes

SAMPLES = sorted(
    path
    for path in OFFICE_SAMPLES.iterdir()
    if path.with_suffix(".json").exists() and path.suffix != ".json"
)
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def text_of(parsed: Parsed) -> str:
    return "\n".join(page.text for page in parsed.pages)


def read(content: str | bytes, media_type: str = sniff.HTML) -> str:
    return text_of(
        parse_bytes(content if isinstance(content, bytes) else content.encode(), media_type)
    )


def docx(body: str, **parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
        )
        for name, content in parts.items():
            file.writestr(f"word/{name}.xml", content)
    return made.getvalue()


def test_samples__of_office_files_are_as_made() -> None:
    assert command.find_differences(OFFICE_SAMPLES, office.make_files) == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_sample__is_read_in_order_and_nothing_hidden_is(path: Path) -> None:
    """E-DOC-01, E-DOC-05: golden text; Windows-1252, UTF-16 and Arabic are among the files."""
    truth: dict[str, Any] = json.loads(path.with_suffix(".json").read_text())
    data = path.read_bytes()
    assert sniff.media_type(data[:8192], data[-65536:]) == truth["media_type"]
    parsed = parse_bytes(data, truth["media_type"])
    text, at = text_of(parsed), 0
    for line in truth["reads"]:
        at = text.index(line, at) + len(line)
    assert [line for line in truth["never"] if line in text] == []
    assert parsed.unread_pages == []
    assert sum(len(page.words) for page in parsed.pages) >= len(truth["reads"])


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_sample__words_stand_where_the_page_says(path: Path) -> None:
    """E-DOC-07: page, zones and words hold the same text, so a quote has a box on an A4 page."""
    truth = json.loads(path.with_suffix(".json").read_text())
    parsed = parse_bytes(path.read_bytes(), truth["media_type"])
    for page in parsed.pages:
        assert (page.width, page.height) == (595, 842)
        assert page.text == "\n".join(
            zone.text for zone in parsed.zones if zone.page == page.number
        )
        assert "".join(page.text.split()) == "".join(
            word.text.replace(" ", "") for word in page.words
        )
        for word in page.words:
            x0, y0, x1, y1 = word.box
            assert 0 <= x0 < x1 <= page.width
            assert 0 <= y0 < y1 <= page.height


def test_text__keeps_pages_columns_and_every_line() -> None:
    """E-DOC-01: plain text is set line by line; a form feed begins a page."""
    parsed = parse_bytes(
        b"Item          Qty    Price\nApple           2     3.00\n\x0cNext page\n", sniff.TEXT
    )
    assert [page.text for page in parsed.pages] == ["Item  Qty  Price\nApple  2  3.00", "Next page"]


def test_text__a_long_one_loses_nothing() -> None:
    """E-DOC-01: thousands of lines over many pages."""
    lines = [f"Line {number} of the report" for number in range(3000)]
    parsed = parse_bytes("\n".join(lines).encode(), sniff.TEXT)
    assert len(parsed.pages) > 40
    assert text_of(parsed).split("\n") == lines


@pytest.mark.parametrize("content", [b" ", b"\n\n", b"\xef\xbb\xbf"])
def test_text__without_letters_says_so(content: bytes) -> None:
    """E-DOC-04: no text is never a silent READY."""
    parsed = parse_bytes(content, sniff.TEXT)
    assert (parsed.unread_pages, parsed.flags) == ([1], ("no_text_layer",))


def test_text__bytes_that_are_none_are_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        parse_bytes(b"\x00\x01\x02\xff" * 50, sniff.TEXT)
    assert refused.value.code == "not_text"


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>document.write('HIDDEN')</script>",
        "<p hidden>HIDDEN</p>",
        "<p style='display: none'>HIDDEN</p>",
        "<p style='visibility:hidden'>HIDDEN</p>",
        "<p style='font-size:0'>HIDDEN</p>",
        "<p style='opacity: 0'>HIDDEN</p>",
        "<p style='color:#fff'>HIDDEN</p>",
        "<p style='margin-left:2000px'>HIDDEN</p>",
        "<p class=gone>HIDDEN</p>",
        "<div class=gone><table><tr><td>HIDDEN</td></tr></table></div>",
        "<table><tr><td>"
        + "long " * 30
        + "<span class=gone>HIDDEN</span></td><td>end</td></tr></table>",
        "<table><tr style='display:none'><td>HIDDEN</td></tr><tr><td>"
        + "long " * 30
        + "</td></tr></table>",
        "<noscript>HIDDEN</noscript>",
        "<template><p>HIDDEN</p></template>",
        "<svg><text>HIDDEN</text></svg>",
        "<!-- HIDDEN -->",
        "<img src='https://example.com/HIDDEN.png' alt='HIDDEN'>",
        "<select><option>HIDDEN</option></select>",
        "<iframe src='https://example.com/'>HIDDEN</iframe>",
    ],
)
def test_html__what_nobody_sees_is_not_read(hidden: str) -> None:
    """E-DOC-05: scripts dropped, and hidden text does not speak for the document."""
    style = "<style>@media print{p{color:red}} .gone{display:none}</style>"
    page = f"<html><head>{style}</head><body><p>Before</p>{hidden}<p>After</p>"
    assert "HIDDEN" not in read(page)
    assert read(page).startswith("Before")
    assert read(page).endswith("After")


def test_html__light_letters_on_a_dark_ground_are_read() -> None:
    style = "<style>.top{background: #204060; color: white}</style>"
    page = f"<html><head>{style}<div class=top>Letterhead</div><p>Body</p>"
    assert read(page) == "Letterhead\nBody"


def test_html__nothing_is_fetched() -> None:
    page = "<html><head><link rel=stylesheet href='http://127.0.0.1:9/a.css'><style>@import url(http://127.0.0.1:9/b.css);</style>"
    assert (
        read(
            f"{page}<body background='http://127.0.0.1:9/c.png'><p>Read</p><img src='http://127.0.0.1:9/d.png'>"
        )
        == "Read"
    )


def test_html__says_its_encoding_in_vain_where_it_is_wrong() -> None:
    """E-DOC-05: the bytes decide."""
    page = "<html><head><meta charset='windows-1252'></head><body><p>Größe 12 € für Müller</p>"
    assert (
        read(page.encode())
        == read(page.encode("cp1252"))
        == read(page.encode("utf-16"))
        == "Größe 12 € für Müller"
    )


def test_table__of_short_rows_is_a_table() -> None:
    """E-DOC-05: rows stay rows."""
    cells = [("Item", "Qty", "Price"), ("Apple", "2", "3.00"), ("Pear", "1", "4.00")]
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in cells)
    parsed = parse_bytes(f"<table>{rows}</table>".encode(), sniff.HTML)
    assert [(zone.kind, zone.text) for zone in parsed.zones] == [
        ("table", "Item  Qty  Price\nApple  2  3.00\nPear  1  4.00")
    ]


def test_table__of_long_cells_keeps_each_cell_whole() -> None:
    """E-DOC-05: a cell of several lines is not torn by its neighbours."""
    long = " ".join(f"word{number}" for number in range(40))
    text = read(
        f"<table><tr><td>{long}</td><td>{long}</td></tr><tr><td>last</td><td>row</td></tr></table>"
    )
    assert " ".join(text.split()) == f"{long} | {long} last | row"


def test_table__around_tables_is_read_cell_by_cell() -> None:
    """E-DOC-05: a layout of nested tables keeps reading order."""
    inner = "<table><tr><td>a</td><td>b</td></tr></table>"
    text = read(
        f"<table><tr><td><p>one</p><p>two</p></td><td>{inner}</td></tr><tr><td>x</td><td>y</td></tr></table>"
    )
    assert text.split() == ["one", "two", "a", "b", "x", "|", "y"]


def test_html__nested_without_end_keeps_its_text() -> None:
    assert read("<p>top</p>" + "<div>" * 1500 + "deep").endswith("deep")


def test_docx__reads_lists_boxes_and_notes_and_no_deleted_text() -> None:
    """E-DOC-05: what Word shows, in its order."""
    body = (
        "<w:p><w:r><w:t>Total:</w:t><w:tab/><w:t>12.50</w:t><w:br/><w:t>next line</w:t></w:r></w:p>"
        "<w:p><w:ins><w:r><w:t>inserted</w:t></w:r></w:ins>"
        "<w:del><w:r><w:t>DELETED</w:t></w:r></w:del></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>in a control</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:p><w:r><w:rPr><w:color w:val='FFFFFF'/></w:rPr><w:t>WHITE</w:t></w:r>"
        "<w:r><w:t>anchor</w:t><w:pict>"
        "<w:txbxContent><w:p><w:r><w:t>in a box</w:t></w:r></w:p></w:txbxContent>"
        "</w:pict></w:r></w:p>"
    )
    note = "<w:footnote><w:p><w:r><w:t>a note</w:t></w:r></w:p></w:footnote>"
    notes = f'<w:footnotes xmlns:w="{W}">{note}</w:footnotes>'
    text = read(docx(body, footnotes=notes), sniff.DOCX)
    assert text.split("\n") == [
        "Total: 12.50",
        "next line",
        "inserted",
        "in a control",
        "anchor",
        "in a box",
        "a note",
    ]


def test_docx__of_the_strict_kind_is_read() -> None:
    strict = docx("<w:p><w:r><w:t>Strict</w:t></w:r></w:p>").replace(W.encode(), W.encode())
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(strict)) as old, zipfile.ZipFile(made, "w") as new:
        content = old.read("word/document.xml").replace(
            W.encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main"
        )
        new.writestr("word/document2.xml", content)
    assert read(made.getvalue(), sniff.DOCX) == "Strict"


def bomb() -> bytes:
    return docx("<w:p><w:r><w:t>" + "0" * (70 << 20) + "</w:t></w:r></w:p>")


def with_entities(declared: str, used: str) -> bytes:
    header = f'<w:hdr xmlns:w="{W}"><w:p><w:r><w:t>before {used} after</w:t></w:r></w:p></w:hdr>'
    return docx("", header1=f"<!DOCTYPE w [{declared}]>{header}")


def test_docx__bombs_are_bounded() -> None:
    """E-DOC-03: a small ZIP that unpacks to much is refused."""
    assert len(bomb()) < 1 << 20
    with pytest.raises(Unreadable) as refused:
        parse_bytes(bomb(), sniff.DOCX)
    assert refused.value.code == "too_large"


@pytest.mark.parametrize(
    "declared",
    ['<!ENTITY x SYSTEM "file:///etc/passwd">', '<!ENTITY x SYSTEM "http://127.0.0.1:9/">'],
)
def test_docx__entities_are_not_resolved(declared: str) -> None:
    assert read(with_entities(declared, "&x;"), sniff.DOCX) == "before after"


def test_docx__entities_of_entities_end_the_file() -> None:
    declared = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    with pytest.raises(Unreadable) as refused:
        parse_bytes(with_entities(f'<!ENTITY l0 "lol">{declared}', "&l9;"), sniff.DOCX)
    assert refused.value.code == "corrupt"


@pytest.mark.parametrize("data", [b"PK\x03\x04 word/document.xml", docx("")[:-30], docx("<w:p>")])
def test_docx__broken_is_refused_with_a_code(data: bytes) -> None:
    """E-DOC-02: a damaged file fails with a reason."""
    with pytest.raises(Unreadable) as refused:
        parse_bytes(data, sniff.DOCX)
    assert refused.value.code == "corrupt"
