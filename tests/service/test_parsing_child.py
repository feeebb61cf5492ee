"""Reading in child processes: what a hostile file can and cannot do."""

import asyncio
import json
import re
import resource
import signal
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pymupdf
import pytest

from service.parsing import child, sniff, wire
from service.parsing.child import Readers
from service.parsing.models import Limits, Parsed, Unreadable
from service.parsing.parse import parse_bytes

HOSTILE = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "hostile"
PDF = "application/pdf"
CODES = {
    "encrypted",
    "unsupported_encryption",
    "corrupt",
    "no_pages",
    "too_many_pages",
    "too_large",
    "timeout",
    "out_of_memory",
    "not_text",
}
Open = Callable[..., Readers]


@pytest.fixture
async def readers() -> AsyncIterator[Open]:
    opened: list[Readers] = []

    def open_(**limits: Any) -> Readers:
        opened.append(Readers(Limits(**limits)))
        return opened[-1]

    yield open_
    for one in opened:
        await one.close()


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> "asyncio.Queue[asyncio.subprocess.Process]":
    """Every child as it starts."""
    queue: asyncio.Queue[asyncio.subprocess.Process] = asyncio.Queue()
    spawn = asyncio.create_subprocess_exec

    async def recorded(*args: Any, **options: Any) -> asyncio.subprocess.Process:
        process = await spawn(*args, **options)
        queue.put_nowait(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", recorded)
    return queue


def letter(path: Path) -> Path:
    document = pymupdf.open()
    document.new_page().insert_text((50, 60), "Total due: 184.20 EUR")
    document.save(path)
    return path


def endless(path: Path) -> Path:
    """A small file whose page draws a form that draws the next eight times, and so on."""
    form = "/Type/XObject/Subtype/Form/BBox[0 0 9 9]"
    draws = "/F Do /F Do /F Do /F Do /F Do /F Do /F Do "
    lines = [
        "%PDF-1.4",
        "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj",
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj",
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R"
        "/Resources<</XObject<</F 5 0 R>>>>>>endobj",
    ]
    for number in range(4, 13):
        resources = f"/Resources<</XObject<</F {number + 1} 0 R>>>>"
        lines.append(
            f"{number} 0 obj<<{form}{resources}/Length 40>>stream\n{draws}\nendstream endobj"
        )
    lines.append(f"13 0 obj<<{form}/Length 9>>stream\n0 0 1 1 re\nendstream endobj")
    lines.append("trailer<</Root 1 0 R>>")
    path.write_text("\n".join(lines))
    return path


def flood(path: Path) -> Path:
    """A small file whose page prints millions of words."""
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((50, 60), "a")
    content = document.xref_stream(page.get_contents()[0])
    document.update_stream(
        page.get_contents()[0],
        content.replace(b"[<61>]TJ", b"1 0 0 1 50 60 Tm [<6120612061>]TJ\n" * 800_000),
    )
    document.save(path, deflate=True)
    return path


async def refusal(reader: Readers, path: Path, media_type: str = PDF) -> str:
    with pytest.raises(Unreadable) as error:
        await reader.read(path, media_type)
    return error.value.code


async def test_read__gives_what_parsing_gives_and_keeps_the_child(
    readers: Open, spawned: "asyncio.Queue[asyncio.subprocess.Process]", tmp_path: Path
) -> None:
    path, reader = letter(tmp_path / "letter.pdf"), readers()
    here = wire.from_rows(wire.to_rows(parse_bytes(path, PDF)))
    assert [await reader.read(path, PDF) for _ in range(3)] == [here] * 3
    assert spawned.qsize() == 1


async def test_read__ends_a_child_that_is_worn_out(
    readers: Open,
    spawned: "asyncio.Queue[asyncio.subprocess.Process]",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(child, "DOCUMENTS_A_CHILD", 2)
    path, reader = letter(tmp_path / "letter.pdf"), readers()
    for _ in range(3):
        await reader.read(path, PDF)
    first = spawned.get_nowait()
    assert (spawned.qsize(), first.returncode) == (1, -signal.SIGKILL)


async def test_read__refuses_and_goes_on_with_the_same_child(
    readers: Open, spawned: "asyncio.Queue[asyncio.subprocess.Process]", tmp_path: Path
) -> None:
    path, reader = letter(tmp_path / "letter.pdf"), readers(pages=0)
    assert await refusal(reader, path) == "too_many_pages"
    assert await refusal(reader, path, "image/gif") == "unsupported_type"
    assert spawned.qsize() == 1


async def test_read__ends_a_child_that_takes_too_long(
    readers: Open, spawned: "asyncio.Queue[asyncio.subprocess.Process]", tmp_path: Path
) -> None:
    assert await refusal(readers(seconds=2), endless(tmp_path / "endless.pdf")) == "timeout"
    assert spawned.get_nowait().returncode == -signal.SIGKILL


async def test_read__survives_a_child_that_crashes(
    readers: Open, spawned: "asyncio.Queue[asyncio.subprocess.Process]", tmp_path: Path
) -> None:
    reader = readers()
    reading = asyncio.create_task(refusal(reader, endless(tmp_path / "endless.pdf")))
    (await spawned.get()).send_signal(signal.SIGSEGV)
    assert await reading == "crashed"
    assert (await reader.read(letter(tmp_path / "letter.pdf"), PDF)).pages[
        0
    ].text == "Total due: 184.20 EUR"


async def test_read__cancelled_kills_the_child(
    readers: Open, spawned: "asyncio.Queue[asyncio.subprocess.Process]", tmp_path: Path
) -> None:
    reading = asyncio.create_task(readers().read(endless(tmp_path / "endless.pdf"), PDF))
    process = await spawned.get()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert process.returncode == -signal.SIGKILL


async def test_read__of_too_much_memory_is_refused(readers: Open, tmp_path: Path) -> None:
    path, reader = flood(tmp_path / "flood.pdf"), readers(memory_bytes=450 << 20)
    assert await refusal(reader, path) == "out_of_memory"
    assert (await reader.read(letter(tmp_path / "letter.pdf"), PDF)).pages[0].source == "text"


async def test_read__leaves_the_limits_of_this_process_alone(readers: Open, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    await readers().read(letter(tmp_path / "letter.pdf"), PDF)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


async def outcome(reader: Readers, path: Path) -> str:
    """The code of a refusal, or `parsed` where what was read can be stored as it is."""
    media_type = sniff.media_type(await asyncio.to_thread(path.read_bytes))
    if media_type is None:
        return "unsupported_type"
    try:
        parsed = await reader.read(path, media_type)
    except Unreadable as error:
        return error.code
    return "parsed" if storable(parsed) else "unstorable"


def storable(parsed: Parsed) -> bool:
    text = json.dumps(wire.to_rows(parsed), allow_nan=False, ensure_ascii=False)
    text.encode()
    return re.search(r"(?<!\\)(\\\\)*\\u0000", text) is None


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="the shared corpus is not beside this checkout")
async def test_hostile__every_file_is_read_or_refused_with_a_code(readers: Open) -> None:
    reader = readers(seconds=8)
    paths = [path for path in sorted(HOSTILE.rglob("*")) if path.is_file()]
    gate = asyncio.Semaphore(2)

    async def one(path: Path) -> tuple[str, str]:
        async with gate:
            return str(path.relative_to(HOSTILE)), await outcome(reader, path)

    seen = dict(await asyncio.gather(*(one(path) for path in paths)))
    assert {
        name: code
        for name, code in seen.items()
        if code not in CODES | {"parsed", "unsupported_type"}
    } == {}
    made = {name.removeprefix("made/open/"): code for name, code in seen.items()}
    wanted = {
        "encrypted/user_R3.pdf": "encrypted",
        "encrypted/user_R6.pdf": "encrypted",
        "encrypted/unknown_handler.pdf": "unsupported_encryption",
        "encrypted/owner_only.pdf": "parsed",
        "structure/zero_pages.pdf": "no_pages",
        "corrupt/bad_startxref.pdf": "parsed",
        "corrupt/hole.pdf": "parsed",
        "notpdf/header_eof.pdf": "corrupt",
        "notpdf/zero_byte.pdf": "unsupported_type",
        "notpdf/text.pdf": "parsed",
        "notpdf/pdf.png": "parsed",
        "notpdf/png.pdf": "parsed",
    }
    assert {name: made[name] for name in wanted} == wanted
    # Whichever bound is met first: a busy machine meets the clock before it has counted the pages.
    assert made["structure/many_pages_real.pdf"] in ("too_many_pages", "timeout")
    assert made["structure/form_billion.pdf"] in ("timeout", "out_of_memory")


async def test_office__a_bomb_ends_nothing_but_its_own_reading(
    readers: Open, tmp_path: Path
) -> None:
    """E-DOC-03: what unpacks to more than a child may have is refused; the next file is read."""
    bomb = tmp_path / "bomb.docx"
    page = tmp_path / "page.html"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(12):
            file.writestr(f"word/header{number}.xml", b"<a>" + b"0" * (60 << 20) + b"</a>")
        file.writestr("word/document.xml", "<w/>")
    page.write_text("<p>Total due: 184.20 EUR")
    reader = readers(memory_bytes=300 << 20)
    assert await refusal(reader, bomb, sniff.DOCX) in CODES
    assert (await reader.read(page, sniff.HTML)).pages[0].text == "Total due: 184.20 EUR"


async def test_table__is_read_in_the_child(readers: Open, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("text,author\n" + "".join(f"Row {number},Ada\n" for number in range(5)))
    reader = readers()
    assert await reader.rows(path, sniff.CSV, ["text", "author"], 3, 9) == [
        ["Row 3", "Ada"],
        ["Row 4", "Ada"],
    ]
    with pytest.raises(Unreadable) as error:
        await reader.rows(path, sniff.CSV, ["body"], 0, 9)
    assert error.value.code == "column_missing"
