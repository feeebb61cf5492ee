"""What can go wrong with a model, as one family. Imports no SDK: that takes a second to load."""

from datetime import UTC, datetime, timedelta

_LONGEST_WAIT_SECONDS = 30.0  # a task that has to wait for longer is given back
_UNTOLD_WAIT_SECONDS = 16.0  # where the server asks for patience and does not say for how long


class ModelError(Exception):
    """A call that gave no usable answer. `code` is stored, and shown to people with `detail`.

    One that is `retryable` may pass when it is made again, after `wait_seconds` where the server
    named them.
    """

    def __init__(
        self, code: str, detail: str, *, retryable: bool = False, wait_seconds: float = 0
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.retryable = retryable
        self.wait_seconds = wait_seconds


class ModelUnavailable(ModelError):
    """The server was not reached, was too slow, or has a fault of its own."""

    def __init__(self, detail: str) -> None:
        super().__init__("model_unavailable", detail, retryable=True)


class ModelRefused(ModelError):
    """The server, or the model itself, does not want to answer."""

    def __init__(self, detail: str) -> None:
        super().__init__("model_refused", detail)


class KeyRefused(ModelError):
    """The server does not accept the key. Its own words are not kept: they may repeat the key."""

    def __init__(self, status: int) -> None:
        super().__init__("model_auth", f"The model server does not accept the key ({status})")


class ContextTooLong(ModelError):
    """The question is longer than the model can read."""

    def __init__(self) -> None:
        super().__init__("model_context_too_long", "The document is too long for the model")


class ContentFiltered(ModelError):
    """The provider's filter stopped the question or the answer."""

    def __init__(self, detail: str) -> None:
        super().__init__("model_content_filter", detail)


class AnswerMalformed(ModelError):
    """The answer has not the form that was asked for."""

    def __init__(self, detail: str) -> None:
        super().__init__("model_malformed", detail)


class AnswerTruncated(ModelError):
    """The answer breaks off before it says anything of use."""

    def __init__(self, detail: str) -> None:
        super().__init__("model_truncated", detail)


class NotNow(ModelError):
    """Come back at `until`; the task is not to blame."""

    until: datetime


class BreakerOpen(NotNow):
    """The server was away again and again: it is not asked for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.until = datetime.now(UTC) + timedelta(seconds=seconds)
        detail = "The model server is away and is not asked for a while"
        super().__init__("model_unavailable", detail)


class RateLimited(NotNow):
    """The server asks for patience, for so many seconds if it says so."""

    def __init__(self, asked_seconds: float | None) -> None:
        rest_seconds = _UNTOLD_WAIT_SECONDS if asked_seconds is None else asked_seconds
        wait_seconds = asked_seconds or 0
        self.until = datetime.now(UTC) + timedelta(seconds=rest_seconds)
        super().__init__(
            "model_rate_limited",
            f"The provider's rate limit is reached until {self.until:%Y-%m-%d %H:%M:%S} UTC",
            retryable=wait_seconds <= _LONGEST_WAIT_SECONDS,
            wait_seconds=wait_seconds,
        )


class LedgerRefused(Exception):
    """The ledger books no call now.

    No fault of the model's: it was not asked, and its breaker hears nothing.
    """


class CapReached(LedgerRefused):
    """No money is left for a call.

    `code`: of the job (cap_reached) or of the project (project_cap_reached).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CallLimitReached(LedgerRefused):
    """The project has made its calls of this minute."""
