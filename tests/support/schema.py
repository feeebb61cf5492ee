"""Steps that schema tests share."""

from typing import Any

import httpx

from tests.support.seed import Seed


def save(
    seed: Seed, variables: list[dict[str, Any]] | None, context: Any = None, **arguments: Any
) -> httpx.Response:
    """The answer of save_schema, as the owner."""
    return seed.owner.rpc(
        "save_schema", project=seed.project_id, context=context, variables=variables, **arguments
    )


def saved(
    seed: Seed, variables: list[dict[str, Any]] | None, context: Any = None
) -> dict[str, Any]:
    """The version that a save made, which must succeed."""
    response = save(seed, variables, context)
    assert response.is_success, response.text
    version: dict[str, Any] = response.json()
    return version


def entry(key: str, **fields: Any) -> dict[str, Any]:
    """A variable as save_schema takes it."""
    return {"key": key, "label": key.title(), "type": "text"} | fields


def variables(seed: Seed) -> list[dict[str, Any]]:
    """The variables of the project, in schema order."""
    return seed.owner.rows("variables", project_id=f"eq.{seed.project_id}", order="position,key")


def versions(seed: Seed) -> list[dict[str, Any]]:
    """The versions of the project, oldest first."""
    return seed.owner.rows("schema_versions", project_id=f"eq.{seed.project_id}", order="number")


def active(seed: Seed) -> dict[str, Any]:
    """The active version."""
    [version] = seed.owner.rows(
        "schema_versions", project_id=f"eq.{seed.project_id}", active="is.true"
    )
    return version


def fault(response: httpx.Response) -> tuple[int, str, str]:
    """Status, code, and the path of the field that the hint begins with."""
    body = response.json()
    return response.status_code, body["details"], str(body["hint"]).split(":")[0]
