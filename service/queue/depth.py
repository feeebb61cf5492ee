"""How many tasks wait and run, for Prometheus."""

from pydantic import BaseModel

from service import metrics
from service.queue.verbs import Verbs


class QueueDepth(BaseModel):
    """A row of `queue_depth`."""

    kind: str
    state: str
    tasks: int


async def count_tasks(verbs: Verbs) -> None:
    """Sets the gauge of the queue as the database counts it now."""
    rows = await verbs.call("queue_depth")
    depths = [QueueDepth.model_validate(row) for row in rows]
    metrics.QUEUE.clear()
    for depth in depths:
        metrics.QUEUE.labels(depth.kind, depth.state).set(depth.tasks)
