"""Every route of the service for people who may not: without a token, with a worthless one, from
another tenant.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest

from scripts.local_supabase.tokens import load_tokens
from scripts.rig.people import People
from service.api import EXAMPLES, create_app
from service.settings import ApiSettings
from tests.service.conftest import bearer
from tests.support.seed import Seed, Seeds

# What may be asked without a token, and why: orchestrators, Prometheus, and the description of the
# api itself.
OPEN = {
    "/health/live",
    "/health/ready",
    "/metrics",
    "/v1/openapi.json",
    "/v1/docs",
    "/docs/oauth2-redirect",
}
FILES: dict[str, Any] = {
    "files": ("a.txt", b"Total 12.50", "text/plain"),
    "file": ("a.csv", b"text\nA\n", "text/csv"),
}
IDS = {"project_id": "project", "document_id": "document", "job_id": "job"}
APP = create_app(ApiSettings(SUPABASE_URL="http://localhost", SUPABASE_PUBLISHABLE_KEY="-"))
SPEC = APP.openapi()
OPERATIONS = [
    (path, method)
    for path, methods in SPEC["paths"].items()
    for method in methods
    if path not in OPEN
]


def _schema(path: str, method: str) -> tuple[str, dict[str, Any]]:
    """Media type and schema of the body."""
    content = SPEC["paths"][path][method].get("requestBody", {}).get("content", {})
    for media_type, held in content.items():
        name = held["schema"]["$ref"].rsplit("/", 1)[-1]
        return media_type, SPEC["components"]["schemas"][name] | {"name": name}
    return "", {}


def _content(path: str, method: str) -> dict[str, Any]:
    """A body that the route takes: its example, or a file and what goes with it."""
    media_type, schema = _schema(path, method)
    if media_type == "multipart/form-data":
        wanted = schema["required"]
        told = {"data": {name: "text" for name in wanted if name not in FILES}}
        return told | {"files": {name: FILES[name] for name in wanted if name in FILES}}
    return {"json": EXAMPLES[schema["name"]][0]} if schema else {}


def _parameters(path: str) -> list[str]:
    return [
        part.strip("{}") for part in path.split("/") if part.startswith("{") and part != "{action}"
    ]


async def _send(
    api: httpx.AsyncClient, path: str, method: str, ids: dict[str, str], headers: dict[str, str]
) -> httpx.Response:
    return await api.request(
        method.upper(),
        path.format(action="cancel", **ids),
        headers=headers,
        **_content(path, method),
    )


@pytest.fixture(scope="module")
def mine(module_seeds: Seeds) -> Seed:
    """A tenant with a row in every table."""
    return module_seeds.full()


@pytest.fixture(scope="module")
def rival(people: People, module_seeds: Seeds) -> Seed:
    """Another tenant, just as full, whose owner is nobody in the first."""
    return module_seeds.full(people.make("rival"))


@pytest.fixture
def untouched(mine: Seed, stack: Any) -> Iterator[None]:
    """The rows of the first tenant are the same afterwards, and no object came."""

    def picture() -> list[Any]:
        with psycopg.connect(stack.db_url) as db:
            objects = db.execute(
                "select count(*) from storage.objects where name like %s", [f"{mine.project_id}/%"]
            )
            events = db.execute(
                "select count(*) from public.events where project_id = %s", [mine.project_id]
            )
            tasks = db.execute(
                "select id, state from private.tasks where project_id = %s order by 1",
                [mine.project_id],
            )
            return [objects.fetchall(), events.fetchall(), tasks.fetchall()]

    before = picture()
    yield
    assert picture() == before


FOREIGN = [
    (path, method, changed)
    for path, method in OPERATIONS
    for changed in product([True, False], repeat=len(_parameters(path)))
    if any(changed)
]


@pytest.mark.parametrize(("path", "method", "foreign"), FOREIGN)
async def test_route__refuses_the_ids_of_another_tenant(
    path: str,
    method: str,
    foreign: tuple[bool, ...],
    api: httpx.AsyncClient,
    mine: Seed,
    rival: Seed,
    untouched: None,
) -> None:
    """E-AUTH-02: every route, every id of its path foreign alone and together: refused, and
    nothing moved.
    """
    ids = {
        name: (mine if there else rival).ids[IDS[name]]
        for name, there in zip(_parameters(path), foreign, strict=True)
    }
    response = await _send(api, path, method, ids, bearer(rival.owner))
    assert response.status_code in (403, 404), response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] in (
        "project_not_found",
        "document_not_found",
        "job_not_found",
        "upload_not_allowed",
    )


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
async def test_route__takes_its_own_ids(
    path: str, method: str, api: httpx.AsyncClient, rival: Seed
) -> None:
    """E-AUTH-02: what the test above sends is refused for the ids alone."""
    ids = {name: rival.ids[IDS[name]] for name in _parameters(path)}
    response = await _send(api, path, method, ids, bearer(rival.owner))
    assert response.status_code not in (400, 401, 403, 404, 413), response.text


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
async def test_route__wants_a_token(
    path: str, method: str, api: httpx.AsyncClient, mine: Seed, stack: Any
) -> None:
    """E-AUTH-04: nothing but a person's own token opens a route: no key, no word that developers
    use, no header.
    """
    ids = {name: mine.ids[IDS[name]] for name in _parameters(path)}
    service_role = {"Authorization": f"Bearer {stack.service_role_key}"}
    secret = {"Authorization": f"Bearer {stack.secret_key}"}
    named = {
        "X-User-Id": mine.owner.id,
        "apikey": stack.secret_key,
        "Cookie": f"sb-access-token={mine.owner.token}",
    }
    for headers in ({}, secret, service_role, {"Authorization": "Bearer dev"}, named):
        assert (await _send(api, path, method, ids, headers)).status_code == 401


def test_routes__that_are_open_are_named() -> None:
    """E-AUTH-04: what answers without a token is a short list."""
    served = {getattr(route, "path", "") for route in APP.routes if getattr(route, "methods", None)}
    assert served - {path for path, _ in OPERATIONS} <= OPEN


def test_settings__have_no_way_around_signing_in() -> None:
    """E-AUTH-04: no setting turns it off, in production or elsewhere, so nothing can be left on by
    mistake.
    """
    telling = re.compile("auth|bypass|dev|debug|environment|insecure|skip|trust|user|token|secret")
    assert [name for name in ApiSettings.model_fields if telling.search(name)] == []


@pytest.mark.local
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"exp": 1}, "token_expired"),
        ({"aud": "other"}, "token_invalid"),
        ({"iss": "http://elsewhere/auth/v1"}, "token_invalid"),
        ({"role": "service_role"}, "token_invalid"),
        ({"role": "anon"}, "token_invalid"),
        ({}, "job_not_found"),
    ],
)
async def test_token__is_read_to_the_end(
    changed: dict[str, Any], code: str, api: httpx.AsyncClient, mine: Seed, stack: Any
) -> None:
    """E-AUTH-01: signed by the project's own key, but expired, for others or of another role."""
    claims = jwt.decode(str(mine.owner.token), options={"verify_signature": False})
    person = replace(mine.owner, token=load_tokens(stack.state_dir).sign(claims | changed))
    response = await api.post(f"/v1/jobs/{uuid4()}/pause", headers=bearer(person))
    assert response.json()["code"] == code


async def test_token__to_refresh_with_is_none_to_act_with(
    api: httpx.AsyncClient, mine: Seed
) -> None:
    """E-AUTH-01: a refresh token is exchanged and never accepted."""
    account = {"email": f"{uuid4()}@example.com", "password": "correct horse battery"}
    auth = f"{mine.owner.api_url}/auth/v1"
    session = mine.owner.http.post(
        f"{auth}/signup", headers={"apikey": mine.owner.apikey}, json=account
    ).json()
    for token, code in (
        (session["refresh_token"], "token_invalid"),
        (session["access_token"], "job_not_found"),
    ):
        response = await api.post(
            f"/v1/jobs/{uuid4()}/pause", headers={"Authorization": f"Bearer {token}"}
        )
        assert response.json()["code"] == code
