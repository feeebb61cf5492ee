"""Objects through supabase-py: every call with its success and the shape of its error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.storage import PLAIN, Place, refused


def test_upload__keeps_what_was_said_of_it(bucket: Place, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(bytes(range(256)) * 5000)
    options = {"content-type": "application/x-odd", "cache-control": "60", "metadata": {"a": [1]}}
    made = bucket.admin.upload("a folder/b (1).bin", path, options)
    assert made.full_path == f"{bucket.id}/a folder/b (1).bin"
    assert bucket.admin.download("a folder/b (1).bin") == path.read_bytes()
    info = bucket.admin.info("a folder/b (1).bin")
    assert info["name"] == "a folder/b (1).bin"
    assert info["bucket_id"] == bucket.id
    assert (info["size"], info["content_type"]) == (1_280_000, "application/x-odd")
    assert (info["cache_control"], info["metadata"]) == ("max-age=60", {"a": [1]})
    assert {"id", "version", "etag", "created_at", "last_modified"} <= set(info)


@pytest.mark.local
def test_upload__refuses_a_second_one_and_replaces_with_upsert(bucket: Place) -> None:
    bucket.admin.upload("a.txt", b"one")
    before = bucket.admin.info("a.txt")
    with refused(409, "Duplicate", "The resource already exists"):
        bucket.admin.upload("a.txt", b"two")
    assert bucket.admin.download("a.txt") == b"one"
    bucket.admin.upload("a.txt", b"two", {"upsert": "true"})
    after = bucket.admin.info("a.txt")
    assert bucket.admin.download("a.txt") == b"two"
    assert after["id"] == before["id"]
    assert after["version"] != before["version"]
    assert not bucket.kept(before["version"])


@pytest.mark.parametrize("key", ["ä.txt", "a%b", "a\\b", "a#b", "a[1]"])
def test_upload__refuses_an_invalid_key(bucket: Place, key: str) -> None:
    with refused(400, "InvalidKey"):
        bucket.admin.upload(key, b"x")


def test_upload__holds_the_bucket_to_its_limits(make_bucket: Callable[..., Place]) -> None:
    bucket = make_bucket(limit=10, kinds=["text/plain", "image/*"])
    bucket.admin.upload("fits.txt", b"x" * 10, PLAIN)
    bucket.admin.upload("fits.png", b"x", {"content-type": "image/png"})
    with refused(413, "Payload too large", "The object exceeded the maximum allowed size"):
        bucket.admin.upload("big.txt", b"x" * 11, PLAIN)
    with refused(415, "invalid_mime_type", "mime type application/pdf is not supported"):
        bucket.admin.upload("a.pdf", b"x", {"content-type": "application/pdf"})
    assert len(bucket.admin.list()) == 2


def test_upload__says_that_the_bucket_is_missing(people: Any, user: Any) -> None:
    with refused(404, "Bucket not found", "Bucket not found"):
        user.client.storage.from_(f"none-{uuid4()}").upload("a.txt", b"x")


def test_update__replaces_and_creates(bucket: Place) -> None:
    bucket.admin.update("a.txt", b"one", PLAIN)
    bucket.admin.update("a.txt", b"two", {"content-type": "text/csv"})
    assert bucket.admin.download("a.txt") == b"two"
    assert bucket.admin.info("a.txt")["content_type"] == "text/csv"


def test_download__says_what_is_missing(bucket: Place, user: Any) -> None:
    with refused(404, "not_found", "Object not found"):
        bucket.admin.download("none.txt")
    with refused(404, "Bucket not found"):
        user.client.storage.from_(f"none-{uuid4()}").download("a.txt")


def test_exists__is_false_for_what_is_missing_or_hidden(bucket: Place, user: Any) -> None:
    bucket.admin.upload("a.txt", b"x")
    assert bucket.admin.exists("a.txt")
    assert not bucket.admin.exists("b.txt")
    assert not bucket.of(user.client).exists("a.txt")
    with refused(404, "Bucket not found"):
        user.client.storage.from_(f"none-{uuid4()}").exists("a.txt")


@pytest.mark.local
def test_remove__needs_delete_and_select_and_skips_the_rest(bucket: Place, user: Any) -> None:
    for name in ["a.txt", "b.txt", "kept.txt"]:
        bucket.admin.upload(name, b"x")
    mine = bucket.of(user.client)
    assert mine.remove(["a.txt"]) == []
    bucket.allow("delete")
    assert mine.remove(["a.txt"]) == []
    bucket.allow("select", rule="name <> 'kept.txt'")
    version = bucket.admin.info("a.txt")["version"]
    assert bucket.kept(version)
    gone = mine.remove(["a.txt", "b.txt", "kept.txt", "none.txt"])
    assert sorted(row["name"] for row in gone) == ["a.txt", "b.txt"]
    assert [row["name"] for row in bucket.admin.list()] == ["kept.txt"]
    assert not bucket.kept(version)


def test_remove__takes_at_most_a_thousand(bucket: Place) -> None:
    with refused(400, "InvalidRequest"):
        bucket.admin.remove([f"{number}.txt" for number in range(1001)])


def test_move__keeps_the_object_and_refuses_a_taken_name(bucket: Place) -> None:
    bucket.admin.upload("a.txt", b"one", {**PLAIN, "metadata": {"a": 1}})
    bucket.admin.upload("b.txt", b"two")
    before = bucket.admin.info("a.txt")
    assert bucket.admin.move("a.txt", "c/d.txt")["message"] == "Successfully moved"
    assert bucket.admin.info("c/d.txt")["id"] == before["id"]
    assert bucket.admin.download("c/d.txt") == b"one"
    assert not bucket.admin.exists("a.txt")
    with refused(409, "Duplicate"):
        bucket.admin.move("c/d.txt", "b.txt")
    with refused(404, "not_found"):
        bucket.admin.move("none.txt", "e.txt")
    with refused(400, "InvalidKey"):
        bucket.admin.move("b.txt", "ä.txt")


def test_copy__is_an_object_of_its_own(bucket: Place) -> None:
    bucket.admin.upload("a.txt", b"one", {**PLAIN, "metadata": {"a": 1}})
    assert bucket.admin.copy("a.txt", "b.txt")["Key"] == f"{bucket.id}/b.txt"
    first, second = bucket.admin.info("a.txt"), bucket.admin.info("b.txt")
    assert first["id"] != second["id"]
    assert second["metadata"] == {"a": 1}
    bucket.admin.remove(["a.txt"])
    assert bucket.admin.download("b.txt") == b"one"
    with refused(409, "Duplicate"):
        bucket.admin.copy("b.txt", "b.txt")
    with refused(404, "not_found"):
        bucket.admin.copy("none.txt", "c.txt")
