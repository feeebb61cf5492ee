"""Sheets -> an XLSX file, streamed. Pure: no clock, so the same rows are the same bytes; text is never a formula.

Why not a library: docs/decisions/0009-own-xlsx-writer.md.
"""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# What Excel holds at most: characters a cell, columns and rows a sheet; and the first date it can count from.
CELL, COLUMNS, ROWS, _FIRST = 32_767, 16_384, 1_048_576, date(1900, 3, 1)
_ZERO = date(1899, 12, 30).toordinal()
_DATE, _HEAD, _QUOTED = 1, 2, 3  # places in cellXfs of _STYLES
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ODD = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|_(?=x[0-9A-Fa-f]{4}_)")
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XF = 'numFmtId="%d" fontId="%d" fillId="%d" borderId="0"'
_STYLES = f"""<styleSheet {_MAIN}>\
<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>\
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>\
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>\
<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>\
<fill><patternFill patternType="solid"><fgColor rgb="FFDDE3EA"/></patternFill></fill></fills>\
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf {_XF % (0, 0, 0)}/></cellStyleXfs>\
<cellXfs count="4"><xf {_XF % (0, 0, 0)}/><xf {_XF % (164, 0, 0)} applyNumberFormat="1"/>\
<xf {_XF % (0, 1, 2)} applyFont="1" applyFill="1"/><xf {_XF % (0, 0, 0)} quotePrefix="1"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


class Workbook:
    """Sheets one after the other, each streamed; `cut` says what did not fit: cells_cut, columns_cut, rows_cut."""

    def __init__(self, file: IO[bytes]) -> None:
        self.cut: set[str] = set()
        self._zip, self._names = ZipFile(file, "w", ZIP_DEFLATED), list[str]()
        self._sheet: IO[bytes] | None = None
        self._rows = 0

    def begin(self, name: str, head: Sequence[str]) -> None:
        """A new sheet with a header that stays in view."""
        self._end()
        self._names.append(name)
        self._rows = 0
        self._sheet = self._zip.open(_entry(f"xl/worksheets/sheet{len(self._names)}.xml"), "w", force_zip64=True)
        frozen = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        shown = f'<sheetViews><sheetView workbookViewId="0">{frozen}</sheetView></sheetViews>'
        widths = f'<cols><col min="1" max="{min(len(head), COLUMNS)}" width="18" customWidth="1"/></cols>'
        self._sheet.write(f"<worksheet {_MAIN}>{shown}{widths}<sheetData>".encode())
        self.rows([head], style=_HEAD)

    def rows(self, rows: Iterable[Sequence[Any]], style: int = 0) -> None:
        """Writes rows below those that are there."""
        assert self._sheet is not None
        lines = []
        for row in rows:
            self._rows += 1
            if self._rows > ROWS or len(row) > COLUMNS:
                self.cut.add("rows_cut" if self._rows > ROWS else "columns_cut")
            if self._rows <= ROWS:
                lines.append(f"<row>{''.join([self._cell(value, style) for value in row[:COLUMNS]])}</row>")
        self._sheet.write("".join(lines).encode())

    def _cell(self, value: Any, style: int) -> str:
        if value is None:
            return "<c/>"
        kind = type(value)
        if kind is bool:
            return f'<c t="b"><v>{value:d}</v></c>'
        # Beyond 15 digits a spreadsheet counts wrong: such a number is an identifier, and text.
        if kind in (int, float) and math.isfinite(value) and (kind is float or abs(value) < 10**15):
            return f"<c><v>{value!r}</v></c>"
        if kind is date and value >= _FIRST:
            return f'<c s="{_DATE}"><v>{value.toordinal() - _ZERO}</v></c>'
        text = str(value)
        if len(text) * 2 > CELL:
            text = self._fit(text)
        if not text.isascii() or not text.isprintable() or "_x" in text:
            text = _ODD.sub(lambda odd: "_x005F_" if odd[0] == "_" else "\ufffd", text)
        style = style or _QUOTED * text.startswith(FORMULA)
        return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(text, quote=False)}</t></is></c>'

    def _fit(self, text: str) -> str:
        units = text.encode("utf-16-le", "replace")
        if len(units) <= CELL * 2:
            return text
        self.cut.add("cells_cut")
        return units[: (CELL - 6) * 2].decode("utf-16-le", "ignore") + " [cut]"

    def _end(self) -> None:
        if self._sheet is not None:
            self._sheet.write(b"</sheetData></worksheet>")
            self._sheet.close()

    def close(self) -> None:
        """Writes what binds the sheets together."""
        self._end()
        places = range(1, len(self._names) + 1)
        sheets = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(self._names, 1))
        bound = "".join(_relation(f"r{i}", "worksheet", f"worksheets/sheet{i}.xml") for i in places)
        parts = {f"/xl/worksheets/sheet{i}.xml": "worksheet" for i in places}
        parts |= {"/xl/workbook.xml": "sheet.main", "/xl/styles.xml": "styles"}
        typed = "".join(f'<Override PartName="{p}" ContentType="{_TYPE}.{k}+xml"/>' for p, k in parts.items())
        default = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        relations = f'<Relationships xmlns="{_PACKAGE}/relationships">%s</Relationships>'
        for name, text in {
            "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations % (bound + _relation("r0", "styles", "styles.xml")),
            "xl/styles.xml": _STYLES,
            "_rels/.rels": relations % _relation("r1", "officeDocument", "xl/workbook.xml"),
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">{default}{typed}</Types>',
        }.items():
            self._zip.writestr(_entry(name), f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}')
        self._zip.close()


def _relation(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


def _entry(name: str) -> ZipInfo:
    """A file of the package, always of the same day."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry
