"""Bytes of unknown encoding become text, or are no text."""

import codecs
import re

from charset_normalizer import CharsetMatch, from_bytes

# Encodings that files really come in. With a hundred to choose from, the guesser finds a rare one
# that fits the few bytes of a short file as well.
_KNOWN = (
    "cp1252 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 "
    "iso8859_5 iso8859_6 iso8859_7 iso8859_8 koi8_r koi8_u "
    "cp932 euc_jp iso2022_jp gb18030 big5 cp949 utf_16 utf_16_le utf_16_be utf_32"
)
_SAMPLE_BYTES = 64 * 1024
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def decode_text(data: bytes) -> str | None:
    """The text in `data`; None when it is no text. A last character that is cut off is left out."""
    text = _decode_as("utf-8-sig", data, errors="strict")
    if text is None or "\0" in text:
        name = _guess_encoding(data)
        if name is None:
            return None
        text = _decode_as(name, data, errors="replace")
    return None if text is None or _CONTROLS.search(text) else text


def _guess_encoding(data: bytes) -> str | None:
    matches = list(from_bytes(data[:_SAMPLE_BYTES], cp_isolation=_KNOWN.split()))
    # Where Windows-1252 fits as well as another, it is likelier.
    western = {match.encoding for match in matches if "cp1252" in match.could_be_from_charset}

    def rank(match: CharsetMatch) -> tuple[float, float, bool]:
        """Less is better."""
        return match.chaos, -match.coherence, match.encoding not in western

    best = min(matches, key=rank, default=None)
    if best is None:
        return None
    return "cp1252" if best.encoding in western else best.encoding


def _decode_as(name: str, data: bytes, errors: str) -> str | None:
    try:
        return codecs.getincrementaldecoder(name)(errors).decode(data)
    except UnicodeDecodeError:
        return None
