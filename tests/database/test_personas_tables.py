"""Every table by every persona: who reads, who writes, and that nobody else does."""

from typing import Any

import psycopg
import pytest

from tests.support.people import PERSONAS, Person
from tests.support.seed import Seed

MEMBERS = {"owner", "editor", "reviewer", "viewer"}
EDITORS = {"owner", "editor"}
READERS = {
    "documents": MEMBERS,
    "events": MEMBERS,
    "exports": MEMBERS,
    "extraction_events": MEMBERS,
    "extractions": MEMBERS,
    "invitations": {"owner"},
    "jobs": MEMBERS,
    "llm_calls": EDITORS,
    "pages": MEMBERS,
    "profiles": MEMBERS,
    "project_limits": MEMBERS,
    "project_members": MEMBERS,
    "projects": MEMBERS,
    "schema_versions": MEMBERS,
    "variables": MEMBERS,
    "zones": MEMBERS,
}
# table -> (who may, a harmless change). Everything else is written by verbs only.
UPDATERS: dict[str, tuple[set[str], dict[str, Any]]] = {
    "documents": (EDITORS, {"name": "renamed.pdf"}),
    "projects": (EDITORS, {"description": "changed"}),
    "variables": (EDITORS, {"instructions": "changed"}),
}
INSERTERS = {"variables": EDITORS}
DELETERS = {"variables": EDITORS}


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
    return {"project_id": f"eq.{seed.project_id}"}


@pytest.mark.parametrize("table", READERS)
@pytest.mark.parametrize("persona", PERSONAS)
def test_read__by_persona(table: str, persona: str, full: Seed) -> None:
    response = full.team[persona].rest("GET", table, params=_of_project(table, full))
    if persona == "anonymous":
        assert response.status_code == 401
        assert response.json()["code"] == "42501"
    elif persona in READERS[table]:
        assert response.status_code == 200
        assert response.json(), f"{persona} sees nothing in {table}"
    else:
        assert (response.status_code, response.json()) == (200, [])


@pytest.mark.parametrize("table", READERS)
@pytest.mark.parametrize("persona", PERSONAS)
def test_update__by_persona(table: str, persona: str, full: Seed) -> None:
    allowed, change = UPDATERS.get(table, (set(), {"project_id": full.project_id}))
    if table == "profiles":
        change = {"display_name": "Somebody else"}
        allowed = {"owner"}  # the row is the owner's own
    response = full.team[persona].rest(
        "PATCH", table, params=_of_project(table, full), json=change, headers={"Prefer": "return=representation"}
    )
    if persona in allowed:
        assert response.status_code == 200
        assert len(response.json()) == 1
    else:
        assert _changed_nothing(response)


@pytest.mark.parametrize("table", READERS)
@pytest.mark.parametrize("persona", PERSONAS)
def test_delete__by_persona(table: str, persona: str, full: Seed) -> None:
    if persona in DELETERS.get(table, set()):
        extra = full.variable(f"spare_{persona}")
        params = {"id": f"eq.{extra}"}
        response = full.team[persona].rest("DELETE", table, params=params)
        assert response.status_code == 204
        assert full.owner.rows(table, id=f"eq.{extra}") == []
        return
    headers = {"Prefer": "return=representation"}
    response = full.team[persona].rest("DELETE", table, params=_of_project(table, full), headers=headers)
    assert _changed_nothing(response)


@pytest.mark.parametrize("table", READERS)
@pytest.mark.parametrize("persona", PERSONAS)
def test_insert__by_persona(table: str, persona: str, full: Seed) -> None:
    row = {"project_id": full.project_id}
    if table == "variables":
        row |= {"key": f"made_by_{persona}", "label": "x", "type": "text"}
    elif table in ("profiles", "projects"):
        row = {"id": "00000000-0000-4000-8000-000000000001"}
    response = full.team[persona].rest("POST", table, json=row)
    if persona in INSERTERS.get(table, set()):
        assert response.status_code == 201
    else:
        assert response.status_code in (401, 403)
        assert response.json()["code"] == "42501"


def _changed_nothing(response: Any) -> bool:
    if response.status_code == 200:
        return bool(response.json() == [])
    return response.status_code in (401, 403) and response.json()["code"] == "42501"


def test_columns__nobody_moves_a_row_to_another_project(seed: Seed, full: Seed) -> None:
    variable = seed.variable()
    response = seed.owner.rest(
        "PATCH", "variables", params={"id": f"eq.{variable}"}, json={"project_id": full.project_id}
    )
    assert response.json()["code"] == "42501"


@pytest.mark.parametrize("column", ["state", "object_path", "deleted_at", "project_id", "sha256"])
def test_columns__state_of_a_document_is_not_writable(column: str, full: Seed) -> None:
    response = full.owner.rest("PATCH", "documents", params={"id": f"eq.{full.ids['document']}"}, json={column: None})
    assert response.status_code == 403
    assert response.json()["code"] == "42501"


def test_membership__a_removed_member_sees_nothing(seed: Seed) -> None:
    viewer: Person = seed.team["viewer"]
    assert viewer.rows("projects", id=f"eq.{seed.project_id}")
    seed.owner.call("remove_member", project=seed.project_id, user=viewer.id)
    assert viewer.rows("projects", id=f"eq.{seed.project_id}") == []
