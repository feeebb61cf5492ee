"""What a model server says, or its SDK, as one of our faults. Translated here and nowhere else."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import openai

from service.model.faults import ModelError, RateLimited

_TOO_LONG = r"context[_ ](length|window)|maximum context|too many tokens|prompt is too long"


def translate(error: Exception) -> ModelError:
    """The one error that a fault of the SDK, or of reading what it gave, means."""
    if isinstance(error, openai.APIStatusError):
        return _status(error)
    if isinstance(error, openai.APIConnectionError):
        return ModelError(
            "model_unavailable",
            "The model server can not be reached or is too slow",
            retryable=True,
        )
    return ModelError("model_malformed", "The model server's reply is no chat completion")


def _status(error: openai.APIStatusError) -> ModelError:
    status, body = error.status_code, error.body if isinstance(error.body, dict) else {}
    told = str(body.get("message") or error.message)[:300]
    about = f"{error.code or ''} {told}".lower()
    if status == 429 and error.code != "insufficient_quota":
        return RateLimited(_wait_asked(error.response.headers.get("retry-after", "")))
    if status in (408, 409) or status >= 500:
        return ModelError(
            "model_unavailable", f"The model server answered {status}", retryable=True
        )
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
    with suppress(TypeError, ValueError):
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    return None
