"""Public and signed URLs through supabase-py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from tests.support.storage import PLAIN, Place, Upsert, refused


def test_public_bucket__shows_bytes_to_anyone_and_lists_nothing(
    make_bucket: Callable[..., Place], people: Any
) -> None:
    bucket = make_bucket(public=True)
    bucket.admin.upload("a.txt", b"hello", PLAIN)
    anyone = bucket.of(people.client())
    url = anyone.get_public_url("a.txt", {"download": "b.txt"})
    answer = people.http.get(url)
    assert answer.text == "hello"
    assert "filename=b.txt" in answer.headers["content-disposition"]
    assert people.http.get(anyone.get_public_url("none.txt")).json()["code"] == "NoSuchKey"
    assert anyone.list() == []


def test_private_bucket__has_no_public_url(bucket: Place, people: Any) -> None:
    bucket.admin.upload("a.txt", b"hello", PLAIN)
    answer = people.http.get(bucket.admin.get_public_url("a.txt"))
    assert (answer.status_code, answer.json()["code"]) == (400, "NoSuchBucket")


def test_signed_url__opens_one_object_until_it_ends(bucket: Place, people: Any) -> None:
    bucket.admin.upload("a b.txt", b"hello", PLAIN)
    url = bucket.admin.create_signed_url("a b.txt", 60, {"download": "ü.txt"})["signedURL"]
    answer = people.http.get(url)
    assert answer.text == "hello"
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''%C3%BC.txt")
    assert "expires" in answer.headers
    wrong = people.http.get(url.replace("a%20b.txt", "c.txt").replace("a b.txt", "c.txt"))
    assert (wrong.status_code, wrong.json()["code"]) == (400, "InvalidSignature")
    broken = people.http.get(url.replace("token=ey", "token=xx"))
    assert (broken.status_code, broken.json()["code"]) == (400, "InvalidJWT")
    assert people.http.put(url.replace("/sign/", "/upload/sign/"), content=b"x").json()["code"] == (
        "InvalidSignature"
    )
    with refused(400, "InvalidRequest"):
        bucket.admin.create_signed_url("a b.txt", 0)
    with refused(404, "not_found"):
        bucket.admin.create_signed_url("none.txt", 60)


def test_signed_url__is_no_login_and_a_login_is_no_signed_url(
    bucket: Place, people: Any, user: Any
) -> None:
    bucket.admin.upload("a.txt", b"hello", PLAIN)
    url = bucket.admin.create_signed_url("a.txt", 60)["signedURL"]
    token = httpx.URL(url).params["token"]
    headers = {"apikey": people.stack.publishable_key, "authorization": f"Bearer {token}"}
    answer = people.http.post(
        f"{people.stack.api_url}/storage/v1/object/list/{bucket.id}", headers=headers
    )
    assert (answer.status_code, answer.json()["statusCode"]) == (400, "403")
    swapped = people.http.get(url.replace(token, user.session.access_token))
    assert swapped.json()["code"] == "InvalidSignature"


def test_signed_urls__answer_for_each_path_in_order(bucket: Place, people: Any, user: Any) -> None:
    bucket.admin.upload("a.txt", b"hello", PLAIN)
    missing, there = bucket.admin.create_signed_urls(["none.txt", "a.txt"], 60)
    assert (missing["path"], missing["signedURL"]) == ("none.txt", None)
    assert missing["error"] == "Either the object does not exist or you do not have access to it"
    assert there["error"] is None
    assert people.http.get(there["signedURL"]).text == "hello"
    [hidden] = bucket.of(user.client).create_signed_urls(["a.txt"], 60)
    assert hidden["signedURL"] is None


def test_signed_upload__writes_once_as_the_one_who_signed(
    bucket: Place, people: Any, user: Any
) -> None:
    signed = bucket.allow("insert").of(user.client).create_signed_upload_url("in/a.txt")
    anyone = bucket.of(people.client())
    made = anyone.upload_to_signed_url("in/a.txt", signed["token"], b"hello", PLAIN)
    assert made.full_path == f"{bucket.id}/in/a.txt"
    assert bucket.admin.download("in/a.txt") == b"hello"
    assert people.sql("select owner_id from storage.objects where bucket_id = %s", bucket.id) == [
        (user.user.id,)
    ]
    with refused(409, "Duplicate"):
        anyone.upload_to_signed_url("in/a.txt", signed["token"], b"again", PLAIN)
    with refused(400, "InvalidSignature"):
        anyone.upload_to_signed_url("in/b.txt", signed["token"], b"other", PLAIN)
    with refused(400, "InvalidJWT"):
        anyone.upload_to_signed_url("in/b.txt", "made up", b"other", PLAIN)


def test_signed_upload__replaces_when_signed_for_it(bucket: Place, people: Any) -> None:
    bucket.admin.upload("a.txt", b"one")
    signed = bucket.admin.create_signed_upload_url("a.txt", Upsert())
    bucket.of(people.client()).upload_to_signed_url("a.txt", signed["token"], b"two")
    assert bucket.admin.download("a.txt") == b"two"
