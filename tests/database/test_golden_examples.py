"""Golden examples: who writes them, which reach the prompt, and what a change of them makes stale."""

from typing import Any

import pytest

from tests.support.jobs import finish, start
from tests.support.schema import active, fault, versions
from tests.support.seed import Seed

RETURN = {"Prefer": "return=representation"}


def add(seed: Seed, **columns: Any) -> dict[str, Any]:
    """An example of the seed's variable."""
    row = {"project_id": seed.project_id, "variable_id": seed.ids["variable"], "value": 1} | columns
    response = seed.owner.rest("POST", "golden_examples", json=row, headers=RETURN)
    assert response.is_success, response.text
    made: dict[str, Any] = response.json()[0]
    return made


def change(seed: Seed, example: dict[str, Any], **columns: Any) -> None:
    """Edits an example as an editor."""
    params = {"id": f"eq.{example['id']}"}
    response = seed.team["editor"].rest(
        "PATCH", "golden_examples", params=params, json=columns, headers=RETURN
    )
    assert len(response.json()) == 1, response.text


def told(seed: Seed) -> list[Any]:
    """The values of the examples in the active version."""
    return [example["value"] for example in active(seed)["snapshot"]["variables"][0]["examples"]]


def revision(seed: Seed) -> int:
    """The revision of the seed's variable."""
    [row] = seed.owner.rows("variables", id=f"eq.{seed.ids['variable']}")
    revision: int = row["revision"]
    return revision


def test_examples__at_most_five_reach_the_snapshot_in_order(ready: Seed) -> None:
    """E-PRM-07: of seven pinned the first five by position; those for reference only and those
    switched off never.
    """
    add(ready, value=0, position=0, reference_only=True)
    add(ready, value=-1, position=0, active=False)
    for value in range(7, 0, -1):
        add(ready, value=value, position=value)
    assert told(ready) == [1, 2, 3, 4, 5]
    job = start(ready)
    assert job["schema_version_id"] == active(ready)["id"]


def test_examples__are_added_listed_edited_switched_off_and_removed(ready: Seed) -> None:
    """E-FB-07: each step reaches the next version and makes the variable stale."""
    [document] = ready.owner.rows("documents", project_id=f"eq.{ready.project_id}", limit="1")
    first = add(ready, quote="Total 1", note="as printed", document_id=document["id"])
    assert first["created_by"] == ready.owner.id
    assert (told(ready), revision(ready), len(versions(ready))) == ([1], 2, 2)
    change(ready, first, value=2)
    assert (told(ready), revision(ready)) == ([2], 3)
    change(ready, first, active=False)
    assert (told(ready), revision(ready)) == ([], 4)
    change(ready, first, active=True)
    change(ready, first, reference_only=True)
    assert (told(ready), revision(ready), len(versions(ready))) == ([], 6, 6)
    ready.owner.rest("DELETE", "golden_examples", params={"id": f"eq.{first['id']}"})
    assert ready.owner.rows("golden_examples", project_id=f"eq.{ready.project_id}") == []
    assert (revision(ready), len(versions(ready))) == (6, 6)


def test_examples__that_reach_no_prompt_make_nothing_stale(ready: Seed) -> None:
    for value in range(5):
        add(ready, value=value, position=value)
    before = (revision(ready), len(versions(ready)))
    sixth = add(ready, value=6, position=6)
    change(ready, sixth, note="not told")
    add(ready, value=7, reference_only=True)
    assert (revision(ready), len(versions(ready))) == before


def test_examples__outlive_their_document(ready: Seed) -> None:
    document = ready.document("gone.pdf")
    example = add(ready, document_id=document)
    before = revision(ready)
    ready.owner.call("delete_document", document=document)
    for task in ready.claim("sweep", 10):
        ready.worker.call("finish_sweep", **ready.held(task))
    [kept] = ready.owner.rows("golden_examples", id=f"eq.{example['id']}")
    assert (kept["document_id"], revision(ready)) == (None, before)


@pytest.mark.parametrize(
    ("columns", "code", "field"),
    [
        ({"value": "twelve"}, "value_invalid", "value"),
        ({"note": "x" * 1001}, "note_invalid", "note"),
        ({"quote": "x" * 4001}, "note_invalid", "note"),
    ],
)
def test_examples__refuse_by_field(
    columns: dict[str, Any], code: str, field: str, full: Seed
) -> None:
    row = {"project_id": full.project_id, "variable_id": full.ids["variable"], "value": 1} | columns
    assert fault(full.owner.rest("POST", "golden_examples", json=row)) == (422, code, field)


def test_examples__stay_in_their_project(ready: Seed, full: Seed) -> None:
    row = {"project_id": ready.project_id, "variable_id": ready.ids["variable"], "value": 1}
    foreign = ready.owner.rest(
        "POST", "golden_examples", json=row | {"variable_id": full.ids["variable"]}
    )
    assert fault(foreign) == (422, "variable_not_found", "variable_id")
    foreign = ready.owner.rest(
        "POST", "golden_examples", json=row | {"document_id": full.ids["document"]}
    )
    assert fault(foreign) == (422, "document_not_found", "document_id")


def test_pin__makes_an_example_of_a_cell(ready: Seed) -> None:
    """E-PRM-07, E-FB-07: value, quote and document of a real cell; a failed one is refused."""
    start(ready)
    for task, state in zip(
        ready.claim("extract", 3), ("proposed", "absent", "failed"), strict=True
    ):
        bare: dict[str, Any] = {"value": None, "quote": None, "verified": False, "evidence": "none"}
        absent = {"absent_reason": "absent"} if state == "absent" else {}
        finish(ready, task, state=state, **({} if state == "proposed" else bare | absent))
    cells = {
        row["state"]: row
        for row in ready.owner.rows("extractions", project_id=f"eq.{ready.project_id}")
    }
    pinned = ready.team["editor"].call(
        "pin_example", extraction=cells["proposed"]["id"], note="typical"
    )
    assert (pinned["value"], pinned["quote"], pinned["note"]) == (12.5, "Total 12.50", "typical")
    assert pinned["document_id"] == cells["proposed"]["document_id"]
    assert ready.owner.call("pin_example", extraction=cells["absent"]["id"])["position"] == 2
    assert told(ready) == [12.5, None]
    refused = ready.owner.rpc("pin_example", extraction=cells["failed"]["id"])
    assert (refused.status_code, refused.json()["details"]) == (409, "cell_not_right")
    long = ready.owner.rpc("pin_example", extraction=cells["proposed"]["id"], note="x" * 1001)
    assert fault(long) == (422, "note_invalid", "note")


def test_restore__switches_examples_back(ready: Seed) -> None:
    """E-FB-05: a rollback takes the examples along."""
    first = add(ready, value=1)
    gone = add(ready, value=2, position=1)
    then = active(ready)
    change(ready, first, value=10)
    ready.owner.rest("DELETE", "golden_examples", params={"id": f"eq.{gone['id']}"})
    add(ready, value=3, position=2)
    restored = ready.owner.call("restore_version", version=then["id"])
    assert (told(ready), restored["snapshot"]) == ([1, 2], then["snapshot"])
    states = {
        row["value"]: row["active"]
        for row in ready.owner.rows("golden_examples", project_id=f"eq.{ready.project_id}")
    }
    assert states == {1: True, 2: True, 3: False}
