"""The breaker of one provider key: a server that is away is left alone, and tried again with one call at a time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from service.model.faults import BreakerOpen, ModelError

OPENS_AFTER, CLOSES_AFTER, PROBE_SECONDS = 5, 3, 2.0


@dataclass
class Breaker:
    """Closed until `OPENS_AFTER` calls in a row found nobody; then open for `rest_seconds`; then half-open: one call at
    a time probes, one that finds nobody opens it again, and `CLOSES_AFTER` that are answered close it."""

    clock: Callable[[], float] = time.monotonic
    rest_seconds: float = 30
    failures: int = 0  # in a row
    missing: int = 0  # answers until it closes
    opened_at: float = 0
    probing: bool = False

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Around one call. Raises `BreakerOpen` in place of a call that is not to be made.

        The document of a probe that finds nobody is not tried again: so an outage ends in failures that count, a
        document each `rest_seconds`, and a job does not wait for ever.
        """
        probe = self.missing > 0
        if probe:
            rest = self.opened_at + self.rest_seconds - self.clock()
            if rest > 0 or self.probing:
                raise BreakerOpen(max(rest, PROBE_SECONDS))
            self.probing = True
        try:
            yield
            self._heard(probe, away=False)
        except ModelError as error:
            away = error.code == "model_unavailable"
            error.retryable = error.retryable and not (probe and away)
            self._heard(probe, away)
            raise
        finally:
            self.probing = self.probing and not probe

    def _heard(self, probe: bool, away: bool) -> None:
        self.failures = self.failures + 1 if away else 0
        if away and (probe or self.failures == OPENS_AFTER):
            self.opened_at, self.missing = self.clock(), CLOSES_AFTER
        elif probe:
            self.missing -= 1
