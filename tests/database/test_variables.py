"""Variables: every field comes back, and what does not fit is refused by its field."""

from typing import Any

import pytest

from tests.support.schema import entry, fault, save, saved, variables
from tests.support.seed import Seed

CATEGORY = {"type": "category", "categories": ["a", "b"]}
EVERY_FIELD: dict[str, Any] = {
    "key": "kind", "label": "Kind of thing", "type": "category", "instructions": "Say it.", "aliases": ["sort", "Art"],
    "categories": ["red", "green"], "multiple": True, "required": True,
    "rules": {"synonyms": {"red": ["rot"]}, "other_allowed": True, "message": "No such kind."}, "default": ["red"],
    "uncertainty_threshold": 0.7, "uncertainty_action": "best_guess", "several": "all", "max_values": 3,
    "depends_on": {"key": "first", "in": ["x", "y"]},
}  # fmt: skip
GOOD: list[dict[str, Any]] = [
    {
        "type": "number",
        "rules": {"min": 0, "max": 10, "decimal": ",", "enum": [1, 2]},
        "default": 2,
    },
    {
        "type": "money",
        "rules": {"min": 1, "currency": "EUR"},
        "default": {"amount": 5, "currency": "EUR"},
    },
    {"type": "money", "default": {"amount": 5, "currency": None}},
    {
        "type": "date",
        "rules": {"min": "2020", "max": "2020-06", "day_first": True},
        "default": "2020-06-30",
    },
    {"type": "boolean", "default": False},
    {"type": "location", "default": "Bern"},
    {
        "type": "text",
        "rules": {"pattern": r"(?i)[\p{L}\d]++-(?P<n>\d{2})", "message": "Like AB-12."},
    },
    {"type": "number", "multiple": True, "several": "joined", "default": "1; 2"},
    {"type": "number", "multiple": True, "several": "first", "default": 1},
]
# What is sent, and the code and field that refuse it.
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"key": "Two words"}, "key_invalid", "key"),
    ({"key": "1st"}, "key_invalid", "key"),
    ({"key": "k" * 64}, "key_invalid", "key"),
    ({"key": "select"}, "key_reserved", "key"),
    ({"key": "document_id"}, "key_reserved", "key"),
    ({"label": "  "}, "label_invalid", "label"),
    ({"label": "x" * 256}, "label_invalid", "label"),
    ({"type": "colour"}, "type_unknown", "type"),
    ({"instructions": "x" * 4001}, "instructions_invalid", "instructions"),
    ({"aliases": ["a", " "]}, "aliases_invalid", "aliases"),
    ({"type": "category"}, "categories_too_few", "categories"),
    ({"type": "category", "categories": ["one"]}, "categories_too_few", "categories"),
    ({"type": "category", "categories": ["one", "One "]}, "categories_not_unique", "categories"),
    ({"type": "category", "categories": ["one", ""]}, "categories_invalid", "categories"),
    ({"categories": ["a", "b"]}, "categories_not_allowed", "categories"),
    ({"uncertainty_threshold": 1.1}, "uncertainty_threshold_invalid", "uncertainty_threshold"),
    ({"uncertainty_action": "guess"}, "uncertainty_action_unknown", "uncertainty_action"),
    ({"several": "some"}, "several_unknown", "several"),
    ({"max_values": 0}, "max_values_invalid", "max_values"),
    ({"rules": {"made_up": 1}}, "rule_unknown", "rules"),
    ({"rules": {"min": 1}}, "rule_min_invalid", "rules.min"),
    ({"type": "number", "rules": {"min": "1"}}, "rule_min_invalid", "rules.min"),
    ({"type": "number", "rules": {"min": 2, "max": 1}}, "rule_min_above_max", "rules.min"),
    (
        {"type": "date", "rules": {"min": "2021-02", "max": "2020"}},
        "rule_min_above_max",
        "rules.min",
    ),
    ({"type": "date", "rules": {"max": "2021-02-30"}}, "rule_max_invalid", "rules.max"),
    ({"rules": {"pattern": "(["}}, "rule_pattern_invalid", "rules.pattern"),
    ({"rules": {"enum": []}}, "rule_enum_invalid", "rules.enum"),
    ({"rules": {"currency": "EUR"}}, "rule_currency_invalid", "rules.currency"),
    (CATEGORY | {"rules": {"synonyms": {"c": ["x"]}}}, "rule_synonyms_invalid", "rules.synonyms"),
    ({"type": "number", "default": "7"}, "default_invalid", "default"),
    ({"type": "number", "rules": {"max": 5}, "default": 7}, "default_invalid", "default"),
    ({"type": "date", "default": "2020-13"}, "default_invalid", "default"),
    ({"type": "money", "default": 5}, "default_invalid", "default"),
    (CATEGORY | {"default": "c"}, "default_invalid", "default"),
    ({"multiple": True, "default": "x"}, "default_invalid", "default"),
    ({"multiple": True, "max_values": 1, "default": ["x", "y"]}, "default_invalid", "default"),
    ({"depends_on": {"key": "first"}}, "depends_on_invalid", "depends_on"),
    (
        {"depends_on": {"key": "first", "equals": "x", "present": True}},
        "depends_on_invalid",
        "depends_on",
    ),
    ({"depends_on": {"key": "not_there", "equals": "x"}}, "depends_on_unknown", "depends_on"),
    ({"depends_on": {"key": "tested", "equals": "x"}}, "depends_on_cyclic", "depends_on"),
    ({"depends_on": {"key": "counted", "equals": "x"}}, "depends_on_value_invalid", "depends_on"),
]
PATCH = {"Prefer": "return=representation"}


def test_variable__every_field_survives_create_read_and_update(seed: Seed) -> None:
    """E-VAR-01: all fields survive create, read and update, by the table and by save_schema."""
    seed.variable("first", type="text")
    made = seed.variable(**EVERY_FIELD)
    [row] = seed.owner.rows("variables", id=f"eq.{made}")
    assert {name: row[name] for name in EVERY_FIELD} == EVERY_FIELD
    changes: dict[str, Any] = {
        "aliases": [],
        "uncertainty_action": "skip",
        "max_values": None,
        "several": "last",
    }
    for name, held in changes.items():
        change = {name: held} | ({"default": "green"} if name == "several" else {})
        changed = seed.owner.rest(
            "PATCH", "variables", params={"id": f"eq.{made}"}, json=change, headers=PATCH
        )
        assert changed.json()[0][name] == held
    again = saved(seed, variables(seed))["snapshot"]["variables"]
    [row] = seed.owner.rows("variables", id=f"eq.{made}")
    assert [v["id"] for v in again][-1] == made
    assert {name: again[-1][name] for name in EVERY_FIELD} == {
        name: row[name] for name in EVERY_FIELD
    }


def test_variable__type_changes_or_is_clearly_refused(seed: Seed) -> None:
    """E-VAR-01: a type change works, or says what is in its way."""
    made = seed.variable("kind", **CATEGORY)
    params = {"id": f"eq.{made}"}
    refused = seed.owner.rest("PATCH", "variables", params=params, json={"type": "text"})
    assert fault(refused) == (422, "categories_not_allowed", "categories")
    done = seed.owner.rest(
        "PATCH", "variables", params=params, json={"type": "text", "categories": []}, headers=PATCH
    )
    assert (done.json()[0]["type"], done.json()[0]["revision"]) == ("text", 2)


@pytest.mark.parametrize("fields", GOOD)
def test_variable__takes_what_fits(fields: dict[str, Any], seed: Seed) -> None:
    assert (
        saved(seed, [entry("tested", **fields)])["snapshot"]["variables"][0].items()
        >= fields.items()
    )


@pytest.mark.parametrize(("fields", "code", "field"), BAD)
def test_variable__refuses_by_field(
    fields: dict[str, Any], code: str, field: str, full: Seed
) -> None:
    """E-VAR-02, E-VAR-03, E-VAR-06: the table and save_schema refuse with one code and name the
    field.
    """
    others = [entry("first"), entry("counted", type="number")]
    tested = entry("tested") | fields
    assert fault(save(full, [*others, tested])) == (422, code, f"variables[2].{field}")
    if code != "depends_on_value_invalid":  # the others are not in the table
        row = {"project_id": full.project_id} | tested
        assert fault(full.owner.rest("POST", "variables", json=row)) == (422, code, field)


def test_key__is_unique_in_its_project_and_free_in_another(seed: Seed, full: Seed) -> None:
    """E-VAR-03: unique in the project; the label is free."""
    seed.variable("total", label="Betrag (€) / 金額")
    row = {"project_id": seed.project_id, "key": "total", "label": "x", "type": "text"}
    assert seed.owner.rest("POST", "variables", json=row).json()["code"] == "23505"
    assert fault(save(seed, [entry("a"), entry("a")])) == (
        422,
        "key_not_unique",
        "variables[1].key",
    )
    assert "total" in {v["key"] for v in variables(full)}


def test_dependency__is_acyclic_and_stays_in_the_project(seed: Seed, full: Seed) -> None:
    """E-VAR-06: itself, a circle of three, a variable of another project."""
    three = [entry("a"), entry("b"), entry("c")]
    saved(seed, three)
    circle = [
        v | {"depends_on": {"key": k, "present": True}} for v, k in zip(three, "bca", strict=True)
    ]
    assert fault(save(seed, circle)) == (422, "depends_on_cyclic", "variables[0].depends_on")
    saved(seed, [three[0], circle[1], three[2]])
    for key, other in ("aa", "cb"):
        params = {"project_id": f"eq.{seed.project_id}", "key": f"eq.{key}"}
        closing = {"depends_on": {"key": other, "present": False}}
        refused = seed.owner.rest("PATCH", "variables", params=params, json=closing)
        assert fault(refused) == (422, "depends_on_cyclic", "depends_on")
    params = {"project_id": f"eq.{seed.project_id}", "key": "eq.c"}
    assert fault(seed.owner.rest("DELETE", "variables", params=params)) == (
        422,
        "depends_on_unknown",
        "depends_on",
    )
    foreign = [entry("a", depends_on={"key": variables(full)[0]["key"], "present": True})]
    assert fault(save(seed, foreign)) == (422, "depends_on_unknown", "variables[0].depends_on")


def test_variable__is_deleted_with_its_cells(ready: Seed) -> None:
    """E-VAR-05: delete works after extractions exist."""
    ready.owner.call("start_job", project=ready.project_id)
    [task] = ready.claim("extract")
    cells = [ready.cell(ready.ids["variable"])]
    ready.worker.call("finish_extract", **ready.held(task), extractor="model", extractions=cells)
    params = {"id": f"eq.{ready.ids['variable']}"}
    assert ready.owner.rest("DELETE", "variables", params=params).status_code == 204
    assert ready.owner.rows("extractions", project_id=f"eq.{ready.project_id}") == []


def test_duplicate__is_a_copy_right_behind_the_original(seed: Seed) -> None:
    saved(seed, [entry("first"), EVERY_FIELD, entry("last")])
    original = variables(seed)[1]
    copies = [seed.owner.call("duplicate_variable", variable=original["id"]) for _ in range(2)]
    assert [v["key"] for v in variables(seed)] == ["first", "kind", "kind_3", "kind_2", "last"]
    own = {
        "id",
        "key",
        "label",
        "position",
        "revision",
        "last_revision",
        "created_at",
        "updated_at",
    }
    for copy in copies:
        assert {k: v for k, v in copy.items() if k not in own} == {
            k: v for k, v in original.items() if k not in own
        }
    foreign = seed.team["stranger"].rpc("duplicate_variable", variable=original["id"])
    assert (foreign.status_code, foreign.json()["details"]) == (404, "variable_not_found")
