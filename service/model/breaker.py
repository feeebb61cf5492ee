"""The breaker of one provider key.

A server that is away is left alone for a while, and then tried again with one call at a time.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from service.model.faults import BreakerOpen, ModelError

OPENS_AFTER = 5  # calls in a row that found nobody
CLOSES_AFTER = 3  # probes that were answered
PROBE_SECONDS = 2.0  # how long a call waits while another probes


@dataclass
class Breaker:
    """Closed until `OPENS_AFTER` calls in a row found nobody; then open for `rest_seconds`.

    After that it is half-open: one call at a time probes. A probe that finds nobody opens it again;
    `CLOSES_AFTER` probes that are answered close it.
    """

    clock: Callable[[], float] = time.monotonic
    rest_seconds: float = 30
    failures: int = 0  # in a row
    probes_left: int = 0  # answers that are missing until it closes; 0 while it is closed
    opened_at: float = 0
    probing: bool = False

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Around one call. Raises `BreakerOpen` in place of a call that is not to be made.

        A probe that finds nobody is not retryable. So an outage ends in failures that count, a
        document each `rest_seconds`, and a job does not wait for ever.
        """
        is_probe = self.probes_left > 0
        if is_probe:
            self._refuse_unless_due()
            self.probing = True
        try:
            yield
        except ModelError as error:
            away = error.code == "model_unavailable"
            if is_probe and away:
                error.retryable = False
            self._count(away=away, is_probe=is_probe)
            raise
        else:
            self._count(away=False, is_probe=is_probe)
        finally:
            if is_probe:
                self.probing = False

    def _refuse_unless_due(self) -> None:
        rest = self.opened_at + self.rest_seconds - self.clock()
        if rest > 0 or self.probing:
            raise BreakerOpen(max(rest, PROBE_SECONDS))

    def _count(self, *, away: bool, is_probe: bool) -> None:
        """Counts a call; a server that answers with a refusal is not away."""
        self.failures = self.failures + 1 if away else 0
        if away and (is_probe or self.failures == OPENS_AFTER):
            self.opened_at = self.clock()
            self.probes_left = CLOSES_AFTER
        elif is_probe:
            self.probes_left -= 1
