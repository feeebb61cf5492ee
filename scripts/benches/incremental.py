"""`scripts/bench incremental`: what a rerun costs: nothing changed, one variable changed, cells judged."""

import sys
import time
from typing import Any

from scripts.benches import report, workload
from service.extraction import prompt
from service.extraction.models import Context
from service.model.sizes import sent_bytes


def _run(bench: workload.Workload, project: str) -> dict[str, Any]:
    job = bench.ended(bench.start(project))
    assert job["state"] == "completed", job
    return job


def _cells(bench: workload.Workload, project: str, where: str) -> str:
    """The cells as one text, with all that a run may write."""
    query = (
        "select md5(string_agg(to_jsonb(e)::text, ' ' order by e.id)) from public.extractions as e"
        f" inner join public.variables as v on v.id = e.variable_id where e.project_id = %s and {where}"
    )
    told: str = bench.one(query, project)
    return told


def _exported(bench: workload.Workload, project: str) -> str:
    made = bench.owner.call("start_export", project=project, format="xlsx")["id"]
    while not (digest := bench.one("select sha256 from public.exports where id = %s", made)):
        time.sleep(0.05)
    told: str = digest
    return told


def measure(documents: int, variables: int, judged: int) -> dict[str, Any]:
    """Four runs of one project."""
    with workload.workload() as bench, workload.model() as (base_url, _):
        papers = [workload.page(number, variables, "word " * 800) for number in range(documents)]
        project = bench.project(papers, variables)
        bench.worker(base_url, 16)
        first, before, file = (
            _run(bench, project),
            _cells(bench, project, "true"),
            _exported(bench, project),
        )
        again = _run(bench, project)
        same = (_cells(bench, project, "true") == before, _exported(bench, project) == file)

        bench.db.execute(
            "update public.extractions set judged_by = %s, state = 'corrected', value = '\"mine\"' where id in (select"
            " e.id from public.extractions as e inner join public.variables as v on v.id = e.variable_id"
            " where e.project_id = %s and v.key <> 'v7' order by e.id limit %s)",
            [bench.owner.id, project, judged],
        )
        bench.db.execute(
            "update public.variables set instructions = 'All of it.' where project_id = %s and key = 'v7'",
            [project],
        )
        bench.db.commit()
        others = _cells(bench, project, "v.key <> 'v7'")
        changed = _run(bench, project)
        one = [
            v.model_copy(update={"instructions": "All of it."})
            for v in workload.variables(variables)
            if v.key == "v7"
        ]
        sent = sum(sent_bytes(prompt.messages(Context(), one, paper)) for paper in papers) / 4
        return {
            "first run: calls": first["model_calls"],
            "unchanged: calls": again["model_calls"],
            "unchanged: same cells": same[0],
            "unchanged: same file": same[1],
            "one changed: calls": changed["model_calls"],
            "one changed: cells written": bench.one(
                "select count(*) from public.extraction_events where job_id = %s and action = 'model_run'",
                changed["id"],
            ),
            "one changed: others and judged untouched": _cells(bench, project, "v.key <> 'v7'")
            == others,
            "one changed: tokens of document and variable alone": round(
                changed["input_tokens"] / sent, 3
            ),
        }


def main(argv: list[str]) -> int:
    """0 where a rerun asks for what changed and for nothing else."""
    parser = report.options("incremental", __doc__)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--variables", type=int, default=50)
    parser.add_argument("--judged", type=int, default=1000)
    asked = parser.parse_args(argv)
    told = measure(asked.documents, asked.variables, asked.judged)
    title = (
        f"{asked.documents} documents x {asked.variables} variables, {asked.judged} cells judged"
    )
    report.publish(
        title,
        ["what", "figure"],
        [[name, str(figure)] for name, figure in told.items()],
        told,
        asked.json,
    )
    n = asked.documents
    return (
        0
        if list(told.values())[:-1] == [n, 0, True, True, n, n, True]
        and list(told.values())[-1] <= 1.1
        else 1
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
