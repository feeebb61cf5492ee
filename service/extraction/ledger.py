"""The ledger as the model client sees it: what is booked before a call, and what became of it."""

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class CallPlan:
    """A call about to be made; token figures are upper bounds, for the reservation."""

    request_hash: str
    request_id: str
    model: str
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """The ledger's leave to call, or the answer that it already holds for the same request."""

    call_id: str
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What became of a reserved call. Only a usable answer is settled, so that no other is ever reused."""

    call_id: str
    state: Literal["settled", "failed"] = "failed"
    input_tokens: int | None = None
    output_tokens: int | None = None
    latency_ms: int = 0
    finish_reason: str | None = None
    error_code: str | None = None
    answer: str | None = None


class Ledger(Protocol):
    """Where calls are booked. What it raises ends the asking: a cap that is reached, a lease that is lost."""

    async def before_call(self, plan: CallPlan) -> Reservation:
        """Books the worst case."""

    async def after_call(self, outcome: CallOutcome) -> None:
        """Settles it."""
