"""A raw answer, judged a variable at a time. What breaks the contract is dropped and said; text is never altered."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import NoneType

from pydantic import JsonValue, TypeAdapter

from service.extraction.faults import ModelError
from service.extraction.models import Answer, Variable

_ANSWERS = TypeAdapter(list[Answer])
_BESIDE_TEXT: dict[str, tuple[type, ...]] = {"boolean": (bool,), "number": (int, float), "money": (int, float)}


@dataclass(frozen=True, slots=True)
class Answers:
    """`by_key` holds what was answered, `faults` (missing_answer, malformed_answer) the keys that were not.

    `scores` are the offline extractor's own, 0-1; a model's claims of confidence are not read.
    """

    by_key: dict[str, Answer | list[Answer]]
    flags: tuple[str, ...] = ()
    faults: dict[str, str] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)


def parse_answers(raw: str, variables: Sequence[Variable]) -> Answers:
    """Judges each variable for itself; raises `ModelError` only where nothing can be read."""
    given = _object(raw)
    answers = Answers({}, ("extra_keys",) if given.keys() - {variable.key for variable in variables} else ())
    for variable in variables:
        try:
            answers.by_key[variable.key] = _answered(variable, given[variable.key])
        except KeyError:
            answers.faults[variable.key] = "missing_answer"
        except ValueError:
            answers.faults[variable.key] = "malformed_answer"
    return answers


def _object(raw: str) -> dict[str, JsonValue]:
    unfenced = re.sub(r"^```\w*\n|```$", "", raw.strip())
    try:
        given = json.loads(unfenced, parse_constant=_refuse)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise ModelError("model_malformed", "The model's answer is not a JSON object")
    return given


def _refuse(name: str) -> None:
    raise ValueError(name)


def _answered(variable: Variable, given: JsonValue) -> Answer | list[Answer]:
    items = _ANSWERS.validate_python(given if variable.multiple else [given])
    if not all(_fits(variable, item) for item in items):
        raise ValueError("the value is missing or of another type")
    return items if variable.multiple else items[0]


def _fits(variable: Variable, answer: Answer) -> bool:
    texts = f"{answer.value}{answer.quote}"
    texts.encode()  # a ValueError on half of a surrogate pair, which Postgres keeps as little as NUL
    taken = (str, NoneType, *_BESIDE_TEXT.get(variable.type, ()))
    return "\0" not in texts and "value" in answer.model_fields_set and type(answer.value) in taken
