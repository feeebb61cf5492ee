"""Exports of more documents than one read brings: every row once, in order, and no cell of another
project.
"""

import csv
import io
from typing import Any

import psycopg

from scripts.benches import export as bench
from service import worker as run
from service.exports.export_task import ExportTable
from service.queue.task import Task
from tests.service.conftest import worker_settings


async def test_export__over_several_reads_has_each_document_once(stack: Any) -> None:
    """E-EXP-08: the table is read and written fifty documents at a time, and nothing is lost
    between.
    """
    project = bench.seed_project(stack.db_url, 101, 10)
    bench.queue_export(stack.db_url, project, "csv")
    async with run.connect(worker_settings(stack)) as (verbs, files):
        claimed = await verbs.call("claim_tasks", worker="pages", kinds=["export"], limit=50)
        [task] = [Task.model_validate(row) for row in claimed if row["project_id"] == project]
        await ExportTable(verbs, files).run(task)
        with psycopg.connect(stack.db_url) as admin:
            found = admin.execute(
                "select row_count, object_path, warnings from public.exports where id = %s",
                [task.export_id],
            ).fetchone()
            names = admin.execute(
                "select name from public.documents where project_id = %s order by created_at, id",
                [project],
            ).fetchall()
        assert found is not None
        assert (found[0], found[2]) == (101, [])
        content = await files.storage.from_("exports").download(found[1])
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert [row["document"] for row in rows] == [name for (name,) in names]
    for row in rows:
        assert {row[f"v{n}_status"] for n in range(10)} == {"proven"}
        assert all(row[f"v{n}_quote"].endswith(f"of v{n}") for n in range(10))
