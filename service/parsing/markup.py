"""HTML made ready for MuPDF, which lays it out by its own style sheets: what they hide is hidden.

MuPDF runs no script and fetches nothing. It sets the cells of a row side by side, each over as many
lines as it needs, and its text would tear a cell of many lines apart. So only a table of short rows
stays a table; in any other, each row becomes a paragraph.
"""

import re

from lxml import etree, html

# Comes after the page's own rules, so that no page shows what a browser never does. The padding
# sets cells apart as far as `page` expects of cells.
_STYLE = (
    "[hidden],template,noscript,svg,math,object,iframe,video,audio,canvas,button,select"
    "{display:none}"
    "td,th{padding:2pt 10pt;text-align:left}td p,th p{margin:0}"
)
_LOOSE = re.IGNORECASE | re.VERBOSE
_BACKGROUND = re.compile(
    r"""
    \b background
    ( \s* : \s*
      (?: \#\w+ | [a-z]+ | rgb\([^)]*\) )  # one colour and nothing else
      \s* (?: [;}!] | $ )
    )
    """,
    _LOOSE,
)
_FONT_SIZE_ZERO = re.compile(r"\b font-size \s*:\s* 0 (?![.\d]) (?:[a-z]+|%)?", _LOOSE)
_OPACITY_ZERO = re.compile(r"\b opacity \s*:\s* 0 (?![.\d])", _LOOSE)
# What MuPDF does not know in a style, in words that it does. Else the ground of white letters would
# be left out, and they would count as white on white.
_TRANSLATIONS = (
    (_BACKGROUND, r"background-color\1"),
    (_FONT_SIZE_ZERO, "font-size:0.1px"),
    (_OPACITY_ZERO, "visibility:hidden"),
)
_SHORT_ROW = 64  # characters; a line of body type has room for about 100
_BLOCK = "self::table or self::h1 or self::h2 or self::h3 or self::pre"
_FURTHER_PARAGRAPH = "(self::p or self::div or self::li) and preceding-sibling::*"
_BLOCKS_INSIDE = etree.XPath(f".//*[{_BLOCK} or {_FURTHER_PARAGRAPH}]")
_CELLS = etree.XPath("./td|./th")
_ROWS = etree.XPath("./tr|./*/tr")
_TABLE_PARTS = etree.XPath("self::*|.//tbody|.//thead|.//tfoot|.//tr|.//td|.//th|.//caption")


def prepare_html(text: str) -> bytes:
    """The page in `text` as UTF-8, ready to be laid out."""
    # The text is decoded already, whatever the page says of its encoding.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
    root = html.document_fromstring(text.encode(), parser=parser)
    for sheet in root.iter("style"):
        sheet.text = _translate_style(sheet.text or "")
    for node in root.xpath("//*[@style]"):
        node.set("style", _translate_style(node.get("style")))
    etree.strip_elements(root, "script", "img", "picture", with_tail=False)
    for table in reversed(list(root.iter("table"))):  # the innermost first
        if not _can_stay_table(table):
            _set_rows_as_paragraphs(table)
    if root.find("head") is None:
        root.insert(0, html.Element("head"))
    etree.SubElement(root.find("head"), "style").text = _STYLE
    markup: str = html.tostring(root, encoding="unicode")
    return f"\ufeff{markup}".encode()


def _translate_style(style: str) -> str:
    for pattern, replacement in _TRANSLATIONS:
        style = pattern.sub(replacement, style)
    return style


def _can_stay_table(table: html.HtmlElement) -> bool:
    """True where every row fits in a line: MuPDF would tear a cell of several."""
    rows = [_CELLS(row) for row in _ROWS(table)]
    return all(_is_short(cells) and not _hold_blocks(cells) for cells in rows)


def _is_short(cells: list[html.HtmlElement]) -> bool:
    return sum(len(cell.text_content()) for cell in cells) <= _SHORT_ROW


def _hold_blocks(cells: list[html.HtmlElement]) -> bool:
    return any(_BLOCKS_INSIDE(cell) for cell in cells)


def _set_rows_as_paragraphs(table: html.HtmlElement) -> None:
    """Each row becomes a paragraph with bars between cells; cells of several blocks stand alone."""
    for row in _ROWS(table):
        cells = _CELLS(row)
        if not _hold_blocks(cells):
            _join_cells(cells)
    for part in _TABLE_PARTS(table):
        part.tag = "div"


def _join_cells(cells: list[html.HtmlElement]) -> None:
    for cell in cells:
        for part in (cell, *cell.iter("p", "div", "li", "ul", "ol")):
            part.tag = "span"
        cell.tail = " | " if cell is not cells[-1] else ""
