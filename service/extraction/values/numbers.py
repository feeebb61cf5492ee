"""Numbers as printed: the spans of a text and every amount each may mean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from service.extraction.values.characters import base, fold, locale
from service.extraction.values.currencies import CURRENCY, resolve

_SCALE_TABLE = """
3: thousand tsd tausend mille mila mil tys тыс พัน 千 | 4: 万 萬 | 5: lakh lakhs | 7: crore crores
6: million millions millionen mio mln mill mn millón millones milhão milhões milione milioni milionów
miljoen miljoner млн миллион миллиона миллионов ล้าน | 8: 亿 億 | 12: billionen billón billones biljoen
9: milliard milliards milliarde milliarden mrd mld bn miljard млрд миллиард миллиарда миллиардов
"""
SCALES = {word: int(power) for power, words in re.findall(r"(\d+): ([^|\d]+)", _SCALE_TABLE) for word in words.split()}
_LONG_OR_SHORT = {"billion": (9, 12), "billions": (9, 12), "trillion": (12, 18)}
_LETTERS = {"k": 3, "K": 3, "T": 3, "m": 6, "M": 6}
_GLUED = r"(?:k?Wh|MWh|kW|[kmµ]?g|[kcm]?m[²³]?|[mM]?[lL]|t|h|s|min|ms|Std|Stk|pcs|p[xt]|[GMk]B|°[CF])(?!\w)"

_CORE = r"\d{1,3}(?:[%s]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,']\d+)*|(?<!\S)[.,]\d+"
_TOKEN = {True: re.compile(_CORE % "\u00a0 "), False: re.compile(_CORE % "\u00a0")}
_LEFT = re.compile(rf"(?P<open>\()?(?P<sign>[-+])?(?:(?P<cur>{CURRENCY})\s?)?(?P<sign2>[-+])?$")
_MINUS = r"-(?![\w-]|\s*\d)|\s-(?=\s*$)"
_WORDS = "|".join(sorted([*SCALES, *_LONG_OR_SHORT], key=len, reverse=True))
_RIGHT = re.compile(
    rf"(?:[.,]-{{1,2}})?(?P<trail>{_MINUS})?\s?(?P<percent>[%‰])?"
    rf"(?:(?P<scale>(?i:{_WORDS})|[kKTmM](?=\s?(?:{CURRENCY})|\b))(?![^\W\d_円元])\.?)?"
    rf"(?:\s?(?P<cur>{CURRENCY})(?P<trail2>{_MINUS})?)?\s?(?P<close>\))?"
)
# A word beside a number that changes what it says: a sign, a scale, a currency.
BELONGS = rf"(?:[-+%‰()]|(?i:{_WORDS})|[kKTmM]|{CURRENCY})\.?"
_NOT_BEFORE = re.compile(r"(?:\w|\w[-/_&@+]|\d[./,':]|[<>≤≥~≈±]\s?|\S\s+[-+]\s|[TkKM](?:[A-Z]{3}|€)\s?)$")
_LONGEST = 40  # digits; a longer row of them is no amount, and JSON readers would choke on it
_NOT_AFTER = re.compile(r"[-/:_@]\w|[.,']\d|\w")
# Ranges, and amounts in thousands such as 5 TEUR: no number is better than a wrong one.
_SPOILED = re.compile(r"\s*-\s*\d|\s?[TkKM](?:EUR|USD|GBP|CHF)\b")
_UNIT = re.compile(r"\s?([^\W\d_][\w²³/]*|°[CF]|[%‰]|)")


@dataclass(frozen=True, slots=True)
class Number:
    """One printed number: several `readings` where it is ambiguous, the codes its currency sign can
    mean, and as `unit` the % or the word behind it."""

    start: int
    end: int
    readings: tuple[Decimal, ...]
    currency: tuple[str, ...]
    unit: str


def _group_mark(language: str) -> str:
    known = locale(language)
    return fold(str(known.number_symbols["latn"]["group"])) if known else ""


def _grouped(body: str, mark: str) -> bool:
    indian = mark == "," and re.fullmatch(r"\d{1,2}(,\d{2})+,\d{3}", body)
    return bool(indian or re.fullmatch(rf"\d{{1,3}}({re.escape(mark)}\d{{3}})+", body))


def _amounts(body: str, group: str, decimal: str) -> list[Decimal]:
    whole = re.sub(r"(?<=\d)[ '\u00a0](?=\d{3}(?!\d))", "", body)
    marks = re.findall(r"[^\d]", whole)
    if len(whole) > _LONGEST:
        return []
    if not marks:
        return [Decimal(whole)]
    head, mark, tail = whole.rpartition(marks[-1])
    if len(marks) > 1:
        if len(set(marks)) == 2 and mark not in head and _grouped(head, marks[0]):
            return [Decimal(f"{head.replace(marks[0], '')}.{tail}")]
        return [Decimal(whole.replace(mark, ""))] if _grouped(whole, mark) else []
    if mark not in ".,":
        return []
    fraction, thousands = Decimal(f"{head or 0}.{tail}"), Decimal(head + tail)
    if whole != body or mark == decimal or len(tail) != 3 or not re.match(r"[1-9]\d{0,2}$", head):
        return [fraction]
    # 1.234 is thousands where the language groups so; elsewhere it may be either.
    return [thousands] if mark == group or decimal else [thousands, fraction]


def _powers(word: str, language: str, money: bool) -> tuple[int, ...]:
    if word in _LETTERS:
        return (_LETTERS[word],) if money else (0,) if word in "mT" else (0, _LETTERS[word])
    either = _LONG_OR_SHORT.get(word.lower())
    if either:
        return either[:1] if base(language) == "en" else either
    return (SCALES.get(word.lower(), 0),)


def _number(text: str, core: re.Match[str], language: str, decimal: str) -> Number | None:
    left = _LEFT.search(text, max(0, core.start() - 16), core.start())
    right = _RIGHT.match(text, core.end())
    if left is None or right is None or _NOT_BEFORE.search(text[: left.start()][-16:]):
        return None
    bare = right.end() == core.end() and not re.match(_GLUED, text[core.end() :])
    if _SPOILED.match(text, right.end()) or (bare and _NOT_AFTER.match(text, core.end())):
        return None
    symbol = left["cur"] or right["cur"]
    bracketed = bool(left["open"] and right["close"])
    dashed = bool(re.fullmatch(r"\s*-\s", text[: left.start()]))
    signs = (left["sign"], left["sign2"], right["trail"], right["trail2"])
    minus = bracketed or dashed or any("-" in (sign or "") for sign in signs)
    amounts = _amounts(core[0], _group_mark(language), decimal)
    powers = _powers(right["scale"] or "", language, bool(symbol))
    readings = tuple(dict.fromkeys((-a if minus else a).scaleb(p) for p in powers for a in amounts))
    start = 0 if dashed else left.start() + (0 if bracketed else len(left["open"] or ""))
    end = right.end() - (0 if bracketed else len(right["close"] or ""))
    end = core.end() + len(text[core.end() : end].rstrip())
    behind = _UNIT.match(text, end)
    unit = right["percent"] or (behind[1] if behind else "")
    return Number(start, end, readings, resolve(symbol, language) if symbol else (), unit)


def numbers(text: str, language: str, decimal: str = "", *, lone: bool = False) -> Iterator[Number]:
    """The numbers of a folded text, whole tokens only: nothing out of codes, dates, times, ranges.

    `decimal` is the mark that the variable's rules state; `lone` reads blanks as thousands marks
    in any language, for a text that is one number.
    """
    spaced = lone or _group_mark(language) in {" ", "\u00a0"}
    for core in _TOKEN[spaced].finditer(text):
        number = _number(text, core, language, decimal)
        if number and number.readings:
            yield number


def as_json(amount: Decimal) -> int | float:
    """The JSON number of an amount: an integer where it is one."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)
