"""Auth through supabase-py: every call with its success and the shape of its error."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from postgrest.exceptions import APIError
from supabase_auth.errors import AuthInvalidJwtError, AuthWeakPasswordError

PASSWORD = "correct horse"


def test_sign_up__gives_a_session_and_lower_cases_the_address(people: Any) -> None:
    """E-AUTH-01: register."""
    email = people.address()
    asked = {"email": email.upper(), "password": PASSWORD, "options": {"data": {"name": "Ada"}}}
    made = people.client().auth.sign_up(asked)
    assert made.user.email == email
    assert made.user.user_metadata["name"] == "Ada"
    assert made.user.app_metadata == {"provider": "email", "providers": ["email"]}
    assert made.user.identities[0].provider == "email"
    assert made.session.token_type == "bearer"
    assert made.session.expires_in == 3600


def test_sign_up__refuses_a_known_address(people: Any) -> None:
    known = {"email": people.sign_up().email.upper(), "password": PASSWORD}
    with people.refused("user_already_exists", 422):
        people.client().auth.sign_up(known)


def test_sign_up__names_what_makes_a_password_weak(people: Any) -> None:
    with pytest.raises(AuthWeakPasswordError) as caught:
        people.client().auth.sign_up({"email": people.address(), "password": "short"})
    assert caught.value.status == 422
    assert caught.value.reasons == ["length"]


@pytest.mark.parametrize(
    "email", ["nobody", "a b@example.com", f"{'a' * 250}@example.com", "ä@b.c"]
)
def test_sign_up__refuses_what_is_no_address(people: Any, email: str) -> None:
    with people.refused("validation_failed", 400):
        people.client().auth.sign_up({"email": email, "password": PASSWORD})


def test_sign_up__refuses_a_password_longer_than_bcrypt_reads(people: Any) -> None:
    with people.refused("validation_failed", 400):
        people.client().auth.sign_up({"email": people.address(), "password": "ä" * 37})


def test_sign_up__is_not_open_to_the_anonymous(people: Any) -> None:
    with people.refused("anonymous_provider_disabled", 422):
        people.client().auth.sign_in_anonymously()


def test_sign_in__opens_a_session(people: Any) -> None:
    """E-AUTH-01: log in."""
    person = people.sign_up()
    opened = people.client().auth.sign_in_with_password(person.credentials)
    assert opened.user.id == person.user.id
    assert opened.session.access_token != person.session.access_token


def test_sign_in__says_the_same_of_both_ways_to_be_wrong(people: Any) -> None:
    """E-AUTH-01: a wrong password and an unknown address are refused alike."""
    email = people.sign_up().email
    for wrong in ({"email": email}, {"email": people.address()}):
        with people.refused("invalid_credentials", 400):
            people.client().auth.sign_in_with_password({**wrong, "password": "wrong one"})


def test_sign_in__waits_for_confirmation(people: Any) -> None:
    email = people.address()
    made = people.admin.create_user({"email": email, "password": PASSWORD})
    with people.refused("email_not_confirmed", 400):
        people.client().auth.sign_in_with_password({"email": email, "password": PASSWORD})
    people.admin.update_user_by_id(made.user.id, {"email_confirm": True})
    people.client().auth.sign_in_with_password({"email": email, "password": PASSWORD})


def test_password__is_kept_as_bcrypt(people: Any) -> None:
    person = people.sign_up()
    kept = people.sql("select encrypted_password from auth.users where id = %s", person.user.id)
    assert kept[0][0].startswith("$2b$10$")


def test_get_claims__are_those_of_hosted_tokens(people: Any) -> None:
    person = people.sign_up()
    claims = dict(person.client.auth.get_claims()["claims"])
    assert UUID(claims.pop("session_id"))
    assert claims.pop("exp") - claims["iat"] == 3600
    assert claims.pop("amr") == [{"method": "password", "timestamp": claims.pop("iat")}]
    assert claims.pop("user_metadata")["email"] == person.email
    assert claims == {
        "iss": f"{people.auth_url}",
        "aud": "authenticated",
        "sub": person.user.id,
        "role": "authenticated",
        "email": person.email,
        "phone": "",
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "aal": "aal1",
        "is_anonymous": False,
    }


def test_get_claims__refuses_another_signature(people: Any) -> None:
    one, two = people.sign_up().session.access_token, people.sign_up().session.access_token
    swapped = ".".join([*one.split(".")[:2], two.split(".")[2]])
    with pytest.raises(AuthInvalidJwtError):
        people.client().auth.get_claims(swapped)


def test_get_user__asks_the_server(people: Any) -> None:
    """E-AUTH-01: who am I."""
    person = people.sign_up()
    assert person.client.auth.get_user().user.id == person.user.id
    with people.refused("bad_jwt", 403):
        people.client().auth.get_user("not.a.token")
    with people.refused("bad_jwt", 403):
        people.client().auth.get_user(people.stack.publishable_key)


def test_update_user__merges_data(people: Any) -> None:
    auth = people.sign_up().client.auth
    auth.update_user({"data": {"name": "Ada", "city": "London"}})
    metadata = auth.update_user({"data": {"city": None}}).user.user_metadata
    assert metadata["name"] == "Ada"
    assert "city" not in metadata


def test_update_user__with_a_new_password_ends_the_other_sessions(people: Any) -> None:
    person, other = people.sign_up(), people.client().auth
    other.sign_in_with_password(person.credentials)
    person.client.auth.update_user({"password": "a new one"})
    people.client().auth.sign_in_with_password({**person.credentials, "password": "a new one"})
    assert person.client.auth.get_user().user.id == person.user.id
    with people.refused("session_not_found", 403):
        other.get_user()
    with people.refused("same_password", 422):
        person.client.auth.update_user({"password": "a new one"})
    with pytest.raises(AuthWeakPasswordError):
        person.client.auth.update_user({"password": "short"})


def test_update_user__only_wishes_for_another_address(people: Any) -> None:
    person, wish = people.sign_up(), people.address()
    user = person.client.auth.update_user({"email": wish}).user
    assert (user.email, user.new_email) == (person.email, wish)
    with people.refused("email_exists", 422):
        person.client.auth.update_user({"email": people.sign_up().email})


@pytest.mark.parametrize(
    ("scope", "alive"),
    [("global", [False, False]), ("local", [False, True]), ("others", [True, False])],
)
def test_sign_out__ends_the_sessions_of_its_scope(
    people: Any, scope: str, alive: list[bool]
) -> None:
    """E-AUTH-01: log out."""
    person, other = people.sign_up(), people.client().auth
    second = other.sign_in_with_password(person.credentials).session
    person.client.auth.sign_out({"scope": scope})
    for session, lives in zip([person.session, second], alive, strict=True):
        if lives:
            people.client().auth.get_user(session.access_token)
            people.client().auth.refresh_session(session.refresh_token)
            continue
        with people.refused("session_not_found", 403):
            people.client().auth.get_user(session.access_token)
        with people.refused("refresh_token_not_found", 400):
            people.client().auth.refresh_session(session.refresh_token)


def test_auth_tables__cannot_be_reached_through_the_data_api(people: Any) -> None:
    with pytest.raises(APIError) as caught:
        people.sign_up().client.schema("auth").table("users").select("id").execute()
    assert caught.value.code == "PGRST106"
