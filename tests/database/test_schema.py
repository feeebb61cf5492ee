"""The schema as a whole: saved in one call, versioned, compared, rolled back, approved."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from tests.support.schema import active, entry, fault, save, saved, variables, versions
from tests.support.seed import Seed


def keys(seed: Seed) -> list[str]:
    """Keys in schema order."""
    return [v["key"] for v in variables(seed)]


def test_save__reverses_ten_variables_in_one_call(seed: Seed) -> None:
    """E-VAR-04: one call reorders the whole schema; ids and revisions stay."""
    saved(seed, [entry(f"v{n}") for n in range(10)])
    before = variables(seed)
    version = saved(seed, [{"id": row["id"]} for row in reversed(before)])
    assert version["number"] == 2
    after = variables(seed)
    assert [(v["id"], v["revision"]) for v in after] == [(v["id"], 1) for v in reversed(before)]


def test_save__stores_nothing_when_one_is_bad(seed: Seed) -> None:
    """E-VAR-04: of five with one bad none is stored, and the answer names the index and the field."""
    saved(seed, [entry("kept")])
    five = [
        entry("kept", label="New"),
        entry("b"),
        entry("c"),
        entry("d", type="category"),
        entry("e"),
    ]
    assert fault(save(seed, five, {"domain": "x"})) == (
        422,
        "categories_too_few",
        "variables[3].categories",
    )
    assert [(v["key"], v["label"]) for v in variables(seed)] == [("kept", "Kept")]
    assert [v["number"] for v in versions(seed)] == [1]
    assert seed.owner.rows("projects", id=f"eq.{seed.project_id}")[0]["domain"] == ""


@pytest.mark.parametrize(
    ("bad", "code", "path"),
    [
        ("text", "variable_invalid", "variables[1]"),
        ({"key": "b", "colour": "red"}, "field_unknown", "variables[1]"),
        (entry("b", label=7), "field_invalid", "variables[1].label"),
        (entry("b", label=None), "field_invalid", "variables[1].label"),
        (entry("b", aliases=["x", 1]), "field_invalid", "variables[1].aliases"),
        (entry("b", max_values=1.5), "field_invalid", "variables[1].max_values"),
        (entry("b", id="not-an-id"), "field_invalid", "variables[1].id"),
        (
            entry("b", id="00000000-0000-4000-8000-000000000000"),
            "variable_unknown",
            "variables[1].id",
        ),
        ({"key": "b", "label": "B"}, "type_unknown", "variables[1].type"),
    ],
)
def test_save__names_the_malformed_entry(bad: Any, code: str, path: str, full: Seed) -> None:
    assert fault(save(full, [entry("a"), bad])) == (422, code, path)


@pytest.mark.parametrize(
    ("context", "code", "path"),
    [
        ({"status": "complete"}, "context_invalid", "context"),
        ({"domain": 1}, "context_invalid", "context.domain"),
        (
            {"row_unit": "entity", "entity_pattern": None},
            "entity_pattern_missing",
            "entity_pattern",
        ),
        ({"name": ""}, "name_invalid", "name"),
    ],
)
def test_save__names_the_field_of_the_context(
    context: Any, code: str, path: str, full: Seed
) -> None:
    assert fault(save(full, None, context)) == (422, code, path)


def test_save__inserts_updates_renames_and_deletes_together(seed: Seed) -> None:
    saved(seed, [entry("a"), entry("b"), entry("c", depends_on={"key": "a", "present": True})])
    a, b, c = variables(seed)
    entries = [
        {"id": b["id"], "key": "a"},
        {"id": a["id"], "key": "b", "type": "number"},
        entry("new", depends_on={"key": "b", "equals": 3}),
    ]
    version = saved(seed, entries, {"row_unit": "entity", "entity_pattern": "One ship"})
    assert [(v["id"], v["key"]) for v in variables(seed)][:2] == [(b["id"], "a"), (a["id"], "b")]
    assert keys(seed) == ["a", "b", "new"]
    assert c["id"] not in {v["id"] for v in variables(seed)}
    assert version["snapshot"]["context"]["entity_pattern"] == "One ship"
    assert [v["number"] for v in versions(seed)] == [1, 2]


def test_save__is_refused_when_somebody_saved_meanwhile(seed: Seed) -> None:
    assert save(seed, [entry("a")], expected_version=0).json()["number"] == 1
    assert save(seed, [entry("a"), entry("b")], expected_version=1).is_success
    late = save(seed, [entry("mine")], expected_version=1)
    assert (late.status_code, late.json()["details"]) == (409, "schema_changed")
    assert keys(seed) == ["a", "b"]


def test_save__of_what_is_there_makes_no_version(seed: Seed) -> None:
    first = saved(seed, [entry("a"), entry("b", multiple=True)], {"domain": "law"})
    assert saved(seed, variables(seed), {"domain": "law"})["id"] == first["id"]


def test_version__the_first_variable_makes_version_one_active(seed: Seed) -> None:
    """E-PRM-01: create yields version 1, active."""
    assert versions(seed) == []
    seed.variable()
    [version] = versions(seed)
    assert (version["number"], version["active"], version["created_by"]) == (1, True, seed.owner.id)


CHANGES: dict[str, Any] = {
    "key": "sum", "label": "Sum", "type": "text", "instructions": "x", "aliases": ["s"], "multiple": True,
    "required": True, "rules": {"pattern": "x+"}, "uncertainty_threshold": 0.9, "uncertainty_action": "skip",
    "several": "last", "max_values": 2,
    "default": "xx", "depends_on": {"key": "other", "present": True}, "position": 9,
}  # fmt: skip
CONTEXT = {
    "domain": "law", "language": "de", "time_zone": "Europe/Berlin", "entity_pattern": "One ship", "row_unit": "entity",
    "document_kind": "log book",
}  # fmt: skip


def test_version__each_change_makes_exactly_one_new_active_one(seed: Seed) -> None:
    """E-PRM-02, E-UOO-04: one version a change of any field; what does not reach the prompt makes
    none.
    """
    seed.variable("other", type="text")
    params = {"id": f"eq.{seed.variable()}"}
    number = 2
    for name, held in CHANGES.items():
        assert seed.owner.rest("PATCH", "variables", params=params, json={name: held}).is_success, (
            name
        )
        number += 1
        assert active(seed)["number"] == number, name
    for name, held in CONTEXT.items():
        changed = seed.owner.rest(
            "PATCH", "projects", params={"id": f"eq.{seed.project_id}"}, json={name: held}
        )
        assert changed.is_success, name
        number += name != "entity_pattern"  # not asked with before the rows are entities
        assert active(seed)["number"] == number, name
    silent = {"name": "Renamed", "description": "For people."}
    seed.owner.rest("PATCH", "projects", params={"id": f"eq.{seed.project_id}"}, json=silent)
    assert active(seed)["number"] == number
    assert [v["number"] for v in versions(seed)] == list(range(1, number + 1))


def test_version__two_saves_at_once_make_two(seed: Seed) -> None:
    """E-PRM-02: numbers are unique, and the last version holds both changes."""
    ids = [seed.variable(f"v{n}", type="text") for n in range(8)]

    def change(variable: str) -> int:
        change = {"instructions": variable}
        return seed.owner.rest(
            "PATCH", "variables", params={"id": f"eq.{variable}"}, json=change
        ).status_code

    with ThreadPoolExecutor(8) as crowd:
        assert set(crowd.map(change, ids)) == {204}
    assert [v["number"] for v in versions(seed)] == list(range(1, 17))
    assert [v["instructions"] for v in active(seed)["snapshot"]["variables"]] == ids


def test_version__is_immutable(full: Seed) -> None:
    changes: list[dict[str, Any]] = [
        {"snapshot": {}},
        {"active": False},
        {"approved_by": full.owner.id},
    ]
    for change in changes:
        response = full.owner.rest(
            "PATCH", "schema_versions", params={"id": f"eq.{active(full)['id']}"}, json=change
        )
        assert response.json()["code"] == "42501"


def test_diff__tells_fields_before_and_after(seed: Seed) -> None:
    first = saved(seed, [entry("a"), entry("b")], {"domain": "law"})
    a = variables(seed)[0]["id"]
    second = saved(seed, [entry("a", label="Other"), entry("c")], {"domain": "tax"})
    told = seed.owner.call("schema_diff", **{"from": first["id"], "to": second["id"]})
    by_key = {(row["change"], row["key"]): row["fields"] for row in told}
    assert set(by_key) == {("context", None), ("changed", "a"), ("removed", "b"), ("added", "c")}
    assert by_key["context", None] == {"domain": {"before": "law", "after": "tax"}}
    assert by_key["changed", "a"] == {"label": {"before": "A", "after": "Other"}}
    assert by_key["added", "c"]["key"] == {"before": None, "after": "c"}
    assert a in {row["variable_id"] for row in told}


def test_restore__brings_back_every_word_under_a_new_number(seed: Seed) -> None:
    """E-FB-05: one step back, ids and revisions as they were; the next change never reuses a
    revision.
    """
    first = saved(
        seed, [entry("a"), entry("b", depends_on={"key": "a", "present": True})], {"domain": "law"}
    )
    a, b = (v["id"] for v in variables(seed))
    saved(seed, [{"id": a}, {"id": b, "label": "Between"}])
    saved(
        seed,
        [{"id": a, "key": "b", "label": "Changed"}, entry("c")],
        {"domain": "tax", "row_unit": "entity", "entity_pattern": "x"},
    )
    restored = seed.owner.call("restore_version", version=first["id"])
    assert (restored["number"], restored["active"]) == (4, True)
    assert (restored["snapshot"], restored["snapshot_hash"]) == (
        first["snapshot"],
        first["snapshot_hash"],
    )
    assert [v["id"] for v in variables(seed)] == [a, b]
    assert seed.owner.call("restore_version", version=first["id"])["number"] == 4
    used = {
        (v["id"], v["revision"])
        for version in versions(seed)
        for v in version["snapshot"]["variables"]
    }
    changed = saved(seed, [{"id": a, "label": "Third"}, {"id": b, "label": "Fourth"}])
    assert not used & {(v["id"], v["revision"]) for v in changed["snapshot"]["variables"]}


def test_restore__of_a_snapshot_from_before_a_field_was_known(
    seed: Seed, db: psycopg.Connection[Any]
) -> None:
    first = saved(
        seed, [entry("a", uncertainty_action="skip")], {"row_unit": "entity", "entity_pattern": "x"}
    )
    new = [
        "several",
        "max_values",
        "depends_on",
        "uncertainty_threshold",
        "uncertainty_action",
        "examples",
    ]
    db.execute(
        "update public.schema_versions set snapshot = jsonb_build_object('context', %s::jsonb, 'variables',"
        " (select jsonb_agg(a - %s::text[]) from jsonb_array_elements(snapshot -> 'variables') as a)) where id = %s",
        [
            '{"name": "Old", "domain": "law", "language": "en", "time_zone": "UTC"}',
            new,
            first["id"],
        ],
    )
    db.commit()
    restored = seed.owner.call("restore_version", version=first["id"])
    [variable] = variables(seed)
    assert (variable["uncertainty_action"], variable["several"]) == ("flag", "all")
    assert restored["snapshot"]["context"]["row_unit"] == "document"


def test_approve__refuses_an_empty_schema_and_is_idempotent(seed: Seed) -> None:
    """E-VAR-07: refuses an empty schema, records version, who and when, once."""
    refused = seed.owner.rpc("approve_schema", project=seed.project_id)
    assert (refused.status_code, refused.json()["details"]) == (422, "no_variables")
    saved(seed, [entry("a")])
    first = seed.team["editor"].call("approve_schema", project=seed.project_id)
    assert (first["number"], first["approved_by"]) == (1, seed.team["editor"].id)
    assert seed.owner.call("approve_schema", project=seed.project_id) == first
    told = seed.owner.rows(
        "events", project_id=f"eq.{seed.project_id}", subject="eq.schema_versions"
    )
    assert [(e["action"], e["detail"]) for e in told] == [("approved", {"number": 1})]
    saved(seed, [entry("a"), entry("b")])
    assert active(seed)["approved_at"] is None


def test_job__runs_on_the_active_version(ready: Seed) -> None:
    job = ready.owner.call("start_job", project=ready.project_id)
    assert job["schema_version_id"] == active(ready)["id"]
    assert len(versions(ready)) == 1
