"""What a value means and whether its quote says so. Pure: no input or output, nothing is guessed."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import regex  # type: ignore[import-untyped]  # ships no types; patterns with a timeout
from pydantic import JsonValue

from service.evidence.models import Located
from service.reading.characters import fold, loose
from service.reading.choices import read_category, said_boolean, said_category
from service.reading.dates import dates
from service.reading.languages import Printed, currencies
from service.reading.models import Normalised, Variable
from service.reading.numbers import numbers

# As flags name it: ambiguous_number, not_a_number.
_CALLED = {"money": "number", "amount": "number"}
_PATTERN_SECONDS = 0.1
_PROOF = {"exact", "split", "moved"}
# What the value of a signal leaves of the confidence: a made-up value stays below one half.
_FACTORS: dict[str, dict[Any, float]] = {
    "origin": {"model": 1.0, "offline": 0.9},
    "evidence": {
        "exact": 0.99,
        "moved": 0.95,
        "split": 0.95,
        "fuzzy": 0.6,
        "not_found": 0.25,
        "none": 0.2,
    },
    "derivable": {True: 1.0, False: 0.45},
    "rules_ok": {True: 1.0, False: 0.6},
    "ambiguous": {True: 0.5, False: 1.0},
    "source": {"text": 1.0, "ocr": 0.9, "none": 0.5},
}


def printed(variable: Variable, text: str, language: str, around: str = "") -> Iterator[Printed]:
    """Every number, amount, date or answer of a folded text; `around` is the folded text of its page."""
    if variable.type == "boolean":
        answer = said_boolean(text)
        return iter(() if answer is None else [Printed(0, len(text), (answer,))])
    read = dates if variable.type == "date" else numbers
    found = read(text, language, variable.rules)
    return _money(variable, found, text, language, around) if variable.type == "money" else found


def _money(
    variable: Variable, found: Iterator[Printed], text: str, language: str, around: str
) -> Iterator[Printed]:
    rule = variable.rules.get("currency")
    near = [
        currencies(text, language),
        {rule} if isinstance(rule, str) else currencies(around, language),
    ]
    for number in found:
        codes: list[JsonValue] = [*_codes([set(number.currency), *near])] or [None]
        money = tuple(
            {"amount": amount, "currency": code} for amount in number.readings for code in codes
        )
        if number.unit not in ("%", "‰"):
            yield number._replace(readings=money)


def _codes(places: list[set[str]]) -> list[str]:
    """What the nearest place names that names a currency; those further off decide only between its meanings."""
    codes: set[str] = set()
    for named in places:
        codes = codes if len(codes) == 1 else codes & named or codes or named
    return sorted(codes)


def _flags(kind: str, found: Printed) -> tuple[str, ...]:
    """What of a value has two meanings, and whether an amount is without a currency."""
    readings = [
        reading if isinstance(reading, dict) else {kind: reading} for reading in found.readings
    ]
    meant = {part: {str(reading[part]) for reading in readings} for part in readings[0]}
    flags = [
        f"ambiguous_{_CALLED.get(part, part)}"
        for part, several in meant.items()
        if len(several) > 1
    ]
    return (*flags, "currency_missing") if meant.get("currency") == {"None"} else tuple(flags)


def normalise(variable: Variable, raw: JsonValue, *, language: str) -> Normalised:
    """The typed value of a raw one: JSON numbers, ISO dates at their own precision,
    {amount, currency}, true or false, a listed category (or, where the rule other_allowed says so,
    the text), text as it stands.

    Whatever has two meanings has no value but `readings` and a flag: ambiguous_number,
    ambiguous_date, ambiguous_currency. What has none is flagged not_a_number, not_a_date,
    impossible_date, not_a_boolean or not_in_categories. Rules that decide: decimal, day_first,
    currency, synonyms, other_allowed.
    """
    text = raw if isinstance(raw, str) else json.dumps(raw)
    if isinstance(raw, float):
        text = f"{Decimal(str(raw)):f}"  # never 1e-07
        variable = variable.model_copy(update={"rules": {**variable.rules, "decimal": "."}})
    if raw is None or not text.strip():
        return Normalised()
    if variable.type == "category":
        return read_category(variable, text)
    if variable.type in ("text", "location"):
        return Normalised(value=re.sub(r"[^\S\n]+", " ", text).strip())
    text = fold(text).strip()
    found = list(printed(variable, text, language))
    if len(found) != 1 or re.search(r"\d", text[: found[0].start] + text[found[0].end :]):
        return Normalised(flags=(f"not_a_{_CALLED.get(variable.type, variable.type)}",))
    if not found[0].readings:
        return Normalised(flags=("impossible_date",))
    value, *others = found[0].readings
    flags = _flags(variable.type, found[0])
    return (
        Normalised(readings=found[0].readings, flags=flags)
        if others
        else Normalised(value=value, flags=flags)
    )


def _less(a: JsonValue, b: JsonValue) -> bool:
    """Dates of lesser precision are compared at that precision: 2024 is not before 2024-05-01."""
    if isinstance(a, str) and isinstance(b, str):
        return a[: len(b)] < b[: len(a)]
    return isinstance(a, int | float) and isinstance(b, int | float) and a < b


def items(value: JsonValue) -> list[Any]:
    """What a cell holds one by one, of money the amounts."""
    listed = value if isinstance(value, list) else [value]
    return [
        item["amount"] if isinstance(item, dict) else item for item in listed if item is not None
    ]


def _broken(rules: dict[str, JsonValue], value: JsonValue) -> Iterator[str]:
    if _less(value, rules.get("min")) or _less(rules.get("max"), value):
        yield "rule_range"
    if value not in items(rules.get("enum", value)):
        yield "rule_enum"
    pattern = rules.get("pattern")
    try:
        if isinstance(pattern, str) and not regex.fullmatch(
            pattern, str(value), timeout=_PATTERN_SECONDS
        ):
            yield "rule_pattern"
    except (regex.error, TimeoutError):
        yield "rule_pattern_unchecked"


def validate(variable: Variable, value: JsonValue) -> tuple[str, ...]:
    """Flags of the rules that a normalised value breaks; `required` where a required one is absent.

    Rules read: min, max, enum, pattern (full match).
    """
    if value is None or value == []:
        return ("required",) if variable.required else ()
    return tuple(
        dict.fromkeys(flag for item in items(value) for flag in _broken(variable.rules, item))
    )


def _verbatim(value: str, text: str) -> bool:
    """True where a folded text prints the value as whole tokens, blanks and line ends aside."""
    body, text, at = " ".join(fold(value).split()), " ".join(text.split()), -1
    # What may not stand before and after it: of the same token, a sign, or more of a number in groups.
    before, after = r"\w[-./,'&@_]?$" + "|[-+]$" * body[:1].isdigit(), r"[-./,'&@_]?\w"
    if re.fullmatch(r"(?=.*\d)[^\W_]{8,}", value):
        before, after = rf"{before}|\d $", rf"{after}| \d"
        # An identifier printed in groups, DE70 2106 …, is the same when written in one.
        text = re.sub(" ?".join(body), lambda _: body, text)
    while body and (at := text.find(body, at + 1)) >= 0:
        if not re.search(before, text[max(0, at - 2) : at]) and not re.match(
            after, text[at + len(body) :]
        ):
            return True
    return False


def _agrees(reading: JsonValue, value: JsonValue) -> bool:
    """True where a reading is the value, or says more: the day of a month, the currency of an amount."""
    if isinstance(reading, dict) and isinstance(value, dict) and value["currency"] is None:
        return reading["amount"] == value["amount"]
    return (
        reading[: len(value)] if isinstance(reading, str) and isinstance(value, str) else reading
    ) == value


def _has_unit(unit: str, number: Printed, text: str) -> bool:
    """True where the unit is printed with the number or, if that has none, in the label before it."""
    label = re.split(r"[\s():]+", loose(text[: number.start]))
    return not unit or loose(unit) in ([loose(number.unit)] if number.unit else label)


def derivable(
    variable: Variable,
    value: JsonValue,
    quote: str,
    *,
    language: str,
    raw: JsonValue = None,
    around: str = "",
) -> bool:
    """True where the quote says the normalised value. Pass what the page prints, `Located.quote`.

    `raw` is the value before normalising: a unit written there must be the quote's. `around` is
    the text of the page: a currency that the quote lacks counts where it is the only one there.
    """
    text = fold(quote)
    if variable.type in ("text", "location", "category") and isinstance(value, str):
        return (
            said_category(variable, value, text)
            if variable.type == "category"
            else _verbatim(value, text)
        )
    if isinstance(value, bool) != (variable.type == "boolean"):
        return False
    written = printed(variable, fold(str(raw)), language) if variable.type == "number" else iter(())
    unit = next((number.unit for number in written), "")
    said = (p for p in printed(variable, text, language, fold(around)) if _has_unit(unit, p, text))
    return any(p.readings and all(_agrees(reading, value) for reading in p.readings) for p in said)


def verified(located: Located, derivable: bool, flags: Sequence[str]) -> bool:
    """True where the quote is printed, says the value, and the value has one reading."""
    return (
        located.evidence in _PROOF
        and derivable
        and not any(flag.startswith("ambiguous") for flag in flags)
    )


def confidence(signals: Mapping[str, Any]) -> float:
    """0 to 0.99: a product of factors, one a signal, each rising with what speaks for the value.

    Besides the table: text_quality 0-1 (x 0.5-1); occurrences (x 1 down to 0.9).
    """
    factors = [factor[signals[name]] for name, factor in _FACTORS.items()]
    factors += [
        0.5 + 0.5 * signals["text_quality"],
        max(0.9, 1 - 0.02 * max(0, signals["occurrences"] - 1)),
    ]
    return round(math.prod(factors), 4)
