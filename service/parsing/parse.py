"""Bytes become pages and zones, in this process. Call it through `child`, which sets the limits."""

from pathlib import Path

import pymupdf

from service.parsing import docx, encoding, markup, sniff, zones
from service.parsing.models import Limits, Parsed, Unreadable
from service.parsing.page import FAULTS, read_sheet
from service.parsing.shapes import Sheet

_A4 = {"width": 595, "height": 842, "fontsize": 10}
_WITHOUT_PAGES = (sniff.TEXT, sniff.HTML, sniff.DOCX)  # MuPDF lays them out


def parse_bytes(data: bytes | Path, media_type: str, limits: Limits | None = None) -> Parsed:
    """The document in these bytes, or in the file at this path. Raises Unreadable."""
    limits = limits or Limits()
    content = data if isinstance(data, bytes) else data.read_bytes()
    with _open_document(content, media_type, limits) as document:
        sheets = _read_sheets(document, limits.text_chars)
    faults = [sheet.fault for sheet in sheets if sheet.fault is not None]
    if len(faults) == len(sheets):
        raise _unreadable(faults[0])
    return zones.layout(sheets, sorted(_flags(sheets, limits.text_chars)))


def _read_sheets(document: pymupdf.Document, most_characters: int) -> list[Sheet]:
    """All pages; those behind the last character that may be read stay empty."""
    sheets: list[Sheet] = []
    characters_left = most_characters
    for number in range(1, document.page_count + 1):
        sheet = read_sheet(document, number) if characters_left > 0 else Sheet(number)
        characters_left -= _count_characters(sheet)
        sheets.append(sheet)
    return sheets


def _count_characters(sheet: Sheet) -> int:
    return sum(len(line.text) for line in sheet.lines)


def _flags(sheets: list[Sheet], most_characters: int) -> set[str]:
    flags = set().union(*(sheet.flags for sheet in sheets))
    flags |= {f"page_failed:{sheet.number}" for sheet in sheets if sheet.fault is not None}
    if sum(map(_count_characters, sheets)) > most_characters:
        flags.add("text_truncated")
    if not any(sheet.lines or sheet.strays for sheet in sheets):
        flags.add("no_text_layer")
    return flags


def _open_document(data: bytes, media_type: str, limits: Limits) -> pymupdf.Document:
    if media_type not in sniff.MEDIA_TYPES:
        raise Unreadable("unsupported_type", f"Files of type {media_type} cannot be read.")
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    page_size: dict[str, int] = {}
    if media_type in _WITHOUT_PAGES:
        page_size = _A4
        data, media_type = _as_text_or_html(data, media_type)
    try:
        document = pymupdf.open(stream=data, filetype=media_type, **page_size)
        page_count = 0 if document.needs_pass else document.page_count
    except FAULTS as error:
        raise _unreadable(str(error.__cause__ or error)) from error
    if document.needs_pass:
        raise Unreadable("encrypted", "The document opens only with a password.")
    if page_count == 0:
        raise Unreadable("no_pages", "The document has no pages.")
    if page_count > limits.pages:
        raise Unreadable("too_many_pages", f"{page_count} pages, at most {limits.pages}.")
    return document


def _as_text_or_html(data: bytes, media_type: str) -> tuple[bytes, str]:
    """What MuPDF can lay out in place of a file without pages, and the type that it knows it by."""
    if media_type == sniff.DOCX:
        return markup.prepare_html(docx.to_html(data)), "html"
    text = encoding.decode_text(data)
    if text is None:
        raise Unreadable("not_text", "The file is no text in any known encoding.")
    if media_type == sniff.HTML:
        return markup.prepare_html(text), "html"
    return text.encode() or b"\n", "txt"


def _unreadable(message: str) -> Unreadable:
    """The refusal that a message of MuPDF means."""
    if "encrypt" in message.lower():
        return Unreadable("unsupported_encryption", "The document is encrypted in an unknown way.")
    if "alloc" in message or "memory" in message:
        return Unreadable("out_of_memory", "The document needs more memory than it may have.")
    return Unreadable("corrupt", "The file is damaged beyond repair.")
