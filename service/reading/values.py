"""What a raw value means: its typed form. Nothing is guessed."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal

from pydantic import JsonValue

from service.reading.characters import fold_text
from service.reading.choices import read_boolean, read_category
from service.reading.dates import printed_dates
from service.reading.models import Normalised, PrintedValue, Variable
from service.reading.money import printed_amounts
from service.reading.numbers import printed_numbers

# As flags name it: ambiguous_number, not_a_number.
_NAME_IN_FLAGS = {"money": "number", "amount": "number"}


def printed_values(
    variable: Variable, text: str, language: str, page_text: str = ""
) -> Iterator[PrintedValue]:
    """Every number, amount, date or answer of a folded text.

    `page_text` is the folded text of its page: it may name the currency of an amount.
    """
    match variable.type:
        case "boolean":
            return _printed_answer(text)
        case "date":
            return printed_dates(text, language, variable.rules)
        case "money":
            numbers = printed_numbers(text, language, variable.rules)
            return printed_amounts(numbers, variable, text, language, page_text=page_text)
    return printed_numbers(text, language, variable.rules)


def _printed_answer(text: str) -> Iterator[PrintedValue]:
    answer = read_boolean(text)
    if answer is not None:
        yield PrintedValue(0, len(text), (answer,))


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
    match variable.type:
        case "category":
            return read_category(variable, text)
        case "text" | "location":
            return Normalised(value=re.sub(r"[^\S\n]+", " ", text).strip())
    only = _only_printed_value(variable, fold_text(text).strip(), language)
    if only is None:
        return Normalised(flags=(f"not_a_{_NAME_IN_FLAGS.get(variable.type, variable.type)}",))
    if not only.readings:
        return Normalised(flags=("impossible_date",))
    flags = _flags_of(only, variable.type)
    if len(only.readings) > 1:
        return Normalised(readings=only.readings, flags=flags)
    return Normalised(value=only.readings[0], flags=flags)


def _only_printed_value(variable: Variable, text: str, language: str) -> PrintedValue | None:
    """The value that a folded text prints; None where it prints several, or other digits."""
    found = list(printed_values(variable, text, language))
    if len(found) != 1:
        return None
    [only] = found
    beside = text[: only.start] + text[only.end :]
    if re.search(r"\d", beside):
        return None
    return only


def _flags_of(printed: PrintedValue, kind: str) -> tuple[str, ...]:
    """What of a value has two meanings, and whether an amount is without a currency."""
    meanings: dict[str, set[str]] = {}
    for reading in printed.readings:
        parts = reading if isinstance(reading, dict) else {kind: reading}
        for part, meaning in parts.items():
            meanings.setdefault(part, set()).add(str(meaning))
    flags = [
        f"ambiguous_{_NAME_IN_FLAGS.get(part, part)}"
        for part, different in meanings.items()
        if len(different) > 1
    ]
    if meanings.get("currency") == {"None"}:
        flags.append("currency_missing")
    return tuple(flags)
