"""How many words at a place read as a value of a kind. Strict: what might be something else is not read."""

import re
from collections.abc import Sequence

from service.extraction import values
from service.extraction.models import Variable
from service.extraction.offline_words import tokens
from service.extraction.values.characters import fold
from service.extraction.values.currencies import CURRENCY

_NUMBER = r"[-+]?(?:\d{1,3}(?:[ .,']\d{3})+(?:[.,]\d{1,2})?|\d{1,9}(?:[.,]\d{1,4})?)"
_MONEY = re.compile(rf"-?(?:{CURRENCY}\s?)?{_NUMBER}(?:\s?{CURRENCY})?")
_SURE_MONEY = re.compile(rf"{CURRENCY}|[.,]\d\d$")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: (?=\w*\d)[A-Z0-9]{1,3})?)")
_IBAN_HEAD = re.compile(r"[A-Z]{2}\d{2} [A-Z0-9]{4} ")
_PATTERNS = {
    "bic": re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?"),
    "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "phone": re.compile(r"\+?\(?\d[\d ()/-]{5,}\d"),
    "currency": re.compile(rf"(?=[A-Z]{{3}}$){CURRENCY}"),
    "number": re.compile(_NUMBER),
    "iban": _IBAN,
}
_ID = re.compile(r"(?=[^\d]*\d)\w[\w./-]*\w|\d")
_NO_ID = re.compile(r"\d+[.,]\d\d|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d\d-\d\d|.*@.*|www\..*")
_WORDS_OF_KIND = {
    "iban": "iban",
    "bic": "bic swift",
    "email": "email mail courriel correo",
    "phone": "phone telephone telefon tel",
    "currency": "currency wahrung devise moneda",
    "id": "number no nr id reference ref code numero nummer",
}
_LONGEST = 12  # words; an IBAN in groups has nine


def kind(variable: Variable) -> str:
    """The variable's type, a text further told apart by what it is called."""
    if variable.type != "text":
        return variable.type
    words = {*tokens(variable.key), *tokens(variable.label)}
    return next((k for k, named in _WORDS_OF_KIND.items() if words & set(named.split())), "text")


def length(kind: str, variable: Variable, words: Sequence[str], language: str) -> int:
    """How many of the words, from the first, are the value; 0 where they are none of this kind."""
    sizes = range(1, min(len(words), _LONGEST) + 1)
    if kind == "date":
        return next((n for n in sizes if _is_date(variable, words[:n], language)), 0)
    if kind == "id":
        return _id(words)
    if kind == "money":
        return max((n for n in sizes if _is_money(words[:n], words[n:])), default=0)
    pattern = _PATTERNS[kind]
    return max((n for n in sizes if pattern.fullmatch(_join(words[:n]))), default=0)


def _join(words: Sequence[str]) -> str:
    return fold(" ".join(words)).strip().strip(".,;:()").strip()


def _is_date(variable: Variable, words: Sequence[str], language: str) -> bool:
    # What is still a date without its first word did not begin there.
    whole = _reads_as_day(variable, words, language)
    return whole and not _reads_as_day(variable, words[1:], language)


def _reads_as_day(variable: Variable, words: Sequence[str], language: str) -> bool:
    read = values.normalise(variable, _join(words), language=language)
    return any(isinstance(day, str) and len(day) == 10 for day in (read.value, *read.readings))


def _is_money(words: Sequence[str], after: Sequence[str]) -> bool:
    text = _join(words)
    percent = bool(after) and after[0].startswith("%")
    return bool(_MONEY.fullmatch(text) and _SURE_MONEY.search(text)) and not percent


def _id(words: Sequence[str]) -> int:
    head = 1 if len(words) > 1 and re.fullmatch(r"[A-Z]{2,3}", words[0]) else 0
    first = _join(words[head : head + 1])
    if not _ID.fullmatch(first) or _NO_ID.fullmatch(first) or _IBAN_HEAD.match(" ".join(words)):
        return 0
    n = head + 1
    while n < len(words) and re.fullmatch(r"\d{1,6}", _join(words[n : n + 1])):
        n += 1
    return n if len(_join(words[:n])) > 2 else 0
