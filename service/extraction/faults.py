"""What can go wrong with a model, as one family. What a server says is translated here and nowhere else."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import openai

LONGEST_WAIT_SECONDS, _UNSAID_WAIT_SECONDS = 30.0, 16.0
_TOO_LONG = r"context[_ ](length|window)|maximum context|too many tokens|prompt is too long"
_NO_STRICT = r"response_format|json_schema|structured output|unsupported schema"


class ModelError(Exception):
    """A call that gave no usable answer. `code` is one of model_unavailable, model_refused, model_rate_limited,
    model_auth, model_context_too_long, model_truncated, model_malformed, model_content_filter."""

    def __init__(self, code: str, detail: str, *, retryable: bool = False, wait_seconds: float = 0) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail
        self.retryable, self.wait_seconds = retryable, wait_seconds

    @property
    def refuses_strict(self) -> bool:
        """True where a server that knows no JSON schemas refused one."""
        return self.code == "model_refused" and bool(re.search(_NO_STRICT, self.detail.lower()))


class RateLimited(ModelError):
    """The server asks for patience: come back at `until`; the task is not to blame."""

    def __init__(self, asked: float | None) -> None:
        self.until = datetime.now(UTC) + timedelta(seconds=_UNSAID_WAIT_SECONDS if asked is None else asked)
        detail, wait = f"The provider's rate limit is reached until {self.until:%Y-%m-%d %H:%M:%S} UTC", asked or 0
        super().__init__("model_rate_limited", detail, retryable=wait <= LONGEST_WAIT_SECONDS, wait_seconds=wait)


def translate(error: Exception) -> ModelError:
    """The one error that a fault of the SDK, or of reading what it gave, means."""
    if isinstance(error, openai.APIStatusError):
        return _status(error)
    if isinstance(error, openai.APIConnectionError):
        return ModelError("model_unavailable", "The model server can not be reached or is too slow", retryable=True)
    return ModelError("model_malformed", "The model server's reply is no chat completion")


def _status(error: openai.APIStatusError) -> ModelError:
    status, body = error.status_code, error.body if isinstance(error.body, dict) else {}
    told = str(body.get("message") or error.message)[:300]
    about, asked = f"{error.code or ''} {told}".lower(), _wait_asked(error.response.headers.get("retry-after", ""))
    if status == 429 and error.code != "insufficient_quota":
        return RateLimited(asked)
    if status in (408, 409) or status >= 500:
        wait = min(asked or 0, LONGEST_WAIT_SECONDS)
        return ModelError("model_unavailable", f"The model server answered {status}", retryable=True, wait_seconds=wait)
    if status in (401, 403):
        # A provider may repeat part of the key here.
        return ModelError("model_auth", f"The model server does not accept the key ({status})")
    if status == 413 or re.search(_TOO_LONG, about):
        return ModelError("model_context_too_long", "The document is too long for the model")
    if re.search("content_(filter|policy)", about):
        return ModelError("model_content_filter", "The provider's filter refused the document")
    return ModelError("model_refused", f"The model server answered {status}: {told}")


def _wait_asked(retry_after: str) -> float | None:
    """Seconds of a Retry-After, which is a number of them or a date; None of anything else."""
    if re.fullmatch(r"\d{1,7}(\.\d+)?", retry_after):
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
