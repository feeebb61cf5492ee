"""`scripts/bench export`: a table with evidence to a file in Storage, beside pandas + openpyxl.

Each way runs in a process of its own, so that its memory is its own. The service does all that a
worker does: it claims the task, reads, writes, uploads and finishes. pandas reads the same cells
with one query and writes the same columns to a file on disk; it uploads nothing.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from typing import Any
from uuid import uuid4

import psycopg

from scripts.benches import report
from scripts.commands import stack

MOST_SECONDS = 3.0
MOST_MEGABYTES = 150
TYPES = ["text", "number", "date", "money", "text"]
FORMATS = ("xlsx", "csv")
EVIDENCE = ("status", "verified", "quote", "page", "box", "evidence", "flags")
HEAD = ["written by", "seconds", "of pandas", "peak MB", "of pandas", "MB before"]
_INSERT_DOCUMENTS = """
insert into public.documents (
  project_id, name, object_path, media_type, bytes, sha256, state, page_count, unread_pages,
  parsed_at, created_by
)
select
  %(p)s::uuid, n || '.pdf', %(p)s::text || '/' || n, 'application/pdf', 1,
  encode(sha256(n::text::bytea), 'hex'), 'ready', 9, 0, now(), gen_random_uuid()
from generate_series(1, %(n)s) as n
"""
_INSERT_CELLS = """
insert into public.extractions (
  project_id, document_id, variable_id, state, value, quote, page, box, boxes, evidence, verified,
  confidence, origin, input_hash
)
select
  v.project_id, d.id, v.id, 'proposed',
  case v.type
    when 'money' then jsonb_build_object('amount', n * 1.25, 'currency', 'EUR')
    when 'number' then to_jsonb(n * 0.5 + v.position)
    when 'date' then to_jsonb((date '2026-01-01' + v.position)::text)
    else to_jsonb('Value ' || n || ' & more of ' || v.key)
  end,
  'What the page prints around value ' || n || ' of ' || v.key, 1 + n %% 9,
  array[90.5, 50, 120, 60.25], '[[90.5, 50, 120, 60.25]]',
  'exact', true, 0.97, 'model', 'h'
from public.variables as v
cross join (
  select d.id, row_number() over (order by d.created_at, d.id) as n
  from public.documents as d where d.project_id = %(p)s
) as d
where v.project_id = %(p)s
"""
_INSERT_EXPORT = """
insert into public.exports (project_id, format, created_by)
values (%s, %s, gen_random_uuid())
returning id
"""
_INSERT_TASK = """
insert into private.tasks (project_id, kind, export_id, payload)
values (
  %s, 'export', %s, jsonb_build_object('format', %s::text, 'options', '{}'::jsonb)
)
"""
_READ_CELLS = """
select
  d.name, d.id::text, d.state, d.page_count, v.key, e.value, e.state, e.verified, e.quote, e.page,
  array_to_string(e.box, '; '), e.evidence, array_to_string(e.flags, '; ')
from public.documents as d
join public.extractions as e on e.document_id = d.id
join public.variables as v on v.id = e.variable_id
where d.project_id = %s
order by d.created_at, d.id, v.position
"""

Figures = dict[str, float]


def seed_project(dsn: str, documents: int, variables: int) -> str:
    """A project with a proven cell for each document and variable: its id."""
    project = str(uuid4())
    with psycopg.connect(dsn) as db:
        db.execute(
            "insert into public.projects (id, name, created_by)"
            " values (%s, 'Bench', gen_random_uuid())",
            [project],
        )
        db.cursor().executemany(
            "insert into public.variables (project_id, key, label, type, position)"
            " values (%s, %s, %s, %s, %s)",
            [
                (project, f"v{number}", f"Variable {number}", TYPES[number % len(TYPES)], number)
                for number in range(variables)
            ],
        )
        db.execute(_INSERT_DOCUMENTS, {"p": project, "n": documents})
        db.execute(_INSERT_CELLS, {"p": project})
    with psycopg.connect(dsn, autocommit=True) as db:
        db.execute("analyze public.extractions")
    return project


def queue_export(dsn: str, project: str, form: str) -> None:
    """An export and its task, as start_export makes them."""
    with psycopg.connect(dsn) as db:
        export = db.execute(_INSERT_EXPORT, [project, form]).fetchone()
        assert export is not None
        db.execute(_INSERT_TASK, [project, export[0], form])


async def export_by_service() -> Figures:
    """Claims the one task and does it as a worker would."""
    from service import worker
    from service.exports.export_task import ExportTable
    from service.queue.task import Task
    from service.settings import WorkerSettings

    async with worker.connect(WorkerSettings()) as (verbs, files):
        before = _peak_megabytes()
        started = time.perf_counter()
        [task] = await verbs.call("claim_tasks", worker="bench", kinds=["export"], limit=1)
        await ExportTable(verbs, files).run(Task.model_validate(task))
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "megabytes": _peak_megabytes(), "before": before}


def export_by_pandas(dsn: str, project: str, form: str) -> Figures:
    """What a user would write instead: one query, a pivot, a data frame, a file."""
    import pandas

    before = _peak_megabytes()
    started = time.perf_counter()
    with psycopg.connect(dsn) as db:
        rows = _pivot(db.execute(_READ_CELLS, [project]))
    frame = pandas.DataFrame(rows)
    with tempfile.NamedTemporaryFile(suffix=f".{form}") as file:
        if form == "xlsx":
            frame.to_excel(file.name, index=False, engine="openpyxl")
        else:
            frame.to_csv(file.name, index=False)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "megabytes": _peak_megabytes(), "before": before}


def _pivot(cells: psycopg.Cursor[Any]) -> list[dict[str, object]]:
    """A row a document, with the columns that an export of the service has."""
    rows: dict[str, dict[str, object]] = {}
    for name, document, state, pages, key, value, *evidence in cells:
        row = rows.setdefault(
            document, {"document": name, "id": document, "state": state, "pages": pages}
        )
        if isinstance(value, dict):
            row[key] = value["amount"]
            row[f"{key}_currency"] = value["currency"]
        else:
            row[key] = value
        for column, fact in zip(EVIDENCE, evidence, strict=True):
            row[f"{key}_{column}"] = fact
    return list(rows.values())


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _run_apart(values: dict[str, str], *arguments: str) -> Figures:
    """One way in a process of its own."""
    environment = os.environ | {
        "PYTHONPATH": str(stack.ROOT),
        "SUPABASE_URL": values["API_URL"],
        "SUPABASE_PUBLISHABLE_KEY": values["PUBLISHABLE_KEY"],
        "SUPABASE_SECRET_KEY": values["SECRET_KEY"],
        "DOSSIER_LOG_LEVEL": "error",
    }
    done = subprocess.run(
        [sys.executable, "-P", "-m", "scripts.benches.export", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure(documents: int, variables: int, repeats: int) -> dict[str, Figures]:
    """Seconds and peak memory by way and format: the median of `repeats` runs, each way in turn."""
    figures: dict[str, Figures] = {}
    with stack.borrowed() as values:
        dsn = values["DB_URL"]
        project = seed_project(dsn, documents, variables)
        try:
            for form in FORMATS:
                by_service = []
                by_pandas = []
                for _ in range(repeats):
                    queue_export(dsn, project, form)
                    by_service.append(_run_apart(values, "service"))
                    by_pandas.append(_run_apart(values, "pandas", dsn, project, form))
                figures[f"{form}: service"] = _median_run(by_service)
                figures[f"{form}: pandas"] = _median_run(by_pandas)
        finally:
            with psycopg.connect(dsn) as db:
                db.execute("delete from public.projects where id = %s", [project])
    return figures


def _median_run(runs: list[Figures]) -> Figures:
    return sorted(runs, key=lambda run: run["seconds"])[len(runs) // 2]


def main(argv: list[str]) -> int:
    """0 if the XLSX of the whole size keeps its bounds."""
    if argv[:1] == ["service"]:
        print(json.dumps(asyncio.run(export_by_service())))
        return 0
    if argv[:1] == ["pandas"]:
        print(json.dumps(export_by_pandas(*argv[1:])))
        return 0
    parser = report.make_parser("export", __doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--variables", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args(argv)
    figures = measure(asked.documents, asked.variables, asked.repeats)
    size = f"{asked.documents} documents x {asked.variables} variables"
    result = {"documents": asked.documents, "variables": asked.variables, "figures": figures}
    rows = [_row_of(name, figures) for name in figures]
    report.publish(f"Export of {size} with evidence", HEAD, rows, result, asked.json)
    xlsx = figures["xlsx: service"]
    is_quick = xlsx["seconds"] <= MOST_SECONDS
    is_small = xlsx["megabytes"] <= MOST_MEGABYTES
    return 0 if is_quick and is_small else 1


def _row_of(name: str, figures: dict[str, Figures]) -> list[str]:
    own = figures[name]
    form = name.split(":")[0]
    pandas = figures[f"{form}: pandas"]
    return [
        name,
        f"{own['seconds']:.2f}",
        f"{own['seconds'] / pandas['seconds']:.2f}",
        f"{own['megabytes']:.0f}",
        f"{own['megabytes'] / pandas['megabytes']:.2f}",
        f"{own['before']:.0f}",
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
