"""The model client: chat completions through the openai SDK, its own retries off.

Every HTTP call is booked in the ledger before it is made and settled after it; an answer that the
ledger holds is not asked for again. It knows no capability: what is asked, and how an answer is
read, comes with the call.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from service.connections import trusted_authorities
from service.log import logger
from service.model.breaker import Breaker
from service.model.faults import ContentFiltered, ModelError, ModelRefused
from service.model.json_model import Message, Read, T, model_identity
from service.model.ledger import reserve_call
from service.model.provider import translate_fault
from service.model.sizes import sent_bytes, upper_bound_tokens
from service.queue.task import Task
from service.queue.verbs import Verbs
from service.settings import WorkerSettings

TRIES = 5
_GROWING_WAIT = wait_exponential_jitter(jitter=0.25)
_MAY_PASS = retry_if_exception(lambda error: isinstance(error, ModelError) and error.retryable)
# What a server says that knows no JSON schemas.
_SCHEMA_REFUSED = re.compile(
    r"""
    model_refused:\ .*
    (response_format | json_schema | structured\ output | unsupported\ schema)
    """,
    re.VERBOSE,
)
_ANY_OBJECT = {"type": "json_object"}
# What reading a reply raises that is no chat completion.
_NO_COMPLETION = (AttributeError, IndexError, TypeError, ValueError)


def _wait(state: RetryCallState) -> float:
    asked: float = getattr(state.outcome and state.outcome.exception(), "wait_seconds", 0)
    if not asked:
        return _GROWING_WAIT(state)
    # To wait much longer than the server asks would leave a part of its limit unused.
    return wait_random(asked, asked * 1.25)(state)


PATIENCE = AsyncRetrying(stop=stop_after_attempt(TRIES), wait=_wait, retry=_MAY_PASS, reraise=True)


class ModelClient:
    """The connection to one model, for all tasks of a worker.

    `asked_of` is what an answer depends on; a server that moves keeps its answers.
    """

    def __init__(
        self, settings: WorkerSettings, key: SecretStr, http: httpx.AsyncClient | None = None
    ) -> None:
        self.cost_micros = settings.cost_micros
        self.strict = True  # until the server refuses a schema
        self.breaker = Breaker(rest_seconds=settings.model_rest_seconds)
        # Calls hold a place from their booking to their answer.
        self.places = asyncio.Semaphore(settings.concurrency)
        self.asked_of = model_identity(settings.model_name, settings.model_max_output_tokens)
        self.sdk = openai.AsyncOpenAI(
            api_key=key.get_secret_value(),
            base_url=settings.model_base_url,
            timeout=settings.model_timeout_seconds,
            max_retries=0,
            # Never the pool of Supabase, whose every call carries the secret key.
            http_client=http or openai.DefaultAioHttpClient(verify=trusted_authorities()),
        )


@dataclass(frozen=True)
class Outcome:
    """What is known of one call."""

    call: str
    cost_micros: int
    input_tokens: int | None = None
    output_tokens: int | None = None
    latency_ms: int | None = None
    finish_reason: str | None = None
    answer: str | None = None
    error: ModelError | None = None

    @property
    def is_cut(self) -> bool:
        """True where the answer breaks off at the most tokens that it may have."""
        return self.finish_reason == "length"

    def text(self) -> str:
        """What the model said. Raises the error of a call that gave no text."""
        if self.answer is None:
            assert self.error is not None
            raise self.error
        return self.answer

    def settlement(self) -> dict[str, Any]:
        """The arguments of `settle_call`. An answer that cannot be used is not stored or reused."""
        facts = {
            "call": self.call,
            "cost_micros": self.cost_micros,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "latency_ms": self.latency_ms,
            "finish_reason": self.finish_reason,
        }
        known = {name: value for name, value in facts.items() if value is not None}
        if self.error:
            return {**known, "state": "failed", "error_code": self.error.code}
        return {
            **known,
            "state": "settled",
            "finish_reason": self.finish_reason,
            "answer": self.answer,
        }


@dataclass(frozen=True)
class TaskModel:
    """The model as one task asks it.

    What the ledger raises ends the asking: a cap that is reached, a lost lease.
    """

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
        """One try: with the schema, and without it where the server knows no schemas."""
        request = {**self.client.asked_of, "messages": messages}
        with self.client.breaker.watch():
            if self.client.strict:
                strict_request = {**request, "response_format": _strict_format(schema)}
                try:
                    return await self._call(strict_request, read, variables)
                except ModelError as error:
                    if not _SCHEMA_REFUSED.search(str(error).lower()):
                        raise
                    self.client.strict = False
            return await self._call({**request, "response_format": _ANY_OBJECT}, read, variables)

    async def _call(self, request: dict[str, Any], read: Read[T], variables: int) -> T:
        """Books one call, makes it and settles it, whatever came of it."""
        body = canonical(request)
        worst_cost = self.client.cost_micros(upper_bound_tokens(body), request["max_tokens"])
        # Booked at its place and not before: what stands in the ledger has been sent.
        async with self.client.places:
            booked = await reserve_call(
                self.verbs,
                self.task,
                request_hash=sha256(body),
                request_id=self.request_id,
                model=request["model"],
                reserved_micros=worst_cost,
                input_bytes=sent_bytes(request["messages"]),
                variables=variables,
            )
            if booked.answer is not None:
                return read(booked.answer, cut=booked.finish_reason == "length")
            outcome = await self._send(body, Outcome(booked.call_id, worst_cost))
        try:
            result = read(outcome.text(), cut=outcome.is_cut)
        except ModelError as error:
            await self._settle(replace(outcome, error=error))
            raise
        await self._settle(outcome)
        return result

    async def _send(self, body: str, booked: Outcome) -> Outcome:
        """What came of one HTTP call.

        Its cost stays the worst until the server tells the tokens, or did no work.
        """
        started = time.perf_counter()
        try:
            reply = await self._post(body, booked.call)
        except (openai.OpenAIError, *_NO_COMPLETION) as fault:
            outcome = _fail(booked, fault)
        else:
            outcome = self._read_reply(reply, booked)
        return replace(outcome, latency_ms=round((time.perf_counter() - started) * 1000))

    async def _post(self, body: str, call_id: str) -> ChatCompletion:
        # Byte for byte what was hashed. The SDK would go through a dictionary key by key, which
        # takes long for a schema.
        return await self.client.sdk.post(
            "/chat/completions",
            content=body.encode(),
            cast_to=ChatCompletion,
            options={"headers": {"X-Request-ID": self.request_id, "X-Client-Request-Id": call_id}},
        )

    def _read_reply(self, reply: ChatCompletion, booked: Outcome) -> Outcome:
        """What the reply says, as far as it can be read."""
        outcome = booked
        try:
            choice = reply.choices[0]
            content = choice.message.content
            outcome = replace(outcome, finish_reason=choice.finish_reason)
            if reply.usage:
                tokens_in = reply.usage.prompt_tokens
                tokens_out = reply.usage.completion_tokens
                cost = self.client.cost_micros(tokens_in, tokens_out)
                outcome = replace(
                    outcome, input_tokens=tokens_in, output_tokens=tokens_out, cost_micros=cost
                )
        except _NO_COMPLETION as fault:
            return _fail(outcome, fault)
        if outcome.finish_reason == "content_filter":
            error = ContentFiltered("The answer was cut off: content_filter")
            return replace(outcome, error=error)
        if not isinstance(content, str):
            return replace(outcome, error=ModelRefused("The model gave no answer"))
        return replace(outcome, answer=content)

    async def _settle(self, outcome: Outcome) -> None:
        code = outcome.error.code if outcome.error else None
        metrics.MODEL_CALLS.labels(code or "settled").inc()
        metrics.TOKENS.labels("input").inc(outcome.input_tokens or 0)
        metrics.TOKENS.labels("output").inc(outcome.output_tokens or 0)
        logger.info("model.called", outcome="failed" if code else "settled", code=code)
        await self.verbs.call("settle_call", **outcome.settlement())


def _strict_format(schema: dict[str, Any]) -> dict[str, Any]:
    form = {"name": "answer", "strict": True, "schema": schema}
    return {"type": "json_schema", "json_schema": form}


def _fail(outcome: Outcome, fault: Exception) -> Outcome:
    """The outcome of a call that ended in this fault."""
    error = translate_fault(fault)
    error.__cause__ = fault
    if _did_no_work(fault):
        return replace(outcome, error=error, cost_micros=0)
    return replace(outcome, error=error)


def _did_no_work(fault: Exception) -> bool:
    """True where the server cannot have worked on the call: not reached, or refused by a status."""
    never_sent = isinstance(fault.__cause__, httpx.ConnectError | httpx.ConnectTimeout)
    return never_sent or isinstance(fault, openai.APIStatusError)
