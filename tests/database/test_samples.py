"""Samples: which documents a run reads, and which of them are held out."""

from typing import Any

import pytest

from tests.support.jobs import finish, job_row, start
from tests.support.seed import Seed


@pytest.fixture
def eight(ready: Seed) -> Seed:
    """A project with eight documents and one variable."""
    for number in range(3, 8):
        ready.document(f"{number}.pdf")
    return ready


def _documents(seed: Seed) -> list[str]:
    rows = seed.owner.rows("documents", project_id=f"eq.{seed.project_id}", order="created_at,id")
    return [row["id"] for row in rows]


def _read(seed: Seed, /, **arguments: Any) -> tuple[dict[str, Any], set[str], set[str]]:
    """The job, its documents, and those of them that are held out.

    The job is cancelled, so that the next may start.
    """
    job = start(seed, kind="sample", **arguments)
    rows = seed.team["viewer"].call("job_documents", job=job["id"])
    seed.owner.call("cancel_job", job=job["id"])
    every = {row["document_id"] for row in rows}
    assert len(every) == len(rows) == job["documents_total"]
    return job, every, {row["document_id"] for row in rows if row["held_out"]}


def test_sample__chosen_and_first(eight: Seed) -> None:
    """E-JOB-01: over chosen documents or the first N."""
    documents = _documents(eight)
    job, every, held = _read(eight, documents=documents[2:5])
    assert (every, held, job["selection"]) == (
        set(documents[2:5]),
        set(),
        {"by": "chosen", "count": 3},
    )
    job, every, _ = _read(eight, first=2)
    assert (every, job["selection"]) == (set(documents[:2]), {"by": "first", "count": 2})
    assert len(_read(eight, first=99)[1]) == 8


def test_sample__by_chance_can_be_repeated(eight: Seed) -> None:
    """E-JOB-01: over N documents by chance; the same seed draws the same ones."""
    job, every, _ = _read(eight, random=3)
    seed = job["selection"]["seed"]
    assert len(every) == 3
    assert _read(eight, random=3, seed=seed)[1] == every
    assert len({frozenset(_read(eight, random=3, seed=n)[1]) for n in range(6)}) > 1


def test_sample__a_part_is_held_out(eight: Seed) -> None:
    _, every, held = _read(eight, random=8, seed=5, holdout=0.25)
    assert len(every) == 8
    assert len(held) == 2
    assert _read(eight, random=8, seed=5, holdout=0.25)[2] == held
    assert len(_read(eight, first=2, holdout=0.01)[2]) == 1
    assert len(_read(eight, first=2, holdout=0.99)[2]) == 1
    assert _read(eight, first=1, holdout=0.5)[2] == set()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"kind": "sample", "first": 1, "random": 1}, "selection_ambiguous"),
        ({"kind": "sample", "first": 0}, "selection_empty"),
        ({"kind": "sample", "random": -1}, "selection_empty"),
        ({"kind": "sample", "documents": []}, "no_documents"),
        ({"kind": "sample", "first": 1, "holdout": 1}, "holdout_invalid"),
        ({"kind": "sample", "first": 1, "holdout": -0.1}, "holdout_invalid"),
        ({"kind": "full", "first": 1, "holdout": 0.5}, "holdout_invalid"),
    ],
)
def test_sample__what_cannot_be_chosen_is_refused(
    ready: Seed, arguments: dict[str, Any], code: str
) -> None:
    """E-JOB-02: refused, and no job made."""
    response = ready.owner.rpc("start_job", project=ready.project_id, **arguments)
    assert (response.status_code, response.json()["details"]) == (422, code)
    assert ready.owner.rows("jobs", project_id=f"eq.{ready.project_id}") == []


def test_sample__of_foreign_documents_is_refused(ready: Seed, full: Seed) -> None:
    """E-JOB-03: documents of another project are unknown."""
    documents = [*_documents(ready), full.ids["document"]]
    response = ready.owner.rpc(
        "start_job", project=ready.project_id, kind="sample", documents=documents
    )
    assert (response.status_code, response.json()["details"]) == (404, "document_not_found")
    assert ready.owner.rows("jobs", project_id=f"eq.{ready.project_id}") == []


def test_sample__its_cells_tell_the_job_that_gave_them(ready: Seed) -> None:
    sample = start(ready, kind="sample", first=1)
    [task] = ready.claim("extract", 3)
    finish(ready, task)
    full = start(ready)
    again = [
        task for task in ready.claim("extract", 3) if task["document_id"] != _documents(ready)[0]
    ]
    for task in again:
        finish(ready, task)
    cells = ready.owner.rows(
        "extractions", project_id=f"eq.{ready.project_id}", select="job_id,document_id"
    )
    by_job = {cell["document_id"]: cell["job_id"] for cell in cells}
    assert sorted(by_job.values()) == sorted([sample["id"], full["id"], full["id"]])
    assert by_job[_documents(ready)[0]] == sample["id"]
    assert (job_row(ready, sample)["kind"], job_row(ready, full)["kind"]) == ("sample", "full")


def test_active_job__is_found_by_every_member_until_it_ends(ready: Seed) -> None:
    """E-JOB-15: the running job can be found after a reload."""
    viewer = ready.team["viewer"]
    assert viewer.call("active_job", project=ready.project_id) == []
    job = start(ready)
    assert [row["id"] for row in viewer.call("active_job", project=ready.project_id)] == [job["id"]]
    ready.owner.call("pause_job", job=job["id"])
    [paused] = viewer.call("active_job", project=ready.project_id)
    assert (paused["state"], paused["pause_reason"]) == ("paused", "asked")
    ready.owner.call("cancel_job", job=job["id"])
    assert viewer.call("active_job", project=ready.project_id) == []
