"""`scripts/bench orchestration`: a run of 1,000 documents x 50 variables beside a plain loop over the openai client.

With `--langextract` beside that library too, which is installed into an environment of its own.

The scripted model answers after a set time. The service claims, books, asks, checks every quote and records every cell,
with one worker process and with three; the plain loop asks the same questions from memory and keeps the answers as they
come, which is what a script without a queue, ledger, evidence or database does. Ideal is what waiting alone takes.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import Any

import openai

from scripts.benches import report, workload
from scripts.rig.stacks import ROOT
from service.extraction import prompt
from service.extraction.models import Context

SECONDS, EFFICIENCY = 75.0, 0.7
LANGEXTRACT = "langextract==1.7.1"


async def _plain(base_url: str, documents: int, variables: int, at_a_time: int) -> dict[str, Any]:
    places, wanted = asyncio.Semaphore(at_a_time), workload.variables(variables)
    schema = {"name": "answer", "strict": True, "schema": prompt.answer_schema(wanted)}
    form: Any = {"type": "json_schema", "json_schema": schema}
    client = openai.AsyncOpenAI(api_key="scripted", base_url=base_url)

    async def ask(number: int) -> int:
        told: Any = prompt.messages(Context(), wanted, workload.page(number, variables))
        async with places:
            reply = await client.chat.completions.create(
                model="m", temperature=0, messages=told, response_format=form, max_tokens=8192
            )
        return len(json.loads(reply.choices[0].message.content or ""))

    started = time.perf_counter()
    cells = sum(await asyncio.gather(*map(ask, range(documents))))
    seconds = time.perf_counter() - started
    await client.close()
    return {"seconds": seconds, "cpu": time.process_time(), "cells": cells}


def plain(*asked: Any) -> dict[str, Any]:
    """What a user would write instead: a semaphore, one call a document, the JSON as it comes."""
    return asyncio.run(_plain(*asked))


def langextract(base_url: str, documents: int, variables: int, at_a_time: int) -> dict[str, Any]:
    """The library that comes nearest: one example, a call a document, extractions aligned with their text; it keeps
    nothing either. All documents are one batch: its batches wait for their last answer."""
    import langextract as library  # type: ignore[import-not-found]

    def text(number: int) -> str:
        return workload.page(number, variables).pages[0].text

    def found(number: int) -> list[Any]:
        held = [(v, workload.printed(number, v)) for v in range(variables)]
        return [
            library.data.Extraction(extraction_class=f"v{v}", extraction_text=value)
            for v, value in held
        ]

    example = library.data.ExampleData(text=text(documents), extractions=found(documents))
    server = {"api_key": "scripted", "base_url": base_url, "max_workers": at_a_time}
    config = library.factory.ModelConfig(model_id="m", provider="openai", provider_kwargs=server)
    started = time.perf_counter()
    read = library.extract(
        [library.data.Document(text(number)) for number in range(documents)],
        prompt_description="Every field, verbatim.",
        examples=[example],
        config=config,
        max_char_buffer=10_000,
        batch_length=documents,
        max_workers=at_a_time,
        show_progress=False,
    )
    cells = sum(
        held.char_interval is not None for document in read for held in document.extractions
    )
    return {"seconds": time.perf_counter() - started, "cpu": time.process_time(), "cells": cells}


WAYS = {"plain loop": plain, "langextract": langextract}


def service(
    bench: workload.Workload,
    base_url: str,
    documents: int,
    variables: int,
    at_a_time: int,
    workers: int,
) -> dict[str, Any]:
    """A run by so many worker processes, which share the places: seconds from the start of the job to its end."""
    papers = [workload.page(number, variables) for number in range(documents)]
    # A worker holds twice as many documents as it makes calls.
    project = bench.project(papers, variables, 2 * at_a_time)
    running = [bench.worker(base_url, (at_a_time + place) // workers) for place in range(workers)]
    before = sum(workload.cpu_seconds(worker.pid) for worker in running)
    started = time.perf_counter()
    job = bench.ended(bench.start(project))
    seconds = time.perf_counter() - started
    used = sum(workload.cpu_seconds(worker.pid) for worker in running) - before
    for worker in running:
        worker.terminate()
        worker.wait()
    cells = bench.one(
        "select count(*) from public.extractions where project_id = %s and verified and state = 'proposed'",
        project,
    )
    calls = bench.one(
        "select count(*) from public.llm_calls where project_id = %s and state = 'settled'", project
    )
    assert (job["state"], job["model_calls"]) == ("completed", documents), job
    return {"seconds": seconds, "cpu": used, "cells": cells, "calls": calls}


def _apart(way: str, base_url: str, *sizes: int) -> dict[str, Any]:
    """What another way measures of itself, in a process of its own."""
    with_it = [
        ROOT / ".local/uv/bin/uv",
        "run",
        "--quiet",
        "--no-sync",
        "--with",
        LANGEXTRACT,
        "python",
    ]
    python = with_it if way == "langextract" else [sys.executable]
    done = subprocess.run(
        [*python, "-P", "-m", "scripts.benches.orchestration", way, base_url, *map(str, sizes)],
        stdout=subprocess.PIPE,
        env=os.environ
        | {"UV_PROJECT_ENVIRONMENT": str(ROOT / ".local/venv"), "PYTHONPATH": str(ROOT)},
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def measure(
    ways: list[str],
    documents: int,
    variables: int,
    latency: float,
    at_a_time: int,
    workers: list[int],
) -> dict[str, Any]:
    """Seconds by way of one setting, in one run: of others, and of the service with so many workers."""
    sizes = (documents, variables, at_a_time)
    with workload.workload() as bench, workload.model(latency=latency) as (base_url, seen):
        figures = {way: _apart(way, base_url, *sizes) for way in ways}
        for count in workers:
            figures[f"service, {count} worker(s)"] = service(bench, base_url, *sizes, count)
        _, most = seen()
    ideal = latency * documents / at_a_time
    for told in figures.values():
        told["efficiency"] = ideal / told["seconds"]
    return {
        "latency": latency,
        "at_a_time": at_a_time,
        "ideal": ideal,
        "figures": figures,
        "most at once": most,
    }


def main(argv: list[str]) -> int:
    """0 where both settings keep their bounds."""
    if argv and argv[0] in WAYS:
        way, base_url, *sizes = argv
        print(json.dumps(WAYS[way](base_url, *map(int, sizes))))
        return 0
    parser = report.options("orchestration", __doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--variables", type=int, default=50)
    parser.add_argument(
        "--only", choices=("slow", "quick"), help="2 s and 32 at a time, or 200 ms and 50"
    )
    parser.add_argument(
        "--langextract", action="store_true", help=f"beside {LANGEXTRACT}, which is fetched for it"
    )
    asked = parser.parse_args(argv)
    ways = ["plain loop", *["langextract"] * asked.langextract]
    settings = {"slow": (2.0, 32, [1, 3]), "quick": (0.2, 50, [1, 3])}
    chosen = [asked.only] if asked.only else list(settings)
    results = {
        name: measure(ways, asked.documents, asked.variables, *settings[name]) for name in chosen
    }
    head = ["way", "seconds", "efficiency", "CPU s", "cells"]
    for name, told in results.items():
        rows = [
            [way, f"{of['seconds']:.1f}", of["efficiency"], f"{of['cpu']:.1f}", of["cells"]]
            for way, of in told["figures"].items()
        ]
        title = (
            f"{asked.documents} documents x {asked.variables} variables, answered after {told['latency']} s,"
            f" {told['at_a_time']} at a time (at most {told['most at once']} seen): ideal {told['ideal']:.1f} s"
        )
        report.publish(title, head, rows, results, asked.json)
        results[name]["kept"] = _kept(told)
    return 0 if all(told["kept"] for told in results.values()) else 1


def _kept(told: dict[str, Any]) -> bool:
    slow, service_runs = (
        told["latency"] >= 1,
        [of for way, of in told["figures"].items() if "worker" in way],
    )
    return all(
        of["seconds"] <= SECONDS if slow else of["efficiency"] >= EFFICIENCY for of in service_runs
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
