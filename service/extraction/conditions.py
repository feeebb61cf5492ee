"""The cells of one row as they are stored: conditions, defaults and doubt.

The value that a condition looks at is part of the input hash: when a run or a person changes it,
the cell is stale.
"""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter

from pydantic import JsonValue

from service.canonical import canonical, sha256
from service.extraction.models import Extraction
from service.reading.models import Variable
from service.reading.rules import plain_values

RowValues = Mapping[str, JsonValue]  # what the cells of a row hold, by key


def condition_key(variable: Variable) -> str:
    """The key of the variable that its condition looks at; empty where it has none."""
    return str(variable.depends_on["key"]) if variable.depends_on else ""


def current_hash(question_hash: str, variable: Variable, row_values: RowValues) -> str:
    """The input hash of a cell: of the question, and of the value that its condition looks at."""
    if not variable.depends_on:
        return question_hash
    return sha256(canonical([question_hash, row_values.get(condition_key(variable))]))


def applies(variable: Variable, row_values: RowValues) -> bool:
    """Whether the variable's condition holds; of a list one value is enough."""
    condition = variable.depends_on
    if not condition:
        return True
    values = plain_values(row_values.get(condition_key(variable)))
    if "present" in condition:
        return bool(values) == condition["present"]
    wanted = plain_values(condition.get("in", condition.get("equals")))
    return any(value in wanted for value in values)


def apply_conditions(
    variables: Sequence[Variable], cells: Sequence[Extraction], row_values: RowValues
) -> list[Extraction]:
    """The cells as they are stored.

    `row_values`: what the row's other cells hold, and those that a person judged, which stay.
    """
    answered = {variable.key: cell for variable, cell in zip(variables, cells, strict=True)}
    values = dict(row_values)
    stored: dict[str, Extraction] = {}
    for variable in _leaders_first(variables):
        cell = answered[variable.key]
        leader = answered.get(condition_key(variable))
        # A leader that failed has no value, which is no reason to throw an answer away.
        is_unknown = leader is not None and leader.state == "failed"
        if variable.depends_on:
            input_hash = current_hash(cell.input_hash, variable, values)
            cell = cell.model_copy(update={"input_hash": input_hash})
        if is_unknown or applies(variable, values):
            stored[variable.key] = _apply_doubt(variable, cell)
        else:
            stored[variable.key] = _skipped(cell)
        values.setdefault(variable.key, stored[variable.key].value)
    return [stored[variable.key] for variable in variables]


def _leaders_first(variables: Sequence[Variable]) -> Iterator[Variable]:
    """The variables in an order in which each follows the one that its condition looks at."""
    by_key = {variable.key: variable for variable in variables}
    leaders = {key: [condition_key(variable)] for key, variable in by_key.items()}
    for key in TopologicalSorter(leaders).static_order():
        if key in by_key:
            yield by_key[key]


def _skipped(cell: Extraction) -> Extraction:
    """The cell of a variable that does not apply, whatever was answered."""
    return Extraction(
        variable_id=cell.variable_id,
        row_index=cell.row_index,
        entity=cell.entity,
        entity_key=cell.entity_key,
        state="absent",
        absent_reason="not_applicable",
        flags=("skipped_by_dependency",),
        input_hash=cell.input_hash,
        origin=cell.origin,
    )


def _apply_doubt(variable: Variable, cell: Extraction) -> Extraction:
    """The default where nothing was found; of a doubtful value what the variable's action says."""
    if variable.default is not None and cell.absent_reason in ("absent", "not_applicable"):
        return cell.model_copy(
            update={
                "state": "proposed",
                "value": variable.default,
                "absent_reason": None,
                "flags": (*cell.flags, "default"),
            }
        )
    if cell.state != "proposed" or cell.confidence >= variable.uncertainty_threshold:
        return cell
    match variable.uncertainty_action:
        case "flag":
            return cell.model_copy(update={"flags": (*cell.flags, "low_confidence")})
        case "best_guess":
            flags = (*cell.flags, "best_guess")
            return cell.model_copy(update={"flags": flags, "verified": False})
        case "skip":
            return cell.model_copy(
                update={
                    "state": "absent",
                    "absent_reason": "ambiguous",
                    "value": None,
                    "flags": (*cell.flags, "low_confidence"),
                    "verified": False,
                }
            )
