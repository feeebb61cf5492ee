"""Auth under other settings than this project's: its routes in this process, on the same database."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import httpx
import pytest
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette

from scripts.local_supabase.auth import routes as auth
from scripts.local_supabase.stack import Pool, Stack
from scripts.local_supabase.tokens import load_tokens
from scripts.rig.stacks import ROOT

pytestmark = pytest.mark.local

Configured = Callable[..., Awaitable[httpx.AsyncClient]]


def fields(stack: Any) -> dict[str, Any]:
    return {
        "api_url": stack.api_url,
        "admin_dsn": stack.admin_url,
        "db_dsn": stack.db_url,
        "rest_url": stack.data_api_url,
        "state_dir": stack.state_dir,
        "publishable_key": stack.publishable_key,
        "secret_key": stack.secret_key,
        "tokens": load_tokens(stack.state_dir),
    }


@pytest.fixture
async def configured(stack: Any) -> AsyncIterator[Configured]:
    """Makes a client of an Auth whose [auth] table is what the test says."""
    async with AsyncExitStack() as opened:

        async def make(**settings: Any) -> httpx.AsyncClient:
            pool: Pool = AsyncConnectionPool(
                stack.admin_url, min_size=1, open=False, kwargs={"row_factory": dict_row}
            )
            await opened.enter_async_context(pool)
            here = Stack(**fields(stack), settings={"auth": settings}, pool=pool)
            transport = httpx.ASGITransport(Starlette(routes=auth.routes(here)))
            return await opened.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url=stack.api_url)
            )

        yield make


def credentials() -> dict[str, str]:
    return {"email": f"option-{uuid4()}@example.com", "password": "correct horse"}


async def test_confirmations__make_sign_up_a_bare_user(configured: Configured) -> None:
    client, person = await configured(email={"enable_confirmations": True}), credentials()
    made = (await client.post("/signup", json=person)).json()
    assert made["email"] == person["email"]
    assert "access_token" not in made
    assert "email_confirmed_at" not in made
    refused = await client.post("/token?grant_type=password", json=person)
    assert refused.json()["error_code"] == "email_not_confirmed"
    assert (await client.get("/settings")).json()["mailer_autoconfirm"] is False


async def test_sign_up__can_be_closed(configured: Configured) -> None:
    client = await configured(enable_signup=False)
    refused = await client.post("/signup", json=credentials())
    assert (refused.status_code, refused.json()["error_code"]) == (422, "signup_disabled")
    assert (await client.get("/settings")).json()["disable_signup"] is True


async def test_password__has_the_length_that_is_asked_for(configured: Configured) -> None:
    client = await configured(minimum_password_length=14)
    refused = await client.post("/signup", json=credentials())
    assert refused.json()["weak_password"] == {"reasons": ["length"]}


async def test_session__lives_as_long_as_configured(configured: Configured) -> None:
    client = await configured(jwt_expiry=60)
    session = (await client.post("/signup", json=credentials())).json()
    assert session["expires_in"] == 60
    verified = await client.get(
        "/user", headers={"Authorization": f"Bearer {session['access_token']}"}
    )
    assert verified.json()["id"] == session["user"]["id"]


async def test_token__that_has_expired_is_refused(configured: Configured) -> None:
    """E-AUTH-01: a token expires."""
    client = await configured(jwt_expiry=-1)
    session = (await client.post("/signup", json=credentials())).json()
    refused = await client.get(
        "/user", headers={"Authorization": f"Bearer {session['access_token']}"}
    )
    assert (refused.status_code, refused.json()["error_code"]) == (403, "bad_jwt")


async def test_reuse__without_an_interval_is_for_the_parent_alone(configured: Configured) -> None:
    client = await configured(refresh_token_reuse_interval=0)
    tokens = [(await client.post("/signup", json=credentials())).json()["refresh_token"]]
    for _ in range(2):
        token = {"refresh_token": tokens[-1]}
        renewed = await client.post("/token?grant_type=refresh_token", json=token)
        tokens.append(renewed.json()["refresh_token"])
    again = await client.post("/token?grant_type=refresh_token", json={"refresh_token": tokens[1]})
    assert again.json()["refresh_token"] == tokens[2]
    refused = await client.post(
        "/token?grant_type=refresh_token", json={"refresh_token": tokens[0]}
    )
    assert refused.json()["error_code"] == "refresh_token_already_used"


async def test_limit__attempts_of_one_address(configured: Configured) -> None:
    """E-AUTH-05: the next attempt is answered 429, for that address alone, and signing in shares
    with signing up.
    """
    client, person = (
        await configured(rate_limit={"sign_in_sign_ups": 2, "token_refresh": 1}),
        credentials(),
    )

    async def tries(
        call: str, address: str, body: dict[str, str] = person
    ) -> tuple[int, str | None]:
        answer = await client.post(
            call, json=body, headers={"X-Forwarded-For": f"{address}, 10.0.0.1"}
        )
        return answer.status_code, answer.json().get("error_code")

    one, other, sign_in = str(uuid4()), str(uuid4()), "/token?grant_type=password"
    assert await tries("/signup", one) == (200, None)
    assert await tries(sign_in, one, person | {"password": "wrong"}) == (400, "invalid_credentials")
    assert await tries(sign_in, one) == (429, "over_request_rate_limit")
    assert await tries("/signup", one, credentials()) == (429, "over_request_rate_limit")
    assert await tries(sign_in, other) == (200, None)
    refresh, none = "/token?grant_type=refresh_token", {"refresh_token": "none"}
    assert await tries(refresh, one, none) == (400, "refresh_token_not_found")
    assert await tries(refresh, one, none) == (429, "over_request_rate_limit")
    # Nobody tells the address of a caller on this machine: it is not limited.
    for _ in range(3):
        assert (await client.post(sign_in, json=person)).status_code == 200


def test_limit__is_stated_in_the_configuration() -> None:
    """E-AUTH-05: config.toml says how many attempts hosted and local Auth allow."""
    limits = tomllib.loads((ROOT / "supabase" / "config.toml").read_text())["auth"]["rate_limit"]
    assert limits == {"sign_in_sign_ups": 30, "token_refresh": 150}


async def test_database__that_is_away_is_a_clear_failure(stack: Any) -> None:
    closed: Pool = AsyncConnectionPool(stack.admin_url, open=False)
    routes = auth.routes(Stack(**fields(stack), settings={}, pool=closed))
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url=stack.api_url) as client:
        refused = await client.post("/signup", json=credentials())
    assert (refused.status_code, refused.json()["msg"]) == (500, "Database error saving new user")
