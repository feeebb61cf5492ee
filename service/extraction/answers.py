"""A raw answer, judged a variable at a time. What breaks the contract is dropped and said; text is never altered."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import NoneType

from pydantic import JsonValue, TypeAdapter
from pydantic_core import from_json

from service.extraction.models import Answer
from service.model.faults import ModelError
from service.reading.models import Variable

_ANSWERS = TypeAdapter(list[Answer])
_BESIDE_TEXT: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "number": (int, float),
    "money": (int, float),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """`by_key` holds what was answered, `faults` (missing_answer, malformed_answer, truncated) the keys that were not.

    A model's claims of confidence are not read. Where rows are entities, the answers are in `rows`, each with its
    `entity`; `count` is how many the model said there are.
    """

    by_key: dict[str, list[Answer]]
    flags: tuple[str, ...] = ()
    faults: dict[str, str] = field(default_factory=dict)
    entity: Answer | None = None
    rows: tuple["Answers", ...] = ()
    count: int | None = None


def together(replies: Sequence[Answers]) -> Answers:
    """What windows answered as one: of each variable all answers, and once what two of them read in the same zone."""
    by_key: defaultdict[str, list[Answer]] = defaultdict(list)
    for reply in replies:
        for key, items in reply.by_key.items():
            known = Counter((str(item.value), item.zone) for item in by_key[key])
            for item in items:
                known[str(item.value), item.zone] -= 1
                if known[str(item.value), item.zone] < 0:
                    by_key[key].append(item)
    flags = tuple(dict.fromkeys(flag for reply in replies for flag in reply.flags))
    return Answers(
        {**by_key}, flags, {key: fault for reply in replies for key, fault in reply.faults.items()}
    )


def parse_answers(raw: str, variables: Sequence[Variable], cut: bool = False) -> Answers:
    """Judges each variable for itself; `cut`: the answer breaks off. Raises `ModelError` where nothing can be read."""
    given = read_object(raw, cut)
    # The last answer of one that breaks off has no end.
    if cut and len(given) < 2:
        raise ModelError("model_truncated", "The answer was cut off before it said anything")
    return judged(
        dict([*given.items()][: -1 if cut else None]),
        variables,
        "truncated" if cut else "missing_answer",
    )


def judged(
    given: Mapping[str, JsonValue], variables: Sequence[Variable], missing: str = "missing_answer"
) -> Answers:
    """One answer or fault a variable; `missing` is the fault of those that are not there."""
    answers = Answers(
        {}, ("extra_keys",) if given.keys() - {variable.key for variable in variables} else ()
    )
    for variable in variables:
        try:
            answers.by_key[variable.key] = _answered(variable, given[variable.key])
        except KeyError:
            answers.faults[variable.key] = missing
        except ValueError:
            answers.faults[variable.key] = "malformed_answer"
    return answers


def read_object(raw: str, cut: bool = False) -> dict[str, JsonValue]:
    """The object that an answer is, or as much of it as there is. Raises `ModelError` where it is none."""
    text, given = re.sub(r"^```\w*\n|```$", "", raw.strip()), None
    with suppress(ValueError, RecursionError):
        given = (
            from_json(text, allow_partial=True) if cut else json.loads(text, parse_constant=_refuse)
        )
    if not isinstance(given, dict):
        raise ModelError(
            "model_truncated" if cut else "model_malformed",
            "The model's answer is not a JSON object",
        )
    return given


def _refuse(name: str) -> None:
    raise ValueError(name)


def _answered(variable: Variable, given: JsonValue) -> list[Answer]:
    items = _ANSWERS.validate_python(given if variable.multiple else [given])
    if not all(_fits(variable, item) for item in items):
        raise ValueError("the value is missing or of another type")
    return items


def _fits(variable: Variable, answer: Answer) -> bool:
    texts = f"{answer.value}{answer.quote}"
    texts.encode()  # a ValueError on half of a surrogate pair, which Postgres keeps as little as NUL
    taken = (str, NoneType, *_BESIDE_TEXT.get(variable.type, ()))
    return "\0" not in texts and "value" in answer.model_fields_set and type(answer.value) in taken
