"""The variables and the context of `judge`, from a file that a person wrote."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from service.extraction.models import Context
from service.reading.models import Variable

_Model = TypeVar("_Model", bound=BaseModel)
_Facts = Mapping[str, Any]


class BadInput(Exception):
    """An argument that cannot be used; the message is a sentence for people."""


@dataclass(frozen=True)
class Questions:
    """What is asked of a document. `notes` say what was missing and what stands for it."""

    context: Context
    variables: Sequence[Variable]
    notes: Sequence[str]


def read_text(path: Path) -> str:
    """The file as UTF-8. Raises `BadInput`."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text.") from error


def read_questions(path: Path) -> Questions:
    """A list of variables, or {"context": {…}, "variables": […]}. Raises `BadInput`."""
    context_facts, variables_facts = _read_facts(path)
    notes: list[str] = []
    variables = []
    for number, facts in enumerate(variables_facts, 1):
        missing = _missing_facts(number, facts)
        notes += [f"Variable {number} has no {name}: {missing[name]}." for name in missing]
        complete = {**facts, **missing}
        variables.append(_validate(Variable, complete, f"{path}: variable {complete['key']}"))
    _refuse_twins(path, "key", [variable.key for variable in variables])
    _refuse_twins(path, "id", [variable.id for variable in variables])
    notes += _notes_of_unknown(Variable, variables_facts)
    notes += _notes_of_unknown(Context, [context_facts])
    context = _validate(Context, context_facts, f"{path}: the context")
    return Questions(context, variables, notes)


def _read_facts(path: Path) -> tuple[_Facts, list[_Facts]]:
    """The context and the variables as they are written."""
    try:
        given = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path} is not JSON: {error}.") from error
    if isinstance(given, list):
        given = {"variables": given}
    if not isinstance(given, dict) or not isinstance(given.get("variables"), list):
        raise BadInput(f'{path} holds neither a list of variables nor {{"variables": [...]}}.')
    if not given["variables"]:
        raise BadInput(f"{path} holds no variable.")
    for number, facts in enumerate(given["variables"], 1):
        if not isinstance(facts, dict):
            raise BadInput(f"{path}: variable {number} is no object.")
    context = given.get("context", {})
    if not isinstance(context, dict):
        raise BadInput(f"{path}: the context is no object.")
    return context, given["variables"]


def _missing_facts(number: int, facts: _Facts) -> dict[str, str]:
    """What stands for the key, the id, the label and the type of a variable that has none."""
    key = facts.get("key") or _key_from_label(facts.get("label")) or f"variable_{number}"
    defaults = {"key": str(key), "id": str(key), "label": str(key), "type": "text"}
    return {name: default for name, default in defaults.items() if not facts.get(name)}


def _key_from_label(label: object) -> str:
    return re.sub(r"\W+", "_", str(label or "").lower()).strip("_")


def _validate(model: type[_Model], facts: _Facts, where: str) -> _Model:
    try:
        return model.model_validate(facts)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        raise BadInput(f"{where}: {place}: {fault['msg']}.") from error


def _refuse_twins(path: Path, name: str, values: Sequence[str]) -> None:
    for value, count in Counter(values).items():
        if count > 1:
            raise BadInput(f"{path}: {count} variables have the {name} {value}.")


def _notes_of_unknown(model: type[BaseModel], given: Sequence[_Facts]) -> list[str]:
    unknown = {name for facts in given for name in facts} - model.model_fields.keys()
    if not unknown:
        return []
    return [
        f"{model.__name__} has no such fields, they were left out: {', '.join(sorted(unknown))}."
    ]
