"""Parsing in confined children: what is read, what is refused, and that a hostile file ends its child and no more."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from service.parsing import parse, wire
from service.parsing.child import Readers
from service.parsing.errors import Unreadable
from service.parsing.models import Limits

REPO = Path(__file__).resolve().parents[2]
SAMPLES = REPO / "tests" / "corpus" / "samples"
HOSTILE = REPO.parent / "shared" / "corpus" / "hostile"


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    made = Readers(Limits(seconds=20))
    yield made
    await made.close()


def _pdf(tmp_path: Path, text: str = "Total 12.50", **options: Any) -> Path:
    path = tmp_path / "made.pdf"
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), text)
        document.save(path, **options)
    return path


async def _code(readers: Readers, path: Path, media_type: str = "application/pdf") -> str:
    with pytest.raises(Unreadable) as caught:
        await readers.read(path, media_type)
    assert caught.value.detail
    return caught.value.code


async def test_read__is_what_parsing_here_would_give(readers: Readers) -> None:
    path = SAMPLES / "en_invoice_joinery.pdf"
    there = await readers.read(path, "application/pdf")
    here = parse.parse_bytes(path, "application/pdf")
    assert wire.to_rows(there) == wire.to_rows(here)
    assert [zone.position for zone in there.zones] == list(range(1, len(there.zones) + 1))


async def test_read__a_scan_has_pages_and_says_that_none_was_read(readers: Readers) -> None:
    parsed = await readers.read(SAMPLES / "de_scan_rechnung.pdf", "application/pdf")
    assert parsed.unread_pages == [1]


async def test_read__one_child_serves_many_documents(readers: Readers, tmp_path: Path) -> None:
    path = _pdf(tmp_path)
    first = await readers.read(path, "application/pdf")
    [(process, _)] = readers._idle
    await readers.read(path, "application/pdf")
    assert readers._idle == [(process, 2)]
    assert first.pages[0].text.strip() == "Total 12.50"


async def test_refused__with_a_code_of_its_own(readers: Readers, tmp_path: Path) -> None:
    junk = tmp_path / "junk.pdf"
    junk.write_bytes(b"%PDF-1.4 nothing here")
    locked = _pdf(tmp_path, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="other")
    assert await _code(readers, junk) == "corrupt"
    assert await _code(readers, locked) == "encrypted"
    assert await _code(readers, junk, "text/plain") == "unsupported_type"


async def test_limits__pages_and_bytes(tmp_path: Path) -> None:
    path = _pdf(tmp_path)
    for limits, code in ((Limits(pages=0), "too_many_pages"), (Limits(file_bytes=10), "too_large")):
        readers = Readers(limits)
        assert await _code(readers, path) == code
        await readers.close()


async def test_limits__time_ends_the_child_and_the_next_document_is_read(readers: Readers, tmp_path: Path) -> None:
    path = _pdf(tmp_path)
    await readers.read(path, "application/pdf")
    [(process, _)] = readers._idle
    process.send_signal(19)  # stopped: it will never answer
    readers.limits = Limits(seconds=0.2)
    assert await _code(readers, path) == "timeout"
    assert process.returncode is not None
    readers.limits = Limits(seconds=20)
    assert (await readers.read(path, "application/pdf")).pages


async def test_crash__is_a_code_and_the_next_document_is_read(readers: Readers, tmp_path: Path) -> None:
    path = _pdf(tmp_path)
    await readers.read(path, "application/pdf")
    [(process, _)] = readers._idle
    process.send_signal(11)
    assert await _code(readers, path) == "crashed"
    assert (await readers.read(path, "application/pdf")).pages


async def test_cancel__kills_the_child(readers: Readers, tmp_path: Path) -> None:
    path = _pdf(tmp_path)
    await readers.read(path, "application/pdf")
    [(process, _)] = readers._idle
    process.send_signal(19)
    reading = asyncio.create_task(readers.read(path, "application/pdf"))
    async with asyncio.timeout(20):
        while readers._idle:
            await asyncio.wait({reading}, timeout=0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert process.returncode is not None


async def test_memory__a_child_that_wants_more_than_it_may_have_is_refused(tmp_path: Path) -> None:
    readers = Readers(Limits(memory_bytes=64 * 1024 * 1024))
    assert await _code(readers, _pdf(tmp_path)) in ("out_of_memory", "crashed")
    await readers.close()


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the shared corpus is not here")
async def test_hostile__every_file_ends_read_or_refused_with_a_known_code() -> None:
    known = {
        "encrypted", "unsupported_encryption", "corrupt", "no_pages", "too_many_pages", "too_large", "unsupported_type",
        "timeout", "out_of_memory", "crashed",
    }  # fmt: skip
    readers = Readers(Limits(seconds=10))
    codes: dict[str, int] = {}
    for path in sorted(HOSTILE.rglob("*.pdf")):
        try:
            await readers.read(path, "application/pdf")
            codes["read"] = codes.get("read", 0) + 1
        except Unreadable as error:
            codes[error.code] = codes.get(error.code, 0) + 1
    await readers.close()
    assert codes.keys() <= known | {"read"}
    assert codes["read"] > sum(codes.values()) / 2
