"""Rows that are entities: indexes that stay with their entity, rows that come and go, what people
judged.
"""

from typing import Any

import pytest

from tests.support.jobs import job_row, start
from tests.support.seed import Seed


@pytest.fixture
def listing(seed: Seed) -> Seed:
    """A project of entities with one document and two variables."""
    seed.ids["document"] = seed.document()
    seed.ids["variable"], seed.ids["other"] = seed.variable(), seed.variable("other")
    seed.entities()
    return seed


def _cells(seed: Seed, *names: str, **columns: Any) -> list[dict[str, Any]]:
    """What a worker gives: cells of both variables for each of the entities, in the order of the
    document.
    """
    return [
        seed.cell(variable, row_index=place, entity=name, entity_key=name.casefold(), **columns)
        for place, name in enumerate(names)
        for variable in (seed.ids["variable"], seed.ids["other"])
    ]


def _run(seed: Seed, cells: list[dict[str, Any]] | None) -> dict[str, Any]:
    job = start(seed)
    [task] = seed.claim("extract")
    seed.worker.call("finish_extract", **seed.held(task), extractor="model", extractions=cells)
    return job_row(seed, job)


def _indexes(seed: Seed) -> dict[str, int]:
    """Of each entity that is there its index."""
    live = seed.owner.rows(
        "entity_rows", project_id=f"eq.{seed.project_id}", gone_at="is.null", order="row_index"
    )
    kept = {
        row["row_index"]
        for row in seed.owner.rows("extractions", project_id=f"eq.{seed.project_id}")
    }
    assert {row["row_index"] for row in live} <= kept
    return {
        f"{row['entity']}{'' if row['nth'] == 1 else row['nth']}": row["row_index"] for row in live
    }


def _rows(seed: Seed) -> list[int]:
    rows = seed.owner.call("result_rows", project=seed.project_id)
    return [row["row_index"] for row in rows]


def test_rows__keep_their_index_and_no_other_entity_gets_it(listing: Seed) -> None:
    """E-EXT-07, E-EXT-10: stable indexes; a rerun overwrites and doubles nothing."""
    _run(listing, _cells(listing, "Ann", "Bob", "Cid"))
    assert _indexes(listing) == {"Ann": 0, "Bob": 1, "Cid": 2}
    _run(listing, _cells(listing, "Cid", "Dora", "Ann"))
    assert _indexes(listing) == {"Ann": 0, "Cid": 2, "Dora": 3}
    assert _rows(listing) == [0, 2, 3]
    _run(listing, _cells(listing, "Bob", "Eva", "Cid", "Ann", "Dora"))
    assert _indexes(listing) == {"Ann": 0, "Bob": 1, "Cid": 2, "Dora": 3, "Eva": 4}
    assert len(listing.owner.rows("extractions", project_id=f"eq.{listing.project_id}")) == 10


def test_rows__of_one_name_are_several(listing: Seed) -> None:
    _run(listing, _cells(listing, "Bolt", "Nut", "Bolt"))
    assert _indexes(listing) == {"Bolt": 0, "Nut": 1, "Bolt2": 2}
    _run(listing, _cells(listing, "Nut", "Bolt", "Bolt", "Bolt"))
    assert _indexes(listing) == {"Bolt": 0, "Nut": 1, "Bolt2": 2, "Bolt3": 3}


def test_rows__that_are_gone_leave_what_people_judged(listing: Seed) -> None:
    _run(listing, _cells(listing, "Ann", "Bob"))
    [cell] = listing.owner.rows(
        "extractions", row_index="eq.1", variable_id=f"eq.{listing.ids['variable']}"
    )
    listing.owner.call("correct_cell", extraction=cell["id"], value=99)
    _run(listing, _cells(listing, "Ann", "Cid"))
    [kept] = listing.owner.rows(
        "extractions", project_id=f"eq.{listing.project_id}", row_index="eq.1"
    )
    assert (kept["id"], kept["value"], kept["flags"]) == (cell["id"], 99, ["row_gone"])
    assert _indexes(listing) == {"Ann": 0, "Cid": 2}
    _run(listing, _cells(listing, "Bob", "Ann"))
    back = listing.owner.rows(
        "extractions", project_id=f"eq.{listing.project_id}", row_index="eq.1"
    )
    assert [row["value"] for row in back if row["id"] == cell["id"]] == [99]
    assert not any("row_gone" in row["flags"] for row in back)
    assert len(back) == 2


def test_rows__none_is_zero_rows_and_says_so(listing: Seed) -> None:
    """E-EXT-08: no entities, no rows, no failure; the document is marked."""
    _run(listing, _cells(listing, "Ann"))
    job = _run(listing, [])
    assert (job["state"], job["documents_done"], job["documents_failed"]) == ("completed", 1, 0)
    assert listing.owner.rows("extractions", project_id=f"eq.{listing.project_id}") == []
    assert _rows(listing) == [None]
    [document] = listing.owner.rows("documents", id=f"eq.{listing.ids['document']}")
    assert document["flags"] == ["no_entities"]
    _run(listing, _cells(listing, "Ann"))
    assert _indexes(listing) == {"Ann": 0}
    [document] = listing.owner.rows("documents", id=f"eq.{listing.ids['document']}")
    assert document["flags"] == []


def test_rows__where_nobody_was_asked_stay(listing: Seed) -> None:
    _run(listing, _cells(listing, "Ann", "Bob"))
    before = listing.owner.rows("extractions", project_id=f"eq.{listing.project_id}", order="id")
    _run(listing, None)
    assert (
        listing.owner.rows("extractions", project_id=f"eq.{listing.project_id}", order="id")
        == before
    )


def test_rows__go_where_the_document_is_the_row_again(listing: Seed) -> None:
    _run(listing, _cells(listing, "Ann", "Bob"))
    listing.entities("document")
    _run(listing, [listing.cell(listing.ids["variable"]), listing.cell(listing.ids["other"])])
    assert _rows(listing) == [0]
    assert _indexes(listing) == {}


def test_rows__are_stored_all_or_none(listing: Seed) -> None:
    start(listing)
    [task] = listing.claim("extract")
    cells = [*_cells(listing, "Ann", "Bob"), *_cells(listing, "Cid", evidence="unheard of")]
    refused = listing.worker.rpc(
        "finish_extract", **listing.held(task), extractor="model", extractions=cells
    )
    assert refused.json()["code"] == "23514"
    assert _rows(listing) == []
    assert listing.owner.rows("entity_rows", project_id=f"eq.{listing.project_id}") == []


def test_rows__hundreds_in_one_go(listing: Seed) -> None:
    """E-EXT-07: the right number of rows."""
    names = [f"Person {number}" for number in range(400)]
    _run(listing, _cells(listing, *names))
    assert list(_indexes(listing).items()) == [(name, number) for number, name in enumerate(names)]
