"""Auth on the wire: what the clients hide, and what triggers and policies see of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

VERSION = {"X-Supabase-Api-Version": "2024-01-01"}
WRONG = {"email": "nobody@example.com", "password": "wrong one"}


def call(people: Any, method: str, path: str, **options: Any) -> httpx.Response:
    headers = {"apikey": people.stack.publishable_key, **options.pop("headers", {})}
    response: httpx.Response = people.http.request(
        method, f"{people.auth_url}{path}", headers=headers, **options
    )
    return response


@pytest.mark.parametrize("version", ["2024-01-01", "2026-11-21"])
def test_fault__names_its_code_since_2024(people: Any, version: str) -> None:
    named = {"X-Supabase-Api-Version": version}
    answer = call(people, "POST", "/token?grant_type=password", json=WRONG, headers=named)
    assert answer.status_code == 400
    assert answer.json() == {"code": "invalid_credentials", "message": "Invalid login credentials"}
    assert answer.headers["x-supabase-api-version"] == "2024-01-01"
    assert answer.headers["x-sb-error-code"] == "invalid_credentials"


@pytest.mark.parametrize("headers", [{}, {"X-Supabase-Api-Version": "yesterday"}])
def test_fault__is_numbered_before(people: Any, headers: dict[str, str]) -> None:
    answer = call(people, "POST", "/token?grant_type=password", json=WRONG, headers=headers)
    assert answer.json() == {
        "code": 400,
        "error_code": "invalid_credentials",
        "msg": "Invalid login credentials",
    }
    assert "x-supabase-api-version" not in answer.headers
    assert answer.headers["x-sb-error-code"] == "invalid_credentials"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"email": 3}', b'{"data": []}', b"\xff"])
def test_body__that_is_not_the_json_expected_is_refused(people: Any, body: bytes) -> None:
    answer = call(people, "POST", "/signup", content=body, headers=VERSION)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_json")


def test_user__without_any_key_is_refused(people: Any) -> None:
    answer = people.http.get(f"{people.auth_url}/user")
    assert (answer.status_code, answer.json()["error_code"]) == (401, "no_authorization")


def test_session__of_another_user_does_not_help(people: Any) -> None:
    answer = call(people, "POST", "/logout?scope=everything", headers=VERSION)
    assert (answer.status_code, answer.json()["code"]) == (403, "bad_jwt")
    token = people.sign_up().session.access_token
    bearer = {**VERSION, "Authorization": f"Bearer {token}"}
    answer = call(people, "POST", "/logout?scope=everything", headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_failed")


def test_update_user__may_not_touch_app_metadata(people: Any) -> None:
    person = people.sign_up()
    bearer = {**VERSION, "Authorization": f"Bearer {person.session.access_token}"}
    answer = call(people, "PUT", "/user", json={"app_metadata": {"a": 1}}, headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_admin")


def test_jwks__is_public_and_cached_for_ten_minutes(people: Any) -> None:
    answer = people.http.get(f"{people.auth_url}/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=600"
    (key,) = answer.json()["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
    assert key["key_ops"] == ["verify"]
    assert "d" not in key


def test_settings__say_what_a_sign_in_page_may_offer(people: Any) -> None:
    shown = call(people, "GET", "/settings").json()
    assert shown["external"]["email"] is True
    assert shown["disable_signup"] is False
    assert shown["mailer_autoconfirm"] is True
    assert call(people, "GET", "/health").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/otp", {"email": "a@example.com"}),
        ("POST", "/token?grant_type=pkce", {}),
        ("POST", "/signup", {"phone": "123", "password": "correct horse"}),
        ("GET", "/authorize", None),
        ("DELETE", "/user", None),
    ],
)
def test_anything_else__is_answered_by_name(people: Any, method: str, path: str, body: Any) -> None:
    answer = call(people, method, path, json=body, headers=VERSION)
    assert (answer.status_code, answer.json()["code"]) == (501, "not_implemented")
    assert f"{method} /auth/v1{path.partition('?')[0]}" in answer.json()["message"]


def test_list_users__counts_and_links(people: Any) -> None:
    people.sign_up(), people.sign_up()
    secret = {"apikey": people.stack.secret_key}
    answer = call(people, "GET", "/admin/users?page=1&per_page=1", headers=secret)
    total = int(answer.headers["x-total-count"])
    assert total >= 2
    assert answer.headers["link"] == (
        f'</admin/users?page=2&per_page=1>; rel="next", </admin/users?page={total}&per_page=1>; rel="last"'
    )
    assert answer.json()["aud"] == "authenticated"


@pytest.fixture
def watched(people: Any) -> Iterator[str]:
    """A name whose sign-ups a trigger of `postgres` refuses; other sign-ups it notes down."""
    name = f"watch_{uuid4().hex}"
    people.sql(f"create table public.{name} (id uuid references auth.users (id) on delete cascade)")
    people.sql(
        f"create function public.{name}() returns trigger language plpgsql security definer"
        f" set search_path = '' as $$ begin if new.email like '{name}%' then"
        f" raise exception 'not here'; end if; insert into public.{name} values (new.id);"
        " return new; end $$"
    )
    people.sql(
        f"create trigger {name} after insert on auth.users for each row execute function public.{name}()"
    )
    yield name
    people.sql(f"drop trigger {name} on auth.users")
    people.sql(f"drop function public.{name}()")
    people.sql(f"drop table public.{name}")


def test_trigger_on_users__runs_with_the_sign_up_or_undoes_it(people: Any, watched: str) -> None:
    person = people.sign_up()
    assert (people.sql(f"select id::text from public.{watched}")) == [(person.user.id,)]
    email = f"{watched}@example.com"
    asked = {"email": email, "password": "correct horse"}
    answer = call(people, "POST", "/signup", json=asked, headers=VERSION)
    assert answer.status_code == 500
    assert answer.json() == {
        "code": "unexpected_failure",
        "message": "Database error saving new user",
    }
    assert people.sql("select from auth.users where email = %s", email) == []
    people.admin.delete_user(person.user.id)
    assert people.sql(f"select from public.{watched}") == []


def test_trigger_on_users__has_no_rights_of_its_own_in_public(people: Any, watched: str) -> None:
    people.sql(f"alter function public.{watched}() security invoker")
    asked = {"email": people.address(), "password": "correct horse"}
    answer = call(people, "POST", "/signup", json=asked, headers=VERSION)
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected_failure")
    asked = {"email": people.address(), "email_confirm": True}
    secret = {**VERSION, "apikey": people.stack.secret_key}
    answer = call(people, "POST", "/admin/users", json=asked, headers=secret)
    assert answer.json()["message"] == "Database error creating new user"


def test_tables__show_the_api_roles_nothing_and_belong_to_auth(people: Any) -> None:
    owners = people.sql(
        "select distinct tableowner, rowsecurity from pg_tables where schemaname = 'auth'"
    )
    assert owners == [("supabase_auth_admin", True)]
    granted = people.sql(
        "select r, t.tablename from pg_tables as t, unnest(array['anon', 'authenticated',"
        " 'service_role']) as r where t.schemaname = 'auth'"
        " and has_table_privilege(r, format('auth.%I', t.tablename), 'select')"
    )
    assert granted == []


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ('{"sub": "%s", "role": "authenticated", "email": "a@b.c"}', ("%s", "authenticated")),
        ('{"role": "anon"}', (None, "anon")),
        ("", (None, None)),
    ],
)
def test_functions__read_the_claims(people: Any, claims: str, expected: Any) -> None:
    sub = str(uuid4())
    row = people.sql(
        "select auth.uid()::text, auth.role(), auth.email(), auth.jwt() ->> 'role'"
        " from set_config('request.jwt.claims', %s, true)",
        claims.replace("%s", sub),
    )[0]
    uid = expected[0] and sub
    assert row == (uid, expected[1], "a@b.c" if uid else None, expected[1])
