"""A model client on a mocked transport: its waits are written down and not waited, its ledger is a list."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import respx

from service.extraction.faults import ModelError
from service.extraction.ledger import CallOutcome, CallPlan, Reservation
from service.extraction.model import BoundModel, ModelClient, ModelPlan
from service.extraction.models import Context, Variable
from service.parsing.models import Page, Parsed, Zone

URL = "http://model.test/v1"
PLAN = ModelPlan(model="m-1", api_key="sk-secret", base_url=URL, temperature=0.25, max_output_tokens=321)
TOTAL = Variable(id="v1", key="total", label="Total", type="money")
ANSWER = {"total": {"value": "12,00", "quote": "Total 12,00", "zone": 1, "reason": None}}
PARSED = Parsed((Page(1, 600, 800, 0, "Total 12,00", "text"),), (Zone(1, 1, "text", (0, 0, 1, 1), "Total 12,00"),))


@dataclass
class Book:
    """A ledger in memory."""

    plans: list[CallPlan] = field(default_factory=list)
    outcomes: list[CallOutcome] = field(default_factory=list)
    stored: dict[str, str] = field(default_factory=dict)

    async def before_call(self, plan: CallPlan) -> Reservation:
        self.plans.append(plan)
        return Reservation(f"call-{len(self.plans)}", self.stored.get(plan.request_hash))

    async def after_call(self, outcome: CallOutcome) -> None:
        self.outcomes.append(outcome)
        if outcome.answer is not None:
            self.stored[self.plans[-1].request_hash] = outcome.answer


@dataclass
class Bench:
    """A client whose waits are written down and not waited."""

    book: Book
    waits: list[float]
    client: ModelClient
    route: respx.Route

    @property
    def model(self) -> BoundModel:
        return self.client.bound(self.book, "request-7")

    async def ask(self) -> Any:
        return (await self.model.ask(Context(), [TOTAL], PARSED)).by_key["total"]

    async def error(self) -> ModelError:
        with pytest.raises(ModelError) as caught:
            await self.ask()
        return caught.value

    def sent(self, n: int = 0) -> dict[str, Any]:
        return dict(json.loads(self.route.calls[n].request.content))


def completion(content: Any = None, finish: str = "stop", usage: bool = True, **message: Any) -> httpx.Response:
    text = json.dumps(ANSWER) if content is None else content
    return httpx.Response(
        200,
        headers={"x-request-id": "r-1"},
        json={
            "id": "c", "object": "chat.completion", "created": 0, "model": "m-1",
            "choices": [
                {"index": 0, "finish_reason": finish,
                 "message": {"role": "assistant", "content": text, **message}}
            ],
            **({"usage": {"prompt_tokens": 50, "completion_tokens": 9, "total_tokens": 59}} if usage else {}),
        },
    )  # fmt: skip


def refusal(status: int, message: str = "no", headers: dict[str, str] | None = None, **error: Any) -> Any:
    return httpx.Response(status, headers=headers, json={"error": {"message": message, **error}})
