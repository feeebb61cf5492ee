"""Steps that tests of suggestions and refinements share."""

from typing import Any

from tests.support.review import cells, run
from tests.support.seed import PARSED, ZONE, Seed


def printed(seed: Seed, *zones: tuple[str, str], name: str = "a.pdf") -> str:
    """A document that is ready, with these zones: kind and text."""
    path, content = seed.upload()
    document: str = seed.register(path, content, name)["document_id"]
    told = [
        ZONE | {"position": place, "kind": kind, "text": text}
        for place, (kind, text) in enumerate(zones, 1)
    ]
    for task in seed.claim("parse", 50):
        seed.worker.call("finish_parse", **seed.held(task), parsed=PARSED | {"zones": told})
    return document


def asked(seed: Seed, kind: str, **arguments: Any) -> dict[str, Any]:
    """A queued suggestion."""
    row: dict[str, Any] = seed.owner.call(
        "start_suggestion", project=seed.project_id, kind=kind, **arguments
    )
    return row


def offered(seed: Seed, *offers: Any, origin: str = "model") -> bool:
    """Whether the offers for the suggestion that waits were enough; rules offer where none are
    given.
    """
    [task] = seed.claim("suggest")
    given = {"offers": list(offers)} if offers else {}
    taken: bool = seed.worker.call("finish_suggestion", **seed.held(task), origin=origin, **given)
    if not taken:
        seed.worker.call("release_tasks", worker="test", lease_tokens=[task["lease_token"]])
    return taken


def suggestion(seed: Seed, row: dict[str, Any]) -> dict[str, Any]:
    """The suggestion as it stands."""
    [found] = seed.owner.rows("schema_suggestions", id=f"eq.{row['id']}")
    return found


def marked(seed: Seed, *right: Any) -> list[dict[str, Any]]:
    """The cells of a run over all documents, in their order, each corrected to a value; None
    leaves it unjudged.
    """
    run(seed)
    found = cells(seed)
    for cell, value in zip(found, right, strict=True):
        if value is not None:
            seed.owner.call("correct_cell", extraction=cell["id"], value=value)
    return cells(seed)


def refinement(seed: Seed) -> dict[str, Any]:
    """A refinement of the seed's variable with two candidates."""
    row = seed.owner.call("start_refinement", variable=seed.ids["variable"])
    candidates = [
        {"instructions": f"Way {n}", "reason": "It avoids them.", "focus": f"way {n}"}
        for n in (1, 2)
    ]
    assert offered(seed, *candidates)
    return suggestion(seed, row)
