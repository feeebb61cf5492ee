"""Whether a quote says the value that was read from it. Pure: nothing is guessed."""

import re
from collections.abc import Sequence

from pydantic import JsonValue

from service.evidence.models import Located
from service.reading.characters import fold, loose
from service.reading.choices import said_category
from service.reading.models import Printed, Variable
from service.reading.values import printed

_PROOF = {"exact", "split", "moved"}


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
