"""One way to write a character, for evidence and values alike. No fold may change a number."""

import unicodedata
from functools import lru_cache

from babel import Locale, UnknownLocaleError

_QUOTES = {**dict.fromkeys("‘’‚‛ʼ`´٬", "'"), **dict.fromkeys("“”„‟«»", '"')}
_DASHES = dict.fromkeys("‐‑‒–—―−﹣－", "-")
_HARD_SPACES = dict.fromkeys("\u00a0\u2007\u2009\u202f", "\u00a0")
_FIXED = {**_QUOTES, **_DASHES, **_HARD_SPACES, "٫": ","}
# 10² must not read as 102, ½ not as 1/2, ① not as 1: these compatibility forms stay as printed.
_KEPT = ("<super>", "<sub>", "<fraction>", "<circle>", "<square>")


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    if character in _FIXED:
        return _FIXED[character]
    if unicodedata.category(character) == "Cf":
        return ""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) == "Zs":
        return " "
    if unicodedata.decomposition(character).startswith(_KEPT):
        return character
    return unicodedata.normalize("NFKC", character)


def fold(text: str) -> str:
    """The text with one form of each dash, quote, digit, ligature and space; case is kept."""
    if text.isascii() and "`" not in text:
        return text
    return "".join(map(_fold_character, unicodedata.normalize("NFC", text)))


def loose(text: str) -> str:
    """The text for comparing names: no case, no accents, single spaces."""
    bare = unicodedata.normalize("NFD", fold(text).casefold())
    bare = "".join(c for c in bare if not "\u0300" <= c <= "\u036f")
    return " ".join(unicodedata.normalize("NFC", bare).split())


def base(language: str) -> str:
    """The language without its region: de of de-CH."""
    return language.replace("_", "-").split("-")[0].lower()


@lru_cache(maxsize=64)
def locale(language: str) -> Locale | None:
    """What is known of a language; None of an unknown one."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return None
