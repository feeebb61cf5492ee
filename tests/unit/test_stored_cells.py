"""The cells that a document has already: which of them are stale, and what the others hold."""

from typing import Any, cast

import pytest
from pydantic import JsonValue

from service.extraction import prompt
from service.extraction.conditions import current_hash
from service.extraction.models import Context
from service.extraction.stored_cells import StoredCell, kept_values, stale_variables
from service.parsing.models import Parsed
from service.reading.models import Variable
from tests.support.windowed import LISTING, Reader, fields, pages

CONTEXT = Context(language="en")
PARSED = pages(["kind: loan", "rate: 2", "fee: 1"])
KIND = Variable(id="1", key="kind", label="Kind", type="text")
RATE = Variable(
    id="2", key="rate", label="Rate", type="number", depends_on={"key": "kind", "equals": "loan"}
)
FEE = Variable(
    id="3", key="fee", label="Fee", type="number", depends_on={"key": "rate", "present": True}
)
VARIABLES = [FEE, RATE, KIND]
VALUES: dict[str, JsonValue] = {"kind": "loan", "rate": 2, "fee": 1}


def stored_cell(variable: Variable, **columns: Any) -> StoredCell:
    """A cell as a run has stored it."""
    document_hash = prompt.document_hash(CONTEXT, PARSED, Reader.identity)
    question_hash = prompt.input_hash(document_hash, variable)
    cell = {
        "variable_id": variable.id,
        "key": variable.key,
        "row_index": 0,
        "state": "proposed",
        "value": VALUES[variable.key],
        "judged": False,
        "input_hash": current_hash(question_hash, variable, VALUES),
    }
    return cast("StoredCell", cell | columns)


def stored_cells(**columns_of: dict[str, Any]) -> list[StoredCell]:
    """The cells of all variables, some of them with other columns."""
    return [stored_cell(variable, **columns_of.get(variable.key, {})) for variable in VARIABLES]


def stale_keys(
    cells: list[StoredCell], variables: list[Variable] = VARIABLES, parsed: Parsed = PARSED
) -> list[str]:
    stale = stale_variables(CONTEXT, variables, parsed, Reader(fields), cells)
    return [variable.key for variable in stale]


def test_stale__is_nothing_that_would_be_asked_the_same() -> None:
    assert stale_keys(stored_cells()) == []


def test_stale__is_everything_without_cells_in_the_order_of_the_variables() -> None:
    assert stale_keys([]) == ["fee", "rate", "kind"]


def test_stale__is_everything_where_the_text_is_another() -> None:
    assert stale_keys(stored_cells(), parsed=pages(["kind: grant"])) == ["fee", "rate", "kind"]


def test_stale__is_a_variable_that_changed_alone() -> None:
    changed = FEE.model_copy(update={"revision": 2})
    assert stale_keys(stored_cells(), [changed, RATE, KIND]) == ["fee"]


def test_stale__is_a_failed_cell() -> None:
    assert stale_keys(stored_cells(fee={"state": "failed"})) == ["fee"]
    assert stale_keys(stored_cells(fee={"state": "absent"})) == []


def test_stale__is_what_depends_on_a_stale_one_through_a_chain() -> None:
    changed = KIND.model_copy(update={"revision": 2})
    assert stale_keys(stored_cells(), [FEE, RATE, changed]) == ["fee", "rate", "kind"]


def test_stale__is_what_looks_at_a_value_that_a_person_changed() -> None:
    """The cell of the person stays; what was asked under the other condition is asked again."""
    corrected = {"value": "grant", "judged": True}
    assert stale_keys(stored_cells(kind=corrected)) == ["fee", "rate"]


@pytest.mark.parametrize("row_index", [0, 7])
def test_stale__a_cell_of_any_row_is_an_answer(row_index: int) -> None:
    other_row = [stored_cell(variable, row_index=row_index) for variable in VARIABLES]
    assert stale_keys(other_row) == []


def test_stale__a_condition_looks_at_its_own_row() -> None:
    other_rows = [stored_cell(KIND, row_index=1, value="grant"), stored_cell(RATE, row_index=2)]
    assert stale_keys([*stored_cells(), *other_rows]) == []


def test_stale__a_list_of_entities_is_read_as_a_whole() -> None:
    changed = [FEE.model_copy(update={"revision": 2}), KIND]
    assert stale_variables(LISTING, changed, PARSED, Reader(fields), []) == changed


def test_kept_values__are_those_of_others_and_of_people() -> None:
    cells = stored_cells(rate={"judged": True})
    assert kept_values(cells, [RATE, FEE]) == {"kind": "loan", "rate": 2}
    assert kept_values(cells, []) == VALUES


def test_kept_values__are_those_of_the_document_and_not_of_a_list() -> None:
    assert kept_values([stored_cell(KIND, row_index=1)], []) == {}
