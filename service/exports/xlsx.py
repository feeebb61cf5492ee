"""Sheets -> an XLSX file, streamed; their names stand in xlsx_parts.toml. Text is never a formula.

Pure, and no clock: the same rows are the same bytes.
Why not a library: docs/decisions/0006-own-xlsx-writer.md.
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

# What Excel holds at most.
MAX_CELL = 32_767  # characters, each counted in units of UTF-16
MAX_COLUMNS = 16_384
MAX_ROWS = 1_048_576
_SHORT_CELL = MAX_CELL // 2  # characters that fit however many units each takes
_CUT = " [cut]"
# Beyond 15 digits a spreadsheet counts wrong: such a number is an identifier, and text.
_FIRST_INEXACT = 10**15

# Excel counts days, and takes 1900 for a leap year: what is earlier than this is text.
_FIRST_DATE = date(1900, 3, 1)
_DAY_ZERO = date(1899, 12, 30).toordinal()

# Places in cellXfs of the styles.
_DATE, _HEAD, _QUOTED = 1, 2, 3

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_UNSAFE = re.compile(
    r"""
    [^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]  # what XML can not hold
    | _(?=x[0-9A-Fa-f]{4}_)  # what Excel would take for an escape of its own
    """,
    re.VERBOSE,
)
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_HEAD_STAYS_IN_VIEW = (
    '<sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    "</sheetView></sheetViews>"
)
_PARTS = tomllib.loads(Path(__file__).with_name("xlsx_parts.toml").read_text("utf-8"))


class Workbook:
    """Sheets one after the other, each streamed.

    `cut` says what did not fit: cells_cut, columns_cut, rows_cut.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.cut: set[str] = set()
        self._package = ZipFile(file, "w")
        self._sheet_count = 0
        self._row_count = 0
        self._sheet: IO[bytes] | None = None

    def begin_sheet(self, head: Sequence[str]) -> None:
        """The next sheet, with a header that stays in view."""
        self._end_sheet()
        self._sheet_count += 1
        self._row_count = 0
        entry = _package_entry(f"xl/worksheets/sheet{self._sheet_count}.xml")
        self._sheet = self._package.open(entry, "w", force_zip64=True)
        last = min(len(head), MAX_COLUMNS)
        widths = f'<cols><col min="1" max="{last}" width="18" customWidth="1"/></cols>'
        self._sheet.write(f"<worksheet {_MAIN}>{_HEAD_STAYS_IN_VIEW}{widths}<sheetData>".encode())
        self.write_rows([head], style=_HEAD)

    def write_rows(self, rows: Iterable[Sequence[Any]], style: int = 0) -> None:
        """Writes rows below those that are there."""
        assert self._sheet is not None
        lines = []
        for row in rows:
            self._row_count += 1
            if self._row_count > MAX_ROWS:
                self.cut.add("rows_cut")
                continue
            if len(row) > MAX_COLUMNS:
                self.cut.add("columns_cut")
            cells = [
                "<c/>" if value is None else self._cell_xml(value, style)
                for value in row[:MAX_COLUMNS]
            ]
            lines.append(f"<row>{''.join(cells)}</row>")
        self._sheet.write("".join(lines).encode())

    def _cell_xml(self, value: Any, style: int) -> str:
        kind = type(value)
        if kind is str and len(value) < _SHORT_CELL:
            return _text_xml(value, style)
        if kind is bool:
            return f'<c t="b"><v>{value:d}</v></c>'
        if kind is float and math.isfinite(value):
            return f"<c><v>{value!r}</v></c>"
        if kind is int and abs(value) < _FIRST_INEXACT:
            return f"<c><v>{value!r}</v></c>"
        if kind is date and value >= _FIRST_DATE:
            return f'<c s="{_DATE}"><v>{value.toordinal() - _DAY_ZERO}</v></c>'
        return _text_xml(self._cut_to_fit(str(value)), style)

    def _cut_to_fit(self, text: str) -> str:
        units = text.encode("utf-16-le", "replace")
        if len(units) <= MAX_CELL * 2:
            return text
        self.cut.add("cells_cut")
        kept = units[: (MAX_CELL - len(_CUT)) * 2]
        return kept.decode("utf-16-le", "ignore") + _CUT

    def _end_sheet(self) -> None:
        if self._sheet is not None:
            self._sheet.write(b"</sheetData></worksheet>")
            self._sheet.close()

    def close(self) -> None:
        """Writes what binds the sheets together."""
        self._end_sheet()
        for name, text in _PARTS.items():
            self._package.writestr(_package_entry(name), text)
        self._package.close()


@lru_cache(4096)
def _text_xml(text: str, style: int) -> str:
    """A cell of text. Kept, because most of a table says the same few words."""
    if not style and text.startswith(FORMULA):
        style = _QUOTED
    if not text.isascii() or not text.isprintable() or "_x" in text:
        text = _UNSAFE.sub(lambda found: "_x005F_" if found[0] == "_" else "\ufffd", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _package_entry(name: str) -> ZipInfo:
    """A file of the package, always of the same day."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry
