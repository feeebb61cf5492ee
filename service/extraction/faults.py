"""What can go wrong with a model, as one family. What a server says is translated here and nowhere else."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import openai

LONGEST_WAIT_SECONDS = 30.0
_DETAIL_LENGTH = 300
_NO_WAIT_SAID = timedelta(seconds=16)
_TOO_LONG = re.compile(r"context[_ ](length|window)|maximum context|too many tokens|prompt is too long")
_NO_STRICT = re.compile(r"response_format|json_schema|structured output|unsupported schema")


class ModelError(Exception):
    """A call that gave no usable answer. `code` is one of model_unavailable, model_refused, model_rate_limited,
    model_auth, model_context_too_long, model_truncated, model_malformed, model_content_filter."""

    def __init__(self, code: str, detail: str, *, retryable: bool = False, wait_seconds: float = 0) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.retryable = retryable
        self.wait_seconds = wait_seconds


class RateLimited(ModelError):
    """The server asks for patience: come back at `until`; the task is not to blame."""

    def __init__(self, until: datetime, wait_seconds: float) -> None:
        patient = wait_seconds <= LONGEST_WAIT_SECONDS
        super().__init__(
            "model_rate_limited",
            f"The provider's rate limit is reached until {until.isoformat(timespec='seconds')}",
            retryable=patient,
            wait_seconds=wait_seconds,
        )
        self.until = until


def translate(error: openai.OpenAIError) -> ModelError:
    """The one error that a fault of the SDK means."""
    if isinstance(error, openai.APIStatusError):
        return _status(error)
    if isinstance(error, openai.APIConnectionError):
        slow = isinstance(error, openai.APITimeoutError)
        detail = "did not answer in time" if slow else "can not be reached"
        return ModelError("model_unavailable", f"The model server {detail}", retryable=True)
    return ModelError("model_malformed", "The model server's reply is no chat completion")


def refuses_strict(error: ModelError) -> bool:
    """True where a server that knows no JSON schemas refused one."""
    return error.code == "model_refused" and bool(_NO_STRICT.search(error.detail.lower()))


def _status(error: openai.APIStatusError) -> ModelError:
    status, told = error.status_code, _told(error)
    about = f"{error.code or ''} {told}".lower()
    if status == 429 and error.code != "insufficient_quota":
        return _rate_limited(error.response)
    if status in (408, 409) or status >= 500:
        wait = min(_wait_asked(error.response) or 0, LONGEST_WAIT_SECONDS)
        detail = f"The model server answered {status}"
        return ModelError("model_unavailable", detail, retryable=True, wait_seconds=wait)
    if status in (401, 403):
        # A provider may repeat part of the key here.
        return ModelError("model_auth", f"The model server does not accept the key ({status})")
    if status == 413 or _TOO_LONG.search(about):
        return ModelError("model_context_too_long", "The document is too long for the model")
    if "content_filter" in about or "content_policy" in about:
        return ModelError("model_content_filter", "The provider's filter refused the document")
    return ModelError("model_refused", f"The model server answered {status}: {told}")


def _told(error: openai.APIStatusError) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    return str(body.get("message") or error.message)[:_DETAIL_LENGTH]


def _rate_limited(response: httpx.Response) -> RateLimited:
    asked = _wait_asked(response)
    wait = timedelta(seconds=asked) if asked is not None else _NO_WAIT_SAID
    return RateLimited(datetime.now(UTC) + wait, asked or 0)


def _wait_asked(response: httpx.Response) -> float | None:
    milliseconds = response.headers.get("retry-after-ms", "")
    if re.fullmatch(r"\d+(\.\d+)?", milliseconds):
        return float(milliseconds) / 1000
    after = response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,7}(\.\d+)?", after):
        return float(after)
    try:
        moment = parsedate_to_datetime(after)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(moment.tzinfo or UTC)).total_seconds())
