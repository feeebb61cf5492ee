"""The breaker of a provider key, on a clock that is moved by hand. E-LLM-02."""

import pytest

from service.model.breaker import Breaker
from service.model.faults import BreakerOpen, ModelError, RateLimited


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock)


def call(breaker: Breaker, error: Exception | None = None) -> None:
    with breaker.watch():
        if error:
            raise error


def away() -> ModelError:
    return ModelError("model_unavailable", "down", retryable=True)


def fails(breaker: Breaker, error: Exception | None = None) -> Exception:
    with pytest.raises(type(error or away())) as caught:
        call(breaker, error or away())
    return caught.value


def opened(breaker: Breaker) -> Breaker:
    for _ in range(5):
        assert not isinstance(fails(breaker), BreakerOpen)
    return breaker


def test_breaker__opens_after_five_in_a_row_and_fails_fast(breaker: Breaker) -> None:
    for _ in range(4):
        fails(breaker)
    call(breaker)
    opened(breaker)
    made = []
    with pytest.raises(BreakerOpen), breaker.watch():
        made.append("a call")
    assert made == []


@pytest.mark.parametrize(
    "error", [ModelError("model_refused", "no"), ModelError("model_auth", "no"), RateLimited(1)]
)
def test_breaker__a_server_that_refuses_is_there(breaker: Breaker, error: ModelError) -> None:
    for _ in range(4):
        fails(breaker)
    fails(breaker, error)
    fails(breaker)
    call(breaker)


def test_breaker__says_when_to_come_back(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += 10
    with pytest.raises(BreakerOpen) as refused:
        call(breaker)
    assert refused.value.code == "model_unavailable"
    assert not refused.value.retryable


def test_breaker__half_opens_after_thirty_seconds_for_one_call_at_a_time(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.now += 29.9
    with pytest.raises(BreakerOpen):
        call(breaker)
    clock.now += 0.1
    with breaker.watch(), pytest.raises(BreakerOpen):
        call(breaker)
    call(breaker)


def test_breaker__closes_after_three(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += 30
    for _ in range(2):
        call(breaker)
    with breaker.watch(), pytest.raises(BreakerOpen):
        call(breaker)
    with breaker.watch():
        call(breaker)
    for _ in range(4):
        fails(breaker)
    call(breaker)


def test_breaker__a_probe_that_finds_nobody_opens_it_again_and_is_not_repeated(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.now += 30
    call(breaker)
    error = fails(breaker)
    assert isinstance(error, ModelError)
    assert not error.retryable
    clock.now += 29.9
    with pytest.raises(BreakerOpen):
        call(breaker)
    clock.now += 0.1
    for _ in range(3):
        call(breaker)
    with breaker.watch():
        call(breaker)


def test_breaker__a_probe_that_ends_otherwise_leaves_room_for_the_next(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.now += 30
    with pytest.raises(KeyError):
        call(breaker, KeyError("the cap"))
    call(breaker)


def test_breaker__one_key_does_not_trip_another(clock: Clock) -> None:
    opened(Breaker(clock))
    call(Breaker(clock))
