"""What the local Storage accepts before it asks the database: keys, sizes, ranges, types, files."""

from __future__ import annotations

import asyncio
import errno
import io
import string
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from scripts.local_supabase.storage.errors import (
    StorageError,
    check_media_type,
    checked_bucket,
    checked_key,
    parse_size,
    refusal_for,
)
from scripts.local_supabase.storage.files import (
    keep_version,
    new_version,
    receive_upload,
    remove_versions,
    version_path,
)

ALLOWED = string.ascii_letters + string.digits + "_!-.*'() &$@=;:+,?"


@given(st.text(ALLOWED + "/", min_size=1, max_size=1024))
def test_checked_key__takes_every_safe_character(key: str) -> None:
    assert checked_key(key) == key


@given(
    st.text(ALLOWED, max_size=5),
    st.characters(exclude_characters=ALLOWED + "/"),
    st.text(ALLOWED, max_size=5),
)
def test_checked_key__refuses_any_other_character(before: str, bad: str, after: str) -> None:
    with pytest.raises(StorageError) as caught:
        checked_key(before + bad + after)
    assert caught.value.code == "InvalidKey"
    assert caught.value.message == f"Invalid key: {before}{bad}{after}"


@pytest.mark.parametrize("key", ["", "a" * 1025, "a\n", "a/b\n"])
def test_checked_key__refuses_empty_long_and_trailing_newline(key: str) -> None:
    with pytest.raises(StorageError):
        checked_key(key)


@pytest.mark.parametrize("name", ["", "a/b", " a", "a ", "a" * 101, "ä", "a\n"])
def test_checked_bucket__refuses(name: str) -> None:
    with pytest.raises(StorageError) as caught:
        checked_bucket(name)
    assert caught.value.code == "InvalidBucketName"


@pytest.mark.parametrize(
    ("text", "size"),
    [("3B", 3), ("5MB", 5_000_000), ("1.5kb", 1500), ("50MiB", 50 << 20), ("1 GiB", 1 << 30)],
)
def test_parse_size__knows_decimal_and_binary_units(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "5", "MB", "-1MB", "5TB", "5MB5"])
def test_parse_size__refuses(text: str) -> None:
    with pytest.raises(StorageError) as caught:
        parse_size(text)
    assert caught.value.code == "InvalidRequest"


@pytest.mark.parametrize(
    ("kind", "allowed", "fine"),
    [
        ("image/png", ["image/*"], True),
        ("image/png", ["image/png"], True),
        ("image/png", None, True),
        ("image/png", ["image/jpeg"], False),
        ("imagex/png", ["image/*"], False),
        ("text/plain;charset=UTF-8", ["text/plain"], False),
        ("nonsense", ["image/*"], False),
    ],
)
def test_check_media_type__holds_the_list(kind: str, allowed: list[str], fine: bool) -> None:
    if fine:
        check_media_type(kind, allowed)
        return
    with pytest.raises(StorageError) as caught:
        check_media_type(kind, allowed)
    assert caught.value.message == f"mime type {kind} is not supported"


class Full(io.FileIO):
    """A file on a disk that is full after 100 kB."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > 100_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


class Sent(Request):
    """A request whose body is `chunks`."""

    def __init__(self, chunks: list[bytes], content_type: str) -> None:
        headers = [(b"content-type", content_type.encode())]
        super().__init__({"type": "http", "method": "POST", "headers": headers})
        self.chunks = chunks

    async def stream(self) -> AsyncIterator[bytes]:  # type: ignore[override]  # plain iterator
        for chunk in self.chunks:
            yield chunk


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for folder in ("incoming", "objects"):
        (tmp_path / folder).mkdir()
    return tmp_path


def there(files: Path) -> list[str]:
    return [path.name for path in files.rglob("*") if path.is_file()]


def form(size: int, end: bytes = b"--x--\r\n") -> list[bytes]:
    head = b'--x\r\ncontent-disposition: form-data; name=""; filename="b"\r\n\r\n'
    return [head, b"a" * size, b"\r\n" + end]


FORM = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("chunks", "kind"), [([b"a" * 90_000] * 3, "text/plain"), (form(2_000_000), FORM)]
)
def test_receive__leaves_nothing_on_a_full_disk(
    files: Path, monkeypatch: pytest.MonkeyPatch, chunks: list[bytes], kind: str
) -> None:
    monkeypatch.setattr(Path, "open", lambda path, mode: Full(path, mode))
    with pytest.raises(OSError, match="No space left") as caught, new_version(files) as path:
        asyncio.run(receive_upload(Sent(chunks, kind), path, 10**9))
    assert there(files) == []
    refusal = refusal_for(caught.value)
    assert refusal is not None
    assert (refusal.code, refusal.response().status_code) == ("InsufficientStorage", 507)


@pytest.mark.parametrize(
    ("chunks", "kind"), [([b"a" * 60, b"b" * 41], "text/plain"), (form(101), FORM)]
)
def test_receive__leaves_nothing_past_the_limit(
    files: Path, chunks: list[bytes], kind: str
) -> None:
    with pytest.raises(StorageError) as caught, new_version(files) as path:
        asyncio.run(receive_upload(Sent(chunks, kind), path, 100))
    assert caught.value.code == "EntityTooLarge"
    assert there(files) == []


@pytest.mark.parametrize(
    "chunks",
    [
        form(10, end=b""),
        form(10)[:1],
        [b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb'],
    ],
)
def test_receive__refuses_a_form_that_ends_early_or_has_no_file(
    files: Path, chunks: list[bytes]
) -> None:
    with pytest.raises(StorageError) as caught, new_version(files) as path:
        asyncio.run(receive_upload(Sent(chunks, FORM), path, 100))
    assert caught.value.code == "InvalidRequest"
    assert there(files) == []


def test_arrival__is_kept_until_its_row_is_removed(files: Path) -> None:
    with new_version(files) as path:
        about, _ = asyncio.run(receive_upload(Sent([b"hello"], "text/plain"), path, 100))
        keep_version(files, path)
    assert (about["size"], about["eTag"]) == (5, '"5d41402abc4b2a76b9719d911017c592"')
    assert version_path(files, path.name).read_bytes() == b"hello"
    remove_versions(files, [{"version": path.name}, {"version": None}, {"version": str(uuid4())}])
    assert there(files) == []


def test_arrival__takes_a_kept_file_back_when_the_commit_fails(files: Path) -> None:
    def store() -> None:
        with new_version(files) as path:
            path.touch()
            keep_version(files, path)
            raise StorageError("KeyAlreadyExists")

    with pytest.raises(StorageError):
        store()
    assert there(files) == []


def test_arrival__keeps_the_file_when_a_lost_connection_may_have_committed(files: Path) -> None:
    def store() -> None:
        with new_version(files) as path:
            path.touch()
            keep_version(files, path)
            raise psycopg.OperationalError("server closed the connection")

    with pytest.raises(psycopg.OperationalError):
        store()
    assert len(there(files)) == 1


@pytest.mark.parametrize("version", [None, "", "../../etc/passwd", "1"])
def test_stored__gives_no_path_to_what_is_no_id(files: Path, version: str | None) -> None:
    with pytest.raises(StorageError) as caught:
        version_path(files, version)
    assert caught.value.code == "NoSuchKey"
