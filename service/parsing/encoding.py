"""Bytes of unknown encoding become text, or are no text."""

import codecs
import re

from charset_normalizer import from_bytes

# What files really come in: a guesser with a hundred choices finds a rare one where a few bytes fit many.
_KNOWN = (
    "cp1252 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 iso8859_5 iso8859_6 iso8859_7 iso8859_8 "
    "koi8_r koi8_u cp932 euc_jp iso2022_jp gb18030 big5 cp949 utf_16 utf_16_le utf_16_be utf_32"
)
_SAMPLE = 64 * 1024
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode(data: bytes) -> str | None:
    """The text in `data`, None where it is none. A last character that is cut off is left out."""
    text = _decoded(data, "utf-8-sig", "strict")
    if text is None or "\0" in text:
        matches = from_bytes(data[:_SAMPLE], cp_isolation=_KNOWN.split())
        western = {match.encoding for match in matches if "cp1252" in match.could_be_from_charset}
        best = min(
            matches, key=lambda m: (m.chaos, -m.coherence, m.encoding not in western), default=None
        )
        # Where Windows-1252 fits as well as another, it is likelier.
        if best is None:
            return None
        text = _decoded(data, "cp1252" if best.encoding in western else best.encoding, "replace")
    return None if text is None or _CONTROLS.search(text) else text


def _decoded(data: bytes, name: str, faults: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(name)(faults).decode(data)
    except UnicodeDecodeError:
        return None
