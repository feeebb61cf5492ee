"""The type of a file is what its bytes say."""

import pytest

from service.parsing import sniff
from service.parsing.sniff import media_type


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\n" * 1019 + b"%PDF-", "application/pdf"),
        (b"\n" * 1020 + b"%PDF-", sniff.TEXT),
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"GIF89a", None),
        (b"PK\x03\x04", None),
        (b"PK\x03\x04....word/document.xml", sniff.DOCX),
        (b"PK\x03\x04....xl/workbook.xml", sniff.XLSX),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", sniff.LEGACY),
        (b"MZ\x90\0\x03", None),
        (b"MZ plain enough", None),
        (b"\x7fELF\x02", None),
        (b"{\\rtf1\\ansi Hello}", None),
        (b"%!PS-Adobe-3.0", None),
        (b"\x1f\x8b\x08", None),
        (b"", None),
        (b"\0\0\0", None),
        (b"Hello", sniff.TEXT),
        ("Größe".encode("cp1252"), sniff.TEXT),
        ("Größe".encode("utf-16"), sniff.TEXT),
        (b"a;b\n1;2\n", sniff.TEXT),
        (b"<!DOCTYPE html><html>", sniff.HTML),
        (b"\xef\xbb\xbf\n <!-- saved --> <HTML lang=en>", sniff.HTML),
        (b'<?xml version="1.0"?><html xmlns="x">', sniff.HTML),
        ("<p>Hallo".encode("utf-16"), sniff.HTML),
        (b"<parts><p/></parts>", sniff.TEXT),
        (b"1 < 2 <b>bold</b>", sniff.TEXT),
    ],
)
def test_media_type__by_content(head: bytes, wanted: str | None) -> None:
    """E-DOC-03: judged by content, not by name."""
    assert media_type(head) == wanted


def test_media_type__a_zip_may_say_at_its_end_what_it_is() -> None:
    assert media_type(b"PK\x03\x04 pictures first", b"word/document.xml PK\x05\x06") == sniff.DOCX


def test_media_type__a_head_may_end_inside_a_character() -> None:
    assert media_type(("ä" * 5000).encode()[:8191]) == sniff.TEXT
