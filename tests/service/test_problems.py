"""One shape of error: whatever goes wrong, wherever it is found, with a code that a program can
rely on.
"""

import re
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI, HTTPException
from postgrest.exceptions import APIError

from service.api import create_app
from service.http.problems import ProblemBody
from tests.service.conftest import api_settings, bearer, running_api
from tests.support.seed import Seed

# What a fault deep down becomes on the wire: status and code.
FAULTS: dict[str, tuple[Any, int, str]] = {
    "a verb refuses, 402": (
        APIError({"code": "PT402", "details": "cap_reached", "message": "No"}),
        402,
        "cap_reached",
    ),
    "a verb refuses, 429": (
        APIError({"code": "PT429", "details": "too_fast", "message": "No"}),
        429,
        "too_fast",
    ),
    "a policy refuses": (APIError({"code": "42501", "message": "secret text"}), 403, "not_allowed"),
    "a unique key": (APIError({"code": "23505", "message": "secret text"}), 409, "already_exists"),
    "a check": (APIError({"code": "23514", "message": "secret text"}), 422, "value_not_allowed"),
    "a malformed value": (
        APIError({"code": "22P02", "message": "secret text"}),
        422,
        "value_malformed",
    ),
    "a slow statement": (
        APIError({"code": "57014", "message": "secret text"}),
        503,
        "database_timeout",
    ),
    "a full disk": (APIError({"code": "53100", "message": "secret text"}), 507, "disk_full"),
    "an expired token": (
        APIError({"code": "PGRST303", "message": "secret text"}),
        401,
        "token_invalid",
    ),
    "anything else of the database": (
        APIError({"code": "XX000", "message": "secret text"}),
        502,
        "database_error",
    ),
    "no answer": (httpx.ConnectError("secret text"), 503, "supabase_unreachable"),
    "a bug of ours": (ZeroDivisionError("secret text"), 500, "internal"),
    "a framework's word": (HTTPException(400, "no"), 400, "body_malformed"),
}


def problem(response: httpx.Response) -> tuple[int, str]:
    """Status and code of an answer that has the one shape."""
    assert response.headers["content-type"] == "application/problem+json"
    body = ProblemBody.model_validate(response.json())
    assert body.model_dump(exclude_none=True).keys() == response.json().keys()
    assert body.request_id == response.headers["x-request-id"]
    assert body.status == response.status_code
    assert re.fullmatch("[a-z]+(_[a-z]+)*", body.code)
    assert body.title
    assert "secret" not in response.text
    return body.status, body.code


def _failing(stack: Any, error: Exception) -> FastAPI:
    app = create_app(api_settings(stack))

    @app.get("/fail")
    async def fail() -> None:
        raise error

    return app


@pytest.mark.parametrize(("error", "status", "code"), FAULTS.values(), ids=FAULTS)
async def test_fault__has_the_one_shape(
    error: Exception, status: int, code: str, stack: Any
) -> None:
    """E-OPS-05: 400, 401, 402, 403, 409, 422, 429, 500, 502, 503 and 507; and nothing of the
    inside is told.
    """
    transport = httpx.ASGITransport(_failing(stack, error), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        assert problem(await client.get("/fail")) == (status, code)


async def test_service__each_status_as_people_meet_it(stack: Any, seed: Seed) -> None:
    """E-OPS-05: 400, 401, 403, 404, 405, 409, 413 and 422 from real routes."""
    jobs, files = (
        f"/v1/projects/{seed.project_id}/jobs",
        f"/v1/projects/{seed.project_id}/documents",
    )
    owner, viewer = bearer(seed.owner), bearer(seed.team["viewer"])
    seed.document()
    seed.variable()
    seed.owner.call("start_job", project=seed.project_id)
    broken = owner | {"Content-Type": "multipart/form-data"}
    async with running_api(stack, DOSSIER_MAX_REQUEST_BYTES=2000) as api:
        seen = [
            problem(await api.post(files, content=b"--x", headers=broken)),
            problem(await api.post(jobs, json={})),
            problem(await api.post(jobs, json={}, headers=viewer)),
            problem(await api.post(f"/v1/jobs/{uuid4()}/pause", headers=owner)),
            problem(await api.get("/nowhere")),
            problem(await api.delete(jobs, headers=owner)),
            problem(await api.post(jobs, json={}, headers=owner)),
            problem(await api.post(f"{files}/text", json={"text": "x" * 3000}, headers=owner)),
            problem(await api.post(jobs, json={"kind": 1}, headers=owner)),
            problem(await api.post(jobs, content=b"{", headers=owner)),
        ]
    assert seen == [
        (400, "body_malformed"),
        (401, "token_missing"),
        (403, "role_too_low"),
        (404, "job_not_found"),
        (404, "route_not_found"),
        (405, "method_not_allowed"),
        (409, "job_active"),
        (413, "request_too_large"),
        (422, "request_invalid"),
        (422, "request_invalid"),
    ]


def test_verbs__refuse_with_constant_sentences_and_stable_codes(
    db: psycopg.Connection[Any],
) -> None:
    """E-OPS-05: a verb's status is one that clients know, its code is snake_case, its sentence
    says no user text.
    """
    bodies = db.execute(
        "select proname, prosrc from pg_proc where prosrc like '%private.refuse(%'"
        " and pronamespace in ('public'::regnamespace, 'private'::regnamespace)"
    ).fetchall()
    assert len(bodies) > 20
    for name, body in bodies:
        for status, rest in re.findall(r"private\.refuse\(\s*(\w+),([^;]*);", body):
            assert status in {"400", "401", "402", "403", "404", "409", "413", "422", "429"}, (
                name,
                status,
            )
            assert re.match(r"\s*('[a-z_]+'|\w+(\[1\])?),\s*'[^'|]+'\s*[,)]", rest), (name, rest)
