"""Bytes over the wire: memory stays flat, half an upload leaves nothing, ranges and ETags hold."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.storage import Place

MB = 1 << 20
BIG = 200 * MB
MOST_GROWTH = 40 * MB


class Memory:
    """What the gateway process holds, and the most it held while this looked."""

    def __init__(self, state_dir: Path) -> None:
        pid = json.loads((state_dir / "stack.json").read_text())["parts"]["gateway"]["pid"]
        self.status = Path(f"/proc/{pid}/status")
        self.before = self.most = self.now()

    def now(self) -> int:
        lines = dict(line.split(":", 1) for line in self.status.read_text().splitlines())
        return int(lines["VmRSS"].split()[0]) * 1024

    def look(self) -> None:
        self.most = max(self.most, self.now())

    @property
    def growth(self) -> int:
        self.look()
        return self.most - self.before


class Body:
    """A file of `size` bytes that is never whole in memory, and looks at `memory` as it is read."""

    def __init__(self, size: int, memory: Memory) -> None:
        self.size, self.memory, self.at = size, memory, 0

    def read(self, most: int = -1) -> bytes:
        count = min(self.size - self.at, most if most >= 0 else self.size)
        self.at += count
        if self.at % (10 * MB) < count:
            self.memory.look()
        return b"d" * count

    def seek(self, at: int, whence: int = 0) -> int:
        self.at = self.size + at if whence == 2 else at
        return self.at

    def tell(self) -> int:
        return self.at

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(256 << 10):
            yield block


@pytest.fixture
def service(people: Any) -> dict[str, str]:
    return {"apikey": people.stack.secret_key}


@pytest.mark.parametrize("form", [False, True], ids=["raw", "form"])
def test_memory__stays_flat_on_200_mb_up_and_down(
    bucket: Place, people: Any, service: dict[str, str], form: bool
) -> None:
    url = f"{people.stack.api_url}/storage/v1/object/{bucket.id}/big.bin"
    bucket.admin.upload("warm.bin", b"x" * MB)
    memory = Memory(people.stack.state_dir)
    body: Any = Body(BIG, memory)
    content: Any = {"files": {"file": ("big.bin", body)}} if form else {"content": iter(body)}
    sent = people.http.post(url, headers=service, **content)
    assert sent.status_code == 200, sent.text
    digest, size = hashlib.md5(), 0
    with people.http.stream("GET", url, headers=service) as answer:
        for chunk in answer.iter_bytes(MB):
            digest.update(chunk)
            size += len(chunk)
            if size % (10 * MB) < len(chunk):
                memory.look()
    assert size == BIG
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
    assert memory.growth < MOST_GROWTH


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


def test_form__that_ends_early_leaves_nothing(bucket: Place, people: Any, service: dict[str, str]) -> None:
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
        answer: httpx.Response = people.http.request(method, url + path, headers={**service, **named})
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
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_range__is_the_slice_that_python_takes(ask: Callable[..., httpx.Response], first: int, more: int) -> None:
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
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_range__of_any_form_is_answered_or_refused(ask: Callable[..., httpx.Response], asked: str) -> None:
    assert ask(range=asked).status_code in {200, 206, 400, 416}


def test_range__beyond_the_end_is_refused_and_an_old_one_ignored(ask: Callable[..., httpx.Response]) -> None:
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


def test_headers__of_an_upload_cannot_add_headers(bucket: Place, people: Any, service: dict[str, str]) -> None:
    url = f"{people.stack.api_url}/storage/v1/object/{bucket.id}/a.txt"
    form = {"data": {"cacheControl": "1\r\nx-evil: 1"}, "files": {"file": ("a.txt", b"x")}}
    assert people.http.post(url, headers=service, **form).status_code == 200
    answer = people.http.get(url, headers=service)
    assert "x-evil" not in answer.headers
    assert answer.headers["cache-control"] == "max-age=1x-evil: 1"


@pytest.mark.parametrize("path", ["upload/resumable", "render/image/public/a/b.png", "s3/a", "object/a"])
def test_calls__that_are_not_here_answer_501_by_name(people: Any, service: dict[str, str], path: str) -> None:
    answer = people.http.post(f"{people.stack.api_url}/storage/v1/{path}", headers=service)
    assert answer.status_code == 501
    assert path in answer.json()["message"]
