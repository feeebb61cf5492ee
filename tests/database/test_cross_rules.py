"""Rules that look at other cells of the row: declared with the schema, checked whenever one of the
cells changes.
"""

from typing import Any

import pytest

from tests.support.review import cells, run
from tests.support.schema import entry, fault, save, saved
from tests.support.seed import Seed


def with_rules(seed: Seed, **rules: Any) -> dict[str, str]:
    """Two parts and a total with rules: their ids by key."""
    parts = [entry(key, type="number") for key in ("net", "tax")]
    listed = [
        *parts,
        entry("gross", type="number", rules=rules),
        entry("paid", type="date"),
        entry("due", type="date"),
    ]
    version = saved(seed, listed)
    return {variable["key"]: variable["id"] for variable in version["snapshot"]["variables"]}


def ran(seed: Seed, ids: dict[str, str], **values: Any) -> None:
    """A run that gives every document these values."""
    run(seed, *(seed.cell(ids[key], value=value) for key, value in values.items()))


def first(seed: Seed, variable: str) -> dict[str, Any]:
    """The variable's cell in the first document."""
    return cells(seed, variable_id=f"eq.{variable}")[0]


@pytest.mark.parametrize(
    ("values", "flags"),
    [
        ({"net": 10, "tax": 1.9, "gross": 11.9}, []),
        ({"net": 10, "tax": 1.9, "gross": 12}, ["rule_sum"]),
        ({"net": 0.1, "tax": 0.2, "gross": 0.3}, []),
        ({"net": 10, "gross": 12}, []),
        ({"net": [4, 6], "tax": {"amount": 2, "currency": "EUR"}, "gross": 12}, []),
    ],
)
def test_sum__is_checked_where_all_parts_are_there(
    values: Any, flags: list[str], ready: Seed
) -> None:
    """E-PP-04: arithmetic that the schema declares; lists and money count with their amounts."""
    ids = with_rules(ready, sum_of=["net", "tax"], message="Net and tax make gross")
    ran(ready, ids, **values)
    row = first(ready, ids["gross"])
    assert row["flags"] == flags
    assert row["signals"].get("cross", {}).get("message") == (
        "Net and tax make gross" if flags else None
    )
    assert row["confidence"] == pytest.approx(0.97 * 0.6 if flags else 0.97)


@pytest.mark.parametrize(
    ("paid", "due", "flags"),
    [
        ("2024-03-01", "2024-03-01", []),
        ("2024-03-01", "2024-02-28", ["rule_order"]),
        ("2024-03", "2024-03-01", []),
    ],
)
def test_order__of_days_is_checked(paid: str, due: str, flags: list[str], ready: Seed) -> None:
    """E-PP-04: the same day will do; a month is not before one of its days."""
    with_rules(ready)
    version = saved(
        ready, [entry("paid", type="date"), entry("due", type="date", rules={"after": "paid"})]
    )
    ids = {variable["key"]: variable["id"] for variable in version["snapshot"]["variables"]}
    ran(ready, ids, paid=paid, due=due)
    assert first(ready, ids["due"])["flags"] == flags


def test_sum__follows_what_people_and_runs_change(ready: Seed) -> None:
    """E-PP-04: a corrected part makes the sum right, an undone one wrong again; a judged cell
    keeps its flags.
    """
    ids = with_rules(ready, sum_of=["net", "tax"])
    gross = ids["gross"]
    ran(ready, ids, net=10, tax=2, gross=11)
    assert first(ready, gross)["flags"] == ["rule_sum"]
    net = first(ready, ids["net"])["id"]
    ready.owner.call("correct_cell", extraction=net, value=9)
    assert (first(ready, gross)["flags"], first(ready, gross)["confidence"], first(ready, gross)["signals"]) == (
        [], 0.97, {"evidence": "exact"},
    )  # fmt: skip
    ready.owner.call("undo_judgement", extraction=net)
    assert first(ready, gross)["flags"] == ["rule_sum"]
    ready.owner.call("accept_cells", extractions=[first(ready, gross)["id"]])
    ready.owner.call("correct_cell", extraction=net, value=9)
    assert first(ready, gross)["flags"] == ["rule_sum"]


@pytest.mark.parametrize(
    ("key", "rules", "code"),
    [
        ("gross", {"sum_of": []}, "rule_sum_of_invalid"),
        ("gross", {"sum_of": "net"}, "rule_sum_of_invalid"),
        ("gross", {"sum_of": ["gross"]}, "rule_sum_of_invalid"),
        ("gross", {"after": "paid"}, "rule_after_invalid"),
        ("due", {"after": "due"}, "rule_after_invalid"),
        ("due", {"before": 3}, "rule_before_invalid"),
        ("due", {"sum_of": ["net"]}, "rule_sum_of_invalid"),
        ("gross", {"sum_of": ["net", "none"]}, "rule_variable_invalid"),
        ("gross", {"sum_of": ["net", "paid"]}, "rule_variable_invalid"),
        ("due", {"before": "net"}, "rule_variable_invalid"),
    ],
)
def test_rules__that_name_no_fitting_variable_are_refused(
    key: str, rules: Any, code: str, ready: Seed
) -> None:
    """E-VAR-04: by code and field, and nothing is stored."""
    before = with_rules(ready)
    types = {"net": "number", "gross": "number", "paid": "date", "due": "date"}
    response = save(
        ready,
        [
            entry(name, type=kind, rules=rules if name == key else {})
            for name, kind in types.items()
        ],
    )
    assert fault(response) == (
        422,
        code,
        f"variables[{[*types].index(key)}].rules.{next(iter(rules))}",
    )
    assert {
        row["id"] for row in ready.owner.rows("variables", project_id=f"eq.{ready.project_id}")
    } == {*before.values()}
    assert cells(ready) == []
