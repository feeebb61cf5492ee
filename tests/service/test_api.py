"""The api, over HTTP and on the real stack: uploads, verbs behind routes, errors, health."""

import re
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from pydantic import BaseModel

from service.api import EXAMPLES
from service.documents.models import Import, Parse, PastedText, Upload
from service.exports.models import Export, StartExport
from service.http.problems import ProblemBody
from service.jobs.models import Job, StartJob
from service.suggestions.models import Preview, StartSuggestion
from tests.service.conftest import bearer, running_api
from tests.support.seed import Seed

PDF = b"%PDF-1.4 "
PNG = b"\x89PNG\r\n\x1a\n"


def _files(*contents: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes, str]]]:
    return [("files", (name, content, "application/octet-stream")) for name, content in contents]


async def _upload(
    api: httpx.AsyncClient, seed: Seed, who: str, *contents: tuple[str, bytes]
) -> httpx.Response:
    url = f"/v1/projects/{seed.project_id}/documents"
    return await api.post(url, files=_files(*contents), headers=bearer(seed.team[who]))


def _problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["request_id"] == response.headers["x-request-id"]
    return response.status_code, body["code"]


async def test_upload__answers_each_file_for_itself(api: httpx.AsyncClient, seed: Seed) -> None:
    same = PDF + uuid4().bytes
    response = await _upload(
        api, seed, "editor",
        ("a.pdf", same), ("again.pdf", same), ("empty.pdf", b""), ("run.exe", b"MZ\x90"),
        ("lie.txt", PNG + uuid4().bytes),
    )  # fmt: skip
    answers = response.json()["documents"]
    assert [(row["outcome"], (row["refusal"] or {}).get("code")) for row in answers] == [
        ("created", None),
        ("duplicate", None),
        ("refused", "file_empty"),
        ("refused", "type_unsupported"),
        ("created", None),
    ]
    assert answers[1]["document_id"] == answers[0]["document_id"]
    rows = seed.owner.rows("documents", project_id=f"eq.{seed.project_id}", order="created_at")
    assert [(row["name"], row["media_type"]) for row in rows] == [
        ("a.pdf", "application/pdf"),
        ("lie.txt", "image/png"),
    ]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "ü" * 300 + ".pdf", "a\x00b.pdf", "=1+1.pdf", "\u202egpj.pdf", " "]
)
async def test_upload__any_name_is_kept_for_display_and_never_a_path(
    name: str, api: httpx.AsyncClient, seed: Seed
) -> None:
    response = await _upload(api, seed, "owner", (name, PDF + uuid4().bytes))
    [answer] = response.json()["documents"]
    assert answer["outcome"] == "created"
    [row] = seed.owner.rows("documents", id=f"eq.{answer['document_id']}")
    assert row["object_path"].startswith(f"{seed.project_id}/")
    assert len(row["object_path"]) == 73
    assert not set(row["name"]) & {"\x00", "\u202e"}


@pytest.mark.parametrize(
    ("who", "expected"), [("viewer", 403), ("reviewer", 403), ("stranger", 403)]
)
async def test_upload__needs_the_role(
    who: str, expected: int, api: httpx.AsyncClient, seed: Seed
) -> None:
    response = await _upload(api, seed, who, ("a.pdf", PDF + uuid4().bytes))
    assert _problem(response) == (expected, "upload_not_allowed")
    assert seed.owner.rows("documents", project_id=f"eq.{seed.project_id}") == []


async def test_upload__bounds(stack: Any, seed: Seed) -> None:
    """E-DOC-03, E-OPS-05: too large and too many have codes of their own."""
    small = {
        "DOSSIER_MAX_FILE_BYTES": 100,
        "DOSSIER_MAX_FILES": 2,
        "DOSSIER_MAX_REQUEST_BYTES": 2000,
    }
    async with running_api(stack, **small) as api:
        one = await _upload(api, seed, "owner", ("big.pdf", PDF + bytes(200)))
        assert one.json()["documents"][0]["refusal"]["code"] == "file_too_large"
        many = await _upload(api, seed, "owner", *(("a.pdf", PDF) for _ in range(3)))
        assert _problem(many) == (413, "too_many_files")
        huge = await _upload(api, seed, "owner", ("huge.pdf", PDF + bytes(5000)))
        assert _problem(huge) == (413, "request_too_large")


async def test_upload__a_body_without_length_is_bounded_too(stack: Any, seed: Seed) -> None:
    async def endless() -> Any:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
        for _ in range(100):
            yield bytes(1000)

    async with running_api(stack, DOSSIER_MAX_REQUEST_BYTES=5000) as api:
        headers = bearer(seed.owner) | {"Content-Type": "multipart/form-data; boundary=x"}
        response = await api.post(
            f"/v1/projects/{seed.project_id}/documents", content=endless(), headers=headers
        )
    assert _problem(response) == (413, "request_too_large")


async def test_token__missing_invalid_expired_and_foreign(
    api: httpx.AsyncClient, stack: Any
) -> None:
    url = f"/v1/projects/{uuid4()}/exports"

    async def answer(token: str | None) -> tuple[int, str]:
        return _problem(
            await api.post(
                url, json={}, headers={"Authorization": f"Bearer {token}"} if token else {}
            )
        )

    assert await answer(None) == (401, "token_missing")
    assert await answer("nonsense") == (401, "token_invalid")
    assert await answer(stack.publishable_key) == (401, "token_invalid")
    forged = jwt.encode({"sub": str(uuid4()), "role": "authenticated"}, "x" * 32, algorithm="HS256")
    assert await answer(forged) == (401, "token_invalid")
    unknown = jwt.encode(
        {"sub": "x"}, "x" * 32, algorithm="HS256", headers={"alg": "HS256", "kid": "other"}
    )
    assert await answer(unknown) == (401, "token_invalid")


@pytest.mark.parametrize("who", ["owner", "editor"])
async def test_job__starts_and_moves(who: str, api: httpx.AsyncClient, seed: Seed) -> None:
    """E-JOB-04, E-JOB-15: a running job is found, moved and never doubled."""
    seed.document()
    seed.variable()
    headers = bearer(seed.team[who]) | {"X-Request-Id": "from-the-browser"}
    started = await api.post(
        f"/v1/projects/{seed.project_id}/jobs", json={"kind": "full"}, headers=headers
    )
    assert (started.status_code, started.json()["state"]) == (201, "queued")
    [row] = seed.owner.rows("jobs", id=f"eq.{started.json()['id']}")
    assert row["request_id"] == "from-the-browser"
    states = []
    for action in ("pause", "resume", "cancel", "retry"):
        moved = await api.post(f"/v1/jobs/{row['id']}/{action}", headers=headers)
        states.append(moved.json()["state"])
    assert states == ["paused", "queued", "cancelled", "queued"]
    again = await api.post(f"/v1/projects/{seed.project_id}/jobs", json={}, headers=headers)
    assert _problem(again) == (409, "job_active")


async def test_job__is_refused_by_role_and_state(api: httpx.AsyncClient, seed: Seed) -> None:
    url = f"/v1/projects/{seed.project_id}/jobs"
    assert _problem(await api.post(url, json={}, headers=bearer(seed.team["viewer"]))) == (
        403,
        "role_too_low",
    )
    assert _problem(await api.post(url, json={}, headers=bearer(seed.team["stranger"]))) == (
        404,
        "project_not_found",
    )
    assert _problem(await api.post(url, json={}, headers=bearer(seed.owner))) == (
        422,
        "no_variables",
    )
    assert _problem(await api.post(url, json={"kind": "x"}, headers=bearer(seed.owner))) == (
        422,
        "request_invalid",
    )
    assert _problem(await api.post(url, json={"surprise": 1}, headers=bearer(seed.owner))) == (
        422,
        "request_invalid",
    )
    moved = await api.post(f"/v1/jobs/{uuid4()}/pause", headers=bearer(seed.owner))
    assert _problem(moved) == (404, "job_not_found")


async def test_parse__again(api: httpx.AsyncClient, seed: Seed) -> None:
    document = seed.document()
    response = await api.post(f"/v1/documents/{document}/parse", headers=bearer(seed.owner))
    assert (response.status_code, response.json()) == (
        202,
        {"document_id": document, "state": "uploaded"},
    )


async def test_export__is_queued_for_any_member(api: httpx.AsyncClient, seed: Seed) -> None:
    url = f"/v1/projects/{seed.project_id}/exports"
    response = await api.post(url, json={"format": "json"}, headers=bearer(seed.team["viewer"]))
    assert (response.status_code, response.json()["state"], response.json()["format"]) == (
        202,
        "queued",
        "json",
    )
    assert _problem(await api.post(url, json={"format": "exe"}, headers=bearer(seed.owner))) == (
        422,
        "request_invalid",
    )


async def test_errors__have_one_shape(api: httpx.AsyncClient) -> None:
    assert _problem(await api.get("/nowhere")) == (404, "route_not_found")
    assert _problem(await api.get(f"/v1/projects/{uuid4()}/jobs")) == (405, "method_not_allowed")


async def test_health__and_metrics(api: httpx.AsyncClient) -> None:
    assert (await api.get("/health/live")).json() == {"status": "ok"}
    assert (await api.get("/health/ready")).json() == {"status": "ok"}

    async def counted() -> float:
        line = r'^dossier_requests_total{method="GET",route="/health/live",status="200"} (\S+)$'
        found = re.search(line, (await api.get("/metrics")).text, re.MULTILINE)
        assert found
        return float(found[1])

    before = await counted()
    await api.get("/health/live")
    assert await counted() == before + 1


async def test_health__not_ready_without_supabase(stack: Any) -> None:
    """E-OPS-03: alive without Supabase, but not ready."""
    async with running_api(stack, SUPABASE_URL="http://127.0.0.1:9") as api:
        assert (await api.get("/health/live")).status_code == 200
        assert _problem(await api.get("/health/ready")) == (503, "supabase_unreachable")
        response = await api.post(
            f"/v1/projects/{uuid4()}/exports",
            json={},
            headers={"Authorization": f"Bearer {_es256()}"},
        )
        assert _problem(response) == (503, "supabase_unreachable")


def _es256() -> str:
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    return jwt.encode({"sub": "x"}, key, algorithm="ES256", headers={"kid": "k"})


async def test_request_id__is_taken_when_well_formed_and_made_otherwise(
    api: httpx.AsyncClient,
) -> None:
    kept = await api.get("/health/live", headers={"X-Request-Id": "abc-123"})
    made = await api.get("/health/live", headers={"X-Request-Id": "no spaces allowed"})
    assert kept.headers["x-request-id"] == "abc-123"
    assert len(made.headers["x-request-id"]) == 32


async def test_cors__only_origins_of_the_settings(api: httpx.AsyncClient) -> None:
    ask = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    known = await api.options("/v1/jobs/x/pause", headers=ask | {"Origin": "http://localhost:5173"})
    other = await api.options("/v1/jobs/x/pause", headers=ask | {"Origin": "http://evil.example"})
    assert known.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert "access-control-allow-origin" not in other.headers


async def test_openapi__every_route_has_examples_and_problems(api: httpx.AsyncClient) -> None:
    """E-OPS-06: every route tells its refusals and examples."""
    document = (await api.get("/v1/openapi.json")).json()
    posts = [paths["post"] for paths in document["paths"].values() if "post" in paths]
    assert len(posts) == 8
    assert all(
        {"401", "403", "404", "409", "422"} <= operation["responses"].keys() for operation in posts
    )
    assert all(document["components"]["schemas"][name]["examples"] for name in EXAMPLES)


@pytest.mark.parametrize(
    "model",
    [
        Export,
        Import,
        Job,
        Parse,
        PastedText,
        Preview,
        ProblemBody,
        StartExport,
        StartJob,
        StartSuggestion,
        Upload,
    ],
)
def test_openapi__examples_satisfy_their_own_schema(model: type[BaseModel]) -> None:
    """E-OPS-06: the examples are what the models take."""
    for example in EXAMPLES[model.__name__]:
        assert model.model_validate(example).model_dump(mode="json").keys() >= example.keys()
