"""Reading: every value that a text prints, with all its readings; and the one that a raw answer means."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal

from pydantic import JsonValue

from service.extraction.models import Normalised, Variable
from service.extraction.values.characters import fold
from service.extraction.values.choices import read_category, said_boolean
from service.extraction.values.dates import dates
from service.extraction.values.languages import Printed, currencies
from service.extraction.values.numbers import numbers

# As flags name it: ambiguous_number, not_a_number.
_CALLED = {"money": "number", "amount": "number"}


def printed(variable: Variable, text: str, language: str, around: str = "") -> Iterator[Printed]:
    """Every number, amount, date or answer of a folded text; `around` is the folded text of its page."""
    match variable.type:
        case "number":
            yield from numbers(text, language, variable.rules)
        case "money":
            rule = variable.rules.get("currency")
            near = [currencies(text, language), {rule} if isinstance(rule, str) else currencies(around, language)]
            for number in numbers(text, language, variable.rules):
                codes: list[JsonValue] = [*_codes([set(number.currency), *near])] or [None]
                money = tuple({"amount": amount, "currency": code} for amount in number.readings for code in codes)
                if number.unit not in ("%", "‰"):
                    yield number._replace(readings=money)
        case "date":
            yield from dates(text, language, variable.rules)
        case "boolean":
            answer = said_boolean(text)
            if answer is not None:
                yield Printed(0, len(text), (answer,))


def _codes(places: list[set[str]]) -> list[str]:
    """What the nearest place names that names a currency; those further off decide only between its meanings."""
    codes: set[str] = set()
    for named in places:
        codes = codes if len(codes) == 1 else codes & named or codes or named
    return sorted(codes)


def _flags(kind: str, found: Printed) -> tuple[str, ...]:
    """What of a value has two meanings, and whether an amount is without a currency."""
    readings = [reading if isinstance(reading, dict) else {kind: reading} for reading in found.readings]
    meant = {part: {str(reading[part]) for reading in readings} for part in readings[0]}
    flags = [f"ambiguous_{_CALLED.get(part, part)}" for part, several in meant.items() if len(several) > 1]
    return (*flags, "currency_missing") if meant.get("currency") == {"None"} else tuple(flags)


def normalise(variable: Variable, raw: JsonValue, *, language: str) -> Normalised:
    """The typed value of a raw one: JSON numbers, ISO dates at their own precision,
    {amount, currency}, true or false, a listed category, text as it stands.

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
    return Normalised(readings=found[0].readings, flags=flags) if others else Normalised(value=value, flags=flags)
