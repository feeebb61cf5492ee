"""Projects: made, edited, listed with what a browser shows, and deleted with everything in them."""

from typing import Any

import psycopg
import pytest

from tests.support.jobs import fail, finish, start
from tests.support.schema import fault, saved
from tests.support.seed import Seed, Seeds

FIELDS: dict[str, Any] = {
    "name": "Schiffe / 船 \"x\"", "description": "For people.", "domain": "history", "language": "de",
    "time_zone": "Europe/Berlin", "row_unit": "entity", "entity_pattern": "One ship", "document_kind": "log book",
}  # fmt: skip
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"name": ""}, "name_invalid", "name"),
    ({"name": "x" * 256}, "name_invalid", "name"),
    ({"name": None}, "name_invalid", "name"),
    ({"language": "German"}, "language_invalid", "language"),
    ({"time_zone": "Mars/Base"}, "time_zone_unknown", "time_zone"),
    ({"row_unit": "page"}, "row_unit_unknown", "row_unit"),
    ({"row_unit": "entity", "entity_pattern": None}, "entity_pattern_missing", "entity_pattern"),
    ({"row_unit": "entity", "entity_pattern": " "}, "entity_pattern_missing", "entity_pattern"),
    ({"document_kind": "x" * 256}, "document_kind_invalid", "document_kind"),
]


def overview(seed: Seed) -> dict[str, Any]:
    """What a viewer sees of the project."""
    [row] = seed.team["viewer"].call("project_overview", project=seed.project_id)
    shown: dict[str, Any] = row
    return shown


def test_create__takes_and_returns_every_field(seed: Seed) -> None:
    """E-PRJ-01: made with name, domain, language and unit; read back equal; its status is created."""
    made = seed.owner.call("create_project", **FIELDS)
    [row] = seed.owner.rows("projects", id=f"eq.{made['id']}")
    assert {name: row[name] for name in FIELDS} == {name: made[name] for name in FIELDS} == FIELDS
    [shown] = seed.owner.call("project_overview", project=made["id"])
    assert (shown["status"], shown["role"], shown["schema_state"]) == ("created", "owner", "draft")
    seed.owner.call("delete_project", project=made["id"])


@pytest.mark.parametrize(("change", "code", "field"), BAD)
def test_fields__are_refused_by_name(
    change: dict[str, Any], code: str, field: str, full: Seed
) -> None:
    """E-PRJ-02, E-UOO-02: on creation and on update, 422 with the field."""
    assert fault(full.owner.rpc("create_project", **({"name": "x"} | change))) == (422, code, field)
    update = full.owner.rest(
        "PATCH", "projects", params={"id": f"eq.{full.project_id}"}, json=change
    )
    assert fault(update) == (422, code, field)


def test_fields__are_editable_by_editors_and_status_by_nobody(seed: Seed) -> None:
    """E-PRJ-05, E-UOO-01: each field, one vocabulary; what is asked with raises the revision;
    status is no column.
    """
    params = {"id": f"eq.{seed.project_id}"}
    asked_with = {"domain", "language", "time_zone", "row_unit", "document_kind"}
    revision = 1
    for name in ("entity_pattern", *FIELDS):
        done = seed.team["editor"].rest(
            "PATCH", "projects", params=params, json={name: FIELDS[name]}
        )
        assert done.is_success, done.text
        revision += name in asked_with
        [row] = seed.owner.rows("projects", **params)
        assert (row[name], row["revision"]) == (FIELDS[name], revision), name
    for column in ("status", "revision", "deleted_at", "created_by"):
        assert not seed.owner.rest(
            "PATCH", "projects", params=params, json={column: None}
        ).is_success


def test_overview__tells_the_whole_state_after_each_step(seed: Seed) -> None:
    """E-PRJ-04, E-PRJ-07, E-UOO-04: counts, schema, latest job, and a status that moves by itself."""
    assert overview(seed)["status"] == "created"
    document = seed.document()
    seed.register(*seed.upload())
    seed.ids["variable"] = seed.variable()
    shown = overview(seed)
    assert (shown["status"], shown["documents"], shown["variables"], shown["role"]) == (
        "schema",
        2,
        1,
        "viewer",
    )
    assert shown["documents_by_state"] == {"uploaded": 1, "parsing": 0, "ready": 1, "failed": 0}
    seed.owner.call("approve_schema", project=seed.project_id)
    shown = overview(seed)
    assert (shown["schema_state"], shown["schema_version"]["number"], shown["latest_job"]) == (
        "approved",
        1,
        None,
    )
    job = start(seed, kind="sample")
    assert (overview(seed)["status"], overview(seed)["latest_job"]["id"]) == ("sample", job["id"])
    finish(seed, seed.claim("extract")[0])
    assert (overview(seed)["status"], overview(seed)["stale"]) == ("sample", False)
    start(seed)
    assert overview(seed)["status"] == "processing"
    [task] = seed.claim("extract")
    finish(seed, task)
    assert overview(seed)["status"] == "complete"
    cancelled = start(seed)
    seed.owner.call("cancel_job", job=cancelled["id"])
    assert (overview(seed)["status"], overview(seed)["latest_job"]["state"]) == (
        "complete",
        "cancelled",
    )
    saved(seed, None, {"row_unit": "entity", "entity_pattern": "One ship"})
    shown = overview(seed)
    assert (shown["stale"], shown["schema_state"], shown["row_unit"]) == (True, "draft", "entity")
    start(seed, documents=[document])
    fail(seed, seed.claim("extract")[0])
    assert overview(seed)["status"] == "error"


def test_list__is_newest_first_paged_and_filtered(seed: Seed, seeds: Seeds) -> None:
    """E-PRJ-03: newest first, by pages, by status, with counts; only what is the caller's."""
    made = [seed, seeds.project(), seeds.project()]
    made[1].variable()
    made[1].document()
    newest = [other.project_id for other in reversed(made)]
    viewer = seed.team["viewer"]
    assert [row["id"] for row in viewer.call("project_list", limit=3)] == newest
    pages = [viewer.call("project_list", limit=1)]
    pages += [viewer.call("project_list", limit=1, after=newest[0])]
    pages += [viewer.call("project_list", limit=1, after=newest[1])]
    assert [row["id"] for page in pages for row in page] == newest
    assert (pages[1][0]["documents"], pages[1][0]["variables"], pages[1][0]["status"]) == (
        1,
        1,
        "schema",
    )
    schemas = [row["id"] for row in viewer.call("project_list", status="schema", limit=200)]
    assert newest[1] in schemas
    assert not {newest[0], newest[2]} & set(schemas)
    assert fault(viewer.rpc("project_list", status="done")) == (422, "status_unknown", "p_status")
    assert not {row["id"] for row in seed.team["stranger"].call("project_list", limit=200)} & set(
        newest
    )


def rows_of(db: psycopg.Connection[Any], project: str) -> dict[str, int]:
    """Rows that carry the project, by table; objects in Storage by bucket."""
    tables = db.execute(
        "select c.oid::regclass::text from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid"
        " where a.attname = 'project_id' and c.relkind = 'r' and c.relnamespace in"
        " ('public'::regnamespace, 'private'::regnamespace)"
    ).fetchall()
    found = {
        t: db.execute(f"select count(*) from {t} where project_id = %s", [project]).fetchone()
        for (t,) in tables
    }
    objects = db.execute(
        "select bucket_id, count(*) from storage.objects where name like %s group by 1",
        [f"{project}/%"],
    )
    return {t: row[0] for t, row in found.items() if row and row[0]} | dict(objects.fetchall())


def sweep(seed: Seed) -> int:
    """Does every sweep of the project as a worker would; how many."""
    done = 0
    while tasks := seed.claim("sweep", 50):
        for task in tasks:
            bucket, paths = task["payload"]["bucket"], task["payload"]["paths"]
            removed = seed.worker.storage("DELETE", f"object/{bucket}", json={"prefixes": paths})
            assert removed.is_success, removed.text
            seed.worker.call("finish_sweep", **seed.held(task))
            done += 1
    return done


@pytest.mark.local
def test_delete__hides_at_once_and_leaves_no_row_and_no_file(
    seed: Seed, seeds: Seeds, db: psycopg.Connection[Any]
) -> None:
    """E-PRJ-06: after a full run, every row of every table and every object goes.

    Other projects stay.
    """
    other = seeds.full()
    seed.everything()
    path = f"{seed.project_id}/file.csv"
    assert seed.worker.storage(
        "POST", f"object/exports/{path}", content=b"x", headers={"Content-Type": "text/csv"}
    ).is_success
    seed.upload()  # never registered
    for number in range(120):
        seed.add_unread(f"{number}.pdf")
    start(seed)
    [running] = seed.claim("extract")
    refused = seed.team["editor"].rpc("delete_project", project=seed.project_id)
    assert (refused.status_code, refused.json()["details"]) == (403, "role_too_low")
    before = rows_of(db, other.project_id)
    seed.owner.call("delete_project", project=seed.project_id)
    for table in ("documents", "variables", "jobs", "extractions", "schema_versions"):
        assert seed.owner.rows(table, project_id=f"eq.{seed.project_id}") == []
    assert (
        seed.owner.rpc("delete_project", project=seed.project_id).json()["details"]
        == "project_not_found"
    )
    lost = seed.worker.rpc(
        "finish_extract", **seed.held(running), extractor="model", extractions=[]
    )
    assert lost.json()["details"] == "lease_lost"
    assert seed.claim("parse", 200) == []
    assert sweep(seed) >= 3
    assert rows_of(db, seed.project_id) == {}
    assert (
        db.execute("select 1 from public.projects where id = %s", [seed.project_id]).fetchone()
        is None
    )
    assert rows_of(db, other.project_id) == before
    other.owner.call("delete_project", project=other.project_id)
    sweep(other)


@pytest.mark.local
def test_delete__of_an_empty_project_needs_no_sweep(
    seed: Seed, db: psycopg.Connection[Any]
) -> None:
    """E-PRJ-06: where there is no file, the rows go at once."""
    seed.variable()
    seed.owner.call("delete_project", project=seed.project_id)
    assert rows_of(db, seed.project_id) == {}


@pytest.mark.local
def test_delete__sweeps_again_what_came_late(seed: Seed, db: psycopg.Connection[Any]) -> None:
    """E-PRJ-06: a file that a worker wrote while the project went is found by the last sweep."""
    seed.upload()
    seed.owner.call("delete_project", project=seed.project_id)
    late = seed.worker.storage(
        "POST",
        f"object/exports/{seed.project_id}/late.csv",
        content=b"x",
        headers={"Content-Type": "text/csv"},
    )
    assert late.is_success
    assert sweep(seed) == 2
    assert rows_of(db, seed.project_id) == {}
