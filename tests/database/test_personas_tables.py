"""Every table by every persona: who reads, who writes, and that nobody else does."""

from typing import Any

import httpx
import psycopg
import pytest

from scripts.rig.people import PERSONAS, Person
from tests.support.seed import Seed

MEMBERS = {"owner", "editor", "reviewer", "viewer"}
EDITORS = {"owner", "editor"}
READERS = {
    "comparison_answers": MEMBERS,
    "document_imports": MEMBERS,
    "documents": MEMBERS,
    "entity_rows": MEMBERS,
    "events": MEMBERS,
    "exports": MEMBERS,
    "extraction_events": MEMBERS,
    "extractions": MEMBERS,
    "golden_examples": MEMBERS,
    "invitations": {"owner"},
    "jobs": MEMBERS,
    "llm_calls": EDITORS,
    "pages": MEMBERS,
    "profiles": MEMBERS,
    "project_limits": MEMBERS,
    "project_members": MEMBERS,
    "projects": MEMBERS,
    "results_long": MEMBERS,
    "reviews": MEMBERS,
    "schema_suggestions": MEMBERS,
    "schema_templates": {"owner"},  # of those that are somebody's, their own
    "schema_versions": MEMBERS,
    "variables": MEMBERS,
    "zones": MEMBERS,
}
# table -> (who may, a harmless change). Everything else is written by verbs only.
UPDATERS: dict[str, tuple[set[str], dict[str, Any]]] = {
    "documents": (EDITORS, {"name": "renamed.pdf"}),
    "golden_examples": (EDITORS, {"note": "changed"}),
    "projects": (EDITORS, {"description": "changed"}),
    "schema_templates": ({"owner"}, {"description": "changed"}),
    "variables": (EDITORS, {"instructions": "changed"}),
}
INSERTERS = {"golden_examples": EDITORS, "variables": EDITORS}
DELETERS = {"golden_examples": EDITORS, "schema_templates": {"owner"}, "variables": EDITORS}


def test_readers__name_every_table(db: psycopg.Connection[Any]) -> None:
    tables = db.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')"
    ).fetchall()
    assert {name for (name,) in tables} == set(READERS)


def _of_project(table: str, seed: Seed) -> dict[str, str]:
    if table == "projects":
        return {"id": f"eq.{seed.project_id}"}
    if table == "profiles":
        return {"id": f"eq.{seed.team['owner'].id}"}
    if table == "schema_templates":
        return {"id": f"eq.{seed.ids['template']}"}
    return {"project_id": f"eq.{seed.project_id}"}


@pytest.mark.parametrize("table", READERS)
def test_read__by_persona(table: str, full: Seed) -> None:
    """E-AUTH-03: a stranger sees no row of any table."""
    seen = {}
    for persona in PERSONAS:
        response = full.team[persona].rest("GET", table, params=_of_project(table, full))
        seen[persona] = _rows_seen(response)
    assert seen == {persona: persona in READERS[table] for persona in PERSONAS} | {
        "anonymous": "refused"
    }


def _rows_seen(response: httpx.Response) -> bool | str:
    """Whether there are rows; "refused" to a person without rights on the table."""
    if response.status_code == 200:
        return bool(response.json())
    if (response.status_code, response.json()["code"]) == (401, "42501"):
        return "refused"
    return response.text


@pytest.mark.parametrize("table", READERS)
def test_update__by_persona(table: str, full: Seed) -> None:
    allowed, change = UPDATERS.get(table, (set(), {"project_id": full.project_id}))
    if table == "profiles":
        change = {"display_name": "Somebody else"}
        allowed = {"owner"}  # the row is the owner's own
    changed = {}
    for persona in PERSONAS:
        response = full.team[persona].rest(
            "PATCH",
            table,
            params=_of_project(table, full),
            json=change,
            headers={"Prefer": "return=representation"},
        )
        changed[persona] = _rows_changed(response)
    assert changed == {persona: int(persona in allowed) for persona in PERSONAS}


@pytest.mark.parametrize("table", READERS)
def test_delete__by_persona(table: str, full: Seed) -> None:
    """Who may delete, deletes a row made for it; the others would delete every row."""
    deleted = {}
    for persona in PERSONAS:
        rows = _of_project(table, full)
        if persona in DELETERS.get(table, set()):
            rows = {"id": f"eq.{_spare(table, persona, full)}"}
        response = full.team[persona].rest(
            "DELETE", table, params=rows, headers={"Prefer": "return=representation"}
        )
        deleted[persona] = _rows_changed(response)
    assert deleted == {persona: int(persona in DELETERS.get(table, ())) for persona in PERSONAS}


@pytest.mark.parametrize("table", READERS)
def test_insert__by_persona(table: str, full: Seed) -> None:
    inserted = {}
    for persona in PERSONAS:
        row = {"project_id": full.project_id}
        if table == "variables":
            row |= {"key": f"made_by_{persona}", "label": "x", "type": "text"}
        elif table == "golden_examples":
            row |= {"variable_id": full.ids["variable"]}
        elif table == "schema_templates":
            row = {"name": "x"}
        elif table in ("profiles", "projects"):
            row = {"id": "00000000-0000-4000-8000-000000000001"}
        response = full.team[persona].rest(
            "POST", table, json=row, headers={"Prefer": "return=representation"}
        )
        inserted[persona] = _rows_changed(response)
    assert inserted == {persona: int(persona in INSERTERS.get(table, ())) for persona in PERSONAS}


def _rows_changed(response: httpx.Response) -> int | str:
    """How many rows a write changed; none where it was refused as it should be."""
    if response.is_success:
        return len(response.json())
    # A view over functions is no place to write to, whoever asks: 55000.
    refusals = ((401, "42501"), (403, "42501"), (500, "55000"))
    if (response.status_code, response.json()["code"]) in refusals:
        return 0
    return response.text


def _spare(table: str, persona: str, seed: Seed) -> str:
    """A row that may go."""
    made: str
    match table:
        case "golden_examples":
            made = seed.as_owner("pin_example", extraction=seed.ids["cell"])["id"]
        case "schema_templates":
            made = seed.as_owner("save_as_template", project=seed.project_id, name="Spare")["id"]
        case _:
            made = seed.variable(f"spare_{persona}")
    return made


def test_columns__nobody_moves_a_row_to_another_project(seed: Seed, full: Seed) -> None:
    variable = seed.variable()
    response = seed.owner.rest(
        "PATCH", "variables", params={"id": f"eq.{variable}"}, json={"project_id": full.project_id}
    )
    assert response.json()["code"] == "42501"


@pytest.mark.parametrize("column", ["state", "object_path", "deleted_at", "project_id", "sha256"])
def test_columns__state_of_a_document_is_not_writable(column: str, full: Seed) -> None:
    response = full.owner.rest(
        "PATCH", "documents", params={"id": f"eq.{full.ids['document']}"}, json={column: None}
    )
    assert response.status_code == 403
    assert response.json()["code"] == "42501"


def test_membership__a_removed_member_sees_nothing(seed: Seed) -> None:
    viewer: Person = seed.team["viewer"]
    assert viewer.rows("projects", id=f"eq.{seed.project_id}")
    seed.owner.call("remove_member", project=seed.project_id, user=viewer.id)
    assert viewer.rows("projects", id=f"eq.{seed.project_id}") == []
