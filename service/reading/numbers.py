"""Numbers as printed: the spans of a text and every amount each may mean."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

import regex  # type: ignore[import-untyped]  # ships no types; one group name on both sides of the digits
from pydantic import JsonValue

from service.reading.characters import fold
from service.reading.currencies import CURRENCY, currency
from service.reading.languages import either, locale, meanings
from service.reading.models import Printed

_WORDS = meanings("scales")
_SCALES = _WORDS | {"m": ("6",)}
_SCALE = f"(?:M(?![€$£¥])|(?i:{either(_WORDS)}))"  # 5 m are metres
# A word beside a number that changes what it says: a sign, a scale, a currency.
BELONGS = rf"(?:[-+%‰()]|{_SCALE}|[kKTmM]|{CURRENCY})\.?"

_MINUS = r"(?P<sign>-(?![\w-]|\s*\d)|\s-(?=\s*$))?"
_GLUED = r"(?:k?Wh|MWh|kW|[kmµ]?g|[kcm]?m[²³]?|[mM]?[lL]|t|h|s|min|ms|Std|Stk|pcs|p[xt]|[GMk]B|°[CF])(?!\w)"
_PRINTED = (
    rf"(?P<open>\()?(?P<sign>^\s*-\s|[-+])?(?:(?P<currency>{CURRENCY})\s?)?(?P<sign>[-+])?"
    r"(?P<digits>(?>\d{1,3}(?:[BLANKS]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,']\d+)*))(?![-/:_@]\w|[.,']\d)"
    rf"(?:[.,]-{{1,2}})?{_MINUS}(?:\s?(?P<unit>[%‰])|(?(currency)|(?P<unit>{_GLUED})?))?"
    rf"(?:\s?(?P<scale>{_SCALE})(?![^\W\d_])\.?)?(?:\s?(?P<currency>{CURRENCY}){_MINUS})?"
    r"(?(open)(?:\s?(?P<close>\)))?)(?=\s?(?P<word>[^\W\d_][\w²³/]*|°[CF])?)"
)
_ANY_BLANK = regex.compile(_PRINTED.replace("BLANKS", "\u00a0 "))
_HARD_BLANK = regex.compile(_PRINTED.replace("BLANKS", "\u00a0"))
# Codes, dates, times, comparisons, differences and ranges, and amounts in thousands such as 5 TEUR or 5 M€:
# no number is better than a wrong one.
_NOT_BEFORE = regex.compile(
    r"(?:\w|\w[-/_&@+]|[.,]|\d[/':]|[<>≤≥~≈±]\s?|\S\s+[-+]\s|[TkKM](?:[A-Z]{3}|€)\s?)$"
)
_NOT_AFTER = re.compile(r"\w|\s*-\s*\d|\s?(?:[kKTM]\b|[kKTmM]\s?(?:[A-Z]{3}\b|[€$£¥]))")
# Up to a decimal point, up to a decimal comma. A row of more digits is no amount.
_WHOLE = r"\d{1,20}|[1-9]\d{0,2}(?:([MARKS' \u00a0])\d{3})(?:\1\d{3}){0,5}"
_INDIAN = r"|[1-9]\d?(?:,\d\d)+,\d{3}"
_STYLES = {
    ".": re.compile(_WHOLE.replace("MARKS", ",") + _INDIAN),
    ",": re.compile(_WHOLE.replace("MARKS", ".")),
}


def _amounts(digits: str, group: str, decimal: str) -> list[Decimal]:
    by_mark: dict[str, Decimal] = {}
    for mark, style in _STYLES.items():
        whole, _, fraction = digits.partition(mark)
        if style.fullmatch(whole) and re.fullmatch(r"\d{0,8}", fraction):
            by_mark[mark] = Decimal(f"{re.sub(r'[^0-9]', '', whole)}.{fraction or 0}")
    if decimal in by_mark:
        return [by_mark[decimal]]
    amounts = sorted(set(by_mark.values()), reverse=True)
    # 1.234 is thousands where the language groups so; elsewhere it may be either.
    return amounts[:1] if group in digits else amounts


def numbers(text: str, language: str, rules: Mapping[str, JsonValue]) -> Iterator[Printed]:
    """The numbers of a folded text, whole tokens only. The rule `decimal` states the decimal mark."""
    known = locale(language)
    group = fold(str(known.number_symbols["latn"]["group"])) if known else "none"
    for match in (_ANY_BLANK if group == "\u00a0" else _HARD_BLANK).finditer(text):
        start, end = match.span()
        if _NOT_BEFORE.search(text, max(0, start - 16), start) or _NOT_AFTER.match(text, end):
            continue
        minus = match["close"] or any("-" in sign for sign in match.captures("sign"))
        powers = _SCALES.get((match["scale"] or "").lower(), ("0",))
        readings = tuple(
            _as_json(amount.scaleb(int(power)) * (-1 if minus else 1))
            for power in (powers[:1] if language.startswith("en") else powers)
            for amount in _amounts(match["digits"], group, str(rules.get("decimal")))
        )
        # $5 m may be five million dollars.
        if readings and not (match["currency"] and match["word"] == "m"):
            codes = currency(match["currency"], language) if match["currency"] else ()
            unit = match["unit"] or "/".join(codes) or match["word"] or ""
            yield Printed(start, end, readings, codes, unit)


def _as_json(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)
