"""The ledger of model calls: each is booked before it is made, within the money and the limits."""

from postgrest.exceptions import APIError
from pydantic import BaseModel

from service.model.faults import CallLimitReached, CapReached
from service.queue.task import Task
from service.queue.verbs import Verbs


class Booking(BaseModel):
    """What `reserve_call` answers: a call to make, or the answer that is there already."""

    call_id: str
    answer: str | None
    finish_reason: str | None


async def reserve_call(
    verbs: Verbs,
    task: Task,
    *,
    request_hash: str,
    request_id: str,
    model: str,
    reserved_micros: int,
    input_bytes: int,
    variables: int,
) -> Booking:
    """Books one call for the task at its highest price.

    Raises `CapReached` or `CallLimitReached`.
    """
    try:
        [row] = await verbs.on(
            task,
            "reserve_call",
            request_hash=request_hash,
            request_id=request_id,
            model=model,
            reserved_micros=reserved_micros,
            input_bytes=input_bytes,
            variables=variables,
        )
    except APIError as error:
        match error.details:
            case "cap_reached" | "project_cap_reached" as code:
                raise CapReached(code) from error
            case "call_limit_reached":
                raise CallLimitReached from error
        raise
    return Booking.model_validate(row)
