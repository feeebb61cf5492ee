"""`scripts/bench reads`: pages of the result table and of the document list in a large project, as a member reads them.

Rows are seeded with SQL: a full run that answered every cell. Each read is measured on the clock, network aside; the
last column is the processor time of its Postgres process, which other work on the machine does not lengthen as much.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from scripts.benches import export, report
from scripts.commands import stack

P95_MS = 200
_RUN = """
with version as (
  insert into public.schema_versions (project_id, number, snapshot, snapshot_hash, created_by)
  values (%(p)s, 99, '{}', 'bench', gen_random_uuid()) returning id
), job as (
  insert into public.jobs (project_id, kind, state, schema_version_id, documents_total, documents_done, created_by,
    started_at, finished_at)
  select %(p)s, 'full', 'completed', v.id, %(n)s, %(n)s, gen_random_uuid(), now(), now() from version as v returning id
)
insert into private.tasks (project_id, kind, state, document_id, job_id, finished_at)
select %(p)s, 'extract', 'done', d.id, j.id, now()
from public.documents as d cross join job as j where d.project_id = %(p)s
"""
_ROWS: LiteralString = "select * from public.result_rows(p_project => %(p)s, p_limit => 50"
READS: dict[str, LiteralString] = {
    "documents": "select * from public.documents where project_id = %(p)s order by created_at, id limit 50",
    "rows": _ROWS + ")",
    "rows by name": _ROWS + ", p_sort => 'name')",
    "rows by a variable, down": _ROWS + ", p_sort => '-v1')",
    "rows where a variable is sure": _ROWS + ", p_variable => 'v3', p_min_confidence => 0.5)",
    "rows of one document": _ROWS
    + ", p_document => (select min(id::text)::uuid from public.documents"
    " where project_id = %(p)s))",
    "rows flagged anywhere": _ROWS + ", p_flagged => true)",
    "rows by average confidence": _ROWS + ", p_sort => 'confidence')",
}


def member(db: psycopg.Connection[Any], project: str) -> str:
    """Somebody who may view the project."""
    made = db.execute("select gen_random_uuid()").fetchone()
    assert made is not None
    user = str(made[0])
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
            taken, busy = [], _busy(db.info.backend_pid)
            for _ in range(repeats):
                began = time.perf_counter()
                db.execute(query, {"p": project}).fetchall()
                taken.append((time.perf_counter() - began) * 1000)
            busy = (_busy(db.info.backend_pid) - busy) * 1000 / repeats
            figures[name] = {"p50": _at(taken, 0.5), "p95": _at(taken, 0.95), "processor": busy}
    return figures


def _at(taken: Sequence[float], share: float) -> float:
    return sorted(taken)[min(int(len(taken) * share), len(taken) - 1)]


def _busy(pid: int) -> float:
    """Seconds of processor time that a process has had."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def main(argv: list[str]) -> int:
    """0 where lists, and rows by document, name or a variable, keep the bound."""
    parser = report.make_parser("reads", __doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--variables", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=20)
    asked = parser.parse_args(argv)
    with stack.borrowed() as values:
        project = export.seed(values["DB_URL"], asked.documents, asked.variables)
        with psycopg.connect(values["ADMIN_DB_URL"], autocommit=True) as db:
            db.execute(_RUN, {"p": project, "n": asked.documents})
            user = member(db, project)
            db.execute("vacuum analyze public.extractions")
            db.execute("analyze private.tasks")
        figures = measure(values["DB_URL"], project, user, asked.repeats)
    rows = [
        [name, *(f"{f[of]:.0f}" for of in ("p50", "p95", "processor"))]
        for name, f in figures.items()
    ]
    title = f"Pages of 50 among {asked.documents} documents x {asked.variables} variables, in ms"
    report.publish(title, ["read", "p50", "p95", "processor time"], rows, figures, asked.json)
    return 0 if all(figures[name]["p95"] <= P95_MS for name in list(figures)[:4]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
