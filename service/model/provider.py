"""What a model server or its SDK says, as one of our faults. Translated here and nowhere else."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import openai

from service.model.faults import (
    AnswerMalformed,
    ContentFiltered,
    ContextTooLong,
    KeyRefused,
    ModelError,
    ModelRefused,
    ModelUnavailable,
    RateLimited,
)

_TOO_LONG = re.compile(
    r"context[_ ](length|window)|maximum context|too many tokens|prompt is too long"
)
_FILTERED = re.compile("content_(filter|policy)")
_SECONDS = re.compile(r"\d{1,7}(\.\d+)?")
_MOST_SHOWN = 300  # characters of what the server says


def translate_fault(error: Exception) -> ModelError:
    """The fault that an error of the SDK, or of reading what the SDK gave, means."""
    if isinstance(error, openai.APIStatusError):
        return _translate_status(error)
    if isinstance(error, openai.APIConnectionError):
        return ModelUnavailable("The model server can not be reached or is too slow")
    return AnswerMalformed("The model server's reply is no chat completion")


def _translate_status(error: openai.APIStatusError) -> ModelError:
    status = error.status_code
    message = _message_of(error)
    said = f"{error.code or ''} {message}".lower()
    if status == 429 and error.code != "insufficient_quota":
        return RateLimited(_asked_seconds(error.response.headers.get("retry-after", "")))
    if status in (408, 409) or status >= 500:
        return ModelUnavailable(f"The model server answered {status}")
    if status in (401, 403):
        return KeyRefused(status)
    if status == 413 or _TOO_LONG.search(said):
        return ContextTooLong()
    if _FILTERED.search(said):
        return ContentFiltered("The provider's filter refused the document")
    return ModelRefused(f"The model server answered {status}: {message}")


def _message_of(error: openai.APIStatusError) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    return str(body.get("message") or error.message)[:_MOST_SHOWN]


def _asked_seconds(retry_after: str) -> float | None:
    """Seconds of a Retry-After, which is a number of them or a date; None of anything else."""
    if _SECONDS.fullmatch(retry_after):
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
        return max(0.0, (until - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
