"""The review queue: the worthiest decisions first, each worth explained, paged without gaps."""

import random
from typing import Any

import pytest

from service.evidence.confidence import confidence
from service.evidence.models import Signals
from tests.support.jobs import start
from tests.support.review import cells, refused, run
from tests.support.seed import Seed

NOWHERE: dict[str, Any] = {
    "quote": None,
    "page": None,
    "box": None,
    "boxes": [],
    "zone": None,
    "evidence": "none",
    "verified": False,
}
# (share, evidence, quote says the value, flags, occurrences) of wrong and of right answers, as
# runs over the corpus show them: most wrong ones betray themselves, some do not; some right ones
# look doubtful. None: said to be absent.
WRONG: list[tuple[int, Any, bool, list[str], int]] = [
    (35, "not_found", False, [], 1), (20, "fuzzy", False, [], 1), (15, "exact", False, [], 1),
    (8, "exact", True, ["rule_range"], 1), (7, None, False, ["unread_pages"], 0), (10, "exact", True, [], 5),
    (5, None, False, [], 0),
]  # fmt: skip
RIGHT: list[tuple[int, Any, bool, list[str], int]] = [
    (70, "exact", True, [], 1), (8, "split", True, [], 1), (12, None, False, [], 0), (4, "fuzzy", True, [], 1),
    (3, "exact", False, [], 1), (3, "exact", True, ["two_digit_year"], 1),
]  # fmt: skip


def _answer(seed: Seed, variable: str, chance: random.Random) -> dict[str, Any]:
    """A cell with the signals that the pipeline would give it; its raw text tells the truth."""
    wrong = chance.random() < 0.12
    kinds = WRONG if wrong else RIGHT
    _, evidence, says, flags, often = chance.choices(kinds, [kind[0] for kind in kinds])[0]
    truth = {"raw": "wrong" if wrong else "right", "flags": flags}
    if evidence is None:
        none = {"state": "absent", "absent_reason": "absent", "value": None, "confidence": 0}
        return seed.cell(variable, **NOWHERE | none | truth)
    signals = Signals(
        origin="model",
        evidence=evidence,
        derivable=says,
        ambiguous=False,
        readings=[],
        source="text",
        text_quality=1.0,
        occurrences=often,
        rules_ok=not any(flag.startswith("rule_") for flag in flags),
    )
    verified = says and evidence in ("exact", "split", "moved")
    place = {} if evidence in ("exact", "split", "fuzzy") else NOWHERE | {"evidence": evidence}
    return seed.cell(
        variable,
        **place
        | {
            "evidence": evidence,
            "verified": verified,
            "signals": signals.as_json(),
            "confidence": confidence(signals),
        },
        **truth,
    )


def test_queue__the_first_fifth_holds_four_fifths_of_what_is_wrong(seed: Seed) -> None:
    """Of 1,000 answers with about 12 % wrong, the first 200 of the queue hold at least 80 % of the
    wrong ones.
    """
    for number in range(20):
        seed.document(f"{number}.pdf")
    rows = [
        {"project_id": seed.project_id, "key": f"v{n}", "label": "x", "type": "number"}
        for n in range(50)
    ]
    answer = seed.owner.rest(
        "POST", "variables", json=rows, headers={"Prefer": "return=representation"}
    )
    variables = [row["id"] for row in answer.json()]
    start(seed)
    chance = random.Random(20)
    for task in seed.claim("extract", 20):
        answers = [_answer(seed, variable, chance) for variable in variables]
        seed.worker.call(
            "finish_extract", **seed.held(task), extractor="model", extractions=answers
        )
    truth = {row["id"]: row["raw"] == "wrong" for row in cells(seed)}
    queue = seed.team["reviewer"].call("review_queue", project=seed.project_id, limit=1000)
    wrong = [truth[row["extraction_id"]] for row in queue]
    assert all(row["worth"] == pytest.approx(sum(row["parts"].values())) for row in queue)
    assert len(wrong) == 1000
    assert 80 <= sum(wrong) <= 160
    assert sum(wrong[:200]) >= 0.8 * sum(wrong)


def test_queue__says_what_a_decision_is_worth_and_why(ready: Seed) -> None:
    """The worth is the sum of its parts, and the parts are named."""
    ready.owner.rest(
        "PATCH", "variables", params={"id": f"eq.{ready.ids['variable']}"}, json={"required": True}
    )
    weak = {
        "evidence": "fuzzy",
        "verified": False,
        "confidence": 0.3,
        "flags": ["rule_range", "extra_text"],
    }
    run(ready, ready.cell(ready.ids["variable"], **weak))
    ready.owner.call("flag_cells", extractions=[cells(ready)[2]["id"]])
    first, *others = ready.owner.call("review_queue", project=ready.project_id)
    assert first["extraction_id"] == cells(ready)[2]["id"]
    assert others[0]["parts"] == {
        "doubt": 0.7,
        "unverified": 0.3,
        "flags": 0.2,
        "required": 0.1,
        "unjudged": 0.05,
    }
    assert first["parts"] == others[0]["parts"] | {"asked": 1}
    for row in (first, *others):
        assert row["worth"] == pytest.approx(sum(row["parts"].values()))


def test_queue__pages_by_key_without_gaps(ready: Seed) -> None:
    run(
        ready,
        *(
            ready.cell(ready.ids["variable"], row_index=n, confidence=0.5 + n % 3 / 10)
            for n in range(7)
        ),
    )
    whole = [
        row["extraction_id"]
        for row in ready.owner.call("review_queue", project=ready.project_id, limit=100)
    ]
    paged: list[str] = []
    page = ready.owner.call("review_queue", project=ready.project_id, limit=4)
    while page:
        paged += [row["extraction_id"] for row in page]
        after = {"after_worth": page[-1]["worth"], "after": page[-1]["extraction_id"]}
        page = ready.owner.call("review_queue", project=ready.project_id, limit=4, **after)
    assert (len(whole), paged) == (21, whole)


def test_queue__a_judged_cell_comes_back_when_a_run_disagrees(ready: Seed) -> None:
    """A judged cell leaves the queue; a newer answer that says something new, or a flag, brings it
    back.
    """
    run(ready)
    one, two, three = (row["id"] for row in cells(ready))
    ready.owner.call("accept_cells", extractions=[one, three])
    ready.owner.call("correct_cell", extraction=two, value=13)
    assert ready.owner.call("review_queue", project=ready.project_id) == []
    run(ready)
    assert ready.owner.call("review_queue", project=ready.project_id) == []
    run(ready, ready.cell(ready.ids["variable"], value=13))
    queue = ready.owner.call("review_queue", project=ready.project_id)
    assert [(row["extraction_id"], row["parts"]) for row in queue] == [
        (target, {"disagreement": 0.8}) for target in sorted([one, three])
    ]
    ready.owner.call("flag_cells", extractions=[two])
    assert ready.owner.call("review_queue", project=ready.project_id)[0]["extraction_id"] == two
    refused(
        ready.team["stranger"], "review_queue", 404, "project_not_found", project=ready.project_id
    )
