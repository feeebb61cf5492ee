"""The model client: what is sent, retried, booked and reused. E-PRM-06, E-LLM-01, E-LLM-05."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from service.extraction.models import Answer, Context
from service.model.client import TRIES, ModelClient
from service.model.faults import RateLimited
from tests.support.model_bench import ANSWER, PARSED, SETTINGS, TOTAL, Bench, completion, refusal


async def test_ask__sends_the_plan_the_prompt_and_a_strict_schema(bench: Bench) -> None:
    """E-PRM-06: the stored settings and the token cap are the ones sent."""
    assert await bench.ask() == Answer(value="12,00", quote="Total 12,00", zone=1)
    sent = bench.sent()
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("m-1", 0, 321)
    assert sent["response_format"]["json_schema"]["strict"] is True
    assert sent["response_format"]["json_schema"]["schema"]["required"] == ["total"]
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]
    headers = bench.route.calls[0].request.headers
    assert headers["X-Request-ID"] == "request-7"
    assert headers["X-Client-Request-Id"] == "call-1"


async def test_ask__books_before_and_settles_after(bench: Bench) -> None:
    await bench.ask()
    (plan,), (outcome,) = bench.book.plans, bench.book.outcomes
    assert (plan["request_id"], plan["model"]) == ("request-7", "m-1")
    # A micro for each byte that is sent, and a thousand for each token that may come.
    assert plan["reserved_micros"] > len(json.dumps(bench.sent()["messages"])) + 321_000
    assert (outcome["call"], outcome["state"], outcome["cost_micros"]) == (
        "call-1",
        "settled",
        9050,
    )
    assert (outcome["input_tokens"], outcome["output_tokens"], outcome["finish_reason"]) == (
        50,
        9,
        "stop",
    )
    assert json.loads(outcome["answer"]) == ANSWER
    assert "error_code" not in outcome
    assert outcome["latency_ms"] >= 0


async def test_ask__a_stored_answer_is_reused_without_a_call(bench: Bench) -> None:
    first = await bench.ask()
    assert await bench.ask() == first
    assert bench.route.call_count == 1
    assert len(bench.book.outcomes) == 1


async def test_ask__nothing_is_sent_where_the_ledger_refuses(bench: Bench) -> None:
    class Cap(Exception):
        pass

    async def refuse(*_: Any, **__: Any) -> list[dict[str, Any]]:
        raise Cap

    bench.book.on = refuse  # type: ignore[method-assign]  # a ledger at its cap
    with pytest.raises(Cap):
        await bench.ask()
    assert bench.route.call_count == 0


@pytest.mark.parametrize(
    "fault",
    [
        refusal(408), refusal(409), refusal(500), refusal(502), refusal(503), refusal(529),
        httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut"),
    ],
)  # fmt: skip
async def test_ask__what_may_pass_is_tried_again(bench: Bench, fault: Any) -> None:
    bench.route.side_effect = [fault, fault, completion()]
    assert (await bench.ask()).value == "12,00"
    assert [outcome["state"] for outcome in bench.book.outcomes] == ["failed", "failed", "settled"]
    assert bench.book.outcomes[0]["error_code"] == "model_unavailable"


async def test_ask__waits_grow_with_jitter_and_end(bench: Bench) -> None:
    bench.route.return_value = refusal(500)
    error = await bench.error()
    assert (error.code, error.retryable) == ("model_unavailable", True)
    assert bench.route.call_count == TRIES == 5
    for least, wait in zip((1, 2, 4, 8), bench.waits, strict=True):
        assert least <= wait <= least * 1.25
    assert any(wait != least for least, wait in zip((1, 2, 4, 8), bench.waits, strict=True))
    assert len(bench.book.plans) == len(bench.book.outcomes) == 5


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (refusal(400, "bad parameter"), "model_refused"),
        (refusal(404, "no such model"), "model_refused"),
        (refusal(422, "what"), "model_refused"),
        (refusal(401, "bad key sk-secret"), "model_auth"),
        (refusal(403, "not yours"), "model_auth"),
        (refusal(400, "x", code="context_length_exceeded"), "model_context_too_long"),
        (refusal(400, "This model's maximum context length is 8192"), "model_context_too_long"),
        (refusal(413), "model_context_too_long"),
        (refusal(400, "x", code="content_filter"), "model_content_filter"),
        (refusal(429, "pay first", code="insufficient_quota"), "model_refused"),
        (completion(finish="length"), "model_truncated"),
        (completion(finish="content_filter"), "model_content_filter"),
        (completion("{not json"), "model_malformed"),
        (completion("[1]"), "model_malformed"),
        (completion('{"total": NaN}'), "model_malformed"),
        (completion("[" * 100_000), "model_malformed"),
        (httpx.Response(200, html="<html>"), "model_malformed"),
        (httpx.Response(200, json={"choices": []}), "model_malformed"),
        (httpx.Response(200, json={"choices": None}), "model_malformed"),
    ],
)
async def test_ask__what_will_not_pass_is_not_tried_again(
    bench: Bench, fault: httpx.Response, code: str
) -> None:
    bench.route.return_value = fault
    error = await bench.error()
    assert (error.code, error.retryable) == (code, False)
    assert bench.route.call_count == 1
    assert bench.waits == []
    (outcome,) = bench.book.outcomes
    assert (outcome["state"], outcome["error_code"]) == ("failed", code)
    assert "answer" not in outcome
    assert "sk-secret" not in f"{error.detail}{error}"


async def test_ask__no_content_is_a_refusal(bench: Bench) -> None:
    reply = completion().json()
    reply["choices"][0]["message"]["content"] = None
    bench.route.return_value = httpx.Response(200, json=reply)
    assert (await bench.error()).code == "model_refused"


async def test_ask__an_answer_that_failed_is_paid_but_not_reused(bench: Bench) -> None:
    bench.route.side_effect = [completion("{cut", finish="length"), completion()]
    assert (await bench.error()).code == "model_truncated"
    assert (bench.book.outcomes[0]["input_tokens"], bench.book.outcomes[0]["finish_reason"]) == (
        50,
        "length",
    )
    assert (await bench.ask()).value == "12,00"
    assert bench.route.call_count == 2


async def test_ask__a_short_rate_limit_is_waited_for(bench: Bench) -> None:
    bench.route.side_effect = [refusal(429, headers={"retry-after": "7"}), completion()]
    assert (await bench.ask()).value == "12,00"
    assert 7 <= bench.waits[0] <= 7 * 1.25
    assert bench.book.outcomes[0]["error_code"] == "model_rate_limited"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (lambda _: {"retry-after": "90"}, 90),
        (
            lambda now: {"retry-after": format_datetime(now + timedelta(seconds=600), usegmt=True)},
            600,
        ),
    ],
)
async def test_ask__a_long_rate_limit_says_when_to_come_back(
    bench: Bench, headers: Callable[[datetime], dict[str, str]], seconds: float
) -> None:
    before = datetime.now(UTC)
    bench.route.return_value = refusal(429, headers=headers(before))
    error = await bench.error()
    assert isinstance(error, RateLimited)
    assert error.code == "model_rate_limited"
    assert timedelta(seconds=seconds - 60) < error.until - before < timedelta(seconds=seconds + 60)
    assert bench.route.call_count == 1
    assert bench.waits == []


async def test_ask__a_rate_limit_that_stays_ends_in_a_moment_not_in_a_failure(bench: Bench) -> None:
    bench.route.return_value = refusal(429)
    error = await bench.error()
    assert isinstance(error, RateLimited)
    assert error.until > datetime.now(UTC)
    assert bench.route.call_count == TRIES


@pytest.mark.parametrize("header", ["soon", "-5", "", "nan", "1e9"])
async def test_ask__a_senseless_retry_after_is_not_believed(bench: Bench, header: str) -> None:
    bench.route.side_effect = [refusal(429, headers={"retry-after": header}), completion()]
    assert (await bench.ask()).value == "12,00"
    assert 1 <= bench.waits[0] <= 1.25


async def test_ask__a_server_without_strict_is_asked_plainly_from_then_on(bench: Bench) -> None:
    told = "Invalid parameter: 'response_format' of type 'json_schema' is not supported"
    bench.route.side_effect = [refusal(400, told), completion(), completion("{}")]
    assert (await bench.ask()).value == "12,00"
    assert bench.sent(1)["response_format"] == {"type": "json_object"}
    assert bench.waits == []
    assert [outcome["state"] for outcome in bench.book.outcomes] == ["failed", "settled"]
    other = TOTAL.model_copy(update={"label": "Sum"})
    answers = await bench.model.ask(Context(), [other], PARSED)
    assert answers.faults == {"total": "missing_answer"}
    assert bench.sent(2)["response_format"] == {"type": "json_object"}


async def test_ask__usage_that_is_not_told_stays_unknown_and_costs_the_worst(bench: Bench) -> None:
    bench.route.return_value = completion(usage=False)
    await bench.ask()
    assert "input_tokens" not in bench.book.outcomes[0]
    assert bench.book.outcomes[0]["cost_micros"] == bench.book.plans[0]["reserved_micros"] > 0


async def test_ask__usage_without_numbers_is_no_completion_and_costs_the_worst(
    bench: Bench,
) -> None:
    reply = completion().json()
    reply["usage"] = {"prompt_tokens": 50, "completion_tokens": None}
    bench.route.return_value = httpx.Response(200, json=reply)
    assert (await bench.error()).code == "model_malformed"
    (outcome,) = bench.book.outcomes
    assert (outcome["state"], outcome["error_code"]) == ("failed", "model_malformed")
    assert outcome["cost_micros"] == bench.book.plans[0]["reserved_micros"] > 0


@pytest.mark.parametrize(
    ("fault", "free"),
    [
        (httpx.ReadTimeout("slow"), False),
        (httpx.RemoteProtocolError("cut"), False),
        (refusal(500), True),
        (httpx.ConnectError("refused"), True),
        (httpx.ConnectTimeout("away"), True),
    ],
)
async def test_ask__what_the_server_may_have_worked_on_costs_the_worst(
    bench: Bench, fault: Any, free: bool
) -> None:
    bench.route.side_effect = [fault, completion()]
    await bench.ask()
    assert bench.book.outcomes[0]["cost_micros"] == (
        0 if free else bench.book.plans[0]["reserved_micros"]
    )


async def test_identity__is_what_the_answer_depends_on_and_no_secret(bench: Bench) -> None:
    def identity(**changed: Any) -> dict[str, Any]:
        return ModelClient(
            SETTINGS.model_copy(update=changed), SecretStr("sk-other"), httpx.AsyncClient()
        ).asked_of

    assert (
        identity(model_base_url="http://elsewhere.test", model_timeout_seconds=1.0)
        == bench.model.identity
    )
    assert "sk-" not in f"{bench.model.identity}"
    assert identity(model_name="m-2") != bench.model.identity
