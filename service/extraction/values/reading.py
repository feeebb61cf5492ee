"""Normalise: what a model or a person wrote, as the one typed value it means, or flagged."""

import json
import math
import re
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from service.extraction.models import Normalised, Variable
from service.extraction.values.characters import fold
from service.extraction.values.choices import read_boolean, read_category
from service.extraction.values.currencies import currencies
from service.extraction.values.dates import dates
from service.extraction.values.numbers import Number, as_json, numbers

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})")


def stated(variable: Variable, rule: str) -> str:
    """A rule that is a text, such as decimal, unit or currency; empty where it is not stated."""
    value = variable.rules.get(rule)
    return value if isinstance(value, str) else ""


def day_first(variable: Variable) -> bool | None:
    """What the rules say of 03/04/2024; None where they do not."""
    value = variable.rules.get("day_first")
    return value if isinstance(value, bool) else None


def _text(raw: JsonValue) -> str:
    if isinstance(raw, float) and math.isfinite(raw):
        return f"{Decimal(str(raw)):f}"  # never 1e-07
    return raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False)


def _lone(variable: Variable, raw: JsonValue, text: str, language: str) -> Number | None:
    if isinstance(raw, dict | list):
        return None
    decimal = stated(variable, "decimal") if isinstance(raw, str) else "."
    found = list(numbers(text, language, decimal, lone=True))
    rest = text[: found[0].start] + text[found[0].end :] if len(found) == 1 else "0"
    return None if re.search(r"\d", rest) else found[0]


def _number(variable: Variable, raw: JsonValue, language: str) -> Normalised:
    text = fold(_text(raw)).strip()
    number = _lone(variable, raw, text, language)
    if number is None:
        return Normalised(flags=("not_a_number",))
    readings = [as_json(reading) for reading in number.readings]
    if len(readings) > 1:
        return Normalised(readings=tuple(readings), flags=("ambiguous_number",))
    rest = text[: number.start] + text[number.end :].replace(number.unit, "", 1)
    return Normalised(value=readings[0], flags=("extra_text",) if re.search(r"\w", rest) else ())


def _codes(variable: Variable, text: str, number: Number, language: str) -> list[str]:
    named = {number.currency} if number.currency else currencies(text, language)
    codes, rule = sorted({code for meant in named for code in meant}), stated(variable, "currency")
    return [rule] if rule and (rule in codes or not codes) else codes


def _money(variable: Variable, raw: JsonValue, language: str) -> Normalised:
    name: JsonValue = ""
    if isinstance(raw, dict):
        name = raw.get("currency") or ""
        raw = raw.get("amount")
    text = fold(_text(raw)).strip()
    number = _lone(variable, raw, text, language)
    if number is None:
        return Normalised(flags=("not_a_number",))
    codes = _codes(variable, f"{text} {fold(str(name))}", number, language)
    options: list[JsonValue] = [
        {"amount": as_json(amount), "currency": code} for amount in number.readings for code in codes or (None,)
    ]
    said = {
        "currency_missing": not codes,
        "ambiguous_number": len(number.readings) > 1,
        "ambiguous_currency": len(codes) > 1,
    }
    flags = tuple(flag for flag, holds in said.items() if holds)
    if len(options) > 1:
        return Normalised(readings=tuple(options), flags=flags)
    return Normalised(value=options[0], flags=flags)


def _date(variable: Variable, raw: JsonValue, language: str, time_zone: str) -> Normalised:
    text = fold(_text(raw)).strip()
    found = list(dates(text, language, day_first(variable)))
    rest = text[: found[0].start] + text[found[0].end :] if len(found) == 1 else "0"
    if re.search(r"\d", re.sub(r"\d{1,2}[:.]\d{2}(:\d{2})?", "", rest)):
        return Normalised(flags=("not_a_date",))
    dated = found[0]
    flags = ("two_digit_year",) if dated.short_year else ()
    if not dated.readings:
        return Normalised(flags=("impossible_date",))
    if len(dated.readings) > 1:
        return Normalised(readings=dated.readings, flags=("ambiguous_date", *flags))
    if _MOMENT.fullmatch(text):
        moment = datetime.fromisoformat(text).astimezone(ZoneInfo(time_zone))
        return Normalised(value=moment.date().isoformat())
    return Normalised(value=dated.readings[0], flags=flags)


def _one(variable: Variable, raw: JsonValue, language: str, time_zone: str) -> Normalised:
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return Normalised()
    match variable.type:
        case "number":
            return _number(variable, raw, language)
        case "money":
            return _money(variable, raw, language)
        case "date":
            return _date(variable, raw, language, time_zone)
        case "boolean":
            return read_boolean(raw)
        case "category":
            return read_category(variable, _text(raw))
        case "text" | "location":
            return Normalised(value=re.sub(r"[^\S\n]+", " ", _text(raw)).strip())


def _several(variable: Variable, items: list[Normalised]) -> Normalised:
    flags = tuple(dict.fromkeys(flag for item in items for flag in item.flags))
    values = [item.value for item in items if item.value is not None]
    if variable.multiple:
        readings = tuple(reading for item in items for reading in item.readings)
        return Normalised(value=values or None, readings=readings, flags=flags)
    distinct = [value for i, value in enumerate(values) if value not in values[:i]]
    rule = stated(variable, "several")
    if len(distinct) < 2 or rule in {"first", "last"}:
        return items[-1 if rule == "last" else 0] if items else Normalised()
    if rule == "joined":
        return Normalised(value="; ".join(map(_text, distinct)), flags=flags)
    return Normalised(readings=tuple(distinct), flags=(*flags, "several_values"))


def normalise(variable: Variable, raw: JsonValue, *, language: str, time_zone: str = "UTC") -> Normalised:
    """The typed value of a raw one: JSON numbers, ISO dates at their own precision,
    {amount, currency}, true or false, a listed category, text as it stands.

    Whatever has two meanings has no value but `readings` and a flag: ambiguous_number,
    ambiguous_date, ambiguous_currency, several_values. What has none is flagged not_a_number,
    not_a_date, impossible_date, not_a_boolean, unknown or not_in_categories. Rules that decide:
    decimal, day_first, currency, synonyms, other_allowed, several (first, last, joined).
    """
    raws = raw if isinstance(raw, list) else [raw]
    items = [_one(variable, item, language, time_zone) for item in raws]
    listed = isinstance(raw, list) or (variable.multiple and raw is not None)
    return _several(variable, items) if listed else items[0]
