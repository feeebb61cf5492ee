"""What issue 2 asks of evidence, on the samples alone: true values at their place, lies never verified."""

import asyncio
from collections import Counter

import pytest

from scripts.benches import fabrication, grounding
from service.extraction import values

LIES = 600


@pytest.fixture(scope="module")
def counts() -> dict[str, Counter[str]]:
    """Counts by way of quoting."""
    return asyncio.run(grounding.measure(shared=False))["samples"]


def test_grounding__a_third_of_the_values_is_printed_more_than_once(counts: dict[str, Counter[str]]) -> None:
    count = counts["label and value"]
    assert count["values"] >= 120
    assert count["repeated"] >= grounding.REPEATED * count["values"]


@pytest.mark.parametrize("mode", grounding.MODES)
def test_grounding__true_values_are_located(counts: dict[str, Counter[str]], mode: str) -> None:
    assert counts[mode]["located"] >= grounding.LOCATED * counts[mode]["values"]


@pytest.mark.parametrize("mode", ["label and value", "value alone"])
def test_grounding__the_right_occurrence_is_shown(counts: dict[str, Counter[str]], mode: str) -> None:
    assert counts[mode]["right"] >= grounding.RIGHT * counts[mode]["values"]


def test_grounding__true_values_are_verified(counts: dict[str, Counter[str]]) -> None:
    count = counts["label and value"]
    assert count["verified"] >= grounding.LOCATED * count["values"]


def test_fabrication__no_lie_is_verified() -> None:
    outcome = asyncio.run(fabrication.measure(LIES, shared=False))
    assert outcome.told.total() >= LIES
    assert set(outcome.told) == set(fabrication.KINDS)
    assert outcome.examples == []
    assert outcome.proved >= grounding.LOCATED * outcome.truths


def test_fabrication__a_judge_who_believes_everything_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(values, "derivable", lambda *_, **__: True)
    outcome = asyncio.run(fabrication.measure(100, shared=False))
    assert outcome.shown.total() > 0
