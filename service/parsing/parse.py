"""Bytes become pages and zones, in this process. Call it through `child`, which sets the limits."""

from pathlib import Path

import pymupdf

from service.parsing import docx, encoding, markup, page, sniff, zones
from service.parsing.models import Limits, Parsed, Unreadable
from service.parsing.shapes import Sheet

_A4 = {"width": 595, "height": 842, "fontsize": 10}
_FAULTS = (RuntimeError, ValueError, IndexError, pymupdf.mupdf.FzErrorBase)


def parse_bytes(data: bytes | Path, media_type: str, limits: Limits | None = None) -> Parsed:
    """The document in these bytes, or in the file at this path. Raises Unreadable."""
    limits = limits or Limits()
    flags, faults, sheets, left = set[str](), list[str](), list[Sheet](), limits.text_chars
    with _open(
        data if isinstance(data, bytes) else data.read_bytes(), media_type, limits
    ) as document:
        for number in range(1, document.page_count + 1):
            sheets.append(Sheet(number))
            try:
                if left > 0:
                    page.read(document[number - 1], sheets[-1], flags)
            except _FAULTS as error:
                faults.append(str(error))
                flags.add(f"page_failed:{number}")
            left -= sum(len(line.text) for line in sheets[-1].lines)
    if len(faults) == len(sheets):
        raise _broken(faults[0])
    if left < 0:
        flags.add("text_truncated")
    if not any(sheet.lines or sheet.strays for sheet in sheets):
        flags.add("no_text_layer")
    return zones.layout(sheets, sorted(flags))


def _open(data: bytes, media_type: str, limits: Limits) -> pymupdf.Document:
    if media_type not in sniff.MEDIA_TYPES:
        raise Unreadable("unsupported_type", f"Files of type {media_type} cannot be read.")
    size: dict[str, int] = {}
    if media_type in (sniff.TEXT, sniff.HTML, sniff.DOCX):
        data, media_type, size = *_set(data, media_type), _A4
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    try:
        document = pymupdf.open(stream=data, filetype=media_type, **size)
        count = 0 if document.needs_pass else document.page_count
    except _FAULTS as error:
        raise _broken(str(error.__cause__ or error)) from error
    if document.needs_pass:
        raise Unreadable("encrypted", "The document opens only with a password.")
    if not count:
        raise Unreadable("no_pages", "The document has no pages.")
    if count > limits.pages:
        raise Unreadable("too_many_pages", f"{count} pages, at most {limits.pages}.")
    return document


def _set(data: bytes, media_type: str) -> tuple[bytes, str]:
    """What has no pages of its own, as MuPDF sets it: plain text, or HTML."""
    text = docx.markup(data) if media_type == sniff.DOCX else encoding.decode(data)
    if text is None:
        raise Unreadable("not_text", "The file is no text in any known encoding.")
    return (
        (text.encode() or b"\n", "txt")
        if media_type == sniff.TEXT
        else (markup.ready(text), "html")
    )


def _broken(message: str) -> Unreadable:
    if "encrypt" in message.lower():
        return Unreadable("unsupported_encryption", "The document is encrypted in an unknown way.")
    if "alloc" in message or "memory" in message:
        return Unreadable("out_of_memory", "The document needs more memory than it may have.")
    return Unreadable("corrupt", "The file is damaged beyond repair.")
