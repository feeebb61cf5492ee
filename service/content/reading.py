"""What is read of a file: the document as it is stored, or the rows of a table as imported."""

from pathlib import Path
from typing import Any

from service.parsing import sniff
from service.parsing.child import Readers
from service.parsing.models import Page, Parsed, Unreadable, Word, Zone
from service.parsing.reading_text import reading_text

_ROWS_A_WINDOW = 500


async def read_document(readers: Readers, path: Path) -> Parsed:
    """The document in the file. Raises `Unreadable` where an upload or its task would refuse it."""
    _refuse_empty(path)
    media_type = sniff.media_type_of_file(path)
    if media_type == sniff.LEGACY:
        detail = "Files of old Office versions are not supported. Save it as DOCX or XLSX."
        raise Unreadable("type_legacy", detail)
    if media_type not in sniff.MEDIA_TYPES:
        raise Unreadable("type_unsupported", _unsupported(media_type, "document"))
    return await readers.read(path, media_type)


async def read_table(readers: Readers, path: Path, columns: list[str]) -> list[list[str]]:
    """All rows of the table in the file. Raises `Unreadable` where the import would refuse it."""
    _refuse_empty(path)
    found = sniff.media_type_of_file(path)
    media_type = sniff.TABLE_TYPES.get(found or "")
    if media_type is None:
        raise Unreadable("type_unsupported", _unsupported(found, "table"))
    rows: list[list[str]] = []
    while window := await readers.rows(path, media_type, columns, len(rows), _ROWS_A_WINDOW):
        rows += window
    return rows


def document_json(parsed: Parsed) -> dict[str, Any]:
    """A document as JSON; boxes are [x0, y0, x1, y1] in points from the top left."""
    return {
        "pages": [_page_json(page) for page in parsed.pages],
        "zones": [_zone_json(zone) for zone in parsed.zones],
        "flags": list(parsed.flags),
        "unread_pages": parsed.unread_pages,
        "shown_text": reading_text(parsed),
    }


def _refuse_empty(path: Path) -> None:
    if path.stat().st_size == 0:
        raise Unreadable("file_empty", "The file is empty.")


def _unsupported(media_type: str | None, wanted: str) -> str:
    if media_type == sniff.XLSX and wanted == "document":
        return "A table is no document: --columns reads its rows."
    named = media_type or "an unknown type"
    return f"A file of {named} is not read as a {wanted}."


def _page_json(page: Page) -> dict[str, Any]:
    return {**vars(page), "words": [_word_json(word) for word in page.words]}


def _word_json(word: Word) -> dict[str, Any]:
    return {"text": word.text, "box": list(word.box), "zone": word.zone, "line": word.line}


def _zone_json(zone: Zone) -> dict[str, Any]:
    return {**vars(zone), "box": list(zone.box)}
