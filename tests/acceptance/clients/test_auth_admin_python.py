"""Auth's admin calls through supabase-py, and what they do to the people concerned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

PASSWORD = "correct horse"


def test_admin__creates_finds_changes_and_deletes(people: Any) -> None:
    email, wanted = people.address(), str(uuid4())
    asked = {"id": wanted, "email": email.upper(), "password": PASSWORD, "email_confirm": True}
    asked |= {"user_metadata": {"name": "Grace"}, "app_metadata": {"plan": "free"}}
    made = people.admin.create_user(asked).user
    assert (made.id, made.email, made.role) == (wanted, email, "authenticated")
    assert made.app_metadata["plan"] == "free"
    assert people.admin.get_user_by_id(wanted).user.user_metadata["name"] == "Grace"
    moved = people.address()
    changed = people.admin.update_user_by_id(wanted, {"email": moved, "password": "a new one"})
    assert changed.user.email == moved
    assert changed.user.identities[0].identity_data["email"] == moved
    people.client().auth.sign_in_with_password({"email": moved, "password": "a new one"})
    people.admin.delete_user(wanted)
    with people.refused("user_not_found", 404):
        people.admin.get_user_by_id(wanted)


def test_admin__refuses_a_known_address(people: Any) -> None:
    known, other = people.sign_up(), people.sign_up()
    with people.refused("email_exists", 422):
        people.admin.create_user({"email": known.email})
    with people.refused("email_exists", 422):
        people.admin.update_user_by_id(other.user.id, {"email": known.email})


def test_admin__lists_newest_first_by_page(people: Any) -> None:
    made = [people.sign_up().user.id for _ in range(3)]
    first, second = people.admin.list_users(1, 2), people.admin.list_users(2, 2)
    assert [user.id for user in [*first, *second]][:3] == made[::-1]
    assert len(people.admin.list_users()) >= 3


@pytest.mark.parametrize(
    "call",
    [
        lambda admin, _: admin.create_user({"email": "x@example.com"}),
        lambda admin, _: admin.list_users(),
        lambda admin, user: admin.get_user_by_id(user),
        lambda admin, user: admin.update_user_by_id(user, {"role": "service_role"}),
        lambda admin, user: admin.delete_user(user),
    ],
    ids=["create", "list", "get", "update", "delete"],
)
def test_admin__is_for_service_role_alone(people: Any, call: Callable[..., Any]) -> None:
    person = people.sign_up()
    key, token = people.stack.publishable_key, person.session.access_token
    for bearer in (key, token):
        admin = people.client().auth.admin
        admin._headers["Authorization"] = f"Bearer {bearer}"
        with people.refused("not_admin", 403):
            call(admin, person.user.id)


def test_ban__shuts_every_door_until_it_is_lifted(people: Any) -> None:
    person = people.sign_up()
    banned = people.admin.update_user_by_id(person.user.id, {"ban_duration": "1h30m"}).user
    assert datetime.fromisoformat(banned.banned_until) > datetime.now(UTC)
    with people.refused("user_banned", 400):
        people.client().auth.sign_in_with_password(person.credentials)
    with people.refused("user_banned", 400):
        people.client().auth.refresh_session(person.session.refresh_token)
    with people.refused("user_banned", 403):
        person.client.auth.get_user()
    people.admin.update_user_by_id(person.user.id, {"ban_duration": "none"})
    people.client().auth.sign_in_with_password(person.credentials)
    with people.refused("validation_failed", 400):
        people.admin.update_user_by_id(person.user.id, {"ban_duration": "soon"})


def test_deletion__makes_tokens_worthless(people: Any) -> None:
    person = people.sign_up()
    people.admin.delete_user(person.user.id)
    with people.refused("user_not_found", 403):
        person.client.auth.get_user()
    with people.refused("refresh_token_not_found", 400):
        people.client().auth.refresh_session(person.session.refresh_token)
