"""Normalise: what a model or a person wrote, as the one typed value it means, or flagged."""

import json
import math
import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from service.extraction.models import Normalised, Variable
from service.extraction.values.characters import fold
from service.extraction.values.choices import read_category, said_boolean
from service.extraction.values.currencies import currencies
from service.extraction.values.dates import Dated, dates
from service.extraction.values.numbers import Number, numbers

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})")
Printed = TypeVar("Printed", Number, Dated)


def stated(variable: Variable, rule: str) -> str:
    """A rule that is a text, such as decimal or currency; empty where it is not stated."""
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


def _only(found: Iterable[Printed], text: str) -> tuple[Printed, str] | None:
    """The one value of a text and what is printed around it; None where there are other digits."""
    values = list(found)
    rest = text[: values[0].start] + text[values[0].end :] if len(values) == 1 else "0"
    return None if re.search(r"\d", rest) else (values[0], rest)


def _amount(variable: Variable, text: str, language: str, decimal: str) -> Normalised:
    only = _only(numbers(text, language, decimal), text)
    if only is None:
        return Normalised(flags=("not_a_number",))
    number, rest = only
    flags = ["ambiguous_number"] if len(number.readings) > 1 else []
    options: list[JsonValue] = list(number.readings)
    if variable.type == "money":
        codes, rule = _codes(text, number, language), stated(variable, "currency")
        codes = [rule] if rule and (rule in codes or not codes) else codes
        flags += ["ambiguous_currency"] if len(codes) > 1 else [] if codes else ["currency_missing"]
        options = [{"amount": amount, "currency": code} for amount in number.readings for code in codes or (None,)]
    elif re.search(r"\w", rest.replace(number.unit, "", 1)):
        flags.append("extra_text")
    return _decided(options, flags)


def _codes(text: str, number: Number, language: str) -> list[str]:
    named = {number.currency} if number.currency else currencies(text, language)
    return sorted({code for meant in named for code in meant})


def _decided(options: list[JsonValue], flags: list[str]) -> Normalised:
    if len(options) > 1:
        return Normalised(readings=tuple(options), flags=tuple(flags))
    return Normalised(value=options[0], flags=tuple(flags))


def _date(variable: Variable, text: str, language: str, time_zone: str) -> Normalised:
    only = _only(dates(text, language, day_first(variable)), text)
    if only is None or not only[0].readings:
        return Normalised(flags=("impossible_date" if only else "not_a_date",))
    if _MOMENT.fullmatch(text):
        return Normalised(value=datetime.fromisoformat(text).astimezone(ZoneInfo(time_zone)).date().isoformat())
    ambiguous = ["ambiguous_date"] if len(only[0].readings) > 1 else []
    return _decided(list(only[0].readings), [*ambiguous, *(["two_digit_year"] if only[0].short_year else [])])


def normalise(variable: Variable, raw: JsonValue, *, language: str, time_zone: str = "UTC") -> Normalised:
    """The typed value of a raw one: JSON numbers, ISO dates at their own precision,
    {amount, currency}, true or false, a listed category, text as it stands.

    Whatever has two meanings has no value but `readings` and a flag: ambiguous_number,
    ambiguous_date, ambiguous_currency. What has none is flagged not_a_number, not_a_date,
    impossible_date, not_a_boolean or not_in_categories. Rules that decide: decimal, day_first,
    currency, synonyms, other_allowed.
    """
    text = _text(raw).strip()
    if raw is None or not text:
        return Normalised()
    match variable.type:
        case "number" | "money":
            decimal = stated(variable, "decimal") if isinstance(raw, str) else "."
            return _amount(variable, fold(text), language, decimal)
        case "date":
            return _date(variable, fold(text), language, time_zone)
        case "boolean":
            answer = said_boolean(fold(text))
            return Normalised(value=answer, flags=("not_a_boolean",) if answer is None else ())
        case "category":
            return read_category(variable, text)
        case "text" | "location":
            return Normalised(value=re.sub(r"[^\S\n]+", " ", text))
