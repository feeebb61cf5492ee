"""How many tasks wait and run, for Prometheus."""

from service import metrics
from service.queue.verbs import Verbs


async def count_tasks(verbs: Verbs) -> None:
    """Sets the gauge of the queue as the database counts it now."""
    rows = await verbs.call("queue_depth")
    metrics.QUEUE.clear()
    for row in rows:
        metrics.QUEUE.labels(row["kind"], row["state"]).set(row["tasks"])
