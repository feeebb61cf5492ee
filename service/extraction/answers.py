"""A raw answer, read a variable at a time.

What breaks the contract is dropped, and a fault or flag says so; text is never altered.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType

from pydantic import JsonValue, TypeAdapter
from pydantic_core import from_json

from service.extraction.models import Answer
from service.model.faults import AnswerMalformed, AnswerTruncated
from service.reading.models import Variable

_ANSWERS = TypeAdapter(list[Answer])
_CODE_FENCE = re.compile(r"^```\w*\n|```$")
# What a value may be beside text and null.
_BESIDE_TEXT: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "number": (int, float),
    "money": (int, float),
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered, by key of variable; every other key has a fault.

    Faults are missing_answer, malformed_answer and truncated. A model's claims of confidence are
    not read. Where rows are entities, the answers are in `rows`, each with its `entity`; `count` is
    how many the model said there are.
    """

    by_key: dict[str, list[Answer]]
    flags: tuple[str, ...] = ()
    faults: dict[str, str] = field(default_factory=dict)
    entity: Answer | None = None
    rows: tuple["Answers", ...] = ()
    count: int | None = None


def merge_answers(replies: Sequence[Answers]) -> Answers:
    """What several windows answered, as one; what two of them read in the same zone counts once."""
    by_key: defaultdict[str, list[Answer]] = defaultdict(list)
    flags: dict[str, None] = {}
    faults: dict[str, str] = {}
    for reply in replies:
        for key, answers in reply.by_key.items():
            by_key[key] += _not_yet_given(answers, by_key[key])
        flags.update(dict.fromkeys(reply.flags))
        faults.update(reply.faults)
    return Answers(dict(by_key), tuple(flags), faults)


def _not_yet_given(answers: Sequence[Answer], given: Sequence[Answer]) -> list[Answer]:
    """Those of a window's answers that no window before gave for the same zone.

    An answer that was given once takes away one: the same value twice in a zone is two values.
    """
    counterparts = Counter((str(answer.value), answer.zone) for answer in given)
    new = []
    for answer in answers:
        read = (str(answer.value), answer.zone)
        if counterparts[read] > 0:
            counterparts[read] -= 1
        else:
            new.append(answer)
    return new


def parse_answers(raw: str, variables: Sequence[Variable], cut: bool = False) -> Answers:
    """Judges each variable for itself; `cut`: the answer breaks off.

    Raises `ModelError` where nothing can be read.
    """
    given = read_object(raw, cut)
    if not cut:
        return check_answers(given, variables)
    complete = dict(list(given.items())[:-1])  # the last answer of one that breaks off has no end
    if not complete:
        raise AnswerTruncated("The answer was cut off before it said anything")
    return check_answers(complete, variables, missing="truncated")


def check_answers(
    given: Mapping[str, JsonValue], variables: Sequence[Variable], missing: str = "missing_answer"
) -> Answers:
    """One answer or fault a variable; `missing` is the fault of those that are not there."""
    by_key: dict[str, list[Answer]] = {}
    faults: dict[str, str] = {}
    for variable in variables:
        if variable.key not in given:
            faults[variable.key] = missing
            continue
        try:
            by_key[variable.key] = _read_answers(variable, given[variable.key])
        except ValueError:
            faults[variable.key] = "malformed_answer"
    foreign_keys = given.keys() - {variable.key for variable in variables}
    return Answers(by_key, ("extra_keys",) if foreign_keys else (), faults)


def read_object(raw: str, cut: bool = False) -> dict[str, JsonValue]:
    """The object that an answer is; of one that is cut, as much as there is.

    Raises `ModelError` where it is no object.
    """
    text = _CODE_FENCE.sub("", raw.strip())
    try:
        given = from_json(text, allow_partial=True) if cut else _loads_strictly(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        fault = AnswerTruncated if cut else AnswerMalformed
        raise fault("The model's answer is not a JSON object")
    return given


def _loads_strictly(text: str) -> JsonValue:
    """As JSON is defined: `NaN` and `Infinity` are none, though Python would read them."""
    value: JsonValue = json.loads(text, parse_constant=_refuse_constant)
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _read_answers(variable: Variable, given: JsonValue) -> list[Answer]:
    """The answers to one variable. Raises `ValueError` where one is not what was asked for."""
    answers = _ANSWERS.validate_python(given if variable.multiple else [given])
    if not all(_is_fit(variable, answer) for answer in answers):
        raise ValueError("the value is missing or of another type")
    return answers


def _is_fit(variable: Variable, answer: Answer) -> bool:
    """Whether an answer has a value of the variable's type that Postgres can keep."""
    texts = f"{answer.value}{answer.quote}"
    texts.encode()  # a ValueError on half of a surrogate pair: Postgres keeps neither that nor NUL
    allowed_types = (str, NoneType, *_BESIDE_TEXT.get(variable.type, ()))
    is_given = "value" in answer.model_fields_set
    return is_given and type(answer.value) in allowed_types and "\0" not in texts
