"""Schema templates: the ready-made ones work, and a person's own stay the person's."""

from typing import Any

from tests.support.schema import active, entry, saved, variables
from tests.support.seed import Seed, Seeds

READY = {
    "Invoice",
    "Contract",
    "Curriculum vitae",
    "Research article",
    "Incident report",
    "Court decision",
}


def ready_made(seed: Seed) -> dict[str, dict[str, Any]]:
    """The templates for everybody, by name."""
    return {
        row["name"]: row
        for row in seed.team["stranger"].rows("schema_templates", owner_id="is.null")
    }


def test_ready_made__are_there_for_everybody_and_fit(seed: Seed) -> None:
    templates = ready_made(seed)
    assert set(templates) == READY
    for template in templates.values():
        assert 6 <= len(template["variables"]) <= 10
        saved(seed, [], {"row_unit": "document", "document_kind": ""})
        seed.owner.call("apply_template", project=seed.project_id, template=template["id"])
        made = [{name: row[name] for name in ("key", "label", "type")} for row in variables(seed)]
        assert made == [
            {name: given[name] for name in ("key", "label", "type")}
            for given in template["variables"]
        ]
        assert active(seed)["snapshot"]["context"].items() >= template["context"].items()


def test_apply__adds_what_is_missing_and_changes_nothing(seed: Seed) -> None:
    saved(seed, [entry("seller", label="Mine"), entry("own")], {"document_kind": "receipt"})
    before = variables(seed)
    version = seed.owner.call(
        "apply_template", project=seed.project_id, template=ready_made(seed)["Invoice"]["id"]
    )
    after = variables(seed)
    assert after[:2] == before
    assert [v["key"] for v in after].count("seller") == 1
    assert version["snapshot"]["context"]["document_kind"] == "receipt"


def test_save_as__is_private_and_applies_elsewhere(seed: Seed, seeds: Seeds, full: Seed) -> None:
    saved(
        seed,
        [entry("a", several="last"), entry("b", depends_on={"key": "a", "present": True})],
        {"domain": "law"},
    )
    made = seed.team["viewer"].call(
        "save_as_template", project=seed.project_id, name=f"Kept {seed.project_id}"
    )
    mine = {"id": f"eq.{made['id']}"}
    assert seed.owner.rows("schema_templates", **mine) == []
    assert len(seed.team["viewer"].rows("schema_templates", **mine)) == 1
    refused = seed.owner.rpc("apply_template", project=full.project_id, template=made["id"])
    assert (refused.status_code, refused.json()["details"]) == (422, "template_not_found")
    again = seed.team["viewer"].rpc("save_as_template", project=seed.project_id, name=made["name"])
    assert (again.status_code, again.json()["details"]) == (409, "template_exists")
    other = seeds.project()
    seed.owner.call(
        "set_member_role", project=other.project_id, user=seed.team["viewer"].id, role="editor"
    )
    version = seed.team["viewer"].call(
        "apply_template", project=other.project_id, template=made["id"]
    )
    assert version["snapshot"]["context"]["domain"] == "law"
    assert [(v["key"], v["several"], v["depends_on"]) for v in variables(other)] == [
        ("a", "last", None),
        ("b", "all", {"key": "a", "present": True}),
    ]
