"""A raw answer, judged a variable at a time. What breaks the contract is dropped and said; text is never altered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue, ValidationError

from service.extraction.models import Answer, Variable


@dataclass(frozen=True, slots=True)
class Answers:
    """`by_key` holds what was answered, `faults` (missing_answer, malformed_answer) the keys that were not.

    `scores` are the offline extractor's own, 0-1; a model's claims of confidence are not read.
    """

    by_key: dict[str, Answer | list[Answer]]
    flags: tuple[str, ...] = ()
    faults: dict[str, str] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)


class Malformed(ValueError):
    """The answer is no JSON object."""


def parse_answers(raw: str, variables: Sequence[Variable]) -> Answers:
    """Judges each variable for itself; raises Malformed only where nothing can be read."""
    given = _object(raw)
    by_key: dict[str, Answer | list[Answer]] = {}
    faults: dict[str, str] = {}
    for variable in variables:
        if variable.key not in given:
            faults[variable.key] = "missing_answer"
            continue
        try:
            by_key[variable.key] = _answered(variable, given[variable.key])
        except (ValidationError, ValueError):
            faults[variable.key] = "malformed_answer"
    extra = given.keys() - {variable.key for variable in variables}
    return Answers(by_key, ("extra_keys",) if extra else (), faults)


def _object(raw: str) -> dict[str, JsonValue]:
    text = raw.strip()
    if text.startswith("```") and text.endswith("```"):
        text = text.partition("\n")[2].removesuffix("```")
    try:
        given = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Malformed("The model's answer is not JSON") from None
    if not isinstance(given, dict):
        raise Malformed("The model's answer is not a JSON object")
    return given


def _refuse(name: str) -> None:
    raise ValueError(name)


def _answered(variable: Variable, given: JsonValue) -> Answer | list[Answer]:
    if not variable.multiple:
        return _one(variable, given)
    if not isinstance(given, list):
        raise ValueError("a list is wanted")
    return [_one(variable, item) for item in given]


def _one(variable: Variable, given: JsonValue) -> Answer:
    if not isinstance(given, dict) or "value" not in given:
        raise ValueError("an object with a value is wanted")
    answer = Answer.model_validate(given)
    if not _fits(variable, answer.value) or not _storable(answer.value, answer.quote):
        raise ValueError("the value is of another type")
    return answer


def _fits(variable: Variable, value: JsonValue) -> bool:
    if value is None or isinstance(value, str):
        return True
    if isinstance(value, bool):
        return variable.type == "boolean"
    return isinstance(value, int | float) and variable.type in ("number", "money")


def _storable(*held: JsonValue) -> bool:
    # Postgres keeps neither NUL nor half of a surrogate pair; cutting them out would alter the value.
    texts = [text for text in held if isinstance(text, str)]
    return not any("\0" in text or any("\ud800" <= c <= "\udfff" for c in text) for text in texts)
