"""Steps that tests of review and results share."""

from typing import Any

from scripts.rig.people import Person
from tests.support.jobs import start
from tests.support.seed import Seed


def run(seed: Seed, *rows: dict[str, Any], kind: str = "full", **arguments: Any) -> dict[str, Any]:
    """A finished job; every document answers with the same cells, by default one of the seed's
    variable.
    """
    job = start(seed, kind=kind, **arguments)
    cells = list(rows) or [seed.cell(seed.ids["variable"])]
    for task in seed.claim("extract", 100):
        seed.worker.call("finish_extract", **seed.held(task), extractor="model", extractions=cells)
    return job


def cells(seed: Seed, **filters: str) -> list[dict[str, Any]]:
    """The project's cells, oldest document first."""
    rows = seed.owner.rows("extractions", project_id=f"eq.{seed.project_id}", **filters)
    documents = seed.owner.rows(
        "documents", project_id=f"eq.{seed.project_id}", order="created_at,id"
    )
    order = [row["id"] for row in documents]
    return sorted(rows, key=lambda row: (order.index(row["document_id"]), row["row_index"]))


def cell(seed: Seed, extraction: str) -> dict[str, Any]:
    """The cell as it stands."""
    [row] = cells(seed, id=f"eq.{extraction}")
    return row


def reviews(seed: Seed, extraction: str, author: Person | None = None) -> list[dict[str, Any]]:
    """The judgements of a cell, of one person or of all."""
    by = {"author": f"eq.{author.id}"} if author else {}
    return seed.owner.rows("reviews", extraction_id=f"eq.{extraction}", **by)


def refused(person: Person, verb: str, status: int, code: str, **arguments: Any) -> None:
    """Asserts that a call is refused with this status and code."""
    response = person.rpc(verb, **arguments)
    assert (response.status_code, response.json().get("details")) == (status, code), response.text
