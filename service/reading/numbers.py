"""Numbers as printed: the spans of a text and every amount each may mean."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

import regex  # type: ignore[import-untyped]  # ships no types; allows a group name twice
from pydantic import JsonValue

from service.reading.characters import fold_text
from service.reading.currencies import CURRENCY, codes_of_sign
from service.reading.languages import find_locale, meanings_in, pattern_of_any
from service.reading.models import PrintedValue

_SCALE_WORDS = meanings_in("scales")
_POWERS = _SCALE_WORDS | {"m": ("6",)}
_SCALE = f"(?:M(?![€$£¥])|(?i:{pattern_of_any(_SCALE_WORDS)}))"  # 5 m are metres
# A word beside a number that changes what it says: a sign, a scale, a currency.
BELONGS = rf"(?:[-+%‰()]|{_SCALE}|[kKTmM]|{CURRENCY})\.?"

# A minus behind a number: glued to it, or the last character of the text. Not the dash of 5-7.
_MINUS_BEHIND = r"(?P<sign>-(?![\w-]|\s*\d)|\s-(?=\s*$))?"
# Units that are printed without a blank.
_GLUED_UNIT = r"""
    (?:
        k?Wh | MWh | kW | [kmµ]?g | [kcm]?m[²³]? | [mM]?[lL] | t | h | s | min | ms
      | Std | Stk | pcs | p[xt] | [GMk]B | °[CF]
    )
    (?!\w)
"""
# A number and what stands beside it. BLANKS are those that may part its groups of digits.
_NUMBER = rf"""
    (?P<open>\()?                           # a bracket makes it negative where it is closed again
    (?P<sign>^\s*-\s|[-+])?                 # a sign; the minus that opens a text may stand apart
    (?:(?P<currency>{CURRENCY})\s?)?
    (?P<sign>[-+])?                         # a sign behind the currency
    (?P<digits>(?>                          # atomic: 1 234 is never read as 1
        \d{{1,3}}(?:[BLANKS]\d{{3}})+(?!\d) # groups that blanks part
            (?:[.,]\d+)?
      | \d+(?:[.,']\d+)*                    # groups that marks part, or one group
    ))
    (?![-/:_@]\w|[.,']\d)                   # not the beginning of a code, a date or a time
    (?:[.,]-{{1,2}})?                       # 5,- and 5.-- have no cents
    {_MINUS_BEHIND}
    (?:
        \s?(?P<unit>[%‰])
      | (?(currency)|(?P<unit>{_GLUED_UNIT})?)
    )?
    (?:\s?(?P<scale>{_SCALE})(?![^\W\d_])\.?)?
    (?:\s?(?P<currency>{CURRENCY}){_MINUS_BEHIND})?
    (?(open)(?:\s?(?P<close>\)))?)
    (?=\s?(?P<word>[^\W\d_][\w²³/]*|°[CF])?) # the word behind it, which is only looked at
"""
_GROUPED_BY_ANY_BLANK = regex.compile(_NUMBER.replace("BLANKS", "\u00a0 "), regex.VERBOSE)
_GROUPED_BY_HARD_BLANK = regex.compile(_NUMBER.replace("BLANKS", "\u00a0"), regex.VERBOSE)

# No number is better than a wrong one.
_NOT_BEFORE = regex.compile(
    r"""(?:
        \w | \w[-/_&@+] | [.,] | \d[/':]    # the number ends a code, a date or a time
      | [<>≤≥~≈±]\s?                        # a comparison
      | \S\s+[-+]\s                         # a difference
      | [TkKM](?:[A-Z]{3}|€)\s?             # thousands of a currency, TEUR 5
    )$""",
    regex.VERBOSE,
)
_NOT_AFTER = re.compile(
    r"""
        \w                                  # the number begins a code
      | \s*-\s*\d                           # a range
      | \s?(?:                              # thousands, 5 k and 5 TEUR
            [kKTM]\b
          | [kKTmM]\s?(?:[A-Z]{3}\b|[€$£¥])
        )
    """,
    re.VERBOSE,
)
_CHARACTERS_BEFORE = 16  # as many as `_NOT_BEFORE` looks at

# The whole part of a number, its groups parted by one mark. A row of more digits is no amount.
_WHOLE = r"\d{1,20}|[1-9]\d{0,2}(?:([MARKS' \u00a0])\d{3})(?:\1\d{3}){0,5}"
_INDIAN_WHOLE = r"[1-9]\d?(?:,\d\d)+,\d{3}"
_WHOLE_BY_DECIMAL_MARK = {
    ".": re.compile(f"{_WHOLE.replace('MARKS', ',')}|{_INDIAN_WHOLE}"),
    ",": re.compile(_WHOLE.replace("MARKS", ".")),
}
_FRACTION = re.compile(r"\d{0,8}")
_NO_DIGIT = re.compile(r"[^0-9]")


def printed_numbers(
    text: str, language: str, rules: Mapping[str, JsonValue]
) -> Iterator[PrintedValue]:
    """The numbers of a folded text, whole tokens only. The rule `decimal` is the decimal mark."""
    group_mark = _group_mark(language)
    decimal_mark = str(rules.get("decimal"))
    pattern = _GROUPED_BY_ANY_BLANK if group_mark == "\u00a0" else _GROUPED_BY_HARD_BLANK
    for match in pattern.finditer(text):
        start, end = match.span()
        if _NOT_BEFORE.search(text, max(0, start - _CHARACTERS_BEFORE), start):
            continue
        if _NOT_AFTER.match(text, end):
            continue
        if match["currency"] and match["word"] == "m":
            continue  # $5 m may be five million dollars
        amounts = _amounts(match["digits"], group_mark, decimal_mark)
        if amounts:
            codes = codes_of_sign(match["currency"], language) if match["currency"] else ()
            yield PrintedValue(
                start=start,
                end=end,
                readings=_readings(match, amounts, language),
                currency=codes,
                unit=match["unit"] or "/".join(codes) or match["word"] or "",
            )


def _group_mark(language: str) -> str:
    """What parts groups of three digits in the language."""
    locale = find_locale(language)
    if locale is None:
        return "none"
    return fold_text(str(locale.number_symbols["latn"]["group"]))


def _amounts(digits: str, group_mark: str, decimal_mark: str) -> list[Decimal]:
    """What the digits alone can mean, by the mark that is taken for the decimal one."""
    by_mark: dict[str, Decimal] = {}
    for mark, whole_pattern in _WHOLE_BY_DECIMAL_MARK.items():
        whole, _, fraction = digits.partition(mark)
        if whole_pattern.fullmatch(whole) and _FRACTION.fullmatch(fraction):
            by_mark[mark] = Decimal(f"{_NO_DIGIT.sub('', whole)}.{fraction or 0}")
    if decimal_mark in by_mark:
        return [by_mark[decimal_mark]]
    amounts = sorted(set(by_mark.values()), reverse=True)
    if group_mark in digits:
        return amounts[:1]  # 1.234 is thousands where the language groups so
    return amounts


def _readings(
    match: "regex.Match[str]", amounts: list[Decimal], language: str
) -> tuple[JsonValue, ...]:
    """The amounts with the sign and the scale that are printed beside them."""
    powers = _POWERS.get((match["scale"] or "").lower(), ("0",))
    if language.startswith("en"):
        powers = powers[:1]
    scaled = [amount.scaleb(int(power)) for power in powers for amount in amounts]
    if match["close"] or any("-" in sign for sign in match.captures("sign")):
        scaled = [-amount for amount in scaled]
    return tuple(_as_json(amount) for amount in scaled)


def _as_json(amount: Decimal) -> int | float:
    if amount == amount.to_integral_value():
        return int(amount)
    return float(amount)
