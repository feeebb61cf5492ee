"""The model client against the scripted server over HTTP; the server keeps its own promises.

E-LLM-05.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from scripts.rig.scripted_model import Fault, Script, serving
from scripts.rig.scripted_truth import truthful
from scripts.samples import SAMPLES
from service.extraction import pipeline
from service.extraction.models import Context
from service.model.client import PATIENCE, ModelClient
from service.model.faults import ModelError
from service.parsing.models import Parsed
from service.parsing.parse import parse_bytes
from service.reading.models import Variable
from tests.support.model_bench import SETTINGS, Book

ROOT = Path(__file__).resolve().parents[2]
NAME = "en_invoice_joinery"


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits between tries, written down and not waited."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(PATIENCE, "sleep", sleep)
    return waited


def variables() -> list[Variable]:
    given = json.loads((SAMPLES / "variables.json").read_text())["variables"]
    return [Variable(id=v["key"], **v) for v in given]


def sample() -> Parsed:
    return parse_bytes(SAMPLES / f"{NAME}.pdf", "application/pdf")


async def run(base_url: str, book: Book) -> dict[str, Any]:
    settings = SETTINGS.model_copy(update={"model_base_url": base_url})
    async with httpx.AsyncClient() as http:
        model = book.asked_by(ModelClient(settings, SecretStr("key"), http), "request")
        cells = await pipeline.extract(Context(language="en"), variables(), sample(), model)
    return {cell.variable_id: cell for cell in cells}


def judge(cells: dict[str, Any]) -> None:
    truth = json.loads((SAMPLES / f"{NAME}.json").read_text())["fields"]
    for key, cell in cells.items():
        assert cell.state == ("absent" if truth[key]["raw"] is None else "proposed")
        assert cell.verified == (truth[key]["raw"] is not None), cell


async def test_scripted_model__quotes_the_truth_verbatim() -> None:
    book = Book()
    with serving(Script(answer=truthful(SAMPLES))) as server:
        judge(await run(server.base_url, book))
    assert len(server.script.calls) == 1
    assert server.script.calls[0].headers["x-request-id"] == "request"
    assert book.outcomes[0]["input_tokens"] > 0


async def test_scripted_model__faults_that_pass_cost_no_value() -> None:
    faults = [Fault(first=1, status=503), Fault(first=2, status=429, retry_after=1)]
    book = Book()
    with serving(Script(answer=truthful(SAMPLES), faults=faults)) as server:
        judge(await run(server.base_url, book))
    assert server.script.statuses == {503: 1, 429: 1, 200: 1}
    assert list(server.script.counts().values()) == [3]
    assert [outcome["state"] for outcome in book.outcomes] == ["failed", "failed", "settled"]


async def test_scripted_model__one_that_refuses_strict_is_still_understood() -> None:
    book = Book()
    with serving(Script(answer=truthful(SAMPLES), refuses_strict=True)) as server:
        judge(await run(server.base_url, book))
    assert server.script.statuses == {400: 1, 200: 1}


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("malformed", "model_malformed"),
        ("filtered", "model_content_filter"),
        ("empty", "model_refused"),
        ("html", "model_malformed"),
    ],
)
async def test_scripted_model__an_answer_that_is_cut_never_passes_for_one(
    kind: str, code: str
) -> None:
    book, script = Book(), Script(answer=truthful(SAMPLES), faults=[Fault(first=1, kind=kind)])
    with serving(script) as server, pytest.raises(ModelError) as caught:
        await run(server.base_url, book)
    assert caught.value.code == code
    assert "answer" not in book.outcomes[0]


async def test_scripted_model__an_answer_that_is_cut_off_counts_as_far_as_it_goes() -> None:
    """E-EXT-02: what is whole stays, what is not is asked for once more, and then failed."""
    book, script = (
        Book(),
        Script(answer=truthful(SAMPLES), faults=[Fault(first=1, kind="truncated")]),
    )
    with serving(script) as server:
        cells = await run(server.base_url, book)
    failed = [cell for cell in cells.values() if cell.state == "failed"]
    assert 0 < len(failed) < len(cells)
    assert {cell.flags for cell in failed} == {("truncated",)}
    assert len(script.calls) == 2


@pytest.fixture
def process(tmp_path: Path) -> Iterator[str]:
    """A scripted model in a process of its own."""
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"faults": [{"first": 1, "status": 500}], "tokens": [70, 7]}))
    command = [sys.executable, "-m", "scripts.rig.scripted_model", "--port", "0"]
    options = ["--script", str(script), "--truth", str(SAMPLES)]
    with subprocess.Popen(
        [*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ.copy()
    ) as started:
        assert started.stdout is not None
        yield started.stdout.readline().strip()
        started.terminate()


async def test_scripted_model__serves_as_a_process_and_tells_its_calls(process: str) -> None:
    book = Book()
    judge(await run(process, book))
    async with httpx.AsyncClient() as http:
        told = (await http.get(process.removesuffix("/v1") + "/calls")).json()
    assert told["statuses"] == {"500": 1, "200": 1}
    assert list(told["calls"].values()) == [2]
    assert (book.outcomes[-1]["input_tokens"], book.outcomes[-1]["output_tokens"]) == (70, 7)
