"""Buckets through supabase-py: every call with its success, the shape of its error, and its
policies.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.support.storage import CHECKED, PLAIN, RLS, Place, refused


def test_buckets__are_made_changed_emptied_and_deleted(people: Any) -> None:
    storage, name = people.client(people.stack.secret_key).storage, f"py-{uuid4()}"
    assert storage.create_bucket(name) == {"name": name}
    with refused(409, "Duplicate"):
        storage.create_bucket(name)
    made = storage.get_bucket(name)
    assert (made.public, made.file_size_limit, made.allowed_mime_types) == (False, None, None)
    limits = {"public": True, "file_size_limit": 5, "allowed_mime_types": ["text/plain"]}
    assert storage.update_bucket(name, limits) == {"message": "Successfully updated"}
    changed = {bucket.id: bucket for bucket in storage.list_buckets()}[name]
    assert (changed.public, changed.file_size_limit) == (True, 5)
    assert changed.allowed_mime_types == ["text/plain"]
    storage.from_(name).upload("a.txt", b"x", PLAIN)
    with refused(409, "ResourceNotEmpty"):
        storage.delete_bucket(name)
    assert storage.empty_bucket(name)["message"]
    assert storage.from_(name).list() == []
    assert storage.delete_bucket(name) == {"message": "Successfully deleted"}
    for call in (storage.get_bucket, storage.empty_bucket, storage.delete_bucket):
        with refused(404, "Bucket not found"):
            call(name)
    with refused(404, "Bucket not found"):
        storage.update_bucket(name, {"public": True})
    with refused(400, "Invalid Input"):
        storage.create_bucket("a/b")
    with refused(413, "Payload too large"):
        storage.create_bucket(name, options={"file_size_limit": 10**12})


def test_buckets__are_hidden_and_closed_without_policies(bucket: Place, user: Any) -> None:
    storage = user.client.storage
    assert bucket.id not in [each.id for each in storage.list_buckets()]
    for call in (storage.get_bucket, storage.delete_bucket):
        with refused(404, "Bucket not found"):
            call(bucket.id)
    with refused(404, "Bucket not found"):
        storage.update_bucket(bucket.id, {"public": True})
    with refused(403, "Unauthorized"):
        storage.empty_bucket(bucket.id)
    with refused(*RLS):
        storage.create_bucket(f"py-{uuid4()}")


def test_buckets__follow_policies(people: Any, user: Any) -> None:
    name, storage = f"py-{uuid4()}", user.client.storage
    for verb, check in CHECKED.items():
        people.sql(
            f'create policy "{name}_{verb}" on storage.buckets for {verb} to authenticated'
            f" {check} (id = '{name}' and owner_id = (select auth.uid())::text)"
        )
    try:
        storage.create_bucket(name)
        assert storage.get_bucket(name).owner == user.user.id
        storage.update_bucket(name, {"public": True})
        assert [each.id for each in storage.list_buckets()] == [name]
        storage.delete_bucket(name)
    finally:
        for verb in CHECKED:
            people.sql(f'drop policy "{name}_{verb}" on storage.buckets')
