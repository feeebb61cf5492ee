"""The type of a file is what its bytes say."""

import pytest

from service.parsing.sniff import media_type


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\n" * 1019 + b"%PDF-", "application/pdf"),
        (b"\n" * 1020 + b"%PDF-", None),
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"GIF89a", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_media_type__by_content(head: bytes, wanted: str | None) -> None:
    assert media_type(head) == wanted
