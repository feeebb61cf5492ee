"""Which policies on storage.objects each call needs, through supabase-py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.storage import PLAIN, RLS, Place, Upsert, refused

# What each call needs, and how it is refused when one of its policies is missing.
CALLS: dict[str, tuple[set[str], Callable[[Any], Any]]] = {
    "upload": ({"insert"}, lambda files: files.upload("new.txt", b"new")),
    "upsert_new": (
        {"insert", "select", "update"},
        lambda files: files.upload("new.txt", b"new", {"upsert": "true"}),
    ),
    "upsert_there": (
        {"insert", "select", "update"},
        lambda files: files.upload("there.txt", b"new", {"upsert": "true"}),
    ),
    "update": ({"insert", "select", "update"}, lambda files: files.update("there.txt", b"new")),
    "signed_upload": ({"insert"}, lambda files: files.create_signed_upload_url("new.txt")),
    "signed_upsert": (
        {"insert", "select", "update"},
        lambda files: files.create_signed_upload_url("there.txt", Upsert()),
    ),
    "download": ({"select"}, lambda files: files.download("there.txt")),
    "info": ({"select"}, lambda files: files.info("there.txt")),
    "sign": ({"select"}, lambda files: files.create_signed_url("there.txt", 60)),
    "move": ({"select", "update"}, lambda files: files.move("there.txt", "moved.txt")),
    "copy": ({"select", "insert"}, lambda files: files.copy("there.txt", "copy.txt")),
}
HIDDEN = {"download", "info", "sign", "move"}


@pytest.mark.parametrize("name", CALLS)
def test_policies__those_named_are_enough(name: str, bucket: Place, user: Any) -> None:
    needed, call = CALLS[name]
    bucket.admin.upload("there.txt", b"there")
    assert call(bucket.allow(*needed).of(user.client))


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        (name, missing)
        for name, (needed, _) in CALLS.items()
        for missing in sorted(needed)
        # An upsert of a new key meets no row: Postgres asks for no UPDATE policy then.
        if (name, missing) != ("upsert_new", "update")
    ],
)
def test_policies__each_of_them_is_needed(
    name: str, missing: str, bucket: Place, user: Any
) -> None:
    needed, call = CALLS[name]
    bucket.admin.upload("there.txt", b"there")
    files = bucket.allow(*(needed - {missing})).of(user.client)
    hidden = name in HIDDEN or (name, missing) == ("copy", "select")
    how = (404, "not_found", "Object not found") if hidden else RLS
    with refused(*how):
        call(files)
    assert [row["name"] for row in bucket.admin.list()] == ["there.txt"]
    assert bucket.admin.download("there.txt") == b"there"


def test_policies__see_owner_size_type_and_metadata(bucket: Place, user: Any) -> None:
    rule = (
        "owner_id = (select auth.uid())::text and owner = (select auth.uid())"
        " and (metadata ->> 'contentLength')::int < 10000 and metadata ->> 'mimetype' = 'text/plain'"
        " and user_metadata ->> 'page' = '7' and (storage.foldername(name))[1] = 'mine'"
        " and storage.extension(name) = 'txt' and storage.allow_only_operation('object.upload')"
    )
    files = bucket.allow("insert", rule=rule).of(user.client)
    fine = {**PLAIN, "metadata": {"page": 7}}
    files.upload("mine/a.txt", b"a", fine)
    for path, body, options in [
        ("mine/b.txt", b"b" * 20_000, fine),
        ("mine/b.txt", b"b", {**fine, "content-type": "text/html"}),
        ("mine/b.txt", b"b", PLAIN),
        ("yours/b.txt", b"b", fine),
        ("mine/b.pdf", b"b", fine),
    ]:
        with refused(*RLS):
            files.upload(path, body, options)
    with refused(*RLS):
        files.create_signed_upload_url("mine/b.txt")
    [row] = bucket.people.sql(
        "select owner_id, metadata, user_metadata from storage.objects where bucket_id = %s",
        bucket.id,
    )
    assert row[0] == user.user.id
    assert set(row[1]) == {
        *("eTag", "size", "mimetype", "cacheControl", "lastModified", "contentLength"),
        "httpStatusCode",
    }
    assert row[2] == {"page": 7}
