"""The gateway over HTTP: which key stands for whom, CORS, what passes to PostgREST as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from scripts.rig.stacks import RunningStack, kill_part, read_stack
from tests.support.served import wait_until_served

pytestmark = pytest.mark.local
WHO = """
create or replace function public.test_who() returns text language sql stable as 'select current_user::text';
create or replace function public.test_echo(p_text text) returns text language sql as 'select p_text';
grant execute on function public.test_who(), public.test_echo(text) to anon, authenticated, service_role;
create table if not exists public.test_rows (id int);
grant select on public.test_rows to service_role;
"""


@pytest.fixture(scope="module")
def http(stack: RunningStack) -> Iterator[httpx.Client]:
    """A client of the gateway, with two functions and a table to call behind it."""
    with psycopg.connect(stack.db_url, autocommit=True) as conn:
        conn.execute(WHO)
        conn.execute("insert into public.test_rows select generate_series(1, 1500)")
    with httpx.Client(base_url=stack.api_url, timeout=30) as client:
        wait_until_served(stack, ["test_rows"], ["test_who"])
        yield client
    with psycopg.connect(stack.db_url) as conn:
        conn.execute(
            "drop function public.test_who(), public.test_echo(text); drop table public.test_rows"
        )


def _who(http: httpx.Client, **headers: str) -> httpx.Response:
    return http.get("/rest/v1/rpc/test_who", headers=headers)


def test_keys__stand_for_their_roles(http: httpx.Client, stack: RunningStack) -> None:
    publishable, secret = stack.publishable_key, stack.secret_key
    assert _who(http, apikey=publishable).json() == "anon"
    assert _who(http, apikey=secret).json() == "service_role"
    assert _who(http, apikey=publishable, Authorization=f"Bearer {publishable}").json() == "anon"
    assert _who(http, apikey=secret, Authorization=f"Bearer {secret}").json() == "service_role"
    assert _who(http, apikey=stack.anon_key).json() == "anon"
    assert (
        _who(http, apikey=publishable, Authorization=f"Bearer {stack.service_role_key}").json()
        == "service_role"
    )
    assert http.get(f"/rest/v1/rpc/test_who?apikey={publishable}").json() == "anon"


def test_keys__missing_or_wrong_are_refused(http: httpx.Client, stack: RunningStack) -> None:
    missing = _who(http)
    assert (missing.status_code, missing.json()["message"]) == (401, "No API key found in request")
    assert _who(http, Authorization=f"Bearer {stack.publishable_key}").status_code == 401
    assert _who(http, apikey="sb_secret_wrong").status_code == 401
    assert (
        _who(http, apikey=stack.publishable_key, Authorization="Bearer ey.no.jwt").status_code
        == 401
    )


def test_schema_description__needs_the_secret_key(http: httpx.Client, stack: RunningStack) -> None:
    assert http.get("/rest/v1/", headers={"apikey": stack.publishable_key}).status_code == 403
    described = http.get("/rest/v1/", headers={"apikey": stack.secret_key})
    assert described.json()["swagger"] == "2.0"


def test_rest__passes_ranges_counts_and_preferences(
    http: httpx.Client, stack: RunningStack
) -> None:
    headers = {"apikey": stack.secret_key, "Prefer": "count=exact", "Range": "0-9"}
    page = http.get("/rest/v1/test_rows?select=id&order=id.desc", headers=headers)
    assert page.status_code == 206
    assert page.headers["content-range"] == "0-9/1500"
    assert [row["id"] for row in page.json()] == list(range(1500, 1490, -1))
    assert len(page.headers.get_list("date")) == 1
    everything = http.get("/rest/v1/test_rows", headers={"apikey": stack.secret_key})
    assert len(everything.json()) == 1000, "max_rows of config.toml"


def test_rest__passes_bodies_both_ways(http: httpx.Client, stack: RunningStack) -> None:
    text = "ä€😀" * 200_000
    headers = {"apikey": stack.publishable_key}
    assert (
        http.post("/rest/v1/rpc/test_echo", json={"p_text": text}, headers=headers).json() == text
    )

    def pieces() -> Iterator[bytes]:
        yield b'{"p_text": '
        yield b'"in pieces"}'

    chunked = {**headers, "Content-Type": "application/json"}
    assert (
        http.post("/rest/v1/rpc/test_echo", content=pieces(), headers=chunked).json() == "in pieces"
    )


def test_rest__adds_no_media_type(http: httpx.Client, stack: RunningStack) -> None:
    """A function without arguments is called without a body; a body of no named type is JSON to
    PostgREST.
    """
    headers = {"apikey": stack.publishable_key}
    assert http.post("/rest/v1/rpc/test_who", headers=headers).json() == "anon"
    assert (
        http.post("/rest/v1/rpc/test_echo", content=b'{"p_text": "a"}', headers=headers).json()
        == "a"
    )


def test_rest__head_and_errors_are_postgrests(http: httpx.Client, stack: RunningStack) -> None:
    head = http.head(
        "/rest/v1/test_rows", headers={"apikey": stack.secret_key, "Prefer": "count=exact"}
    )
    assert (head.status_code, head.headers["content-range"], head.content) == (
        206,
        "0-999/1500",
        b"",
    )
    denied = http.get("/rest/v1/test_rows", headers={"apikey": stack.publishable_key})
    assert (denied.status_code, denied.json()["code"]) == (401, "42501")


def test_cors__any_origin_may_ask_and_read(http: httpx.Client, stack: RunningStack) -> None:
    asked = "authorization,apikey,content-type,x-client-info,prefer,x-upsert,x-retry-count"
    preflight = http.options(
        "/rest/v1/test_rows",
        headers={
            "Origin": "http://localhost:5173",
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": asked,
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-headers"] == asked
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    answer = _who(http, apikey=stack.publishable_key, Origin="http://localhost:5173")
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    assert "content-range" in answer.headers["access-control-expose-headers"]


def test_unknown_paths__are_named(http: httpx.Client) -> None:
    for path in ("/functions/v1/hello", "/auth/v1/sso", "/storage/v1/iceberg/x", "/other"):
        answer = http.post(path)
        assert answer.status_code == 501, path
        assert f"POST {path}" in answer.json()["message"]


def test_postgrest_down__is_503_and_says_what_to_do(spare: Path) -> None:
    stack = read_stack(spare)
    kill_part(spare, "postgrest")
    url, key = f"{stack.api_url}/rest/v1/x", {"apikey": stack.secret_key}
    answer = httpx.get(url, headers=key, timeout=30)
    assert (answer.status_code, answer.json().keys()) == (503, {"message"})
    assert "scripts/supabase start" in answer.json()["message"]
