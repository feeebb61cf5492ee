"""Suggestions for the schema: who may ask for what, what is kept of offers, and what rules offer."""

from typing import Any

import pytest

from scripts.rig.people import Person
from tests.support.jobs import start
from tests.support.review import refused, run
from tests.support.schema import active, entry, saved, variables
from tests.support.seed import Seed
from tests.support.suggestions import asked, offered, printed, suggestion

GOOD = [entry("buyer"), entry("due", type="date"), entry("fee", type="money")]
UNITS: list[dict[str, Any]] = [
    {"row_unit": "entity", "entity_pattern": "One line of the bill", "reason": "It lists several."},
    {"row_unit": "document", "entity_pattern": None, "reason": "One bill each."},
]


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        ({"kind": "colours"}, 422, "suggestion_kind_unknown"),
        ({"kind": "instructions"}, 422, "variable_not_fit"),
        ({"kind": "refinement"}, 422, "suggestion_kind_unknown"),
        (
            {"kind": "variables", "documents": ["00000000-0000-4000-8000-000000000000"]},
            404,
            "document_not_found",
        ),
        (
            {"kind": "instructions", "variable": "00000000-0000-4000-8000-000000000000"},
            404,
            "variable_not_found",
        ),
    ],
)
def test_start__refuses(ready: Seed, arguments: dict[str, Any], status: int, code: str) -> None:
    refused(ready.owner, "start_suggestion", status, code, project=ready.project_id, **arguments)
    assert ready.owner.rows("schema_suggestions", project_id=f"eq.{ready.project_id}") == []


def test_start__refuses_documents_and_variables_of_others(ready: Seed, full: Seed) -> None:
    """E-COP-01: a foreign id is refused."""
    about = {"project": ready.project_id, "kind": "variables", "documents": [full.ids["document"]]}
    refused(ready.owner, "start_suggestion", 404, "document_not_found", **about)
    about = {"project": ready.project_id, "kind": "instructions", "variable": full.ids["variable"]}
    refused(ready.owner, "start_suggestion", 404, "variable_not_found", **about)


def test_start__draws_from_no_document_that_is_held_out(ready: Seed) -> None:
    ready.owner.call("start_job", project=ready.project_id, kind="sample", holdout=0.4)
    [job] = ready.owner.rows("jobs", project_id=f"eq.{ready.project_id}")
    told = ready.owner.call("job_documents", job=job["id"])
    [held] = [row["document_id"] for row in told if row["held_out"]]
    drawn_from = asked(ready, "row_unit")["document_ids"]
    assert len(drawn_from) == 2
    assert held not in drawn_from
    about = {"project": ready.project_id, "kind": "variables", "documents": [held]}
    refused(ready.owner, "start_suggestion", 409, "document_held_out", **about)


def test_read__shares_the_budget_between_documents(seed: Seed) -> None:
    long = [
        printed(seed, ("title", "Bill"), ("text", "x" * 30_000), ("text", "unread"))
        for _ in range(2)
    ]
    asked(seed, "variables", documents=long)
    [task] = seed.claim("suggest")
    read = seed.worker.call("read_suggestion", **seed.held(task))
    assert [[len(text) for _, text in document["zones"]] for document in read["documents"]] == [
        [4, 11_996]
    ] * 2


def test_finish__keeps_what_could_be_taken_and_says_what_not(ready: Seed) -> None:
    """E-COP-01: what is not valid, or is there already, is dropped and said."""
    row = asked(ready, "variables")
    bad = [
        "text",
        entry("total"),
        entry("Buyer"),
        entry("kind", type="category"),
        entry("due", label=7),
        entry("fee"),
    ]
    assert offered(
        ready,
        *bad,
        *GOOD,
        entry("id"),
        {**entry("more"), "confidence": 1, "depends_on": {"key": "x"}},
    )
    done = suggestion(ready, row)
    assert (done["state"], done["origin"], done["reason"]) == ("done", "model", None)
    assert [offer["key"] for offer in done["answer"]] == ["fee", "buyer", "due", "more"]
    assert done["answer"][-1] == entry("more")
    assert [(said["place"], said["code"]) for said in done["dropped"]] == [
        (1, "offer_invalid"), (2, "key_exists"), (3, "key_invalid"), (4, "categories_too_few"), (5, "field_invalid"),
        (9, "offered_twice"), (10, "key_reserved"),
    ]  # fmt: skip


def test_finish__at_most_eight_and_no_more_than_there_is_room(seed: Seed) -> None:
    """E-COP-01: 3 to 8."""
    seed.document()
    row = asked(seed, "variables")
    assert offered(seed, *(entry(f"v{number}") for number in range(12)))
    assert len(suggestion(seed, row)["answer"]) == 8
    saved(seed, [entry(f"w{number}") for number in range(49)])
    row = asked(seed, "variables")
    assert offered(seed, *GOOD)
    assert [offer["key"] for offer in suggestion(seed, row)["answer"]] == ["buyer"]
    seed.variable("last")
    about = {"project": seed.project_id, "kind": "variables"}
    refused(seed.owner, "start_suggestion", 422, "too_many_variables", **about)


@pytest.mark.parametrize(
    ("kind", "offers"),
    [
        ("variables", GOOD[:2]),
        ("variables", [7, None, [], {"key": {"a": 1}}, {}]),
        ("row_unit", UNITS[:1]),
        ("row_unit", [UNITS[0] | {"row_unit": "page"}, UNITS[1] | {"reason": " "}]),
        ("row_unit", [UNITS[0] | {"entity_pattern": " "}, UNITS[0] | {"entity_pattern": {"a": 1}}]),
        ("instructions", [{"instructions": "", "reason": "x"}, {"instructions": "x"}]),
    ],
)
def test_finish__leaves_too_little_of_a_model_to_the_rules(
    ready: Seed, kind: str, offers: list[Any]
) -> None:
    row = asked(
        ready, kind, **({"variable": ready.ids["variable"]} if kind == "instructions" else {})
    )
    assert not offered(ready, *offers)
    assert suggestion(ready, row)["state"] == "running"
    assert offered(ready, origin="rules")
    assert suggestion(ready, row)["origin"] == "rules"


def test_offers__can_be_taken_unchanged(ready: Seed) -> None:
    """E-COP-01, E-UOO-01: each offer goes into the table of variables, the schema and the project
    as it stands.
    """
    row = asked(ready, "variables")
    assert offered(ready, *GOOD)
    answer = suggestion(ready, row)["answer"]
    for offer in answer:
        made = ready.owner.rest("POST", "variables", json=offer | {"project_id": ready.project_id})
        assert made.status_code == 201, made.text
    saved(ready, answer)
    assert [variable["key"] for variable in variables(ready)] == ["buyer", "due", "fee"]
    row = asked(ready, "row_unit")
    assert offered(ready, *UNITS)
    for unit in suggestion(ready, row)["answer"]:
        context = {name: held for name, held in unit.items() if name != "reason"}
        saved(ready, None, context)
        path = {"params": {"id": f"eq.{ready.project_id}"}}
        assert ready.owner.rest("PATCH", "projects", json=context, **path).status_code == 204
        [project] = ready.owner.rows("projects", id=f"eq.{ready.project_id}")
        assert project["row_unit"] == unit["row_unit"]


def test_rules__read_labels_and_types(seed: Seed) -> None:
    """E-COP-01: without a model, from the documents' own labels."""
    printed(
        seed,
        (
            "key_value",
            "Rechnungsdatum  8. Mai 2025\nFällig: 22.05.2025\nSumme  7.601,24 €\nStück  12",
        ),
    )
    printed(
        seed,
        ("key_value", "Fällig: 01.06.2025\nSumme  12,00 €"),
        ("key_value", "Name of claimant\nAoife Brennan"),
    )
    printed(seed, ("text", "Prose: says nothing  here"), ("key_value", "Summe  80 EUR"))
    row = asked(seed, "variables")
    assert offered(seed, origin="rules")
    assert [
        (offer["key"], offer["label"], offer["type"]) for offer in suggestion(seed, row)["answer"]
    ] == [
        ("summe", "Summe", "money"),
        ("fallig", "Fällig", "date"),
        ("rechnungsdatum", "Rechnungsdatum", "date"),
        ("stuck", "Stück", "number"),
        ("name_of_claimant", "Name of claimant", "text"),
    ]


def test_rules__see_tables_as_rows_of_entities(seed: Seed) -> None:
    """E-UOO-03: choice, reason and alternative, without a model."""
    printed(seed, ("table", "Item  Qty  Price\nNails  3  1.00\nBoards  4  9.00"))
    row = asked(seed, "row_unit")
    assert offered(seed, origin="rules")
    choice, other = suggestion(seed, row)["answer"]
    assert (choice["row_unit"], other["row_unit"]) == ("entity", "document")
    assert "Item, Qty, Price" in choice["entity_pattern"]
    assert all(unit["reason"] for unit in (choice, other))
    printed(seed, ("text", "A letter."))
    row = asked(seed, "row_unit")
    assert offered(seed, origin="rules")
    assert suggestion(seed, row)["answer"][0]["row_unit"] == "document"


def test_task__that_dies_fails_its_suggestion(ready: Seed) -> None:
    row = asked(ready, "row_unit")
    [task] = ready.claim("suggest")
    assert suggestion(ready, row)["state"] == "running"
    ready.worker.call("fail_task", **ready.held(task), code="internal", detail="x")
    failed = suggestion(ready, row)
    assert (failed["state"], failed["failure_code"], failed["answer"]) == (
        "failed",
        "internal",
        None,
    )
    events = ready.owner.rows("events", subject_id=f"eq.{row['id']}", order="id")
    assert [event["action"] for event in events] == ["queued", "running", "failed"]


def test_suggestion__changes_no_schema(ready: Seed) -> None:
    """E-FB-04: whatever is offered, the schema stays as it is."""
    before = variables(ready)
    versions = ready.owner.rows("schema_versions", project_id=f"eq.{ready.project_id}")
    asked(ready, "instructions", variable=ready.ids["variable"])
    assert offered(ready, {"instructions": "Another way.", "reason": "It is better."})
    assert variables(ready) == before
    assert ready.owner.rows("schema_versions", project_id=f"eq.{ready.project_id}") == versions


def test_row_unit__taken_makes_other_prompts_and_every_answer_stale(ready: Seed) -> None:
    """E-UOO-04: another unit is another version and another question; the way back makes answers
    current again.
    """
    plan = {"model": "m", "input_price": 0, "output_price": 0, "concurrency": 1, "prompt_bytes": 0}
    ready.worker.call("announce_model", **plan)
    run(ready)
    before, estimate = active(ready), {"project": ready.project_id}
    assert ready.owner.call("estimate_job", **estimate)[0]["stale_cells"] == 0
    row = asked(ready, "row_unit")
    assert offered(ready, *UNITS)
    context = {
        name: suggestion(ready, row)["answer"][0][name] for name in ("row_unit", "entity_pattern")
    }
    assert saved(ready, None, context)["number"] == before["number"] + 1
    [document, *_] = ready.owner.rows("documents", project_id=f"eq.{ready.project_id}")
    read = ready.owner.call("read_prompt", document=document["id"])
    assert {name: read["context"][name] for name in context} == context
    assert ready.owner.call("estimate_job", **estimate)[0]["stale_cells"] == 3
    ready.owner.call("restore_version", version=before["id"])
    assert ready.owner.call("estimate_job", **estimate)[0]["stale_cells"] == 0


def test_preview__reads_what_a_run_reads(ready: Seed) -> None:
    """E-PRM-08: the worker and a person are told the same; only of a document that is read."""
    job = start(ready)
    [task] = ready.claim("extract")
    read = ready.worker.call("read_extract", **ready.held(task))
    assert read["request_id"] == job["request_id"]
    shown = ready.team["viewer"].call("read_prompt", document=task["document_id"])
    assert shown == read | {"request_id": None}
    unread = ready.register(*ready.upload())["document_id"]
    refused(ready.owner, "read_prompt", 409, "document_not_ready", document=unread)


def test_suggestion__is_hidden_from_strangers(ready: Seed) -> None:
    row = asked(ready, "row_unit")
    stranger: Person = ready.team["stranger"]
    assert stranger.rows("schema_suggestions", id=f"eq.{row['id']}") == []
