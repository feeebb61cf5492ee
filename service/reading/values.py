"""What a raw value means: its typed form. Pure: no input or output, nothing is guessed."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal

from pydantic import JsonValue

from service.reading.characters import fold
from service.reading.choices import read_category, said_boolean
from service.reading.dates import dates
from service.reading.models import Normalised, Printed, Variable
from service.reading.money import money
from service.reading.numbers import numbers

# As flags name it: ambiguous_number, not_a_number.
_CALLED = {"money": "number", "amount": "number"}


def printed(variable: Variable, text: str, language: str, around: str = "") -> Iterator[Printed]:
    """Every number, amount, date or answer of a folded text; `around` is the folded text of its page."""
    if variable.type == "boolean":
        answer = said_boolean(text)
        return iter(() if answer is None else [Printed(0, len(text), (answer,))])
    read = dates if variable.type == "date" else numbers
    found = read(text, language, variable.rules)
    return money(variable, found, text, language, around) if variable.type == "money" else found


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
