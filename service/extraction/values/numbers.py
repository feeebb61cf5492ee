"""Numbers as printed: the spans of a text and every amount each may mean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import regex  # type: ignore[import-untyped]  # ships no types; one group name on both sides of the digits

from service.extraction.values.characters import fold
from service.extraction.values.currencies import CURRENCY, either, resolve
from service.extraction.values.languages import locale, meanings

_SCALES = meanings("scales")
# A word beside a number that changes what it says: a sign, a scale, a currency.
BELONGS = rf"(?:[-+%‰()]|(?i:{either(_SCALES)})|[kKTmM]|{CURRENCY})\.?"

_MINUS = r"(?P<sign>-(?![\w-]|\s*\d)|\s-(?=\s*$))?"
_GLUED = r"(?:k?Wh|MWh|kW|[kmµ]?g|[kcm]?m[²³]?|[mM]?[lL]|t|h|s|min|ms|Std|Stk|pcs|p[xt]|[GMk]B|°[CF])(?!\w)"
_PRINTED = (
    rf"(?P<open>\()?(?P<sign>^\s*-\s|[-+])?(?:(?P<currency>{CURRENCY})\s?)?(?P<sign>[-+])?"
    r"(?P<digits>\d{1,3}(?:[BLANKS]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,']\d+)*)"
    rf"(?:[.,]-{{1,2}})?{_MINUS}(?:\s?(?P<unit>[%‰])|(?(currency)|(?P<unit>{_GLUED})?))?"
    rf"(?:\s?(?P<scale>(?i:{either(_SCALES)}))(?![^\W\d_])\.?)?(?:\s?(?P<currency>{CURRENCY}){_MINUS})?"
    r"(?(open)(?:\s?(?P<close>\)))?)(?=\s?(?P<word>[^\W\d_][\w²³/]*|°[CF])?)"
)
_ANY_BLANK = regex.compile(_PRINTED.replace("BLANKS", "\u00a0 "))
_HARD_BLANK = regex.compile(_PRINTED.replace("BLANKS", "\u00a0"))
# A text that is one number may part its thousands by blanks in any language.
_ALONE = re.compile(rf"[^\w.,]*\d{{1,3}}(?: \d{{3}})+(?:[.,]\d+)?\W*(?:{CURRENCY})?\W*")
# Codes, dates, times, comparisons, differences and ranges, and amounts in thousands such as 5 TEUR or 5 M€:
# no number is better than a wrong one.
_NOT_BEFORE = regex.compile(r"(?:\w|\w[-/_&@+]|[.,]|\d[/':]|[<>≤≥~≈±]\s?|\S\s+[-+]\s|[TkKM](?:[A-Z]{3}|€)\s?)$")
_NOT_BEHIND_DIGITS = re.compile(r"[-/:_@]\w|[.,']\d")
_NOT_AFTER = re.compile(r"\w|\s*-\s*\d|\s?(?:[kKTM]\b|[kKTmM]\s?(?:[A-Z]{3}\b|[€$£¥]))")
_LONGEST = 28  # digits that a Decimal keeps; a longer row of them is no amount

_WHOLE = r"(\d+|[1-9]\d{0,2}(?:(?P<mark>[MARKS' \u00a0])\d{3})(?:(?P=mark)\d{3})*)"
_STYLES = {
    ".": re.compile(_WHOLE.replace("MARKS", ",") + r"(?:\.(\d+))?"),
    ",": re.compile(_WHOLE.replace("MARKS", ".") + r"(?:,(\d+))?"),
}


@dataclass(frozen=True, slots=True)
class Number:
    """One printed number: several `readings` where it is ambiguous, the codes its currency sign can
    mean, and as `unit` the % or the word behind it."""

    start: int
    end: int
    readings: tuple[int | float, ...]
    currency: tuple[str, ...]
    unit: str


def _amounts(digits: str, language: str, decimal: str) -> list[Decimal]:
    """What the digits say with a decimal point and with a decimal comma; one where that is settled."""
    by_mark: dict[str, Decimal] = {}
    for mark, style in _STYLES.items():
        if len(digits) <= _LONGEST and (match := style.fullmatch(digits)):
            by_mark[mark] = Decimal(f"{re.sub(r'[^0-9]', '', match[1])}.{match[3] or 0}")
    if decimal in by_mark:
        return [by_mark[decimal]]
    amounts = sorted(set(by_mark.values()), reverse=True)
    # 1.234 is thousands where the language groups so; elsewhere it may be either.
    return amounts[:1] if _group_mark(language) in digits else amounts


def _group_mark(language: str) -> str:
    known = locale(language)
    return fold(str(known.number_symbols["latn"]["group"])) if known else "none"


def _powers(scale: str, language: str) -> list[int]:
    powers = [int(power) for power in _SCALES.get(scale.lower(), ("0",))]
    return powers[:1] if language.startswith("en") else powers


def numbers(text: str, language: str, decimal: str = "") -> Iterator[Number]:
    """The numbers of a folded text, whole tokens only; `decimal` is the mark that the rules state."""
    spaced = _group_mark(language) == "\u00a0" or _ALONE.fullmatch(text)
    for match in (_ANY_BLANK if spaced else _HARD_BLANK).finditer(text):
        cut = _NOT_BEFORE.search(text[: match.start()][-16:]) or _NOT_AFTER.match(text, match.end())
        if cut or _NOT_BEHIND_DIGITS.match(text, match.end("digits")):
            continue
        unit = match["unit"] or match["word"] or ""
        minus = match["close"] or any("-" in sign for sign in match.captures("sign"))
        readings = tuple(
            _as_json(amount.scaleb(power) * (-1 if minus else 1))
            for power in _powers(match["scale"] or "", language)
            for amount in _amounts(match["digits"], language, decimal)
        )
        # $5 m may be five million dollars.
        if readings and not (match["currency"] and unit == "m"):
            currency = resolve(match["currency"], language) if match["currency"] else ()
            yield Number(match.start(), match.end(), readings, currency, unit)


def _as_json(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)
