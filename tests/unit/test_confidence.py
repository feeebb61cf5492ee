"""How sure we are of a value: a product of factors, one a signal."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.evidence.confidence import confidence
from service.evidence.models import Signals

PROVEN = Signals(
    origin="model",
    evidence="exact",
    derivable=True,
    ambiguous=False,
    readings=[],
    source="text",
    text_quality=1.0,
    occurrences=1,
    rules_ok=True,
)
# What each signal may be, from the worst to the best.
STEPS: dict[str, list[Any]] = {
    "evidence": ["none", "not_found", "fuzzy", "split", "exact"],
    "derivable": [False, True],
    "rules_ok": [False, True],
    "ambiguous": [True, False],
    "source": ["none", "ocr", "text"],
    "text_quality": [0.0, 0.4, 1.0],
    "occurrences": [40, 5, 2, 1, 0],
    "origin": ["offline", "model"],
}
SIGNALS = st.fixed_dictionaries({name: st.sampled_from(steps) for name, steps in STEPS.items()})


def signals_with(**changes: Any) -> Signals:
    return replace(PROVEN, **changes)


def test_confidence__of_a_proved_value_is_high() -> None:
    assert confidence(PROVEN) == 0.99


@pytest.mark.parametrize(
    ("signal", "value", "factor"),
    [
        ("origin", "offline", 0.9),
        ("derivable", False, 0.45),
        ("rules_ok", False, 0.6),
        ("ambiguous", True, 0.5),
        ("source", "ocr", 0.9),
        ("source", "none", 0.5),
        ("text_quality", 0.4, 0.7),
        ("text_quality", 0.0, 0.5),
    ],
)
def test_confidence__each_signal_leaves_its_factor(signal: str, value: Any, factor: float) -> None:
    assert confidence(signals_with(**{signal: value})) == round(0.99 * factor, 4)


@pytest.mark.parametrize(
    ("evidence", "base"),
    [
        ("exact", 0.99),
        ("moved", 0.95),
        ("split", 0.95),
        ("fuzzy", 0.6),
        ("not_found", 0.25),
        ("none", 0.2),
    ],
)
def test_confidence__begins_with_the_evidence(evidence: Any, base: float) -> None:
    assert confidence(signals_with(evidence=evidence)) == base


@pytest.mark.parametrize(
    ("occurrences", "factor"),
    [(0, 1.0), (1, 1.0), (2, 0.98), (5, 0.92), (6, 0.9), (7, 0.9), (1000, 0.9)],
)
def test_confidence__falls_with_each_further_place_of_the_quote(
    occurrences: int, factor: float
) -> None:
    """A quote that is printed often may stand in the wrong field; a tenth is the most it costs."""
    assert confidence(signals_with(occurrences=occurrences)) == round(0.99 * factor, 4)


@given(SIGNALS, st.sampled_from(sorted(STEPS)))
def test_confidence__never_falls_when_a_signal_gets_better(base: dict[str, Any], name: str) -> None:
    scores = [confidence(signals_with(**{**base, name: step})) for step in STEPS[name]]
    assert scores == sorted(scores)
    assert all(0 <= score < 1 for score in scores)


@given(SIGNALS)
def test_confidence__of_what_is_not_proved_stays_below_one_half(base: dict[str, Any]) -> None:
    assert confidence(signals_with(**{**base, "derivable": False})) < 0.5
    assert confidence(signals_with(**{**base, "evidence": "not_found"})) < 0.5
