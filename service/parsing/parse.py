"""Bytes become pages and zones, in this process. Call it through `child`, which sets the limits."""

from pathlib import Path

import pymupdf

from service.parsing import page, zones
from service.parsing.errors import Unreadable
from service.parsing.models import Limits, Parsed
from service.parsing.shapes import Sheet

_SUFFIX = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpeg", "image/tiff": "tiff"}
_FAULTS = (RuntimeError, ValueError, IndexError, pymupdf.mupdf.FzErrorBase)
_MARKS = {
    "has_javascript": ("Names/JavaScript", "OpenAction/JS"),
    "has_attachments": ("Names/EmbeddedFiles",),
    "has_xfa": ("AcroForm/XFA",),
}


def parse_bytes(data: bytes | Path, media_type: str, limits: Limits | None = None) -> Parsed:
    """The document in these bytes, or in the file at this path. Raises Unreadable."""
    limits = limits or Limits()
    with _open(data, media_type, limits) as document:
        flags, errors, sheets, left = _flags(document), [], [], limits.text_chars
        for number in range(1, document.page_count + 1):
            sheet = Sheet(number)
            try:
                if left > 0:
                    page.read(document[number - 1], sheet, flags)
            except _FAULTS as error:
                errors.append(str(error))
                flags.add(f"page_failed:{number}")
            left -= sum(len(line.text) for line in sheet.lines)
            if left < 0:
                flags.add("text_truncated")
            sheets.append(sheet)
    if len(errors) == len(sheets):
        raise _broken(errors[0])
    return zones.layout(sheets, sorted(flags))


def _open(data: bytes | Path, media_type: str, limits: Limits) -> pymupdf.Document:
    size = len(data) if isinstance(data, bytes) else data.stat().st_size
    if media_type not in _SUFFIX:
        raise Unreadable("unsupported_type", f"Files of type {media_type} cannot be read.")
    if size > limits.file_bytes:
        raise Unreadable("too_large", f"The file has {size} bytes, at most {limits.file_bytes}.")
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    try:
        document = _load(data, _SUFFIX[media_type])
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


def _load(data: bytes | Path, suffix: str) -> pymupdf.Document:
    if isinstance(data, Path):
        try:
            return pymupdf.open(filename=str(data), filetype=suffix)
        except pymupdf.FileDataError:  # bytes in memory can be repaired where seeking in a file fails
            data = data.read_bytes()
    return pymupdf.open(stream=data, filetype=suffix)


def _broken(message: str) -> Unreadable:
    if "encrypt" in message.lower():
        return Unreadable("unsupported_encryption", "The document is encrypted in an unknown way.")
    if "alloc" in message or "memory" in message:
        return Unreadable("out_of_memory", "The document needs more memory than it may have.")
    return Unreadable("corrupt", "The file is damaged beyond repair.")


def _flags(document: pymupdf.Document) -> set[str]:
    flags = {"repaired"} if document.is_repaired else set()
    if (document.metadata or {}).get("encryption"):
        flags.add("encrypted_owner")
    if not document.is_pdf:
        return flags
    root = document.pdf_catalog()
    for flag, keys in _MARKS.items():
        if any(document.xref_get_key(root, key)[0] != "null" for key in keys):
            flags.add(flag)
    return flags
