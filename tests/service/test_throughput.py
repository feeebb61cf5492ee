"""Sizes that are promised: as much at once as is allowed and no more, and a project that is full.

Speed is a bench.
"""

from collections import Counter
from typing import Any

import psycopg

from scripts.rig.scripted_model import Script, serving
from tests.service.conftest import running_worker
from tests.support.numbered import NumberedJob, answer, asked
from tests.support.schema import entry, saved
from tests.support.seed import Seed
from tests.support.waiting import until_async

SIZE, FOREVER = 20, 600
FULL = """
insert into public.documents (project_id, name, object_path, media_type, bytes, sha256, state,
  page_count, unread_pages, parsed_at, created_by)
select %(p)s::uuid, n || '.pdf', %(p)s::text || '/' || n, 'application/pdf', 1,
  encode(sha256(n::text::bytea), 'hex'), 'ready', 1, 0, now(), gen_random_uuid()
from generate_series(1, %(n)s) as n
"""


async def test_run__asks_as_much_at_once_as_is_allowed(seed: Seed, stack: Any) -> None:
    """E-PERF-02: 20 documents x 5 variables: all places are used, never one more, a call each.

    Twice as many are held as are asked for. Those that wait for a place are given back as those
    that are asked for are.
    """
    job = NumberedJob(seed, SIZE).prepare()
    for number in range(4):
        seed.variable(f"more{number}")
    with serving(Script(answer=answer, latency=FOREVER)) as model:
        given = {"DOSSIER_MODEL_API_KEY": "key", "DOSSIER_MODEL_BASE_URL": model.base_url}
        given |= {"DOSSIER_WORKER_CONCURRENCY": "8", "DOSSIER_WORKER_DRAIN_SECONDS": "0"}
        async with running_worker(stack, **given):
            job.start()
            await until_async(lambda: model.script.active, lambda active: active == 8)
            await until_async(lambda: len(job.tasks("running")), lambda held: held == 16)
        held = asked(model.script)
        assert (held.total(), model.script.most_active) == (8, 8)
        model.script.latency = 0
        async with running_worker(stack, **given):
            await until_async(lambda: job.row, lambda row: row["state"] == "completed")
        assert asked(model.script) == held + Counter(range(SIZE))
    assert len(seed.owner.rows("extractions", job_id=f"eq.{job.id}")) == SIZE * 5


async def test_project__holds_ten_thousand_documents_and_fifty_variables(
    seed: Seed, stack: Any
) -> None:
    """E-DOC-09, E-PERF-01: lists are paged, the schema is saved whole, one document is run among
    ten thousand.
    """
    document = seed.document("one.pdf")
    saved(seed, [entry(f"v{number}") for number in range(50)])
    with psycopg.connect(stack.db_url) as admin:
        admin.execute(FULL, {"p": seed.project_id, "n": 9_999})
    [overview] = seed.owner.call("project_overview", project=seed.project_id)
    assert (overview["documents"], overview["variables"]) == (10_000, 50)
    page = seed.owner.rows(
        "documents", project_id=f"eq.{seed.project_id}", order="name,id", limit="50", offset="9950"
    )
    assert len(page) == 50
    job = seed.owner.call("start_job", project=seed.project_id, documents=[document])
    async with running_worker(stack):
        [row] = await until_async(
            lambda: seed.owner.rows("jobs", id=f"eq.{job['id']}"),
            lambda rows: rows[0]["state"] == "completed",
        )
    assert (row["documents_total"], row["documents_done"]) == (1, 1)
    assert len(seed.owner.rows("extractions", project_id=f"eq.{seed.project_id}")) == 50
    assert (
        seed.owner.call("result_rows", project=seed.project_id, limit=50)[0]["document_id"]
        == document
    )
