"""`scripts/bench orchestration`: a run of 1,000 documents x 50 variables beside a plain loop.

The scripted model answers after a set time. The service claims, books, asks, checks every quote and
records every cell, with one worker process and with three. The plain loop over the openai client
asks the same questions from memory and keeps the answers as they come, which is what a script does
that has no queue, ledger, evidence or database. Ideal is what waiting alone takes. With
`--langextract` that library runs beside them; it is installed into an environment of its own.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import openai

from scripts.benches import report, workload
from scripts.rig.stacks import ROOT
from service.extraction import prompt
from service.extraction.models import Context

MOST_SECONDS = 75.0  # of the service where waiting for the model takes most of the time
LEAST_EFFICIENCY = 0.7  # of the service where the model is quick
LANGEXTRACT = "langextract==1.7.1"
HEAD = ["way", "seconds", "efficiency", "CPU s", "cells"]


class Setting(NamedTuple):
    """How quick the model is, how many calls are open at a time, and with how many workers."""

    latency: float
    at_a_time: int
    workers: tuple[int, ...] = (1, 3)

    @property
    def waits_for_the_model(self) -> bool:
        return self.latency >= 1


SETTINGS = {"slow": Setting(2.0, 32), "quick": Setting(0.2, 50)}


@dataclass(frozen=True)
class Size:
    """What is asked, and how many calls are open at a time."""

    documents: int
    variables: int
    at_a_time: int

    def ideal_seconds(self, latency: float) -> float:
        return latency * self.documents / self.at_a_time


def run_plain_loop(base_url: str, size: Size) -> dict[str, Any]:
    """What a user would write instead: a semaphore, one call a document, the JSON as it comes."""
    return asyncio.run(_ask_all(base_url, size))


async def _ask_all(base_url: str, size: Size) -> dict[str, Any]:
    places = asyncio.Semaphore(size.at_a_time)
    variables = workload.made_variables(size.variables)
    schema = {"name": "answer", "strict": True, "schema": prompt.answer_schema(variables)}
    response_format: Any = {"type": "json_schema", "json_schema": schema}
    client = openai.AsyncOpenAI(api_key="scripted", base_url=base_url)

    async def ask_document(number: int) -> int:
        paper = workload.made_document(number, size.variables)
        messages: Any = prompt.messages(Context(), variables, paper)
        async with places:
            reply = await client.chat.completions.create(
                model="m",
                temperature=0,
                messages=messages,
                response_format=response_format,
                max_tokens=8192,
            )
        return len(json.loads(reply.choices[0].message.content or ""))

    started = time.perf_counter()
    cells = sum(await asyncio.gather(*map(ask_document, range(size.documents))))
    seconds = time.perf_counter() - started
    await client.close()
    return {"seconds": seconds, "cpu": time.process_time(), "cells": cells}


def run_langextract(base_url: str, size: Size) -> dict[str, Any]:
    """The library that comes nearest: an example, a call a document, extractions aligned with text.

    It keeps nothing either. All documents are one batch: its batches wait for their last answer.
    """
    import langextract as library  # type: ignore[import-not-found]

    def text_of(number: int) -> str:
        return workload.made_document(number, size.variables).pages[0].text

    def extractions_of(number: int) -> list[Any]:
        return [
            library.data.Extraction(
                extraction_class=f"v{variable}",
                extraction_text=workload.printed_value(number, variable),
            )
            for variable in range(size.variables)
        ]

    beyond = size.documents
    example = library.data.ExampleData(text=text_of(beyond), extractions=extractions_of(beyond))
    server = {"api_key": "scripted", "base_url": base_url, "max_workers": size.at_a_time}
    config = library.factory.ModelConfig(model_id="m", provider="openai", provider_kwargs=server)
    started = time.perf_counter()
    annotated = library.extract(
        [library.data.Document(text_of(number)) for number in range(size.documents)],
        prompt_description="Every field, verbatim.",
        examples=[example],
        config=config,
        max_char_buffer=10_000,
        batch_length=size.documents,
        max_workers=size.at_a_time,
        show_progress=False,
    )
    cells = 0
    for document in annotated:
        cells += sum(found.char_interval is not None for found in document.extractions)
    return {"seconds": time.perf_counter() - started, "cpu": time.process_time(), "cells": cells}


WAYS = {"plain loop": run_plain_loop, "langextract": run_langextract}


def run_service(
    bench: workload.Workload, base_url: str, size: Size, worker_count: int
) -> dict[str, Any]:
    """A run by worker processes that share the places: seconds from the job's start to its end."""
    papers = [workload.made_document(number, size.variables) for number in range(size.documents)]
    # A worker holds twice as many documents as it makes calls.
    project = bench.make_project(papers, size.variables, 2 * size.at_a_time)
    workers = [
        bench.start_worker(base_url, (size.at_a_time + place) // worker_count)
        for place in range(worker_count)
    ]
    cpu_before = sum(workload.cpu_seconds(worker.pid) for worker in workers)
    started = time.perf_counter()
    job = bench.run_job(project)
    seconds = time.perf_counter() - started
    cpu_after = sum(workload.cpu_seconds(worker.pid) for worker in workers)
    for worker in workers:
        worker.terminate()
        worker.wait()
    cells = bench.fetch_value(
        "select count(*) from public.extractions"
        " where project_id = %s and verified and state = 'proposed'",
        project,
    )
    calls = bench.fetch_value(
        "select count(*) from public.llm_calls where project_id = %s and state = 'settled'", project
    )
    assert job["model_calls"] == size.documents, job
    return {"seconds": seconds, "cpu": cpu_after - cpu_before, "cells": cells, "calls": calls}


def _run_apart(way: str, base_url: str, size: Size) -> dict[str, Any]:
    """What another way measures of itself, in a process of its own."""
    python = [sys.executable]
    if way == "langextract":
        uv = str(ROOT / ".local/uv/bin/uv")
        python = [uv, "run", "--quiet", "--no-sync", "--with", LANGEXTRACT, "python"]
    sizes = map(str, (size.documents, size.variables, size.at_a_time))
    done = subprocess.run(
        [*python, "-P", "-m", "scripts.benches.orchestration", way, base_url, *sizes],
        stdout=subprocess.PIPE,
        env={
            **os.environ,
            "UV_PROJECT_ENVIRONMENT": str(ROOT / ".local/venv"),
            "PYTHONPATH": str(ROOT),
        },
        text=True,
        check=True,
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure(ways: list[str], documents: int, variables: int, setting: Setting) -> dict[str, Any]:
    """Seconds by way of one setting, in one run: of others, and of the service."""
    size = Size(documents, variables, setting.at_a_time)
    figures: dict[str, dict[str, Any]] = {}
    with (
        workload.running_workload() as bench,
        workload.running_model(latency=setting.latency) as model,
    ):
        for way in ways:
            figures[way] = _run_apart(way, model.base_url, size)
        for count in setting.workers:
            name = f"service, {count} worker(s)"
            figures[name] = run_service(bench, model.base_url, size, count)
        most_at_once = model.stop().most_active
    ideal = size.ideal_seconds(setting.latency)
    for figure in figures.values():
        figure["efficiency"] = ideal / figure["seconds"]
    return {
        "latency": setting.latency,
        "at_a_time": setting.at_a_time,
        "ideal": ideal,
        "figures": figures,
        "most at once": most_at_once,
        "kept": _keeps_bounds(setting, figures),
    }


def _keeps_bounds(setting: Setting, figures: dict[str, dict[str, Any]]) -> bool:
    runs = [figure for way, figure in figures.items() if way.startswith("service")]
    if setting.waits_for_the_model:
        return all(run["seconds"] <= MOST_SECONDS for run in runs)
    return all(run["efficiency"] >= LEAST_EFFICIENCY for run in runs)


def main(argv: list[str]) -> int:
    """0 if both settings keep their bounds."""
    if argv and argv[0] in WAYS:
        way, base_url, *sizes = argv
        print(json.dumps(WAYS[way](base_url, Size(*map(int, sizes)))))
        return 0
    parser = report.make_parser("orchestration", __doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--variables", type=int, default=50)
    parser.add_argument(
        "--only", choices=list(SETTINGS), help="2 s and 32 at a time, or 200 ms and 50"
    )
    parser.add_argument(
        "--langextract", action="store_true", help=f"beside {LANGEXTRACT}, which is fetched for it"
    )
    asked = parser.parse_args(argv)
    ways = ["plain loop"]
    if asked.langextract:
        ways.append("langextract")
    results = {}
    for name in [asked.only] if asked.only else list(SETTINGS):
        results[name] = measure(ways, asked.documents, asked.variables, SETTINGS[name])
    for result in results.values():
        size = f"{asked.documents} documents x {asked.variables} variables"
        report.publish(_title_of(size, result), HEAD, _rows_of(result), results, asked.json)
    return 0 if all(result["kept"] for result in results.values()) else 1


def _title_of(size: str, result: dict[str, Any]) -> str:
    calls = f"{result['at_a_time']} at a time (at most {result['most at once']} seen)"
    answered = f"answered after {result['latency']} s, {calls}"
    return f"{size}, {answered}: ideal {result['ideal']:.1f} s"


def _rows_of(result: dict[str, Any]) -> list[list[object]]:
    return [
        [
            way,
            f"{figure['seconds']:.1f}",
            figure["efficiency"],
            f"{figure['cpu']:.1f}",
            figure["cells"],
        ]
        for way, figure in result["figures"].items()
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
