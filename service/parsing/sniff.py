"""What a file is, judged by its first bytes and never by its name."""

# A PDF may carry junk before its header; readers accept it within the first KiB.
_PDF_WINDOW = 1024
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
}
MEDIA_TYPES = {"application/pdf", *_MAGIC.values()}


def media_type(head: bytes) -> str | None:
    """The media type of a file that starts with `head` (1 KiB is enough), None when unsupported."""
    if b"%PDF-" in head[:_PDF_WINDOW]:
        return "application/pdf"
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), None)
