"""The cells that a document has already: which of them are stale, and what the others hold."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TypedDict

from pydantic import JsonValue

from service.extraction import prompt
from service.extraction.conditions import condition_key, current_hash
from service.extraction.models import Context
from service.extraction.pipeline import Asker
from service.generated.contract import ExtractionsState
from service.parsing.models import Parsed
from service.reading.models import Variable


class StoredCell(TypedDict):
    """A cell as the database holds it. `judged`: by a person; its value stays.

    A dictionary as it came: a list of entities has thousands.
    """

    variable_id: str
    key: str
    row_index: int
    state: ExtractionsState
    value: JsonValue
    judged: bool
    input_hash: str | None


def stale_variables(
    context: Context,
    variables: Sequence[Variable],
    parsed: Parsed,
    asker: Asker,
    cells: Sequence[StoredCell],
) -> list[Variable]:
    """The variables that no cell of the document answers as they would be asked now.

    A failed cell answers nothing. A variable whose condition looks at a stale one is stale with it:
    the value may change.
    """
    document_hash = prompt.document_hash(context, parsed, asker.identity)
    current = _current_keys(variables, document_hash, cells)
    stale = {variable.key for variable in variables} - current
    if stale and context.row_unit == "entity":
        return list(variables)  # rows are found by reading the whole document
    stale = _with_dependants(variables, stale)
    return [variable for variable in variables if variable.key in stale]


def kept_values(cells: Sequence[StoredCell], asked: Sequence[Variable]) -> dict[str, JsonValue]:
    """What those cells of a document hold that no answer to the asked variables changes.

    These are the cells of other variables, and those that a person judged.
    """
    asked_ids = {variable.id for variable in asked}
    return {
        cell["key"]: cell["value"]
        for cell in cells
        if cell["row_index"] == 0 and (cell["judged"] or cell["variable_id"] not in asked_ids)
    }


def _current_keys(
    variables: Sequence[Variable], document_hash: str, cells: Sequence[StoredCell]
) -> set[str]:
    """The keys that a cell of some row answers as they would be asked now."""
    question_hashes = {
        variable.key: prompt.input_hash(document_hash, variable) for variable in variables
    }
    current = set[str]()
    for row in _by_row(cells):
        row_values = {cell["key"]: cell["value"] for cell in row}
        answered = {
            (cell["variable_id"], cell["input_hash"]) for cell in row if cell["state"] != "failed"
        }
        for variable in variables:
            input_hash = current_hash(question_hashes[variable.key], variable, row_values)
            if (variable.id, input_hash) in answered:
                current.add(variable.key)
    return current


def _by_row(cells: Sequence[StoredCell]) -> list[list[StoredCell]]:
    rows: defaultdict[int, list[StoredCell]] = defaultdict(list)
    for cell in cells:
        rows[cell["row_index"]].append(cell)
    return list(rows.values())


def _with_dependants(variables: Sequence[Variable], keys: set[str]) -> set[str]:
    """The keys, and those of all variables that depend on them, directly or through others."""
    found = set(keys)
    while more := {v.key for v in variables if v.key not in found and condition_key(v) in found}:
        found |= more
    return found
