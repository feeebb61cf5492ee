"""HTML made ready for MuPDF, which lays it out by its own style sheets: what these hide, nobody reads.

MuPDF runs no script and fetches nothing. It sets the cells of a row side by side, each over as many lines as it needs:
there a cell of many lines would be torn. So only a table of short rows stays one; another is set a row a paragraph.
"""

import re

from lxml import etree, html

# Comes after the page's own rules, so that no page shows what a browser never does. Cells stand apart as cells do.
_STYLE = (
    "[hidden],template,noscript,svg,math,object,iframe,video,audio,canvas,button,select{display:none}"
    "td,th{padding:2pt 10pt;text-align:left}td p,th p{margin:0}"
)
# What MuPDF does not know in a style, in words that it does: else white letters would stand on white.
_WORDS = (
    (
        re.compile(
            r"\bbackground(\s*:\s*(?:#\w+|[a-z]+|rgb\([^)]*\))\s*(?:[;}!]|$))", re.IGNORECASE
        ),
        r"background-color\1",
    ),
    (re.compile(r"\bfont-size\s*:\s*0(?![.\d])(?:[a-z]+|%)?", re.IGNORECASE), "font-size:0.1px"),
    (re.compile(r"\bopacity\s*:\s*0(?![.\d])", re.IGNORECASE), "visibility:hidden"),
)
_SHORT_ROW = 64  # characters; the body type has room for about 100
_BLOCK = "self::table or self::h1 or self::h2 or self::h3 or self::pre"
_HOLDS_BLOCKS = etree.XPath(
    f".//*[{_BLOCK} or (self::p or self::div or self::li) and preceding-sibling::*]"
)


def ready(text: str) -> bytes:
    """The page in `text` as UTF-8."""
    # Whatever the page says of its encoding: it is decoded.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
    root = html.document_fromstring(text.encode(), parser=parser)
    for sheet in root.iter("style"):
        sheet.text = _known(sheet.text or "")
    for node in root.xpath("//*[@style]"):
        node.set("style", _known(node.get("style")))
    etree.strip_elements(root, "script", "img", "picture", with_tail=False)
    for table in reversed(list(root.iter("table"))):  # the innermost first
        _fit(table)
    if root.find("head") is None:
        root.insert(0, html.Element("head"))
    etree.SubElement(root.find("head"), "style").text = _STYLE
    return "\ufeff{}".format(html.tostring(root, encoding="unicode")).encode()


def _known(style: str) -> str:
    for pattern, words in _WORDS:
        style = pattern.sub(words, style)
    return style


def _fit(table: html.HtmlElement) -> None:
    rows = [row.xpath("./td|./th") for row in table.xpath("./tr|./*/tr")]
    short = all(sum(len(cell.text_content()) for cell in cells) <= _SHORT_ROW for cells in rows)
    if short and not any(_HOLDS_BLOCKS(cell) for cells in rows for cell in cells):
        return
    for cells in rows:
        if not any(map(_HOLDS_BLOCKS, cells)):
            for cell in cells:
                for part in (cell, *cell.iter("p", "div", "li", "ul", "ol")):
                    part.tag = "span"
                cell.tail = " | " if cell is not cells[-1] else ""
    for part in table.xpath("self::*|.//tbody|.//thead|.//tfoot|.//tr|.//td|.//th|.//caption"):
        part.tag = "div"
