"""`scripts/bench reads`: pages of a large project's table and documents, as a member reads them.

Rows are seeded with SQL: a full run that answered every cell. Each read is measured on the clock,
network aside. The last column is the processor time of its Postgres process, which other work on
the machine does not lengthen as much.
"""

import json
import sys
import time
from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg

from scripts.benches import export, report
from scripts.benches.workload import cpu_seconds
from scripts.commands import stack

P95_MS = 200
_INSERT_RUN = """
with version as (
  insert into public.schema_versions (project_id, number, snapshot, snapshot_hash, created_by)
  values (%(p)s, 99, '{}', 'bench', gen_random_uuid())
  returning id
),
job as (
  insert into public.jobs (
    project_id, kind, state, schema_version_id, documents_total, documents_done, created_by,
    started_at, finished_at
  )
  select %(p)s, 'full', 'completed', v.id, %(n)s, %(n)s, gen_random_uuid(), now(), now()
  from version as v
  returning id
)
insert into private.tasks (project_id, kind, state, document_id, job_id, finished_at)
select %(p)s, 'extract', 'done', d.id, j.id, now()
from public.documents as d
cross join job as j
where d.project_id = %(p)s
"""
_DOCUMENTS: LiteralString = (
    "select * from public.documents where project_id = %(p)s order by created_at, id limit 50"
)
_ROWS: LiteralString = "select * from public.result_rows(p_project => %(p)s, p_limit => 50"
_ONE_DOCUMENT: LiteralString = (
    "(select min(id::text)::uuid from public.documents where project_id = %(p)s)"
)
# Reads that keep the bound.
BOUNDED: dict[str, LiteralString] = {
    "documents": _DOCUMENTS,
    "rows": f"{_ROWS})",
    "rows by name": f"{_ROWS}, p_sort => 'name')",
    "rows by a variable, down": f"{_ROWS}, p_sort => '-v1')",
}
READS: dict[str, LiteralString] = {
    **BOUNDED,
    "rows where a variable is sure": f"{_ROWS}, p_variable => 'v3', p_min_confidence => 0.5)",
    "rows of one document": f"{_ROWS}, p_document => {_ONE_DOCUMENT})",
    "rows flagged anywhere": f"{_ROWS}, p_flagged => true)",
    "rows by average confidence": f"{_ROWS}, p_sort => 'confidence')",
}


def add_viewer(db: psycopg.Connection[Any], project: str) -> str:
    """The id of somebody new who may view the project."""
    row = db.execute("select gen_random_uuid()").fetchone()
    assert row is not None
    user = str(row[0])
    db.execute("insert into auth.users (id, email) values (%s, %s)", [user, f"{user}@example.org"])
    db.execute(
        "insert into public.project_members (project_id, user_id, role) values (%s, %s, 'viewer')",
        [project, user],
    )
    return user


def measure(dsn: str, project: str, user: str, repeats: int) -> dict[str, dict[str, float]]:
    """Milliseconds by read: p50, p95 and processor time."""
    figures = {}
    with psycopg.connect(dsn, autocommit=True) as db:
        claims = json.dumps({"sub": user, "role": "authenticated"})
        db.execute("select set_config('request.jwt.claims', %s, false)", [claims])
        db.execute("set role authenticated")
        for name, query in READS.items():
            figures[name] = _measure_read(db, query, project, repeats)
    return figures


def _measure_read(
    db: psycopg.Connection[Any], query: LiteralString, project: str, repeats: int
) -> dict[str, float]:
    cpu_before = cpu_seconds(db.info.backend_pid)
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        db.execute(query, {"p": project}).fetchall()
        taken.append((time.perf_counter() - began) * 1000)
    cpu = cpu_seconds(db.info.backend_pid) - cpu_before
    return {
        "p50": _percentile(taken, 0.5),
        "p95": _percentile(taken, 0.95),
        "processor": cpu * 1000 / repeats,
    }


def _percentile(taken: Sequence[float], share: float) -> float:
    place = min(int(len(taken) * share), len(taken) - 1)
    return sorted(taken)[place]


def main(argv: list[str]) -> int:
    """0 if lists, and rows by document, name or a variable, keep the bound."""
    parser = report.make_parser("reads", __doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--variables", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=20)
    asked = parser.parse_args(argv)
    with stack.borrowed() as values:
        project = export.seed_project(values["DB_URL"], asked.documents, asked.variables)
        with psycopg.connect(values["ADMIN_DB_URL"], autocommit=True) as db:
            db.execute(_INSERT_RUN, {"p": project, "n": asked.documents})
            user = add_viewer(db, project)
            db.execute("vacuum analyze public.extractions")
            db.execute("analyze private.tasks")
        figures = measure(values["DB_URL"], project, user, asked.repeats)
    rows = [
        [name, f"{read['p50']:.0f}", f"{read['p95']:.0f}", f"{read['processor']:.0f}"]
        for name, read in figures.items()
    ]
    size = f"{asked.documents} documents x {asked.variables} variables"
    head = ["read", "p50", "p95", "processor time"]
    report.publish(f"Pages of 50 among {size}, in ms", head, rows, figures, asked.json)
    return 0 if all(figures[name]["p95"] <= P95_MS for name in BOUNDED) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
