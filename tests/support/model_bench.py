"""A model client on a mocked transport: its waits are written down and not waited, its ledger is
in memory.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import respx

from service.extraction.asking import ModelAsker
from service.extraction.models import Context
from service.model.client import ModelClient, TaskModel
from service.model.faults import ModelError
from service.parsing.models import Page, Parsed, Zone
from service.reading.models import Variable
from service.settings import WorkerSettings

URL = "http://model.test/v1"
SETTINGS = WorkerSettings.model_validate(
    {
        "SUPABASE_URL": "http://supabase.test",
        "SUPABASE_PUBLISHABLE_KEY": "publishable",
        "SUPABASE_SECRET_KEY": "secret",
        "DOSSIER_MODEL_API_KEY": "sk-secret",
        "DOSSIER_MODEL_NAME": "m-1",
        "DOSSIER_MODEL_BASE_URL": URL,
        "DOSSIER_MODEL_MAX_OUTPUT_TOKENS": 321,
        "DOSSIER_MODEL_INPUT_PRICE": 1,
        "DOSSIER_MODEL_OUTPUT_PRICE": 1000,
    }
)
TOTAL = Variable(id="v1", key="total", label="Total", type="money")
ANSWER = {"total": {"value": "12,00", "quote": "Total 12,00", "zone": 1, "reason": None}}
PARSED = Parsed(
    (Page(1, 600, 800, 0, "Total 12,00", "text"),),
    (Zone(1, 1, "text", (0, 0, 1, 1), "Total 12,00"),),
)


@dataclass
class Book:
    """The ledger's verbs in memory, as one task speaks them."""

    plans: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    stored: dict[str, tuple[str, str]] = field(default_factory=dict)

    async def on(self, _task: None, verb: str, **plan: Any) -> list[dict[str, Any]]:
        assert verb == "reserve_call"
        self.plans.append(plan)
        answer, finish_reason = self.stored.get(plan["request_hash"], (None, None))
        return [
            {"call_id": f"call-{len(self.plans)}", "answer": answer, "finish_reason": finish_reason}
        ]

    async def call(self, verb: str, **outcome: Any) -> None:
        assert verb == "settle_call"
        self.outcomes.append(outcome)
        if "answer" in outcome:
            self.stored[self.plans[-1]["request_hash"]] = (
                outcome["answer"],
                outcome["finish_reason"],
            )

    def asked_by(self, client: ModelClient, request_id: str) -> ModelAsker:
        """The model as a task asks it that books here."""
        verbs: Any = self
        task: Any = None
        return ModelAsker(TaskModel(client, verbs, task, request_id))


@dataclass
class Bench:
    """A client whose waits are written down and not waited."""

    book: Book
    waits: list[float]
    client: ModelClient
    route: respx.Route

    @property
    def model(self) -> ModelAsker:
        return self.book.asked_by(self.client, "request-7")

    async def ask(self) -> Any:
        [answer] = (await self.model.ask(Context(), [TOTAL], PARSED)).by_key["total"]
        return answer

    async def error(self) -> ModelError:
        with pytest.raises(ModelError) as caught:
            await self.ask()
        return caught.value

    def sent(self, n: int = 0) -> dict[str, Any]:
        return dict(json.loads(self.route.calls[n].request.content))


def completion(
    content: Any = None, finish: str = "stop", usage: bool = True, **message: Any
) -> httpx.Response:
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


def refusal(
    status: int, message: str = "no", headers: dict[str, str] | None = None, **error: Any
) -> Any:
    return httpx.Response(status, headers=headers, json={"error": {"message": message, **error}})
