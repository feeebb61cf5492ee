"""Refresh tokens: one active token a session, whoever refreshes when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from supabase_auth.errors import AuthApiError

ACTIVE = "select count(*) from auth.refresh_tokens where user_id = %s and not revoked"


def refresh(people: Any, token: str) -> str:
    session = people.client().auth.refresh_session(token).session
    assert people.client().auth.get_user(session.access_token) is not None
    return str(session.refresh_token)


def refusal(people: Any, token: str) -> str | None:
    with pytest.raises(AuthApiError) as caught:
        people.client().auth.refresh_session(token)
    assert caught.value.status == 400
    return caught.value.code


def age(people: Any, user_id: str) -> None:
    """Move every exchange so far out of the reuse interval."""
    people.sql(
        "update auth.refresh_tokens set updated_at = updated_at - interval '1 hour' where user_id = %s and revoked",
        user_id,
    )


def test_refresh__gives_everyone_who_races_the_same_new_token(people: Any) -> None:
    person = people.sign_up()
    token = person.session.refresh_token
    with ThreadPoolExecutor(8) as pool:
        given_out = set(pool.map(lambda _: refresh(people, token), range(24)))
    assert len(given_out) == 1
    assert token not in given_out
    assert people.sql(ACTIVE, person.user.id) == [(1,)]


def test_refresh__of_an_old_token_ends_the_session(people: Any) -> None:
    """E-AUTH-01: an old refresh token ends the session."""
    person = people.sign_up()
    first = person.session.refresh_token
    second = refresh(people, first)
    third = refresh(people, second)
    age(people, person.user.id)
    assert refresh(people, second) == third
    assert refusal(people, first) == "refresh_token_already_used"
    assert refusal(people, third) == "refresh_token_not_found"
    with pytest.raises(AuthApiError) as caught:
        person.client.auth.get_user()
    assert caught.value.code == "session_not_found"


def test_refresh__ignores_an_expired_authorization(people: Any) -> None:
    stale = people.sign_up().client
    stale.auth._headers["Authorization"] = "Bearer not.a.token"
    assert stale.auth.refresh_session().session is not None


def test_refresh__races_with_sign_out_without_a_survivor(people: Any) -> None:
    people_signed_in = [people.sign_up() for _ in range(6)]

    def race(person: Any) -> None:
        with ThreadPoolExecutor(2) as pool:
            late = pool.submit(people.client().auth.refresh_session, person.session.refresh_token)
            people.admin.sign_out(person.session.access_token)
            late.exception()

    for person in people_signed_in:
        race(person)
        assert people.sql(ACTIVE, person.user.id) == [(0,)]


steps = st.lists(st.one_of(st.just("age"), st.integers(min_value=0, max_value=3)), max_size=8)


@given(steps=steps)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_refresh__holds_its_rules_in_any_order(people: Any, steps: list[Any]) -> None:
    """E-AUTH-01: a step is `age`, or how many tokens back from the newest one the token is that is
    used.
    """
    person = people.sign_up()
    tokens, old = [person.session.refresh_token], 0
    for step in steps:
        if step == "age":
            age(people, person.user.id)
            old = len(tokens) - 1
            continue
        used = max(len(tokens) - 1 - step, 0)
        if used == len(tokens) - 1:
            tokens.append(refresh(people, tokens[used]))
            assert len(set(tokens)) == len(tokens)
        elif used == len(tokens) - 2 or used >= old:
            assert refresh(people, tokens[used]) == tokens[-1]
        else:
            assert refusal(people, tokens[used]) == "refresh_token_already_used"
            assert refusal(people, tokens[-1]) == "refresh_token_not_found"
            return
        assert people.sql(ACTIVE, person.user.id) == [(1,)]
