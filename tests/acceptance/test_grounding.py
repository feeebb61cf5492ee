"""Evidence on the samples and on generated documents: true values at their place, lies never
verified.
"""

import asyncio
from collections import Counter

import pytest

from scripts.benches import fabrication, grounding
from scripts.samples import generated
from service.extraction import judge

LIES = 600
# Much of the same: what runs here is traced where it is tested case by case.
pytestmark = pytest.mark.no_cover


@pytest.fixture(scope="module", params=["samples", "generated"])
def counts(request: pytest.FixtureRequest) -> dict[str, Counter[str]]:
    """Counts by way of quoting."""
    made = 20 if request.param == "generated" else 0
    counts: dict[str, Counter[str]] = asyncio.run(grounding.measure(shared=False, made=made))[
        request.param
    ]
    return counts


def test_grounding__a_third_of_the_values_is_printed_more_than_once(
    counts: dict[str, Counter[str]],
) -> None:
    count = counts["label and value"]
    assert count["values"] >= 120
    assert count["repeated"] >= grounding.REPEATED * count["values"]


def test_generated__the_same_seed_gives_the_same_documents() -> None:
    [one], [again], [other] = (list(generated.make_documents(1, seed)) for seed in (1, 1, 2))
    assert one == again
    assert one.pdf != other.pdf


@pytest.mark.parametrize("mode", grounding.MODES)
def test_grounding__true_values_are_located(counts: dict[str, Counter[str]], mode: str) -> None:
    assert counts[mode]["located"] >= grounding.LOCATED * counts[mode]["values"]


@pytest.mark.parametrize("mode", ["label and value", "value alone"])
def test_grounding__the_right_occurrence_is_shown(
    counts: dict[str, Counter[str]], mode: str
) -> None:
    assert counts[mode]["right"] >= grounding.RIGHT * counts[mode]["values"]


def test_grounding__true_values_are_verified(counts: dict[str, Counter[str]]) -> None:
    count = counts["label and value"]
    assert count["verified"] >= grounding.VERIFIED * count["values"]


def test_fabrication__no_lie_is_verified() -> None:
    outcome = asyncio.run(fabrication.measure(LIES, shared=False))
    assert outcome.told.total() >= LIES
    assert set(outcome.told) == set(fabrication.KINDS)
    assert outcome.examples == []
    assert outcome.proved >= grounding.LOCATED * outcome.truths


def test_fabrication__a_judge_who_believes_everything_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judge, "is_derivable", lambda *_, **__: True)
    outcome = asyncio.run(fabrication.measure(100, shared=False))
    assert outcome.shown.total() > 0
