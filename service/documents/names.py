"""Names of files, as people are shown them."""

import re
import unicodedata

_UNPRINTABLE = re.compile(
    r"""
    [\x00-\x1f\x7f-\x9f]  # control characters
    | [\u2028-\u202e\u2066-\u2069]  # ends of lines, turns of the writing direction
    | [\ud800-\udfff]  # halves of surrogate pairs
    """,
    re.VERBOSE,
)


def display_name(name: str | None) -> str:
    """The person's file name without what cannot be shown or stored; never used as a path."""
    shown = _UNPRINTABLE.sub("", unicodedata.normalize("NFC", name or "")).strip()
    return shown[:1024] or "unnamed"
