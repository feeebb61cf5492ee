"""What can go wrong with a model, as one family. Knows no SDK: that takes a second to load."""

from datetime import UTC, datetime, timedelta

_LONGEST_WAIT_SECONDS, _UNSAID_WAIT_SECONDS = 30.0, 16.0


class ModelError(Exception):
    """A call that gave no usable answer. `code` is one of model_unavailable, model_refused, model_rate_limited,
    model_auth, model_context_too_long, model_truncated, model_malformed, model_content_filter, offline_no_entities."""

    def __init__(
        self, code: str, detail: str, *, retryable: bool = False, wait_seconds: float = 0
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail
        self.retryable, self.wait_seconds = retryable, wait_seconds


class NotNow(ModelError):
    """Come back at `until`; the task is not to blame."""

    until: datetime


class BreakerOpen(NotNow):
    """The server was away again and again: for so many seconds it is not asked."""

    def __init__(self, seconds: float) -> None:
        self.until = datetime.now(UTC) + timedelta(seconds=seconds)
        super().__init__(
            "model_unavailable", "The model server is away and is not asked for a while"
        )


class RateLimited(NotNow):
    """The server asks for patience."""

    def __init__(self, asked: float | None) -> None:
        self.until = datetime.now(UTC) + timedelta(
            seconds=_UNSAID_WAIT_SECONDS if asked is None else asked
        )
        detail, wait = (
            f"The provider's rate limit is reached until {self.until:%Y-%m-%d %H:%M:%S} UTC",
            asked or 0,
        )
        super().__init__(
            "model_rate_limited", detail, retryable=wait <= _LONGEST_WAIT_SECONDS, wait_seconds=wait
        )


class LedgerRefused(Exception):
    """The ledger books no call now. No fault of the model's: it was not asked, and its breaker hears nothing."""


class CapReached(LedgerRefused):
    """No money is left for a call: of the job (cap_reached) or of the project (project_cap_reached)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CallLimitReached(LedgerRefused):
    """The project has made its calls of this minute."""
