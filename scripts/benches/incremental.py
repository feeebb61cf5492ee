"""`scripts/bench incremental`: what a rerun costs when little changed.

Four runs of one project: the first, one after which nothing changed, and one after one variable
changed and cells were judged.
"""

import sys
import time
from typing import Any

from scripts.benches import report, workload
from service.extraction import prompt
from service.extraction.models import Context
from service.model.sizes import sent_bytes
from service.parsing.models import Parsed

AT_A_TIME = 16
FILLER = "word " * 800
CHANGED_KEY = "v7"
CHANGED_INSTRUCTIONS = "All of it."
MOST_TOKENS = 1.1  # against document and variable alone
_JUDGE_CELLS = """
update public.extractions set judged_by = %s, state = 'corrected', value = '"mine"'
where id in (
  select e.id
  from public.extractions as e
  inner join public.variables as v on v.id = e.variable_id
  where e.project_id = %s and v.key <> %s
  order by e.id
  limit %s
)
"""


def measure(documents: int, variables: int, judged: int) -> dict[str, Any]:
    """The runs of one project."""
    papers = [workload.made_document(n, variables, FILLER) for n in range(documents)]
    with workload.running_workload() as bench, workload.running_model() as model:
        project = bench.make_project(papers, variables)
        bench.start_worker(model.base_url, AT_A_TIME)
        first = bench.run_job(project)
        cells = _all_cells(bench, project)
        file = _export_digest(bench, project)

        again = bench.run_job(project)
        same_cells = _all_cells(bench, project) == cells
        same_file = _export_digest(bench, project) == file

        _judge_and_change(bench, project, judged)
        others = _cells_but_the_changed(bench, project)
        changed = bench.run_job(project)
        written = bench.fetch_value(
            "select count(*) from public.extraction_events"
            " where job_id = %s and action = 'model_run'",
            changed["id"],
        )
        return {
            "first run: calls": first["model_calls"],
            "unchanged: calls": again["model_calls"],
            "unchanged: same cells": same_cells,
            "unchanged: same file": same_file,
            "one changed: calls": changed["model_calls"],
            "one changed: cells written": written,
            "one changed: others and judged untouched": (
                _cells_but_the_changed(bench, project) == others
            ),
            "one changed: tokens of document and variable alone": round(
                changed["input_tokens"] / _tokens_of_changed(papers, variables), 3
            ),
        }


def _all_cells(bench: workload.Workload, project: str) -> str:
    return _digest_cells(bench, project, "true")


def _cells_but_the_changed(bench: workload.Workload, project: str) -> str:
    return _digest_cells(bench, project, f"v.key <> '{CHANGED_KEY}'")


def _digest_cells(bench: workload.Workload, project: str, condition: str) -> str:
    """One digest of cells with all that a run may write."""
    digest: str = bench.fetch_value(
        "select md5(string_agg(to_jsonb(e)::text, ' ' order by e.id)) from public.extractions as e"
        " inner join public.variables as v on v.id = e.variable_id"
        f" where e.project_id = %s and {condition}",
        project,
    )
    return digest


def _export_digest(bench: workload.Workload, project: str) -> str:
    export = bench.owner.call("start_export", project=project, format="xlsx")["id"]
    query = "select sha256 from public.exports where id = %s"
    while not (digest := bench.fetch_value(query, export)):
        time.sleep(0.05)
    made: str = digest
    return made


def _judge_and_change(bench: workload.Workload, project: str, judged: int) -> None:
    """A person corrects so many cells, and the instructions of one variable change."""
    bench.db.execute(_JUDGE_CELLS, [bench.owner.id, project, CHANGED_KEY, judged])
    bench.db.execute(
        "update public.variables set instructions = %s where project_id = %s and key = %s",
        [CHANGED_INSTRUCTIONS, project, CHANGED_KEY],
    )
    bench.db.commit()


def _tokens_of_changed(papers: list[Parsed], variables: int) -> float:
    """What asking each document for the changed variable alone sends; four bytes are a token."""
    changed = [
        variable.model_copy(update={"instructions": CHANGED_INSTRUCTIONS})
        for variable in workload.made_variables(variables)
        if variable.key == CHANGED_KEY
    ]
    prompts = [prompt.messages(Context(), changed, paper) for paper in papers]
    return sum(sent_bytes(messages) for messages in prompts) / 4


def _holds(figures: dict[str, Any], documents: int) -> bool:
    tokens = figures["one changed: tokens of document and variable alone"]
    return bool(
        figures["first run: calls"] == documents
        and figures["unchanged: calls"] == 0
        and figures["unchanged: same cells"]
        and figures["unchanged: same file"]
        and figures["one changed: calls"] == documents
        and figures["one changed: cells written"] == documents
        and figures["one changed: others and judged untouched"]
        and tokens <= MOST_TOKENS
    )


def main(argv: list[str]) -> int:
    """0 if a rerun asks for what changed and for nothing else."""
    parser = report.make_parser("incremental", __doc__)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--variables", type=int, default=50)
    parser.add_argument("--judged", type=int, default=1000)
    asked = parser.parse_args(argv)
    figures = measure(asked.documents, asked.variables, asked.judged)
    size = f"{asked.documents} documents x {asked.variables} variables"
    title = f"{size}, {asked.judged} cells judged"
    rows = [[name, str(figure)] for name, figure in figures.items()]
    report.publish(title, ["what", "figure"], rows, figures, asked.json)
    return 0 if _holds(figures, asked.documents) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
