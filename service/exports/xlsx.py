"""Sheets -> an XLSX file, streamed; their names stand in xlsx_parts.toml. Text is never a formula.

Pure, and no clock: the same rows are the same bytes. Why not a library: docs/decisions/0006-own-xlsx-writer.md.
"""

import math
import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# What Excel holds at most: characters a cell, columns and rows a sheet; and the first date it can count from.
CELL, COLUMNS, ROWS, _FIRST = 32_767, 16_384, 1_048_576, date(1900, 3, 1)
_SHORT = CELL // 2  # characters that fit however many units of UTF-16 each takes
_ZERO = date(1899, 12, 30).toordinal()
_DATE, _HEAD, _QUOTED = 1, 2, 3  # places in cellXfs of the styles
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ODD = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|_(?=x[0-9A-Fa-f]{4}_)")
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_PARTS = tomllib.loads(Path(__file__).with_name("xlsx_parts.toml").read_text("utf-8"))


class Workbook:
    """Sheets one after the other, each streamed; `cut` says what did not fit: cells_cut, columns_cut, rows_cut."""

    def __init__(self, file: IO[bytes]) -> None:
        self.cut: set[str] = set()
        self._zip, self._sheets, self._rows = ZipFile(file, "w"), 0, 0
        self._sheet: IO[bytes] | None = None

    def begin(self, head: Sequence[str]) -> None:
        """The next sheet, with a header that stays in view."""
        self._end()
        self._sheets += 1
        self._rows = 0
        self._sheet = self._zip.open(
            _entry(f"xl/worksheets/sheet{self._sheets}.xml"), "w", force_zip64=True
        )
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
                cells = "".join(
                    ["<c/>" if v is None else self._cell(v, style) for v in row[:COLUMNS]]
                )
                lines.append(f"<row>{cells}</row>")
        self._sheet.write("".join(lines).encode())

    def _cell(self, value: Any, style: int) -> str:
        kind = type(value)
        if kind is str and len(value) < _SHORT:
            return _text(value, style)
        if kind is bool:
            return f'<c t="b"><v>{value:d}</v></c>'
        # Beyond 15 digits a spreadsheet counts wrong: such a number is an identifier, and text.
        if kind in (int, float) and math.isfinite(value) and (kind is float or abs(value) < 10**15):
            return f"<c><v>{value!r}</v></c>"
        if kind is date and value >= _FIRST:
            return f'<c s="{_DATE}"><v>{value.toordinal() - _ZERO}</v></c>'
        return _text(self._fit(str(value)), style)

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
        for name, text in _PARTS.items():
            self._zip.writestr(_entry(name), text)
        self._zip.close()


@lru_cache(4096)
def _text(text: str, style: int) -> str:
    """A cell of text; most of a table says the same few words."""
    style = style or _QUOTED * (text[:1] in FORMULA)
    if not text.isascii() or not text.isprintable() or "_x" in text:
        text = _ODD.sub(lambda odd: "_x005F_" if odd[0] == "_" else "\ufffd", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _entry(name: str) -> ZipInfo:
    """A file of the package, always of the same day."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry
