"""Bytes over the wire: half an upload leaves nothing, ranges and ETags hold."""

from __future__ import annotations

import hashlib
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.storage import Place

pytestmark = pytest.mark.local

MB = 1 << 20


def until(check: Callable[[], bool], ask: Callable[[], object]) -> None:
    """Ask the gateway until `check` holds; each question is answered, so nothing spins."""
    ends = time.monotonic() + 20
    while not check():
        assert time.monotonic() < ends, "waited in vain"
        ask()


def files(people: Any, folder: str) -> set[str]:
    return {path.name for path in (people.stack.state_dir / "storage" / folder).iterdir()}


def test_disconnect__in_the_middle_of_an_upload_leaves_nothing(
    bucket: Place, people: Any, service: dict[str, str]
) -> None:
    kept, url = files(people, "objects"), httpx.URL(people.stack.api_url)
    head = (
        f"POST /storage/v1/object/{bucket.id}/half.bin HTTP/1.1\r\nhost: {url.host}\r\n"
        f"apikey: {service['apikey']}\r\ncontent-length: {10 * MB}\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port)) as client:
        client.sendall(head.encode() + b"x" * MB)
        until(lambda: files(people, "incoming") != set(), bucket.admin.list)
    until(lambda: files(people, "incoming") == set(), bucket.admin.list)
    assert files(people, "objects") == kept
    assert bucket.admin.list() == []


def test_replacing__at_once_by_many_keeps_one_whole_file(
    bucket: Place, people: Any, service: dict[str, str]
) -> None:
    kept = files(people, "objects")
    url = f"{people.stack.api_url}/storage/v1/object/{bucket.id}/hot.bin"

    def put(letter: int) -> int:
        return int(people.http.put(url, headers=service, content=bytes([letter]) * MB).status_code)

    def read(_: int) -> set[int]:
        answer = people.http.get(url, headers=service)
        assert (answer.status_code, len(answer.content)) == (200, MB), answer.text
        return set(answer.content)

    assert put(0) == 200
    with ThreadPoolExecutor(8) as pool:
        written, seen = pool.map(put, range(20)), pool.map(read, range(40))
        assert set(written) == {200}
        assert all(len(letters) == 1 for letters in seen)
    assert len(files(people, "objects") - kept) == 1
    assert len(bucket.admin.list()) == 1


def test_form__that_ends_early_leaves_nothing(
    bucket: Place, people: Any, service: dict[str, str]
) -> None:
    kept = files(people, "objects")
    answer = people.http.post(
        f"{people.stack.api_url}/storage/v1/object/{bucket.id}/half.bin",
        headers={**service, "content-type": "multipart/form-data; boundary=x"},
        content=b'--x\r\ncontent-disposition: form-data; name=""; filename="a"\r\n\r\n' + b"a" * MB,
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidRequest")
    assert files(people, "objects") == kept
    assert files(people, "incoming") == set()


def test_refused_upload__leaves_no_file(bucket: Place, people: Any) -> None:
    kept = files(people, "objects")
    assert not bucket.admin.exists("a.txt")
    answer = people.http.post(
        f"{people.stack.api_url}/storage/v1/object/{bucket.id}/a.txt",
        headers={"apikey": people.stack.publishable_key},
        content=b"x" * MB,
    )
    assert (answer.status_code, answer.json()["statusCode"]) == (400, "403")
    assert files(people, "objects") == kept
    assert files(people, "incoming") == set()


@pytest.fixture
def ask(bucket: Place, people: Any, service: dict[str, str]) -> Callable[..., httpx.Response]:
    bucket.admin.upload("a.txt", b"0123456789", {"content-type": "text/html", "cache-control": "9"})
    url = f"{people.stack.api_url}/storage/v1/object/{bucket.id}/a.txt"

    def call(method: str = "GET", path: str = "", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer: httpx.Response = people.http.request(
            method, url + path, headers={**service, **named}
        )
        return answer

    return call


def test_download__names_what_it_sends(ask: Callable[..., httpx.Response]) -> None:
    answer, head = ask(), ask("HEAD")
    assert answer.content == b"0123456789"
    assert head.content == b""
    for each in (answer, head):
        assert each.status_code == 200
        assert each.headers["content-length"] == "10"
        assert each.headers["etag"] == f'"{hashlib.md5(b"0123456789").hexdigest()}"'
        assert each.headers["content-type"] == "text/plain"
        assert each.headers["cache-control"] == "max-age=9"
        assert each.headers["accept-ranges"] == "bytes"
        assert each.headers["x-robots-tag"] == "none"
        assert each.headers["last-modified"].endswith("GMT")
    assert ask("HEAD", "x").status_code == 400


@given(st.integers(0, 9), st.integers(0, 15))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_range__is_the_slice_that_python_takes(
    ask: Callable[..., httpx.Response], first: int, more: int
) -> None:
    whole, last = b"0123456789", first + more
    for asked, start, end in [
        (f"bytes={first}-{last}", first, last + 1),
        (f"bytes={first}-", first, 10),
        (f"bytes=-{last + 1}", max(9 - last, 0), 10),
    ]:
        answer = ask(range=asked)
        assert (answer.status_code, answer.content) == (206, whole[start:end])
        assert answer.headers["content-range"] == f"bytes {start}-{min(end, 10) - 1}/10"
        assert answer.headers["content-length"] == str(len(answer.content))


@given(st.from_regex(r"bytes=[0-9,\- ]{0,12}[0-9,\-]", fullmatch=True))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_range__of_any_form_is_answered_or_refused(
    ask: Callable[..., httpx.Response], asked: str
) -> None:
    assert ask(range=asked).status_code in {200, 206, 400, 416}


def test_range__beyond_the_end_is_refused_and_an_old_one_ignored(
    ask: Callable[..., httpx.Response],
) -> None:
    answer = ask(range="bytes=10-")
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */10")
    assert ask(range="bytes=0-1", if_range='"older"').content == b"0123456789"
    assert ask(range="bytes=0-1", if_range=ask().headers["etag"]).content == b"01"


def test_if_none_match__saves_the_bytes(ask: Callable[..., httpx.Response]) -> None:
    etag = ask().headers["etag"]
    for asked in (etag, f'"other", W/{etag}', "*"):
        answer = ask(if_none_match=asked)
        assert (answer.status_code, answer.content) == (304, b"")
    assert ask(if_none_match='"other"').status_code == 200


def test_if_modified_since__saves_the_bytes(ask: Callable[..., httpx.Response]) -> None:
    changed = ask().headers["last-modified"]
    assert (ask(if_modified_since=changed).status_code, ask(if_modified_since=changed).content) == (
        304,
        b"",
    )
    for asked in ("Mon, 01 Jan 2001 00:00:00 GMT", "yesterday", ""):
        assert ask(if_modified_since=asked).status_code == 200
    assert ask(if_modified_since=changed, if_none_match='"other"').status_code == 200


def test_headers__of_an_upload_cannot_add_headers(
    bucket: Place, people: Any, service: dict[str, str]
) -> None:
    url = f"{people.stack.api_url}/storage/v1/object/{bucket.id}/a.txt"
    form = {"data": {"cacheControl": "1\r\nx-evil: 1"}, "files": {"file": ("a.txt", b"x")}}
    assert people.http.post(url, headers=service, **form).status_code == 200
    answer = people.http.get(url, headers=service)
    assert "x-evil" not in answer.headers
    assert answer.headers["cache-control"] == "max-age=1x-evil: 1"


@pytest.mark.parametrize(
    "path", ["upload/resumable", "render/image/public/a/b.png", "s3/a", "object/a"]
)
def test_calls__that_are_not_here_answer_501_by_name(
    people: Any, service: dict[str, str], path: str
) -> None:
    answer = people.http.post(f"{people.stack.api_url}/storage/v1/{path}", headers=service)
    assert answer.status_code == 501
    assert path in answer.json()["message"]
