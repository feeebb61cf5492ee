"""Results: rows are units, columns in schema order, one result set, filtered, sorted and paged."""

from typing import Any

import pytest

from tests.support.jobs import fail, start
from tests.support.review import cells, refused, run
from tests.support.seed import Seed

NOTHING = {
    "value": None,
    "quote": None,
    "box": None,
    "page": None,
    "verified": False,
    "evidence": "none",
}
ABSENT = NOTHING | {"state": "absent", "absent_reason": "absent", "confidence": 0}


def _rows(seed: Seed, **arguments: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = seed.team["viewer"].call(
        "result_rows", project=seed.project_id, **arguments
    )
    return rows


def _values(seed: Seed, **arguments: Any) -> list[Any]:
    return [row["cells"]["total"]["value"] for row in _rows(seed, **arguments)]


def _numbered(seed: Seed) -> list[str]:
    """A run in which the three documents say 0, 1 and 2, ever less surely; the documents."""
    start(seed)
    tasks = seed.claim("extract", 3)
    order = [
        row["id"]
        for row in seed.owner.rows(
            "documents", project_id=f"eq.{seed.project_id}", order="created_at"
        )
    ]
    for task in tasks:
        place = order.index(task["document_id"])
        flags = ["rule_range"] if place == 2 else []
        answer = seed.cell(
            seed.ids["variable"], value=place, confidence=0.9 - place / 10, flags=flags
        )
        seed.worker.call(
            "finish_extract", **seed.held(task), extractor="model", extractions=[answer]
        )
    return order


def test_rows__are_documents_with_columns_in_schema_order(ready: Seed) -> None:
    """E-RES-01: a row a document, columns in schema order, each cell with id, state, evidence and
    version.
    """
    zebra = ready.variable("zebra", position=-1)
    late = ready.variable("alpha", position=9)
    run(
        ready,
        ready.cell(ready.ids["variable"], confidence=0.9),
        ready.cell(zebra, confidence=0.5),
        ready.cell(late, **ABSENT),
    )
    first, *_ = rows = _rows(ready)
    assert [row["document"] for row in rows] == ["0.pdf", "1.pdf", "2.pdf"]
    assert list(first["cells"]) == ["zebra", "total", "alpha"]
    shown = first["cells"]["total"]
    [stored] = cells(
        ready, document_id=f"eq.{first['document_id']}", variable_id=f"eq.{ready.ids['variable']}"
    )
    same = (
        "value",
        "state",
        "evidence",
        "verified",
        "confidence",
        "quote",
        "page",
        "box",
        "boxes",
        "flags",
        "origin",
    )
    assert {name: shown[name] for name in same} == {name: stored[name] for name in same}
    assert (shown["extraction_id"], shown["version"], shown["original"]) == (stored["id"], 3, None)
    assert (first["row_index"], first["average_confidence"]) == (0, pytest.approx(0.7))
    ready.variable("unasked", position=10)
    assert _rows(ready)[0]["cells"]["unasked"] is None


def test_rows__are_entities_where_a_document_holds_several(ready: Seed) -> None:
    """E-RES-01: a row a unit: three entities in a document are three rows with their index."""
    name = ready.variable("name", type="text", position=1)
    found = [
        ready.cell(v, row_index=n, value=x)
        for n in range(3)
        for v, x in ((ready.ids["variable"], n), (name, f"n{n}"))
    ]
    run(ready, *found)
    rows = _rows(ready, limit=5)
    assert [(row["document"], row["row_index"]) for row in rows] == [
        ("0.pdf", 0), ("0.pdf", 1), ("0.pdf", 2), ("1.pdf", 0), ("1.pdf", 1),
    ]  # fmt: skip
    assert [rows[2]["cells"][key]["value"] for key in ("total", "name")] == [2, "n2"]
    rest = _rows(ready, limit=5, after=rows[-1]["cursor"])
    assert [(row["document"], row["row_index"]) for row in rest] == [
        ("1.pdf", 2),
        *(("2.pdf", n) for n in range(3)),
    ]


def test_rows__a_document_without_answers_says_so(ready: Seed) -> None:
    """E-RES-01: a document that failed, or has no entity, is one line without a row, never left
    out in silence.
    """
    start(ready)
    first, second, third = ready.claim("extract", 3)
    fail(ready, first)
    ready.worker.call("finish_extract", **ready.held(second), extractor="model", extractions=[])
    ready.worker.call(
        "finish_extract",
        **ready.held(third),
        extractor="model",
        extractions=[ready.cell(ready.ids["variable"])],
    )
    told = {row["document_id"]: row for row in _rows(ready)}
    assert [told[task["document_id"]]["row_index"] for task in (first, second, third)] == [
        None,
        None,
        0,
    ]
    assert told[first["document_id"]]["cells"] == {"total": None}


def test_set__sample_and_full_are_never_mixed(ready: Seed) -> None:
    """E-RES-02: the newest full run is the table; a sample is seen until then, or by its name."""
    documents = [
        row["id"] for row in ready.owner.rows("documents", project_id=f"eq.{ready.project_id}")
    ]
    early = run(
        ready, ready.cell(ready.ids["variable"], value=1), kind="sample", documents=documents[:1]
    )
    assert _values(ready) == [1]
    full = run(ready, ready.cell(ready.ids["variable"], value=2))
    late = run(
        ready, ready.cell(ready.ids["variable"], value=3), kind="sample", documents=documents[:2]
    )
    assert _values(ready) == [2, 2, 2]
    assert _values(ready, job=early["id"]) == [1]
    assert _values(ready, job=full["id"]) == [2, 2, 2]
    assert _values(ready, job=late["id"]) == [3, 3]
    view = ready.owner.rows("results_long", project_id=f"eq.{ready.project_id}")
    assert [(row["value"], row["job_id"]) for row in view] == [(2, full["id"])] * 3
    run(ready, ready.cell(ready.ids["variable"], value=4))
    assert _values(ready) == [4, 4, 4]
    assert _values(ready, job=full["id"]) == [2, 2, 2]


def test_set__a_judgement_stands_in_every_result(ready: Seed) -> None:
    """E-RES-02: what a person decided is in the table of every run."""
    full = run(ready)
    ready.owner.call("correct_cell", extraction=cells(ready)[0]["id"], value=99)
    sample = run(ready, ready.cell(ready.ids["variable"], value=3), kind="sample")
    assert _values(ready) == [99, 12.5, 12.5]
    assert _values(ready, job=full["id"]) == [99, 12.5, 12.5]
    assert _values(ready, job=sample["id"]) == [99, 3, 3]


def test_filters__each_and_together(ready: Seed) -> None:
    """E-RES-03: filters by confidence, flag, document, variable and state."""
    documents = _numbered(ready)
    ready.owner.call("accept_cells", extractions=[cells(ready)[1]["id"]])
    other = ready.variable("other", position=5)
    assert _values(ready, min_confidence=0.75) == [0, 1]
    assert _values(ready, flagged=True) == [2]
    assert _values(ready, flagged=False) == [0, 1]
    assert _values(ready, document=documents[1]) == [1]
    assert _values(ready, state="accepted") == [1]
    assert _values(ready, variable="total") == [0, 1, 2]
    assert _values(ready, variable="other") == []
    assert _values(ready, variable="total", flagged=False, min_confidence=0.85) == [0]
    assert other


def test_sort__by_document_name_confidence_or_a_variable(ready: Seed) -> None:
    """E-DOC-09, E-RES-03: sorted up or down, by what a person sees."""
    _numbered(ready)
    assert _values(ready, sort="-document") == [2, 1, 0]
    assert _values(ready, sort="-name") == [2, 1, 0]
    assert _values(ready, sort="confidence") == [2, 1, 0]
    assert _values(ready, sort="-total") == [2, 1, 0]
    assert _values(ready, sort="total") == [0, 1, 2]


@pytest.mark.parametrize(
    "sort", ["document", "-document", "name", "-name", "confidence", "-total", "word", "-word"]
)
def test_pages__hold_every_row_once(sort: str, ready: Seed) -> None:
    """E-DOC-09, E-RES-03: pages by key: no row twice, none missing, in the order of the whole."""
    word = ready.variable("word", type="text", position=3)
    units = [(n, {"value": f"w{n % 2}", "confidence": 0.5 + n / 10}) for n in range(4)]
    found = [ready.cell(word, row_index=n, **columns) for n, columns in units if n]
    run(
        ready,
        *found,
        *(ready.cell(ready.ids["variable"], row_index=n, value=n % 3) for n in range(4)),
    )
    whole = [(row["document_id"], row["row_index"]) for row in _rows(ready, sort=sort)]
    paged: list[Any] = []
    page = _rows(ready, sort=sort, limit=5)
    while page:
        paged += [(row["document_id"], row["row_index"]) for row in page]
        page = _rows(ready, sort=sort, limit=5, after=page[-1]["cursor"])
    assert (len(whole), paged) == (12, whole)


def test_refusals__name_what_is_wrong(ready: Seed, full: Seed) -> None:
    project = {"project": ready.project_id}
    refused(ready.owner, "result_rows", 404, "job_not_found", **project, job=full.ids["job"])
    refused(ready.owner, "result_rows", 404, "variable_not_found", **project, variable="nobody")
    refused(ready.owner, "result_rows", 422, "sort_unknown", **project, sort="; drop")
    refused(ready.owner, "result_rows", 422, "state_unknown", **project, state="done")
    refused(ready.owner, "result_rows", 422, "cursor_unknown", **project, after={"x": 1})
    refused(ready.team["stranger"], "result_rows", 404, "project_not_found", **project)


def test_long__one_row_a_value_for_clients_that_filter_and_page(ready: Seed) -> None:
    """E-RES-03: the Data API filters, sorts and pages the long view; several values are several
    rows.
    """
    several = ready.variable("tags", type="text", multiple=True, position=1)
    none = ready.variable("none", position=2)
    run(
        ready,
        ready.cell(ready.ids["variable"]),
        ready.cell(several, value=["a", "b"]),
        ready.cell(none, **ABSENT),
    )
    mine = {"project_id": f"eq.{ready.project_id}", "order": "document,position,item"}
    rows = ready.team["viewer"].rows("results_long", **mine, limit="4")
    assert [(row["key"], row["item"], row["value"], row["state"]) for row in rows] == [
        ("total", 1, 12.5, "proposed"), ("tags", 1, "a", "proposed"), ("tags", 2, "b", "proposed"),
        ("none", 1, None, "absent"),
    ]  # fmt: skip
    assert len(ready.owner.rows("results_long", **mine, key="eq.tags", text="eq.b")) == 3
    assert len(ready.owner.rows("results_long", **mine, confidence="gte.0.9", offset="3")) == 6
    ready.owner.call("delete_document", document=rows[0]["document_id"])
    assert {row["document"] for row in ready.owner.rows("results_long", **mine)} == {
        "1.pdf",
        "2.pdf",
    }
