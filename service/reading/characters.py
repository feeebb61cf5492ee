"""One way to write a character, for evidence and values alike. No fold may change a number."""

import unicodedata
from functools import lru_cache

_ALIKE = {
    "'": "‘’‚‛ʼ`´٬",
    '"': "“”„‟«»",
    "-": "‐‑‒–—―−﹣－",
    "\u00a0": "\u00a0\u2007\u2009\u202f",
    ",": "٫",
}
_FORMS = {character: form for form, characters in _ALIKE.items() for character in characters}
# 10² must not read as 102, ½ not as 1/2, ① not as 1: these compatibility forms stay as printed.
_KEPT = ("<super>", "<sub>", "<fraction>", "<circle>", "<square>")


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if character in _FORMS:
        return _FORMS[character]
    if unicodedata.decomposition(character).startswith(_KEPT):
        return character
    if category == "Cf":
        return ""
    return unicodedata.normalize("NFKC", character)


def fold_text(text: str) -> str:
    """The text with one form of each dash, quote, digit, ligature and space; case is kept."""
    if text.isascii() and "`" not in text:
        return text
    return "".join(map(_fold_character, unicodedata.normalize("NFC", text)))


def fold_name(text: str) -> str:
    """The text for comparing names: no case, no accents, single spaces."""
    decomposed = unicodedata.normalize("NFD", fold_text(text).casefold())
    without_accents = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return " ".join(without_accents.split())
