"""`scripts/bench export`: a table with evidence from the database to Storage, beside pandas + openpyxl.

Each way runs in a process of its own, so that its memory is its own. The service does all that a worker does: it claims
the task, reads, writes, uploads and finishes. pandas reads the same cells with one query and writes the same columns to
a file on disk; it uploads nothing.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from uuid import uuid4

import psycopg

from scripts.benches import report
from scripts.commands import stack

SECONDS, MEGABYTES = 3.0, 150
_CELLS = """
insert into public.extractions (project_id, document_id, variable_id, state, value, quote, page, box, boxes,
  evidence, verified, confidence, origin, input_hash)
select v.project_id, d.id, v.id, 'proposed', case v.type
    when 'money' then jsonb_build_object('amount', n * 1.25, 'currency', 'EUR')
    when 'number' then to_jsonb(n * 0.5 + v.position)
    when 'date' then to_jsonb((date '2026-01-01' + v.position)::text)
    else to_jsonb('Value ' || n || ' & more of ' || v.key) end,
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


def seed(dsn: str, documents: int, variables: int) -> str:
    """A project with a proven cell for each document and variable: its id."""
    project = str(uuid4())
    kinds = ["text", "number", "date", "money", "text"]
    with psycopg.connect(dsn) as db:
        db.execute(
            "insert into public.projects (id, name, created_by) values (%s, 'Bench', gen_random_uuid())",
            [project],
        )
        db.cursor().executemany(
            "insert into public.variables (project_id, key, label, type, position) values (%s, %s, %s, %s, %s)",
            [(project, f"v{n}", f"Variable {n}", kinds[n % 5], n) for n in range(variables)],
        )
        db.execute(
            "insert into public.documents (project_id, name, object_path, media_type, bytes, sha256, state, page_count,"
            " unread_pages, parsed_at, created_by)"
            " select %(p)s::uuid, n || '.pdf', %(p)s::text || '/' || n, 'application/pdf', 1,"
            " encode(sha256(n::text::bytea), 'hex'), 'ready', 9, 0, now(), gen_random_uuid()"
            " from generate_series(1, %(n)s) as n",
            {"p": project, "n": documents},
        )
        db.execute(_CELLS, {"p": project})
    with psycopg.connect(dsn, autocommit=True) as db:
        db.execute("analyze public.extractions")
    return project


def queue(dsn: str, project: str, form: str) -> None:
    """An export and its task, as start_export makes them."""
    with psycopg.connect(dsn) as db:
        made = db.execute(
            "insert into public.exports (project_id, format, created_by)"
            " values (%s, %s, gen_random_uuid()) returning id",
            [project, form],
        ).fetchone()
        assert made is not None
        db.execute(
            "insert into private.tasks (project_id, kind, export_id, payload)"
            " values (%s, 'export', %s, jsonb_build_object('format', %s::text, 'options', '{}'::jsonb))",
            [project, made[0], form],
        )


async def service() -> dict[str, float]:
    """Claims the one task and does it as a worker would."""
    from service import worker as run
    from service.exports.export_task import ExportTable
    from service.queue.task import Task
    from service.settings import WorkerSettings

    async with run.connect(WorkerSettings()) as (verbs, files):
        began = _peak()
        started = time.perf_counter()
        [task] = await verbs.call("claim_tasks", worker="bench", kinds=["export"], limit=1)
        await ExportTable(verbs, files).run(Task.model_validate(task))
        return {"seconds": time.perf_counter() - started, "megabytes": _peak(), "before": began}


def pandas(dsn: str, project: str, form: str) -> dict[str, float]:
    """What a user would write instead: one query, a pivot, a data frame, a file."""
    import pandas as frames

    began = _peak()
    started = time.perf_counter()
    with psycopg.connect(dsn) as db:
        cells = db.execute(
            "select d.name, d.id::text, d.state, d.page_count, v.key, e.value, e.state, e.verified, e.quote, e.page,"
            " array_to_string(e.box, '; '), e.evidence, array_to_string(e.flags, '; ')"
            " from public.documents as d join public.extractions as e on e.document_id = d.id"
            " join public.variables as v on v.id = e.variable_id where d.project_id = %s"
            " order by d.created_at, d.id, v.position",
            [project],
        )
        rows: dict[str, dict[str, object]] = {}
        for name, document, state, pages, key, value, *proof in cells:
            row = rows.setdefault(
                document, {"document": name, "id": document, "state": state, "pages": pages}
            )
            money = value if isinstance(value, dict) else {"amount": value}
            row[key] = money["amount"]
            if "currency" in money:
                row[f"{key}_currency"] = money["currency"]
            beside = ("status", "verified", "quote", "page", "box", "evidence", "flags")
            row |= {f"{key}_{name}": told for name, told in zip(beside, proof, strict=True)}
    frame = frames.DataFrame(list(rows.values()))
    with tempfile.NamedTemporaryFile(suffix=f".{form}") as file:
        if form == "xlsx":
            frame.to_excel(file.name, index=False, engine="openpyxl")
        else:
            frame.to_csv(file.name, index=False)
    return {"seconds": time.perf_counter() - started, "megabytes": _peak(), "before": began}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _apart(values: dict[str, str], *arguments: str) -> dict[str, float]:
    """One way in a process of its own."""
    names = {
        "SUPABASE_URL": "API_URL",
        "SUPABASE_PUBLISHABLE_KEY": "PUBLISHABLE_KEY",
        "SUPABASE_SECRET_KEY": "SECRET_KEY",
    }
    given = {name: values[cli] for name, cli in names.items()} | {"DOSSIER_LOG_LEVEL": "error"}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "scripts.benches.export", *arguments],
        env=os.environ | {"PYTHONPATH": str(stack.ROOT)} | given,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def measure(documents: int, variables: int, repeats: int) -> dict[str, dict[str, float]]:
    """Seconds and peak memory by way and format: the median of `repeats` runs, each way in turn."""
    figures: dict[str, dict[str, float]] = {}
    with stack.borrowed() as values:
        dsn = values["DB_URL"]
        project = seed(dsn, documents, variables)
        try:
            for form in ("xlsx", "csv"):
                runs: dict[str, list[dict[str, float]]] = {"service": [], "pandas": []}
                for _ in range(repeats):
                    queue(dsn, project, form)
                    runs["service"].append(_apart(values, "service"))
                    runs["pandas"].append(_apart(values, "pandas", dsn, project, form))
                for way, told in runs.items():
                    figures[f"{form}: {way}"] = sorted(told, key=lambda one: one["seconds"])[
                        len(told) // 2
                    ]
        finally:
            with psycopg.connect(dsn) as db:
                db.execute("delete from public.projects where id = %s", [project])
    return figures


def main(argv: list[str]) -> int:
    """0 where the XLSX of the whole size keeps its bounds."""
    if argv[:1] == ["service"]:
        print(json.dumps(asyncio.run(service())))
        return 0
    if argv[:1] == ["pandas"]:
        print(json.dumps(pandas(*argv[1:])))
        return 0
    parser = report.make_parser("export", __doc__)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--variables", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args(argv)
    figures = measure(asked.documents, asked.variables, asked.repeats)
    rows = []
    for name, told in figures.items():
        other = figures[f"{name.split(':')[0]}: pandas"]
        ratios = [f"{told[of] / other[of]:.2f}" for of in ("seconds", "megabytes")]
        rows.append(
            [
                name,
                f"{told['seconds']:.2f}",
                ratios[0],
                f"{told['megabytes']:.0f}",
                ratios[1],
                f"{told['before']:.0f}",
            ]
        )
    head = ["written by", "seconds", "of pandas", "peak MB", "of pandas", "MB before"]
    title = f"Export of {asked.documents} documents x {asked.variables} variables with evidence"
    result = {"documents": asked.documents, "variables": asked.variables, "figures": figures}
    report.publish(title, head, rows, result, asked.json)
    kept = figures["xlsx: service"]
    return 0 if kept["seconds"] <= SECONDS and kept["megabytes"] <= MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
