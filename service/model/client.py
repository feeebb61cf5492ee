"""The model client: chat completions through the openai SDK, its own retries off; tenacity alone decides.

Every HTTP call is booked in the ledger before it is made and settled after it; an answer that the ledger holds is not
asked for again. It knows no capability: what is asked, and how an answer is read, comes with the call.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import openai
from openai.types.chat import ChatCompletion
from pydantic import JsonValue, SecretStr
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential_jitter,
    wait_random,
)

from service import metrics
from service.canonical import canonical, sha256
from service.log import logger
from service.model.breaker import Breaker
from service.model.faults import ModelError
from service.model.json_model import Message, Read, T
from service.model.provider import translate
from service.model.sizes import sent_bytes, upper_bound_tokens
from service.queue.task import Task
from service.queue.verbs import Verbs
from service.settings import WorkerSettings

TRIES = 5
_GROWING = wait_exponential_jitter(jitter=0.25)
# A server that knows no JSON schemas refuses one.
_NO_STRICT = r"model_refused: .*(response_format|json_schema|structured output|unsupported schema)"
_MAY_PASS = retry_if_exception(lambda error: isinstance(error, ModelError) and error.retryable)


class ModelClient:
    """One for all tasks of a worker. `asked_of` is what an answer depends on: a server that moves keeps its answers."""

    def __init__(
        self, settings: WorkerSettings, key: SecretStr, http: httpx.AsyncClient | None = None
    ) -> None:
        self.cost_micros = settings.cost_micros
        self.strict = True  # until the server refuses a schema
        self.breaker = Breaker(rest_seconds=settings.model_rest_seconds)
        self.places = asyncio.Semaphore(
            settings.concurrency
        )  # for calls, from their booking to their answer
        name, most = settings.model_name, settings.model_max_output_tokens
        self.asked_of: dict[str, JsonValue] = {"model": name, "temperature": 0, "max_tokens": most}
        self.sdk = openai.AsyncOpenAI(
            api_key=key.get_secret_value(),
            base_url=settings.model_base_url,
            timeout=settings.model_timeout_seconds,
            max_retries=0,
            # Never the pool of Supabase, whose every call carries the secret key.
            http_client=http or openai.DefaultAioHttpClient(),
        )


def _wait(state: RetryCallState) -> float:
    told = getattr(state.outcome and state.outcome.exception(), "wait_seconds", 0)
    # A server that says when to come back is taken at its word: to wait longer would leave its limit unused.
    return wait_random(told, told * 1.25)(state) if told else _GROWING(state)


PATIENCE = AsyncRetrying(stop=stop_after_attempt(TRIES), wait=_wait, retry=_MAY_PASS, reraise=True)


@dataclass(frozen=True)
class TaskModel:
    """The model as one task asks it. What the ledger raises ends the asking: a cap that is reached, a lost lease."""

    client: ModelClient
    verbs: Verbs
    task: Task
    request_id: str

    @property
    def identity(self) -> dict[str, JsonValue]:
        """As `ModelClient.asked_of`."""
        return self.client.asked_of

    async def ask_json(
        self,
        messages: Sequence[Message],
        schema: dict[str, Any],
        read: Read[T],
        variables: int = 0,
    ) -> T:
        """What `read` makes of the answer. Raises `ModelError`; `NotNow` says when to come back."""
        return await PATIENCE.copy()(self._ask_once, messages, schema, read, variables)

    async def _ask_once(
        self, messages: Sequence[Message], schema: dict[str, Any], read: Read[T], variables: int
    ) -> T:
        request = {**self.client.asked_of, "messages": messages}
        with self.client.breaker.watch():
            if self.client.strict:
                try:
                    form = {
                        "type": "json_schema",
                        "json_schema": {"name": "answer", "strict": True, "schema": schema},
                    }
                    return await self._call(request | {"response_format": form}, read, variables)
                except ModelError as error:
                    if not re.search(_NO_STRICT, str(error).lower()):
                        raise
                    self.client.strict = False
            return await self._call(
                request | {"response_format": {"type": "json_object"}}, read, variables
            )

    async def _call(self, request: dict[str, Any], read: Read[T], variables: int) -> T:
        body = canonical(request)
        worst = self.client.cost_micros(upper_bound_tokens(body), request["max_tokens"])
        plan = {
            "request_hash": sha256(body),
            "request_id": self.request_id,
            "model": request["model"],
        }
        size = {"input_bytes": sent_bytes(request["messages"]), "variables": variables}
        call: dict[str, Any] = {}
        try:
            # Booked at its place and not before: what is in the ledger has been sent.
            async with self.client.places:
                [booked] = await self.verbs.on(
                    self.task, "reserve_call", reserved_micros=worst, **plan, **size
                )
                if booked["answer"] is not None:
                    return read(booked["answer"], cut=booked["finish_reason"] == "length")
                call |= {"call": booked["call_id"], "cost_micros": worst}
                raw = await self._hear(body, call)
            answers = read(raw, cut=call["finish_reason"] == "length")
        except ModelError as error:
            if call:
                await self._settle(call, "failed", error_code=error.code)
            raise
        # Only a usable answer is stored, so that no other is ever reused.
        await self._settle(call, "settled", answer=raw)
        return answers

    async def _settle(self, call: dict[str, Any], state: str, **how: str) -> None:
        metrics.MODEL_CALLS.labels(how.get("error_code", state)).inc()
        for direction in ("input", "output"):
            metrics.TOKENS.labels(direction).inc(call.get(f"{direction}_tokens", 0))
        logger.info("model.called", outcome=state, code=how.get("error_code"))
        await self.verbs.call("settle_call", state=state, **call, **how)

    async def _hear(self, body: str, call: dict[str, Any]) -> str:
        """The text of the reply; writes into `call` what `settle_call` is to know of it.

        The price is the worst until the server tells the tokens, or that it did no work.
        """
        headers = {"X-Request-ID": self.request_id, "X-Client-Request-Id": call["call"]}
        # Byte for byte what was hashed. What the SDK is given in parts it goes through key by key: a schema is long.
        asked: dict[str, Any] = {
            "content": body.encode(),
            "cast_to": ChatCompletion,
            "options": {"headers": headers},
        }
        started = time.perf_counter()
        try:
            reply = await self.client.sdk.post("/chat/completions", **asked)
            call["finish_reason"], content = (
                reply.choices[0].finish_reason,
                reply.choices[0].message.content,
            )
            if usage := reply.usage:
                used = call["input_tokens"], call["output_tokens"] = (
                    usage.prompt_tokens,
                    usage.completion_tokens,
                )
                call["cost_micros"] = self.client.cost_micros(*used)
        except (openai.OpenAIError, AttributeError, IndexError, TypeError, ValueError) as error:
            unsent = isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout)
            if unsent or isinstance(error, openai.APIStatusError):
                call["cost_micros"] = 0
            raise translate(error) from error
        finally:
            call["latency_ms"] = round((time.perf_counter() - started) * 1000)
        if call["finish_reason"] == "content_filter":
            raise ModelError("model_content_filter", "The answer was cut off: content_filter")
        if not isinstance(content, str):
            raise ModelError("model_refused", "The model gave no answer")
        return content
