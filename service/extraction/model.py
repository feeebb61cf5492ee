"""The model client: chat completions through the openai SDK, its own retries off; tenacity alone decides.

Every HTTP call is booked in a ledger before it is made and settled after it, an answer that the ledger holds is not
asked for again. Errors are one family, `ModelError`, whose code says what happened. What is asked lives in `prompt`,
what an answer must look like in `answers`.
"""

import asyncio
import functools
import hashlib
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import httpx
import openai
from openai.resources.chat import AsyncCompletions
from pydantic import BaseModel, ConfigDict, JsonValue, SecretStr
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from service.extraction import prompt
from service.extraction.answers import Answers, Malformed, parse_answers
from service.extraction.faults import ModelError, refuses_strict, translate
from service.extraction.ledger import CallOutcome, CallPlan, Ledger
from service.extraction.models import Context, Variable
from service.parsing.models import Parsed

T = TypeVar("T")
TRIES = 5
_STOPPED = {
    "length": ("model_truncated", "The answer was cut off at the output limit"),
    "content_filter": ("model_content_filter", "The provider's filter withheld the answer"),
}


class ModelPlan(BaseModel):
    """Which model answers, and how it is asked."""

    model_config = ConfigDict(frozen=True)

    model: str
    api_key: SecretStr
    base_url: str | None = None
    timeout_seconds: float = 120
    temperature: float = 0
    max_output_tokens: int = 8192

    @property
    def identity(self) -> dict[str, JsonValue]:
        """What an answer depends on. Not the address or the key: a server that moves keeps its answers."""
        return self.model_dump(include={"model", "temperature", "max_output_tokens"})


class ModelClient:
    """One for all tasks of a worker; `bound` gives what a single task asks through."""

    def __init__(
        self,
        plan: ModelPlan,
        *,
        http: httpx.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self.plan = plan
        self._strict = True  # until the server refuses a schema
        self._sleep = sleep
        self._openai = openai.AsyncOpenAI(
            api_key=plan.api_key.get_secret_value(),
            base_url=plan.base_url,
            timeout=plan.timeout_seconds,
            max_retries=0,
            http_client=http,
        )

    def bound(self, ledger: Ledger, request_id: str) -> "BoundModel":
        """The model as one task asks it: calls are booked in `ledger` and carry `request_id`."""
        return BoundModel(self, ledger, request_id)

    async def close(self) -> None:
        """Closes the HTTP pool."""
        await self._openai.close()

    async def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        schema: dict[str, JsonValue],
        read: Callable[[str], T],
        ledger: Ledger,
        request_id: str,
    ) -> T:
        """The answer as `read` understands it. Raises `ModelError`; `RateLimited` says when to come back."""
        retrying = AsyncRetrying(
            stop=stop_after_attempt(TRIES),
            wait=_wait,
            retry=retry_if_exception(lambda e: isinstance(e, ModelError) and e.retryable),
            sleep=self._sleep,
            reraise=True,
        )

        async def once() -> T:
            call = functools.partial(_call, self._openai.chat.completions, ledger, request_id, read)
            try:
                return await call(self._request(messages, schema))
            except ModelError as error:
                if not (self._strict and refuses_strict(error)):
                    raise
            self._strict = False
            return await call(self._request(messages, schema))

        return await retrying(once)

    def _request(self, messages: Sequence[Mapping[str, str]], schema: dict[str, JsonValue]) -> dict[str, Any]:
        named = {"name": "answer", "strict": True, "schema": schema}
        strict = {"type": "json_schema", "json_schema": named}
        return {
            "model": self.plan.model,
            "temperature": self.plan.temperature,
            "max_tokens": self.plan.max_output_tokens,
            "messages": list(messages),
            "response_format": strict if self._strict else {"type": "json_object"},
        }


@dataclass(frozen=True, slots=True)
class BoundModel:
    """What `pipeline.extract` asks."""

    client: ModelClient
    ledger: Ledger
    request_id: str
    origin: Literal["model"] = "model"

    @property
    def identity(self) -> dict[str, JsonValue]:
        """As `ModelPlan.identity`."""
        return self.client.plan.identity

    async def ask(self, context: Context, variables: Sequence[Variable], parsed: Parsed) -> Answers:
        """All variables in one call."""
        return await self.client.complete(
            prompt.messages(context, variables, parsed),
            prompt.answer_schema(variables),
            lambda raw: parse_answers(raw, variables),
            self.ledger,
            self.request_id,
        )


async def _call(
    completions: AsyncCompletions, ledger: Ledger, request_id: str, read: Callable[[str], T], request: dict[str, Any]
) -> T:
    body = json.dumps(request, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    plan = CallPlan(
        request_hash=hashlib.sha256(body).hexdigest(),
        request_id=request_id,
        model=request["model"],
        input_tokens=prompt.upper_bound_tokens(body),
        output_tokens=request["max_tokens"],
    )
    reserved = await ledger.before_call(plan)
    if reserved.answer is not None:
        return _understood(CallOutcome(reserved.call_id, answer=reserved.answer), read)
    headers = {"X-Request-ID": request_id, "X-Client-Request-Id": reserved.call_id}
    outcome, started = CallOutcome(reserved.call_id), time.perf_counter()

    def ended(**how: Any) -> CallOutcome:
        return replace(outcome, latency_ms=round((time.perf_counter() - started) * 1000), **how)

    try:
        outcome = await _hear(completions, request, headers, outcome)
        understood = _understood(outcome, read)
    except ModelError as error:
        await ledger.after_call(ended(error_code=error.code, answer=None))
        raise
    await ledger.after_call(ended(state="settled"))
    return understood


async def _hear(
    completions: AsyncCompletions, request: dict[str, Any], headers: dict[str, str], outcome: CallOutcome
) -> CallOutcome:
    try:
        reply = await completions.create(**request, extra_headers=headers)
        choice, usage = reply.choices[0], reply.usage
        return replace(
            outcome,
            input_tokens=usage.prompt_tokens if usage else None,
            output_tokens=usage.completion_tokens if usage else None,
            finish_reason=choice.finish_reason,
            answer=choice.message.content,
        )
    except openai.OpenAIError as error:
        raise translate(error) from error
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise ModelError("model_malformed", "The model server's reply is no chat completion") from error


def _understood(outcome: CallOutcome, read: Callable[[str], T]) -> T:
    if outcome.finish_reason in _STOPPED:
        raise ModelError(*_STOPPED[outcome.finish_reason])
    if not isinstance(outcome.answer, str):
        raise ModelError("model_refused", "The model gave no answer")
    try:
        return read(outcome.answer)
    except Malformed as error:
        raise ModelError("model_malformed", str(error)) from error


def _wait(state: RetryCallState) -> float:
    growing = 2.0 ** (state.attempt_number - 1) * random.uniform(1, 1.25)  # noqa: S311 - jitter
    error = state.outcome.exception() if state.outcome else None
    return max(growing, error.wait_seconds) if isinstance(error, ModelError) else growing
