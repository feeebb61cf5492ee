"""`scripts/bench orchestration`: a run of 1,000 documents x 50 variables beside a plain loop over the openai client.

The scripted model answers after a set time. The service claims, books, asks, checks every quote and records every cell,
with one worker process and with three; the plain loop asks the same questions from memory and keeps the answers as they
come, which is what a script without a queue, ledger, evidence or database does. Ideal is what waiting alone takes.
"""

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

import openai

from scripts.benches import report, workload
from service.extraction import prompt
from service.extraction.models import Context

SECONDS, EFFICIENCY = 75.0, 0.7


async def plain(base_url: str, documents: int, variables: int, at_a_time: int) -> dict[str, Any]:
    """What a user would write instead: a semaphore, one call a document, the JSON as it comes."""
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
    return {"seconds": seconds, "cpu": workload.own_cpu_seconds(), "cells": cells}


def service(
    bench: workload.Workload, base_url: str, documents: int, variables: int, at_a_time: int, workers: int
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
        "select count(*) from public.extractions where project_id = %s and verified and state = 'proposed'", project
    )
    calls = bench.one("select count(*) from public.llm_calls where project_id = %s and state = 'settled'", project)
    assert (job["state"], job["model_calls"]) == ("completed", documents), job
    return {"seconds": seconds, "cpu": used, "cells": cells, "calls": calls}


def _loop(base_url: str, *sizes: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "scripts.benches.orchestration", "plain", base_url, *map(str, sizes)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def measure(documents: int, variables: int, latency: float, at_a_time: int, workers: list[int]) -> dict[str, Any]:
    """Seconds by way of one setting, in one run."""
    sizes = (documents, variables, at_a_time)
    with workload.workload() as bench, workload.model(latency=latency) as (base_url, seen):
        figures = {"plain loop": _loop(base_url, *sizes)}
        for count in workers:
            figures[f"service, {count} worker(s)"] = service(bench, base_url, *sizes, count)
        _, most = seen()
    ideal = latency * documents / at_a_time
    for told in figures.values():
        told["efficiency"] = ideal / told["seconds"]
    return {"latency": latency, "at_a_time": at_a_time, "ideal": ideal, "figures": figures, "most at once": most}


def main(argv: list[str]) -> int:
    """0 where both settings keep their bounds."""
    if argv[:1] == ["plain"]:
        base_url, *sizes = argv[1:]
        print(json.dumps(asyncio.run(plain(base_url, *map(int, sizes)))))
        return 0
    parser = report.options("orchestration", __doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--variables", type=int, default=50)
    parser.add_argument("--only", choices=("slow", "quick"), help="2 s and 32 at a time, or 200 ms and 50")
    asked = parser.parse_args(argv)
    settings = {"slow": (2.0, 32, [1, 3]), "quick": (0.2, 50, [1, 3])}
    chosen = [asked.only] if asked.only else list(settings)
    results = {name: measure(asked.documents, asked.variables, *settings[name]) for name in chosen}
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
    slow, service_runs = told["latency"] >= 1, [of for way, of in told["figures"].items() if way != "plain loop"]
    return all(of["seconds"] <= SECONDS if slow else of["efficiency"] >= EFFICIENCY for of in service_runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
