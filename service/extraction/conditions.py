"""The cells of one row, settled: conditions, defaults and doubt. Pure.

The value that a condition looks at is part of the input hash: when a run or a person changes it, the cell is stale.
"""

from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

from pydantic import JsonValue

from service.canonical import canonical, sha256
from service.evidence.models import Located
from service.extraction.models import Extraction
from service.reading import rules
from service.reading.models import Variable

Held = Mapping[str, JsonValue]  # what the cells of a row hold, by key
_NOTHING = Located().model_dump() | {
    "value": None,
    "raw": None,
    "verified": False,
    "confidence": 0.0,
    "signals": {},
}
_SKIPPED = _NOTHING | {
    "state": "absent",
    "absent_reason": "not_applicable",
    "flags": ("skipped_by_dependency",),
}


def leads(variable: Variable) -> str:
    """The key of the variable that its condition looks at; empty where it has none."""
    return str(variable.depends_on["key"]) if variable.depends_on else ""


def current_hash(asked: str, variable: Variable, held: Held) -> str:
    """The input hash of a cell: of the question, and of what the cell holds that its condition looks at."""
    return sha256(canonical([asked, held.get(leads(variable))])) if variable.depends_on else asked


def applies(variable: Variable, held: Held) -> bool:
    """Whether the variable's condition holds; of a list one value is enough."""
    condition, given = (
        variable.depends_on or {"present": False},
        rules.items(held.get(leads(variable))),
    )
    if "present" in condition:
        return bool(given) == condition["present"]
    return any(item in rules.items(condition.get("in", condition.get("equals"))) for item in given)


def settle(
    variables: Sequence[Variable], cells: Sequence[Extraction], held: Held
) -> list[Extraction]:
    """The cells as they are stored. `held`: values of the row's other cells and of judged ones, which stay."""
    asked = {
        variable.key: (variable, cell) for variable, cell in zip(variables, cells, strict=True)
    }
    row, made = dict(held), {}
    order = TopologicalSorter(
        {key: [leads(variable)] for key, (variable, _) in asked.items()}
    ).static_order()
    for key in filter(asked.get, order):
        variable, cell = asked[key]
        parent = asked.get(leads(variable))
        unknown = parent and parent[1].state == "failed"
        changes = _settled(variable, cell) if unknown or applies(variable, row) else _SKIPPED
        made[key] = cell.model_copy(
            update=changes | {"input_hash": current_hash(cell.input_hash, variable, row)}
        )
        row.setdefault(key, made[key].value)
    return [made[variable.key] for variable in variables]


def _settled(variable: Variable, cell: Extraction) -> dict[str, Any]:
    """What changes in a cell: nothing found gives the default, a value below the threshold what the action says."""
    action = variable.uncertainty_action
    if variable.default is not None and cell.absent_reason in ("absent", "not_applicable"):
        flags = (*cell.flags, "default")
        return {
            "state": "proposed",
            "value": variable.default,
            "absent_reason": None,
            "flags": flags,
        }
    if cell.state != "proposed" or cell.confidence >= variable.uncertainty_threshold:
        return {}
    flags = (*cell.flags, "best_guess" if action == "best_guess" else "low_confidence")
    skipped = (
        {"state": "absent", "absent_reason": "ambiguous", "value": None} if action == "skip" else {}
    )
    return {"flags": flags, "verified": cell.verified and action == "flag"} | skipped
